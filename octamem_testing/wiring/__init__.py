"""How requests reach the fake: in process, over a socket, and from clients that the program builds."""
