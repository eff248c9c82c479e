"""Programs: child processes that one command starts, watches and ends, even if it is killed itself."""
