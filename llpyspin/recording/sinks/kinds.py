"""The codecs that are not encoders of PyAV: one row for each.  A new codec gets its row here.

A new kind is a row here and a module with its sink. It also gets a line in ``choosing`` (how to begin a
file), and one in ``reading`` and in ``mending`` if PyAV cannot do that. A test names what is missing.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["FORMATS", "Format", "format_beginning_with", "format_of_suffix", "share_of"]

LOSSY_SHARE = 0.1


class Format(NamedTuple):
    """One kind.

    Attributes
    ----------
    suffixes : tuple of str
        The first is the one that files get unasked.
    beginning : bytes
        With which each file begins; empty: it is a video, which PyAV reads and mends.
    library : tuple of (str, str), or None
        Module that writes it, and its name for people.
    share : float
        What is left of raw pictures on the disk, roughly and rather too much.
    outside : bool
        Whether a library that is not ours to judge writes it: it is tried before a recording depends on it.
    """

    suffixes: tuple[str, ...]
    beginning: bytes = b""
    library: tuple[str, str] | None = None
    share: float = LOSSY_SHARE
    outside: bool = False

    @property
    def own(self) -> bool:
        """Whether pictures lie in it as they are: it has no quality, and a suffix that is nobody else's."""
        return bool(self.beginning)


FORMATS = {
    "raw": Format((".raw",), b"llpyspin raw 1\n", share=1.0),
    "tiff": Format((".tif", ".tiff"), b"II+\0", ("tifffile", "TIFF"), share=1.0),
    "hdf5": Format((".h5", ".hdf5"), b"\x89HDF\r\n\x1a\n", ("h5py", "HDF5"), share=1.0),
    "opencv": Format((".avi", ".mkv", ".mp4"), outside=True),
    "skvideo": Format((".mkv", ".mp4", ".avi"), outside=True),
    "spinvideo": Format((".avi", ".mp4"), outside=True),
}
_SHARES = {"ffv1": 0.6}
"""Of encoders of PyAV that lose nothing."""


def format_of_suffix(suffix: str | None) -> str | None:
    """The kind that alone has this suffix; None: videos of several kinds have it, or none."""
    return next((name for name, each in FORMATS.items() if each.own and suffix in each.suffixes), None)


def format_beginning_with(beginning: bytes) -> str | None:
    """The kind of a file that begins like this; None: none of these, so it may be a video."""
    found = (name for name, each in FORMATS.items() if each.own and beginning.startswith(each.beginning))
    return next(found, None)


def share_of(codec: str) -> float:
    """What is left of raw pictures on the disk, roughly and rather too much."""
    known = FORMATS.get(codec)
    return _SHARES.get(codec, LOSSY_SHARE) if known is None else known.share
