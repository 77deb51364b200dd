"""`paperboy …`: what a person types in a terminal."""
