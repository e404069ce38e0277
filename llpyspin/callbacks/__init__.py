"""A user's function on frames: what its owner does is here, what its process does in child."""
