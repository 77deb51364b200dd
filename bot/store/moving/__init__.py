"""A database's rows moved into another, on the same engine or the other."""
