"""What a paper says, in a few sentences, and what that rests on."""
