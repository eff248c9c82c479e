"""All that imports Locust, which patches sockets, threads and time of its process: a process of its own loads it."""
