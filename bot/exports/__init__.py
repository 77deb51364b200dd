"""Papers as other programs read them."""
