"""Calibration boards in front of cameras: found in pictures, counted, and shown."""
