"""What Paperboy decides, as values and pure functions: nothing here waits, asks or remembers."""
