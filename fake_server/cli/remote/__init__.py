"""The commands that drive a fake that is served already: seed, faults, calls and their like."""
