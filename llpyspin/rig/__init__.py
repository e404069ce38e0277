"""Several cameras used as one."""
