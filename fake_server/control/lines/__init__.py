"""Bodies of any size, one JSON value a line: memories, and a whole snapshot."""
