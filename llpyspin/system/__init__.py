"""All that differs between operating systems, one module an idea.  No other room asks which system this is.

The modules know nothing of cameras.  They raise the system's own errors (``OSError``), or ones derived from
them.
"""
