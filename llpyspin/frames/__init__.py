"""Frames from the camera process to every process that wants them, through shared memory."""

from llpyspin.frames.frame import Frame
from llpyspin.frames.info import (
    FrameFlags,
    FrameGone,
    FrameInfo,
    FrameToken,
    Layout,
    NoFreeBuffer,
    StreamEnded,
)
from llpyspin.frames.pixels import decode
from llpyspin.frames.reader import EVERY, FrameReader
from llpyspin.frames.writer import FrameWriter
from llpyspin.naming.moved import old_names

__all__ = [
    "EVERY",
    "Frame",
    "FrameFlags",
    "FrameGone",
    "FrameInfo",
    "FrameReader",
    "FrameToken",
    "FrameWriter",
    "Layout",
    "NoFreeBuffer",
    "StreamEnded",
    "decode",
]

__getattr__ = old_names(__name__, {"NoFreeSlot": "NoFreeBuffer"})
