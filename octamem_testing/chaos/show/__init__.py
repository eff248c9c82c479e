"""Reports and findings, and how they are rendered."""
