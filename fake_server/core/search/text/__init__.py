"""A text as words: its letters, scripts, numbers, dates and tokens, each in one form."""
