"""Many memories at once: a window over the items, and its two drivers, in threads and in tasks."""
