"""Fault schedules: their steps, and the catalogue of faults to inject."""
