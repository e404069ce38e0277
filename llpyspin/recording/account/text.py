"""The account as text: tables and sentences, for a terminal or for a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from llpyspin.recording.account.verdict import counted, verdict_of
from llpyspin.tables.sheet import Indented, Sheet

if TYPE_CHECKING:
    from rich.console import RenderableType

    from llpyspin.recording.account.data import AccountData, CameraAccount, HostAccount, Spread
    from llpyspin.recording.clockfit import ClockFit

__all__ = ["shown_of"]

_BAD, _GOOD = "bold red", "green"
_SOURCES = {"told": "as it said at the end, its files are not here", "unknown": "it was lost, all is unknown"}


def shown_of(account: AccountData) -> Group:
    """The account as people read it."""
    shown: list[RenderableType] = [Text(_title(account)), "", _counts(account), "", _times(account), ""]
    below = (
        []
        if account.box_pulses is None
        else [f"the pulse box counted {counted(account.box_pulses, 'pulse')}"]
    )
    below += [_host(host, account.hosts[0].name) for host in account.hosts]
    below += [f"{camera.label}: {note}" for camera in account.cameras for note in camera.notes]
    if account.spread is not None:
        below += _spread(account.spread)
    if any(camera.all_lost for camera in account.cameras):
        below += _gaps(account)
    shown += [Indented(line) for line in below]
    if account.events:
        shown += [*([""] if below else []), "What happened:", *map(Indented, account.events)]
    shown += [""] if below or account.events else []
    return Group(*shown, *_ending(account))


def _ending(account: AccountData) -> list[RenderableType]:
    verdict, *more = verdict_of(account).split("\n")
    style = _GOOD if account.complete else "" if account.adds_up and _all_written(account) else _BAD
    lines: list[RenderableType] = [Text(verdict, style)] if verdict else []
    lines += [Indented(line.strip()) for line in more]
    if account.adds_up:
        lines.append(Text("The account adds up: triggers = written + incomplete + lost, for every camera."))
    else:
        lines += [Text("THE ACCOUNT DOES NOT ADD UP:", _BAD), *map(Indented, account.reasons)]
    return lines


def _all_written(account: AccountData) -> bool:
    """Whether there is a whole picture of all triggers that are known, of which there is at least one."""
    written = all(camera.written == camera.triggers for camera in account.cameras)
    return written and any(camera.triggers for camera in account.cameras)


def _title(account: AccountData) -> str:
    cameras = counted(len(account.cameras), "virtual camera" if account.virtual else "camera")
    cameras += f" on {counted(len(account.hosts), 'host')}" if account.hosts else ""
    if account.triggers is None:
        return f"{cameras}, unknown number of triggers"
    title = f"{cameras}, {counted(account.triggers, 'trigger')}"
    return title + (f" from number {account.first_trigger} on" if account.first_trigger else "")


def _counts(account: AccountData) -> Indented:
    columns = [
        "camera",
        "serial",
        "role",
        "triggers",
        "=",
        "written",
        "+",
        "incomplete",
        "+",
        "lost",
        "where",
    ]
    rows = [
        [camera.label, camera.serial, camera.role, *_numbers(camera), _places(camera)]
        for camera in account.cameras
    ]
    if all(camera.label == camera.serial for camera in account.cameras):
        columns.remove("serial")
        rows = [[row[0], *row[2:]] for row in rows]
    right = ("triggers", "written", "incomplete", "lost")
    return Indented(Sheet(columns, rows, right=right, below="lost by {0}: {1}"))


def _numbers(camera: CameraAccount) -> list[str | Text]:
    """Triggers, written, incomplete, lost; what should be 0 stands out."""
    if camera.unknown:
        return ["?"] * 4
    bad = [Text(str(count), _BAD if count else "") for count in (camera.incomplete, camera.all_lost)]
    return [str(camera.triggers), str(camera.written), *bad]


def _places(camera: CameraAccount) -> str:
    return ", ".join(f"{place} {count}" for place, count in camera.lost.items() if count)


def _times(account: AccountData) -> Indented:
    columns = ("camera", "first to last", "rate", "clock drift", "delay (fastest)")
    rows = []
    for camera in account.cameras:
        if camera.first_camera_ns is None or camera.last_camera_ns is None:
            rows.append((camera.label, "unknown" if camera.unknown else "no frame came", "", "", ""))
            continue
        seconds = (camera.last_camera_ns - camera.first_camera_ns) / 1e9
        rate = "" if camera.rate is None else f"{camera.rate:.3f} Hz"
        rows.append((camera.label, f"{seconds:.3f} s", rate, *_clock(camera.clock)))
    return Indented(Sheet(columns, rows, right=columns[1:]))


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
    return drift, f"{_time(typical)} ({_time(clock.latency_us)})"


def _time(us: float) -> str:
    """A short time in the unit that suits it."""
    if us < 1000:
        return f"{us:.1f} us" if us < 10 else f"{us:.0f} us"
    return f"{us / 1e3:.1f} ms" if us < 1e6 else f"{us / 1e6:.1f} s"


def _host(host: HostAccount, first: str) -> str:
    """A computer: where its numbers come from, and how its clock runs."""
    where = {
        "files": "",
        "told": "as it said at the end, its files are not here",
        "unknown": "unknown, it was lost",
    }
    said = [where.get(host.source, "")]
    if host.name == first:
        said.append("the clock of this host is the reference")
    elif host.clock is not None and host.clock.drift_error_ppm is not None:
        drift = f"{host.clock.drift_ppm:+.2f} ± {host.clock.drift_error_ppm:.2f} ppm"
        said.append(f"its clock gains {drift} on that of {first}")
    if host.shift is not None:
        said.append(f"by pings its triggers are {host.shift:+.2f} periods from those of {first}")
    return f"host {host.name}: {', '.join(part for part in said if part) or 'its clock was not compared'}"


def _spread(spread: Spread) -> list[str]:
    sampled = "" if spread.every == 1 else f", every {spread.every}th"
    lines = [
        f"synchronisation: {_time(spread.median_us)} (median), {_time(spread.most_us)} (worst)",
        f"({counted(spread.frames, 'trigger')} compared{sampled})",
    ]
    if not spread.read_together:
        lines.append("(the clocks were not read together: this includes the delay of the frames)")
    return lines


def _gaps(account: AccountData) -> list[str]:
    lost = sum(camera.all_lost for camera in account.cameras)
    blanks = sum(camera.blanks for camera in account.cameras)
    if blanks == lost:
        return ["a marked blank picture replaces each lost frame:", "picture n of a file is its n-th trigger"]
    if blanks:
        marked = f"marked blank pictures replace {blanks} of {counted(lost, 'lost frame')}"
        return [f"{marked}; the CSV files name them"]
    return ["lost frames have no picture; the CSV files have the trigger of each picture"]
