"""The account of a recording: what became of every trigger at every camera, and whether it adds up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llpyspin.recording.clockfit import ClockFit  # noqa: TC001 -- needed to read it from JSON

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Account", "CameraAccount", "Spread"]


@dataclass(frozen=True)
class CameraAccount:
    """What became of every trigger at one camera.

    Attributes
    ----------
    serial, name, role : str
    virtual : bool
    files : tuple of str
        The videos, in order.
    triggers : int
        Rows in its sidecars, one for each trigger.
    first_trigger, last_trigger : int or None
    written, incomplete : int
    lost : dict
        By place: "sensor", "transport", "ring", "writer"; of what a function gave also "callback".
    blanks : int
        Lost frames for which a marked blank picture stands in the video.
    first_camera_ns, last_camera_ns, first_host_ns, last_host_ns : int or None
        Of the first and the last frame that came, on the camera's clock and on the host's monotonic clock.
    rate : float or None
        Triggers a second between them, by the camera's clock.
    clock : ClockFit or None
    unnumbered : int
        Of those lost in transport, frames that the SDK delivered damaged and without their number.
    dropped : int
        Of those lost in transport, frames that the camera process dropped, because readers held all memory.
    reasons : tuple of str
        Why its account does not add up; empty if it does.
    notes : tuple of str
        What else there is to know.
    """

    serial: str
    name: str = ""
    role: str = "free"
    virtual: bool = False
    files: tuple[str, ...] = ()
    triggers: int = 0
    first_trigger: int | None = None
    last_trigger: int | None = None
    written: int = 0
    incomplete: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    blanks: int = 0
    first_camera_ns: int | None = None
    last_camera_ns: int | None = None
    first_host_ns: int | None = None
    last_host_ns: int | None = None
    rate: float | None = None
    clock: ClockFit | None = None
    unnumbered: int = 0
    dropped: int = 0
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def all_lost(self) -> int:
        """Lost frames in all places."""
        return sum(self.lost.values())

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name or self.serial


@dataclass(frozen=True)
class Spread:
    """How far apart the frames of one trigger are, with all timestamps on the host's clock by the fits.

    Attributes
    ----------
    frames : int
        Triggers compared, of which all cameras have a frame.
    every : int
        Every how many triggers one was compared.
    median_us, p99_us, most_us : float
        From the earliest to the latest camera.
    offsets_us : dict
        By serial: median of how much later than at the first camera.
    read_together : bool
        Whether all clocks were also read together with the host's.  If not, the times that frames take to
        arrive are contained.
    """

    frames: int
    every: int
    median_us: float
    p99_us: float
    most_us: float
    offsets_us: dict[str, float] = field(default_factory=dict)
    read_together: bool = False


@dataclass(frozen=True)
class Account:
    """The account of a recording; ``str()`` of it is a table.

    Attributes
    ----------
    first_trigger : int
        Number of the first trigger in the files.
    triggers : int or None
        From that one on; None: nobody knows how many there were.
    cameras : tuple of CameraAccount
    fill : bool
        Whether blank pictures stand for lost frames, so that picture n is trigger n.
    virtual : bool
        Whether the pictures are made up.
    spread : Spread or None
        None for a single camera.
    events : tuple of str
        What happened meanwhile.
    reasons : tuple of str
        Why the account does not add up: those of the cameras too.
    """

    first_trigger: int = 0
    triggers: int | None = None
    cameras: tuple[CameraAccount, ...] = ()
    fill: bool = False
    virtual: bool = False
    spread: Spread | None = None
    events: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def adds_up(self) -> bool:
        """Whether triggers = written + incomplete + lost for every camera, and every counter agrees."""
        return not self.reasons

    def camera(self, which: str) -> CameraAccount:
        """The account of one camera, by its serial number or name."""
        for camera in self.cameras:
            if which in (camera.serial, camera.name):
                return camera
        raise KeyError(f"no camera {which!r} in this account; there are {[c.serial for c in self.cameras]}")

    @property
    def verdict(self) -> str:
        """Whether every trigger has a whole picture, as a sentence; "" where there is nothing to tell of."""
        return _verdict(self)

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and Jupyter show at the prompt."""
        printer.text("Account(...)" if cycle else str(self))


# -- as text


def _lines(account: Account) -> list[str]:
    lines = [_title(account), "", *_counts(account), "", *_times(account), ""]
    lines += [f"  {camera.label}: {note}" for camera in account.cameras for note in camera.notes]
    if account.spread is not None:
        lines += _spread(account.spread)
    if any(camera.all_lost for camera in account.cameras):
        lines.append(_gaps(account))
    if account.events:
        lines += ["", "What happened:", *(f"  {event}" for event in account.events)]
    lines += [""] if lines[-1] else []
    lines += [account.verdict] if account.verdict else []
    if account.adds_up:
        lines.append("The account adds up: triggers = written + incomplete + lost, for every camera.")
    else:
        lines += ["THE ACCOUNT DOES NOT ADD UP:", *(f"  {reason}" for reason in account.reasons)]
    return lines


def _title(account: Account) -> str:
    cameras = _count(len(account.cameras), "virtual camera" if account.virtual else "camera")
    if account.triggers is None:
        return f"{cameras}, number of triggers not known"
    title = f"{cameras}, {_count(account.triggers, 'trigger')}"
    return title + (f" from number {account.first_trigger} on" if account.first_trigger else "")


def _counts(account: Account) -> list[str]:
    rows = [("camera", "serial", "role", "triggers", "", "written", "", "incomplete", "", "lost", "where")]
    for camera in account.cameras:
        where = ", ".join(f"{place} {count}" for place, count in camera.lost.items() if count)
        given, written, bad = str(camera.triggers), str(camera.written), str(camera.incomplete)
        lost = str(camera.all_lost)
        rows.append(
            (camera.label, camera.serial, camera.role, given, "=", written, "+", bad, "+", lost, where)
        )
    return _table(rows, "lllrlrlrlrl")


def _verdict(account: Account) -> str:
    """What to know before everything else: is anything missing?"""
    bad = [camera for camera in account.cameras if camera.all_lost or camera.incomplete]
    if bad:
        each = [
            f"{camera.label} has no whole picture of {camera.all_lost + camera.incomplete} of "
            f"{_count(camera.triggers, 'trigger')}."
            for camera in bad
        ]
        return "FRAMES ARE MISSING:" + (
            f" {each[0]}" if len(each) == 1 else "".join(f"\n  {one}" for one in each)
        )
    if not account.adds_up or not any(camera.triggers for camera in account.cameras):
        return ""
    return "Nothing is missing: there is a whole picture of every trigger, from every camera."


def _times(account: Account) -> list[str]:
    rows = [("camera", "first to last", "rate", "clock drift", "frames arrive within")]
    for camera in account.cameras:
        if camera.first_camera_ns is None or camera.last_camera_ns is None:
            rows.append((camera.label, "no frame came", "", "", ""))
            continue
        seconds = (camera.last_camera_ns - camera.first_camera_ns) / 1e9
        rate = "" if camera.rate is None else f"{camera.rate:.3f} Hz"
        rows.append((camera.label, f"{seconds:.3f} s", rate, *_clock(camera.clock)))
    return _table(rows, "lrrrr")


def _clock(clock: ClockFit | None) -> tuple[str, str]:
    """Its drift against the computer's clock, and how long frames take to arrive."""
    if clock is None:
        return "", ""
    drift = "not known"
    if clock.drift_error_ppm is not None:
        drift = f"{clock.drift_ppm:+.1f} ± {clock.drift_error_ppm:.1f} ppm"
    if clock.latency_us is None:
        return drift, "not known"
    typical = clock.latency_us + clock.residual_us
    return drift, f"{_time(typical)} (fastest {_time(clock.latency_us)})"


def _time(us: float) -> str:
    """A short time in the unit that suits it."""
    if us < 1000:
        return f"{us:.1f} us" if us < 10 else f"{us:.0f} us"
    return f"{us / 1e3:.1f} ms" if us < 1e6 else f"{us / 1e6:.1f} s"


def _table(rows: Sequence[tuple[str, ...]], sides: str) -> list[str]:
    """Aligned columns, ``l`` or ``r`` each, under a line below the first row."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = zip(row, widths, sides, strict=True)
        line = "  ".join(
            cell.rjust(width) if side == "r" else cell.ljust(width) for cell, width, side in cells
        )
        lines.append("  " + line.rstrip())
    lines.insert(1, "  " + "-" * (max(map(len, lines)) - 2))
    return lines


def _spread(spread: Spread) -> list[str]:
    sampled = "" if spread.every == 1 else f", every {spread.every}th"
    lines = [
        f"  frames of one trigger lie {_time(spread.median_us)} apart (median), {_time(spread.most_us)} "
        f"at most ({_count(spread.frames, 'trigger')} compared{sampled})"
    ]
    if not spread.read_together:
        lines.append(
            "  (the clocks were not read together: this contains the times that frames took to arrive)"
        )
    return lines


def _gaps(account: Account) -> str:
    lost = sum(camera.all_lost for camera in account.cameras)
    blanks = sum(camera.blanks for camera in account.cameras)
    if blanks == lost:
        return "  a marked blank picture stands for each lost frame: picture n of a file is its n-th trigger"
    if blanks:
        marked = f"  marked blank pictures stand for {blanks} of {_count(lost, 'lost frame')}"
        return f"{marked}; the sidecars tell which"
    return "  no pictures stand for lost frames: the sidecars tell the trigger of each picture"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")
