"""The service: the life of one request, and what each endpoint does."""
