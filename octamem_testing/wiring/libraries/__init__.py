"""Where the libraries of a process meet the network: at each of these points the kit answers a call, or refuses it."""
