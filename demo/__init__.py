"""A walk through the kit in a terminal: the SDK against the fake, over real HTTP."""
