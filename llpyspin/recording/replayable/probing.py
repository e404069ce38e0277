"""Size and kind of recorded pictures, by their first one, and the pixel formats that can send them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from llpyspin.errors import RecordingError
from llpyspin.recording.sinks import open_video
from llpyspin.recording.sinks.picture import MOST_SIDE, NoPictures
from llpyspin.recording.sinks.pyavread import PyavReader
from llpyspin.virtual.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["DEFAULT_RATE", "Kind", "formats_for", "kind_of_image", "probe", "usable_rate"]

DEFAULT_RATE = 30.0
_PIXELS_OF_A_GROUP = {"10p": 4, "12p": 2, "10Packed": 2, "12Packed": 2}


class Kind(NamedTuple):
    """What all pictures have in common; ``rate`` is None where the file does not say."""

    height: int
    width: int
    color: bool
    bits: int
    rate: float | None = None


def probe(paths: Iterable[Path]) -> Kind | None:
    """The kind of the pictures of the first file that has any; None: there are none.

    Raises
    ------
    RecordingError
        A file cannot be read.
    """
    for path in paths:
        try:
            with open_video(path) as reader:
                rate = usable_rate(reader.rate)
                if isinstance(reader, PyavReader):
                    image = reader.first()
                else:
                    image = reader[0] if len(reader) else None
                if image is not None:
                    return kind_of_image(image, reader.bits, rate)
        except NoPictures:
            continue
    return None


def kind_of_image(image: np.ndarray[Any, Any], bits: int | None = None, rate: float | None = None) -> Kind:
    """The kind of pictures like this one."""
    deep = image.dtype != np.uint8
    return Kind(image.shape[0], image.shape[1], image.ndim == 3, (bits or 16) if deep else 8, rate)


def usable_rate(rate: Any) -> float | None:
    """A number of frames per second; None for what is none."""
    if not isinstance(rate, (int, float)) or isinstance(rate, bool):
        return None
    return float(rate) if math.isfinite(rate) and 1e-3 <= rate <= 1e6 else None


def formats_for(kind: Kind, recorded: str, what: str) -> tuple[str, ...]:
    """The pixel formats in which a camera can send such pictures without a change, the recorded one first.

    Raises
    ------
    RecordingError
        They are larger than any picture of a camera.
    """
    if not (kind.width <= MOST_SIDE and kind.height <= MOST_SIDE):
        raise RecordingError(f"{what} has pictures of {kind.width} x {kind.height}; that is too large")
    if kind.color:
        return ("BGR8",) if kind.bits == 8 else ("BGR16",)
    if kind.bits == 8:
        return ("Mono8",)
    known = FORMATS.get(recorded)
    fits = known is not None and known.channels == "Y" and known.depth >= kind.bits and known.is_packed
    if known is None or not fits or kind.width % _PIXELS_OF_A_GROUP[known.layout]:
        return ("Mono16",)
    return (recorded, "Mono16")
