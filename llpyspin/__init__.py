"""Multi-camera video acquisition with FLIR cameras."""
