"""Faults: the script language, and what each does to a request."""
