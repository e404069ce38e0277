"""Drives a camera through PySpin.  Only this room knows in which order nodes must be written."""

from llpyspin.device._protocol import FrameLayout, FrameSink
from llpyspin.device.device import Device
from llpyspin.device.opening import FoundCamera, list_cameras
from llpyspin.device.stream import Counters

__all__ = ["Counters", "Device", "FoundCamera", "FrameLayout", "FrameSink", "list_cameras"]
