"""Takes of a calibration board: recorded, watched, judged, and handed over."""
