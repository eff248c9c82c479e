"""The pytest kit for code that talks to OctaMem."""
