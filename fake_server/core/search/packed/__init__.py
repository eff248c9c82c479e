"""What an index keeps of each document beside its postings, in few bytes: its key, and its content words."""
