"""Whether a recording is what it claims to be."""
