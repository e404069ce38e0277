"""The process that puts the frames of two cameras side by side."""
