"""The schedule: each minute the duties that are due begin, in the order a conversation's messages need."""
