"""Many replicas behind a proxy that others wrote: each key has its replica, by a consistent hash."""
