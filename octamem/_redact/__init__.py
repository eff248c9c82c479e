"""What may be shown: secrets, and texts without them."""
