"""What a camera sends, as far as its model's name and its settings tell without opening it.

Opening a camera would reset it, and the doctor changes nothing.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

__all__ = ["Sensor", "frame_bytes", "sensor_of"]

# Width, height and full-frame rate of data sheets; what other models have is estimated from their names.
_KNOWN = {
    "BFS-U3-16S2": (1440, 1080, 226.0),
    "BFS-PGE-16S2": (1440, 1080, 78.0),
    "BFS-U3-51S5": (2448, 2048, 75.0),
    "BFS-U3-04S2": (720, 540, 522.0),
}
_MODEL = re.compile(r"[A-Z0-9]{3,4}-[A-Z0-9]{1,4}-(?P<tenths>\d{2,3})[A-Z]\d(?P<kind>[MCP])")
_DEPTHS = (8, 10, 12, 14, 16)
_BITS = re.compile(r"(\d+)(p|Packed)?$")


@dataclass(frozen=True)
class Sensor:
    """What of a model matters.

    Attributes
    ----------
    width, height : int
        Pixels.
    fastest : float or None
        Frames a second of all of them with 8 bits; None where that is not known here.
    color : bool
    exact : bool
        False where the size follows from the megapixels in the model's name only: right to some percent.
    """

    width: int
    height: int
    fastest: float | None
    color: bool
    exact: bool


def sensor_of(model: str) -> Sensor | None:
    """The sensor of a camera model; None where its name does not tell.

    ``BFS-U3-16S2M`` is a Blackfly S with USB3, 1.6 megapixels, monochrome; the names of FLIR's other families
    are made in the same way.
    """
    found = _MODEL.search(model)
    if found is None:
        return None
    color = found["kind"] == "C"
    for name, (width, height, fastest) in _KNOWN.items():
        if name in model:
            return Sensor(width, height, fastest, color, True)
    pixels = int(found["tenths"]) * 1e5
    height = round(math.sqrt(pixels * 3 / 4) / 8) * 8  # most are 4:3; only the product matters
    return Sensor(round(pixels / height / 8) * 8, height, None, color, False)


def frame_bytes(width: int, height: int, pixel_format: str = "Mono8") -> int:
    """Bytes of a frame on its way: Mono8 has one a pixel, Mono12p one and a half, BGR8 three."""
    found = _BITS.search(pixel_format)
    if found is None or int(found[1]) not in _DEPTHS:
        raise ValueError(f"the pixel format {pixel_format!r} does not say its bits")
    bits = int(found[1])
    if found[2] and pixel_format.startswith(("Mono", "Bayer")):
        # Mono10Packed has two pixels in three bytes like Mono12Packed; Mono10p has four in five.
        bits = 12 if found[2] == "Packed" else bits
    else:
        bits = 8 if bits == 8 else 16
    channels = 3 if pixel_format.startswith(("RGB", "BGR")) else 1
    return -(-width * channels * bits // 8) * height
