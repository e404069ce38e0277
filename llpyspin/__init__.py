"""Multi-camera video acquisition with FLIR (Teledyne) machine-vision cameras.

``VideoStream`` gives live frames as ``cv2.VideoCapture`` does, ``list_cameras`` tells which cameras there
are.  Importing this package starts nothing and needs no SDK.
"""

__version__ = "0.3.0"

from llpyspin.camera import list_cameras
from llpyspin.streaming import VideoStream

__all__ = ["VideoStream", "__version__", "list_cameras"]
