"""What Paperboy knows and does."""
