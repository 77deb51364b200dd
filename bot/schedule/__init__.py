"""What happens when: each minute the duties that are due begin, all in the order a conversation's messages need."""
