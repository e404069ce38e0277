"""Pictures for the tests of sinks, and helpers to write and compare them."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.recording.sinks import Picture, choose, open_sink, open_video

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

Array = np.ndarray[Any, Any]

GRAY = Picture(48, 64, rate=100.0)
COLOR = Picture(48, 64, color=True, rate=100.0)
KEPT_OUT = ("libsvtav1",)
"""Encoders that no process of the tests opens itself: as root they make threads real-time for a moment."""


def noise(picture: Picture, count: int, seed: int = 0) -> list[Array]:
    """All values of that many bits, evenly."""
    random = np.random.default_rng(seed)
    return [random.integers(0, 1 << picture.bits, picture.shape).astype(picture.dtype) for _ in range(count)]


def levels(picture: Picture) -> list[Array]:
    """Even pictures from black to white; for colours each channel runs its own way."""
    most = (1 << picture.bits) - 1
    images = []
    for value in np.linspace(0, most, 18).round().astype(int):
        image = np.empty(picture.shape, picture.dtype)
        image[...] = (value, most - value, most // 2) if picture.color else value
        images.append(image)
    return images


def smooth(picture: Picture, count: int) -> list[Array]:
    """A slope that moves, different in each channel: what encoders are made for."""
    y, x = np.mgrid[: picture.height, : picture.width]
    images = []
    for number in range(count):
        channels = [
            (np.sin((x * (1 + k) + number) / 40) + np.cos((y + 2 * number * k) / 30) + 2) / 4
            for k in (0, 1, 2)
        ]
        pixels = np.stack(channels, axis=-1) if picture.color else channels[0]
        images.append((pixels * ((1 << picture.bits) - 1)).round().astype(picture.dtype))
    return images


class OneArray:
    """Even pictures in one array, which is changed as soon as the next one is asked for; can be pickled."""

    def __init__(self, picture: Picture, values: Sequence[int]) -> None:
        self._picture = picture
        self._values = values

    def __iter__(self) -> Iterator[Array]:
        shared = np.empty(self._picture.shape, np.uint8)
        for value in self._values:
            shared[:] = value
            yield shared
            shared[:] = 255 - value


def write(
    path: Path, picture: Picture, images: Iterable[Array], codec: str | None = None, **more: Any
) -> Path:
    """Write a finished file; ``path`` gets the suffix of the choice if it has none."""
    if codec in KEPT_OUT:
        written: Path = _elsewhere(path, picture, images, codec, **more)
        return written
    return write_here(path, picture, images, codec, **more)


def write_here(
    path: Path, picture: Picture, images: Iterable[Array], codec: str | None = None, **more: Any
) -> Path:
    """The same in this process."""
    choice = choose(codec, picture, path.suffix or None)
    path = path.with_suffix(choice.suffix)
    sink = open_sink(path, picture, choice, **more)
    for image in images:
        sink.write(image)
    sink.close()
    return path


_CHILD = """
import pickle, sys
from tests.unit.sink_pictures import write_here
arguments, more = pickle.load(sys.stdin.buffer)
sys.stdout.buffer.write(pickle.dumps(write_here(*arguments, **more)))
"""


def _elsewhere(*arguments: Any, **more: Any) -> Any:
    """Write in a process of its own."""
    child = subprocess.run(
        [sys.executable, "-c", _CHILD],
        input=pickle.dumps((arguments, more)),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert child.returncode == 0, child.stderr.decode()
    return pickle.loads(child.stdout)


def read(path: Path) -> list[Array]:
    with open_video(path) as video:
        images = list(video)
        assert len(video) == len(images)
    return images


def numbered(picture: Picture, number: int) -> Array:
    """A gray picture with noise, and ``number`` (0 to 255) in eight fields at its top."""
    image = np.random.default_rng(number).integers(90, 120, picture.shape).astype(np.uint8)
    for place in range(8):
        image[:16, 16 * place : 16 * place + 16] = 255 if number >> place & 1 else 0
    return image
