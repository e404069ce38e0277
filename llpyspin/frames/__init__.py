"""Frames from the camera process to every process that wants them, through shared memory."""

from llpyspin.frames.frame import Frame
from llpyspin.frames.info import (
    FrameFlags,
    FrameGone,
    FrameInfo,
    FrameToken,
    Layout,
    NoFreeSlot,
    StreamEnded,
)
from llpyspin.frames.pixels import decode
from llpyspin.frames.reader import EVERY, FrameReader
from llpyspin.frames.writer import FrameWriter

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
    "NoFreeSlot",
    "StreamEnded",
    "decode",
]
