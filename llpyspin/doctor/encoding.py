"""How fast encoders write pictures of one size: tried in child processes, because drivers crash.

The pictures are smooth with the noise of a sensor, since the rate of an encoder depends on what it is given:
noise of 1.5 grey levels is what a 1.6 megapixel Blackfly S has in good light.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.deadlines import Deadline
from llpyspin.doctor.asking import Answer, Question, answers, ask
from llpyspin.errors import LlpyspinError, MissingExtraError
from llpyspin.recording.sinks import Choice, Picture, choose, open_sink
from llpyspin.recording.sinks.encoders import ENCODERS
from llpyspin.system.lives import ParentLife
from llpyspin.system.openfiles import room_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Encoded", "Tried", "encode_here", "measure", "try_encoders", "try_here"]

MEASURE_S = 0.8
READY_S = 1.5  # until all children of one measurement have begun
PROBE_S = 30.0
ANSWER_S = 30.0
NOISE = 1.5  # grey levels of 8 bits
PICTURES = 8
_SHM = "/dev/shm"
_SHM_LEAST = 256 << 20


@dataclass(frozen=True)
class Tried:
    """Whether an encoder works here: its name, and why not, "" if it does."""

    name: str
    why: str


@dataclass(frozen=True)
class Encoded:
    """What one or several encoders at once did.

    Attributes
    ----------
    encoder : str
    writers : int
        How many worked at the same time.
    rate : float
        Pictures a second of all of them together; 0.0 where it failed.
    picture_bytes : float
        Bytes of an encoded picture.
    why : str
        Why it failed, "" if it did not.
    """

    encoder: str
    writers: int
    rate: float
    picture_bytes: float = 0.0
    why: str = ""


def try_encoders(picture: Picture, names: Sequence[str] = tuple(ENCODERS)) -> list[Tried]:
    """Try encoders with a few such pictures; one that kills its process is named, and the others go on.

    Takes some tens of milliseconds each, and 30 s at most for one that hangs.
    """
    left = list(names)
    tried: list[Tried] = []
    while left:
        answer = ask(f"{__name__}:try_here", Deadline(PROBE_S), picture=asdict(picture), names=left)
        tried += [Tried(**value) for value in answer.values]
        left = left[len(answer.values) :]
        if answer.failure and left:  # the first of those without an answer
            said = answer.said.splitlines()[-1] if answer.said else ""
            tried.append(Tried(left.pop(0), f"its process {answer.failure}" + (f": {said}" if said else "")))
        elif left:
            tried += [Tried(name, "it was not tried") for name in left]
            left = []
    return tried


def try_here(picture: dict[str, Any], names: Sequence[str]) -> Iterator[dict[str, str]]:
    """The same in this process; for a child."""
    for name in names:
        why = ""
        try:
            choose(name, Picture(**picture))
        except MissingExtraError as error:
            why = "the package " + str(error).partition(" needs ")[2].partition(":")[0] + " is missing"
        except LlpyspinError as error:
            why = str(error).rpartition(f"{name}: ")[2]
        yield {"name": name, "why": why}


def measure(
    codec: str | None, picture: Picture, writers: int = 1, options: dict[str, Any] | None = None
) -> Encoded:
    """Encode for 0.8 s in ``writers`` processes at once; blocks for some 3 s, 30 s at most.

    Parameters
    ----------
    codec : str or None
        As for :func:`llpyspin.recording.sinks.choose`.
    picture : Picture
    options : dict, optional
        ``quality`` and ``options`` of the codec, and the ``suffix`` of the files.
    """
    deadline = Deadline(ANSWER_S)
    with tempfile.TemporaryDirectory(
        prefix="llpyspin-doctor-", dir=_scratch(), ignore_cleanup_errors=True
    ) as folder:
        begin = time.monotonic() + (READY_S if writers > 1 else 0.0)
        asked = [
            Question(
                f"{__name__}:encode_here",
                codec=codec,
                picture=asdict(picture),
                path=str(Path(folder, f"{number}")),
                begin=begin,
                chosen=options or {},
            )
            for number in range(writers)
        ]
        given = answers(asked, deadline)
    return _summed(codec or "", given)


def _summed(codec: str, given: Sequence[Answer]) -> Encoded:
    failure = next((answer for answer in given if answer.failure), None)
    if failure is not None:
        return Encoded(codec, len(given), 0.0, 0.0, failure.failure)
    frames = sum(answer.value["frames"] for answer in given)
    rate = sum(answer.value["frames"] / answer.value["seconds"] for answer in given)
    size = sum(answer.value["bytes"] for answer in given)
    return Encoded(given[0].value["encoder"], len(given), rate, size / max(1, frames))


def encode_here(
    codec: str | None, picture: dict[str, Any], path: str, begin: float, chosen: dict[str, Any]
) -> dict[str, Any]:
    """Encode in this process from the monotonic time ``begin`` on; for a child."""
    parent = ParentLife.of_this_process()
    kind = Picture(**picture)
    chosen = dict(chosen)
    choice: Choice = choose(codec, kind, chosen.pop("suffix", None), **chosen)
    images = _pictures(kind)
    target = Path(path + choice.suffix)
    sink = open_sink(target, kind, choice, **chosen)
    time.sleep(max(0.0, begin - time.monotonic()))
    begun = time.perf_counter()
    while time.perf_counter() - begun < MEASURE_S:
        sink.write(images[sink.frames % PICTURES])
    sink.close()
    seconds = time.perf_counter() - begun
    size = target.stat().st_size
    target.unlink()
    if parent.over:  # the doctor was killed, and cannot tidy up
        with contextlib.suppress(OSError):
            target.parent.rmdir()
    return {"encoder": choice.codec, "frames": sink.frames, "seconds": seconds, "bytes": size}


def _pictures(kind: Picture) -> list[np.ndarray[Any, Any]]:
    """A bright spot that wanders over a slope, with noise."""
    most = (1 << kind.bits) - 1
    noise = np.random.default_rng(1)
    rows, columns = np.ogrid[0 : kind.height, 0 : kind.width]
    images = []
    for number in range(PICTURES):
        x, y = kind.width * (number + 1) / (PICTURES + 1), kind.height / 2
        spot = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * (kind.height / 12) ** 2))
        gray = 0.2 + 0.2 * columns / kind.width + 0.3 * spot
        if kind.color:
            gray = np.stack([gray, gray * 0.8, gray * 0.6], axis=2)
        gray = gray + noise.normal(0, NOISE / 255, gray.shape)
        images.append((gray.clip(0, 1) * most).astype(kind.dtype))
    return images


def _scratch() -> str | None:
    """Memory, where it has room, so that no disk is measured instead."""
    try:
        free = room_at(_SHM).free
    except OSError:
        return None
    return _SHM if free >= _SHM_LEAST and os.access(_SHM, os.W_OK) else None
