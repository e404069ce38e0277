"""The preview process and its window."""
