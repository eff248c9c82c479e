"""The state of each key: its memories, limits, clock, faults and journal."""
