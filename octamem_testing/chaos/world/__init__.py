"""The world of one trial: the fake, the transport, and the scenario run to its end."""
