"""What is on disk after a recording of virtual cameras, held against what was done to them.

Looks at rows, pictures and the numbers in the pixels by itself, so that it does not take the word of
``session.json`` or of ``check`` for anything.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from llpyspin.deadlines import Deadline
from llpyspin.recording.blank import is_blank
from llpyspin.recording.rows import LOST, PLACES, WRITTEN, Row
from llpyspin.recording.session import Session
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.recording.sinks import open_video
from llpyspin.virtual import read_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

SMALL = (0, 0, 64, 320)  # small pictures: the machine that runs the tests has other work
RATE = 100.0
PERIOD_NS = round(1e9 / RATE)
NAMES = ("top", "side", "back", "front")


def cameras(serials: list[str]) -> dict[str, dict[str, object]]:
    """The cameras of a rig by name, the first of them the primary."""
    return {name: {"serial": serial, "roi": SMALL} for name, serial in zip(NAMES, serials, strict=False)}


# -- waiting ---------------------------------------------------------------------------------------------


def until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = Deadline(seconds)
    while not condition():
        assert not deadline.passed, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.005)


def kill(*pids: int) -> int:
    """Kill -9; the host's monotonic clock just before, in ns."""
    now = time.monotonic_ns()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return now


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def recorded(folder: Path, name: str = "top") -> int:
    """Rows on disk so far."""
    return sum(len(segment.rows) for segment in _segments(folder, name))


# -- one camera ------------------------------------------------------------------------------------------


@dataclass
class Segment:
    """One video with its sidecar."""

    video: Path
    rows: list[Row]

    def numbers(self) -> list[int | None]:
        """The numbers in the pixels; None for a blank picture."""
        with open_video(self.video) as pictures:
            return [None if is_blank(image) else read_stamp(image).frame for image in pictures]


def _segments(folder: Path, name: str) -> Iterator[Segment]:
    for sidecar in sorted(folder.glob(f"{name}.csv")) + sorted(folder.glob(f"{name}_[0-9]*.csv")):
        others = [path for path in folder.glob(f"{sidecar.stem}.*") if path.suffix in (".mkv", ".raw")]
        (video,) = others
        with contextlib.suppress(FileNotFoundError):
            yield Segment(video, read_sidecar(sidecar))


class Footage:
    """All that one camera has recorded.

    Attributes
    ----------
    segments : list of Segment
        In the order of their triggers.
    rows : list of Row
        Of all of them.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.segments = [segment for segment in _segments(folder, name) if segment.rows]
        self.segments.sort(key=lambda segment: segment.rows[0].trigger)
        self.rows = [row for segment in self.segments for row in segment.rows]
        self.name = name

    @property
    def triggers(self) -> int:
        return len(self.rows)

    def those(self, state: str, where: str = "") -> list[int]:
        """Triggers of rows with this state."""
        return [row.trigger for row in self.rows if (row.state, row.where) == (state, where)]

    @property
    def written(self) -> list[int]:
        return self.those(WRITTEN)

    @property
    def incomplete(self) -> list[int]:
        return self.those("incomplete")

    @property
    def lost(self) -> dict[str, list[int]]:
        """Triggers of lost frames, by the places where any were lost."""
        return {where: found for where in PLACES if (found := self.those(LOST, where))}

    def verify(self, *, first: int = 0) -> Footage:
        """There is a row for each trigger, and each picture is the one that its row tells of."""
        assert [row.trigger for row in self.rows] == list(range(first, first + len(self.rows)))
        unseen = set(self.lost.get("sensor", []))
        for number, segment in enumerate(self.segments):
            rows: dict[int | None, Row] = {row.frame: row for row in segment.rows if row.frame is not None}
            assert list(rows) == list(range(len(rows))), f"{segment.video.name}: pictures are not in order"
            numbers = segment.numbers()
            if number < len(self.segments) - 1:
                self._verify_twice(segment, numbers[max(0, len(rows) - 1) :], self.segments[number + 1])
                del numbers[len(rows) :]
            assert len(numbers) == len(rows), f"{segment.video.name}: pictures without rows, or rows without"
            self._verify_numbers(segment, rows, numbers, unseen, fresh=number == 0)
        return self

    def _verify_twice(self, segment: Segment, numbers: list[int | None], following: Segment) -> None:
        """Pictures of which a killed writer had not told were written again by the next one."""
        last = [row.trigger for row in segment.rows if row.frame is not None][-1:]
        there = {row.trigger for row in following.rows if row.frame is not None}
        for found in numbers[1:]:
            assert found is not None and numbers[0] is not None
            assert last[0] + found - numbers[0] in there, f"{segment.video.name}: {found} is in no other file"

    def _verify_numbers(
        self,
        segment: Segment,
        rows: dict[int | None, Row],
        numbers: list[int | None],
        unseen: set[int],
        *,
        fresh: bool,
    ) -> None:
        """A camera numbers its exposures from the beginning of each acquisition on."""
        began = None
        for found, row in zip(numbers, rows.values(), strict=True):
            assert (found is None) == (row.state == LOST), f"{segment.video.name}: {row}"
            if row.state != WRITTEN:
                continue
            exposed = row.trigger - sum(trigger < row.trigger for trigger in unseen)
            if began is None:
                assert found is not None
                began = 0 if fresh else exposed - found
            assert found == exposed - began, f"{segment.video.name}: {row} carries number {found}"

    def last_ns(self) -> int:
        """When the last picture that can be played was taken, on the host's clock, within a frame or so."""
        last = self.segments[-1]
        numbers = last.numbers()
        row = next(row for row in last.rows if row.state == WRITTEN)
        assert row.host_timestamp_ns is not None and row.frame is not None
        first, newest = numbers[row.frame], next(number for number in reversed(numbers) if number is not None)
        assert first is not None
        return row.host_timestamp_ns + (newest - first) * PERIOD_NS


# -- a session -------------------------------------------------------------------------------------------


def footage(folder: Path, *names: str) -> list[Footage]:
    """What the cameras recorded, after a look at every picture."""
    return [Footage(folder, name).verify() for name in names]


def session_of(folder: Path) -> Session:
    return Session.read(folder / "session.json")


def account_tells(folder: Path, films: Iterable[Footage]) -> Session:
    """The account says of each camera what its rows do, and adds up."""
    session = session_of(folder)
    account = session.account
    assert account is not None
    assert account.adds_up, str(account)
    for film in films:
        told = account.camera(film.name)
        assert told.triggers == film.triggers == account.triggers
        assert told.written == len(film.written)
        assert told.incomplete == len(film.incomplete)
        assert {where: count for where, count in told.lost.items() if count} == {
            where: len(lost) for where, lost in film.lost.items()
        }
        assert told.triggers == told.written + told.incomplete + told.all_lost
    return session


def event_kinds(session: Session) -> list[tuple[str, str]]:
    """Kind and serial number of what happened."""
    return [(event.kind, event.camera) for event in session.events]


def run_of(triggers: list[int]) -> range:
    """Triggers that follow each other, as a range."""
    assert triggers, "none"
    assert all(after == before + 1 for before, after in itertools.pairwise(triggers)), triggers
    return range(triggers[0], triggers[-1] + 1)


def same_moments(one: Footage, other: Footage, since: int) -> bool:
    """Whether frames of the same trigger came at the same time, from a trigger on.

    For a camera that was opened again: its own numbers in the pixels say nothing of triggers then.
    """
    times = {row.trigger: row.host_timestamp_ns for row in other.rows if row.state == WRITTEN}
    apart = sorted(
        row.host_timestamp_ns - when
        for row in one.rows
        if row.trigger >= since and row.state == WRITTEN and row.host_timestamp_ns is not None
        if (when := times.get(row.trigger)) is not None
    )
    assert len(apart) >= 10
    return abs(apart[len(apart) // 2]) < PERIOD_NS / 2


# -- disks -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def mounted(folder: Path, *how: str) -> Iterator[Path]:
    folder.mkdir()
    subprocess.run(["mount", *how, str(folder)], check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def frozen(folder: Path) -> Iterator[None]:
    """Have a disk take nothing for a while; it thaws by itself if this process dies."""
    shell = subprocess.Popen(
        [
            "bash",
            "-c",
            'fsfreeze --freeze "$1" && echo; read -t 30; fsfreeze --unfreeze "$1"',
            "-",
            str(folder),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert shell.stdout is not None
    try:
        assert shell.stdout.readline() == b"\n", "the disk cannot be frozen"
        yield
    finally:
        shell.communicate()  # closes what it reads
    assert shell.returncode == 0


def world_text(config: dict[str, object], serials: list[str], *, each: int) -> str:
    """A world where the first of every ``each`` cameras is wired to the others of them."""
    wires = []
    for at in range(0, len(serials), each):
        first, *others = serials[at : at + each]
        wires += [f"{first}:Line1 -> {other}:Line3" for other in others]
    return json.dumps({**config, "wires": wires})
