"""What runs in the camera process, the child that owns a PySpin handle."""
