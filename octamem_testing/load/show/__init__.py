"""How the result of a load is shown: as text, as a page, as a file."""
