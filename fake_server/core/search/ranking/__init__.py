"""The documents that answer a query, in their order: matched, scored in detail, and ranked."""
