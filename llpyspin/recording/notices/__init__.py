"""Notices of what happens to a recording: a command is run, or a URL gets a request, for each of them."""
