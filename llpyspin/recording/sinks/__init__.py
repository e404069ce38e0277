"""The codecs of recordings, a module for each kind of file: written, read again, and mended.

Nothing here imports the library of a format before a file of that format is opened.

Examples
--------
>>> import numpy as np, tempfile, pathlib
>>> from llpyspin.recording.sinks import Picture, choose, open_sink
>>> picture = Picture(height=48, width=64, rate=226.0)
>>> choice = choose("raw", picture)
>>> with tempfile.TemporaryDirectory() as folder:
...     sink = open_sink(pathlib.Path(folder, "a" + choice.suffix), picture, choice)
...     sink.write(np.zeros((48, 64), np.uint8))
...     safe = sink.flush()
...     sink.close()
>>> safe
1
"""

from llpyspin.recording.sinks.choosing import CODECS, choose, open_sink
from llpyspin.recording.sinks.mending import mend
from llpyspin.recording.sinks.picture import Choice, Mended, NoPictures, Picture, Sink, VideoReader
from llpyspin.recording.sinks.reading import open_video

__all__ = [
    "CODECS",
    "Choice",
    "Mended",
    "NoPictures",
    "Picture",
    "Sink",
    "VideoReader",
    "choose",
    "mend",
    "open_sink",
    "open_video",
]
