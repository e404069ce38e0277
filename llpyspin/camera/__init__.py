"""A camera in the user's program: opening, settings, nodes, and how it shows itself."""

from llpyspin.camera.camera import Camera
from llpyspin.camera.defaults import DEFAULT_BINSIZE, DEFAULT_EXPOSURE, DEFAULT_FRAMERATE

__all__ = ["DEFAULT_BINSIZE", "DEFAULT_EXPOSURE", "DEFAULT_FRAMERATE", "Camera"]
