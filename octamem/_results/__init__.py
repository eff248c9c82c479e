"""What the results are made of: fields that take what comes, and how a result is shown."""
