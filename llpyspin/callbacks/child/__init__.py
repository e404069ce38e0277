"""The process that calls the user's function."""
