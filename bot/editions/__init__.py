"""What Paperboy sends unasked."""
