"""The process that lays two cameras side by side."""
