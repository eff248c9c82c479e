"""The command `python -m octamem`: search, add, details, and an import that continues where it stopped."""
