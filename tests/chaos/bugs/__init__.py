"""Programs with a planted retry bug, each with its corrected twin: what a hunt is to find, and what it is to pass.

A file is named after its bug. `planted` is the program that has it and `cured` the one that has not; the docstrings say
which bug and which cure, and `BUG` which family it is of and which invariant it breaks.
"""

from ._corpus import BEYOND, FAMILIES, ORDER, Bug, collected

__all__ = ["BEYOND", "CORPUS", "FAMILIES", "ORDER", "Bug"]

CORPUS = collected()
