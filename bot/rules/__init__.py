"""Paperboy's decisions, as values and pure functions without I/O, waiting, or state."""
