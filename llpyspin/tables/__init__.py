"""Tables for people: at a terminal, in files, and in notebooks."""
