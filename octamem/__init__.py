"""The OctaMem SDK: search, add and details behind one API key, sync and async."""

from ._version import __version__

__all__ = ["__version__"]
