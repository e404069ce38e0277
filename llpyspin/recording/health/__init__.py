"""Health of a recording over time: frames that wait, free disk space, load of the processors."""
