"""The life of one call, pure: read `exchange` first."""
