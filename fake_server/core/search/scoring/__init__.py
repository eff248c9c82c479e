"""What a document is scored by: the occurrences of terms in it, how much each of them counts, and how new it is."""
