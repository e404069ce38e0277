"""The kind of pictures that are written, and what every sink does with them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from llpyspin.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

__all__ = [
    "Choice",
    "Mended",
    "NoPictures",
    "Picture",
    "Sink",
    "VideoReader",
    "check_options",
    "checked_kind",
]

Array = np.ndarray[Any, Any]


def check_options(codec: str, options: Collection[str], known: Collection[str] = ()) -> None:
    """Refuse options that a codec does not have.

    Raises
    ------
    RecordingError
    """
    if unknown := set(options) - set(known):
        has = f"; it has {', '.join(sorted(known))}" if known else ""
        raise RecordingError(f"{codec} has no option {', '.join(sorted(unknown))}{has}")


class NoPictures(RecordingError):
    """The file can be read and holds no picture, as after a kill before the first one."""


MOST_SIDE = 65_535  # pixels, which all file formats can say


@dataclass(frozen=True)
class Picture:
    """Size and kind of the pictures of one file.

    Parameters
    ----------
    height, width : int
        In pixels, 1 to 65,535.
    color : bool
        True for arrays of (height, width, 3) in the order B, G, R; False for (height, width).
    bits : int
        8 for ``uint8``; 9 to 16 for ``uint16`` with the value in the low bits.
    rate : float
        Frames a second that the file declares.  It decides how fast a player plays, not what is written.
    """

    height: int
    width: int
    color: bool = False
    bits: int = 8
    rate: float = 30.0

    def __post_init__(self) -> None:
        if not (1 <= self.height <= MOST_SIDE and 1 <= self.width <= MOST_SIDE):
            raise RecordingError(f"pictures of {self.width} x {self.height} cannot be recorded")
        if not 8 <= self.bits <= 16:
            raise RecordingError(f"pictures have 8 to 16 bits, not {self.bits}")
        if not (math.isfinite(self.rate) and 0 < self.rate <= 1e6):
            raise RecordingError(
                f"a video plays at more than 0 and up to 1e6 frames a second, not {self.rate}"
            )

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.uint8 if self.bits == 8 else np.uint16)

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.height, self.width, 3) if self.color else (self.height, self.width)

    @property
    def nbytes(self) -> int:
        return self.height * self.width * (3 if self.color else 1) * self.dtype.itemsize

    def __str__(self) -> str:
        return f"{self.width} x {self.height}, {self.bits} bit {'colour' if self.color else 'gray'}"


def checked_kind(shape: tuple[Any, ...], dtype: np.dtype[Any]) -> tuple[int, ...]:
    """The shape of a file's pictures, if this package could have written such pictures.

    Raises
    ------
    ValueError
        It could not: the file is damaged, or of somebody else, and may ask for any amount of memory.
    """
    sizes = tuple(int(each) for each in shape)
    if dtype not in (np.uint8, np.uint16) or len(sizes) not in (2, 3) or sizes[2:] not in ((), (3,)):
        raise ValueError(f"its pictures are {dtype} arrays of {shape}")
    if not all(1 <= each <= MOST_SIDE for each in sizes[:2]):
        raise ValueError(f"its pictures are of {sizes[1]} x {sizes[0]}")
    return sizes


@dataclass(frozen=True)
class Choice:
    """How a recording will be written.

    Attributes
    ----------
    codec : str
        What :func:`open_sink` opens: an encoder's exact name, or the name of another kind of sink.
    suffix : str
        Of the file, with its dot.
    notes : tuple of str
        What was tried before it, and why that did not do; one sentence each, for the user to see.
    """

    codec: str
    suffix: str
    notes: tuple[str, ...] = ()


class Sink(Protocol):
    """One file that is being written, by one thread."""

    @property
    def name(self) -> str:
        """What writes, for people: ``"h264 (libx264)"``, ``"raw"``."""

    @property
    def frames(self) -> int:
        """Pictures that were handed over."""

    @property
    def bytes(self) -> int:
        """Size of the file so far."""

    def write(self, image: Array) -> None:
        """Add a picture of the file's shape and dtype; the array may change once this has returned.

        Raises :class:`RecordingError` if it cannot be written, with what the file has all the same.
        """

    def flush(self) -> int:
        """Hand all that can be handed to the system; how many pictures outlive this process being killed."""

    def close(self) -> None:
        """Finish the file.  Closing again does nothing."""


class VideoReader(Protocol):
    """A file of pictures, read in any order, by the numbers that they had when they were written."""

    @property
    def tags(self) -> dict[str, str]:
        """The ``tags`` that were passed to :func:`open_sink`."""

    @property
    def rate(self) -> float:
        """Frames a second that the file declares; nan where it does not."""

    @property
    def bits(self) -> int | None:
        """Of a pixel, as recorded; None for a file of another program."""

    @property
    def numbers(self) -> Sequence[int]:
        """Numbers of the pictures in the file, in order; where it is damaged in its middle some are not."""

    @property
    def unproven(self) -> int:
        """Pictures after damage whose numbers nothing proves: they cannot be read."""

    def __len__(self) -> int:
        """The number after that of the last picture."""

    def __getitem__(self, index: int) -> Array:
        """Picture ``index`` (negative: from the end), (h, w) or (h, w, 3) BGR; IndexError beyond the ends.

        Raises :class:`RecordingError` where it is not in a file that is damaged, or cannot be decoded.
        """

    def __iter__(self) -> Iterator[Array]:
        """All of them in order, each a new array."""

    def close(self) -> None: ...

    def __enter__(self) -> VideoReader: ...

    def __exit__(self, *exc: object) -> None: ...


@dataclass(frozen=True)
class Mended:
    """What :func:`mend` did.

    Attributes
    ----------
    frames : int
        Pictures that the file has.
    numbers : sequence of int
        Theirs; damage in the middle of the file leaves some out.
    changed : bool
        Whether the file was written anew; False if it was whole already.
    what : str
        One sentence for people.
    """

    numbers: Sequence[int]
    changed: bool
    what: str

    @property
    def frames(self) -> int:
        return len(self.numbers)
