"""A live page about cameras for browsers, served by a process of its own."""
