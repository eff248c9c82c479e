"""Assertions on what was called, stored, tried and waited."""
