"""The callback process from inside: the user's function, on frames, and what it takes."""
