"""A comparison of storms as text, pictures and a page."""
