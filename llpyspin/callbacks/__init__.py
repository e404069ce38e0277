"""A user's function on frames: its owner is here, its process in child."""
