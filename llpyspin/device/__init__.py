"""The one part that speaks PySpin and knows in which order a camera's nodes must be written."""

from llpyspin.device._protocol import FrameLayout, FrameSink
from llpyspin.device.device import Device
from llpyspin.device.opening import FoundCamera, list_cameras
from llpyspin.device.stream import Counters

__all__ = ["Counters", "Device", "FoundCamera", "FrameLayout", "FrameSink", "list_cameras"]
