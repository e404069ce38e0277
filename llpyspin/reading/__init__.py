"""Every way in which a program takes frames."""
