"""Virtual time: the clock of the kit, and the machine's time, threads and loops on it."""
