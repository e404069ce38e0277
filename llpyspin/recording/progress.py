"""Shows the progress of a recording, one line a camera: in a terminal, in a notebook, or in a log.

Shows plain data and knows no camera.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from llpyspin.extras import in_notebook
from llpyspin.naming.known import named
from llpyspin.recording.progresshtml import ProgressTable
from llpyspin.tables.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from llpyspin.recording.status import WriterStatus

logger = logging.getLogger("llpyspin")

__all__ = ["CameraProgress", "beside", "progress_of_writer", "shown"]

REFRESH_S = 0.25
PLAIN_S = 5.0  # between two looks in a log
LOW_DISK_S = 60.0  # so little disk is told in red


@named
@dataclass(frozen=True)
class CameraProgress:
    """What there is to say of one camera.

    Attributes
    ----------
    name : str
    state : str
        "recording", "finishing", "lost" …: one word or a few.
    frames : int
        In the file so far.
    rate : float
        Frames a second lately, Hz.
    lost : int
        Triggers without a whole frame so far, wherever they were lost.
    backlog : int
        Frames that wait for the writer, spilled ones included.
    disk_free : int or None
        Bytes on the disk that is written to.
    disk_s : float or None
        Seconds until it is full, at the present rate of bytes.
    left_s : float or None
        Seconds until this camera is done; None: until somebody says so.
    """

    name: str
    state: str
    frames: int
    rate: float
    lost: int
    backlog: int
    disk_free: int | None = None
    disk_s: float | None = None
    left_s: float | None = None

    def cells(self) -> list[str]:
        """The figures as text, one a column of :data:`COLUMNS`."""
        return [
            self.name,
            self.state,
            str(self.frames),
            f"{self.rate:.1f}",
            str(self.lost),
            str(self.backlog),
            _disk(self.disk_free, self.disk_s),
            "" if self.left_s is None else _span(self.left_s),
        ]

    def alarms(self) -> set[int]:
        """Which of the :meth:`cells` need attention."""
        bad = {
            1: self.state not in ("recording", "finishing", "done", "running", "primed"),
            4: self.lost > 0,
            6: self.disk_s is not None and self.disk_s < LOW_DISK_S,
        }
        return {column for column, alarm in bad.items() if alarm}

    def line(self) -> str:
        """The same as one line of a log."""
        disk = _disk(self.disk_free, self.disk_s)
        parts = [
            f"{self.name}: {self.state}",
            f"{self.frames} frames",
            f"{self.rate:.1f} fps",
            f"{self.lost} lost",
            f"{self.backlog} waiting",
            *([f"disk {disk}"] if disk else []),
            *([f"{_span(self.left_s)} left"] if self.left_s is not None else []),
        ]
        return " | ".join(parts)


def progress_of_writer(
    name: str, status: WriterStatus, *, state: str, left_s: float | None
) -> CameraProgress:
    """What the writer of a camera says of itself."""
    return CameraProgress(
        name=name,
        state=state,
        frames=status.written,
        rate=status.rate,
        lost=sum(status.lost.values()) + status.incomplete,
        backlog=status.backlog,
        disk_free=status.disk_free,
        left_s=left_s,
    )


COLUMNS = ("camera", "state", "frames", "fps", "lost", "backlog", "disk", "left")


@contextlib.contextmanager
def shown(
    look: Callable[[], Sequence[CameraProgress]],
    *,
    title: str = "",
    after_s: float = 0.0,
    console: Console | None = None,
) -> Iterator[None]:
    """Show what ``look`` returns while the ``with`` block runs.

    Parameters
    ----------
    look : callable
        Gives one :class:`CameraProgress` a camera; called in a thread of its own, four times a second, in a
        log every 5 s.
    title : str
        Above the lines.
    after_s : float
        Show nothing if the block is over before that.
    console : rich.console.Console, optional
        Default: standard error.
    """
    with beside(partial(_show, look, title, after_s, console or Console(stderr=True)), "progress"):
        yield


@contextlib.contextmanager
def beside(show: Callable[[threading.Event], None], name: str) -> Iterator[None]:
    """Have ``show`` run in a thread of this name until the ``with`` block is over, which its event says."""
    over = threading.Event()
    thread = threading.Thread(target=show, args=(over,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(2.0)


def _show(
    look: Callable[[], Sequence[CameraProgress]],
    title: str,
    after_s: float,
    console: Console,
    over: threading.Event,
) -> None:
    if over.wait(after_s):
        return
    surface = _surface(console, title)
    try:
        while not over.is_set():
            surface.show(look())
            over.wait(surface.every_s)
        surface.show(look())
    except Exception as error:  # noqa: BLE001 - outermost line of the thread: the recording goes on
        logger.warning("it is not shown any more how far it is: %s: %s", type(error).__name__, error)
    finally:
        surface.close()


class _Surface(Protocol):
    every_s: float

    def show(self, cameras: Sequence[CameraProgress]) -> None: ...

    def close(self) -> None: ...


class _Terminal:
    """A table that is drawn anew in its place."""

    every_s = REFRESH_S

    def __init__(self, console: Console, title: str) -> None:
        self._title = title
        self._live = Live(console=console, auto_refresh=False, transient=False)
        self._live.start()

    def show(self, cameras: Sequence[CameraProgress]) -> None:
        self._live.update(_table(cameras, self._title), refresh=True)

    def close(self) -> None:
        self._live.stop()


class _Notebook:
    """The same in one output of a notebook's cell, without widgets: a saved notebook has it too."""

    every_s = REFRESH_S

    def __init__(self, title: str) -> None:
        from IPython import display

        self._table = ProgressTable(title)
        self._html = display.HTML
        self._handle: Any = display.display(display.HTML(""), display_id=True)

    def show(self, cameras: Sequence[CameraProgress]) -> None:
        self._handle.update(self._html(self._table.html(cameras)))

    def close(self) -> None:
        pass


class _Lines:
    """A line a camera now and then, for logs and pipes."""

    every_s = 0.5

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._next = time.monotonic() + PLAIN_S
        self._last: list[str] = []

    def show(self, cameras: Sequence[CameraProgress]) -> None:
        states = [f"{camera.name} {camera.state}" for camera in cameras]
        if time.monotonic() < self._next and (states == self._last or not self._last):
            self._last = self._last or states
            return
        self._next = time.monotonic() + PLAIN_S
        self._last = states
        for camera in cameras:
            text = f"{self._title}: {camera.line()}" if self._title else camera.line()
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        pass


def _surface(console: Console, title: str) -> _Surface:
    if in_notebook():
        return _Notebook(title)
    if console.is_terminal:
        return _Terminal(console, title)
    return _Lines(console, title)


def _table(cameras: Sequence[CameraProgress], title: str) -> Group:
    sheet = Sheet(
        COLUMNS,
        [_cells(camera) for camera in cameras],
        right=COLUMNS[2:],
        optional=("left", "backlog", "disk", "fps"),
    )
    return Group(*([Text(title, "bold")] if title else []), sheet)


def _cells(camera: CameraProgress) -> list[Text]:
    """The figures; what needs attention stands out."""
    alarms = camera.alarms()
    return [Text(cell, "bold red" if at in alarms else "") for at, cell in enumerate(camera.cells())]


def _disk(free: int | None, seconds: float | None) -> str:
    if free is None:
        return ""
    text = f"{free / 1e9:.1f} GB" if free >= 1e8 else f"{free / 1e6:.1f} MB"
    return text if seconds is None else f"{text} ({_span(seconds)})"


def _span(seconds: float) -> str:
    """A time to read at a glance: "7 s", "4:05 min", "3.2 h", "9 d"."""
    if seconds < 60:
        return f"{max(0, round(seconds))} s"
    if seconds < 3600:
        return f"{int(seconds) // 60}:{int(seconds) % 60:02d} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86400:.0f} d"
