"""The account of a recording as people read it: tables and sentences for a terminal of 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llpyspin.recording.account.data import AccountData, CameraAccount, Spread
    from llpyspin.recording.clockfit import ClockFit

__all__ = ["lines_of", "verdict_of"]

WIDTH = 80


def lines_of(account: AccountData) -> list[str]:
    """The account as people read it."""
    lines = [_title(account), "", *_counts(account), "", *_times(account), ""]
    lines += [f"  {camera.label}: {note}" for camera in account.cameras for note in camera.notes]
    if account.spread is not None:
        lines += _spread(account.spread)
    if any(camera.all_lost for camera in account.cameras):
        lines.append(_gaps(account))
    if account.events:
        lines += ["", "What happened:", *(f"  {event}" for event in account.events)]
    lines += [""] if lines[-1] else []
    lines += [verdict_of(account)] if verdict_of(account) else []
    if account.adds_up:
        lines.append("The account adds up: triggers = written + incomplete + lost, for every camera.")
    else:
        lines += ["THE ACCOUNT DOES NOT ADD UP:", *(f"  {reason}" for reason in account.reasons)]
    return lines


def _title(account: AccountData) -> str:
    cameras = _count(len(account.cameras), "virtual camera" if account.virtual else "camera")
    if account.triggers is None:
        return f"{cameras}, unknown number of triggers"
    title = f"{cameras}, {_count(account.triggers, 'trigger')}"
    return title + (f" from number {account.first_trigger} on" if account.first_trigger else "")


def _counts(account: AccountData) -> list[str]:
    rows: list[tuple[str, ...]] = [
        ("camera", "serial", "role", "triggers", "", "written", "", "incomplete", "", "lost", "where")
    ]
    for camera in account.cameras:
        given, written, bad = str(camera.triggers), str(camera.written), str(camera.incomplete)
        lost = str(camera.all_lost)
        rows.append(
            (
                camera.label,
                camera.serial,
                camera.role,
                given,
                "=",
                written,
                "+",
                bad,
                "+",
                lost,
                _places(camera),
            )
        )
    sides = "lllrlrlrlrl"
    if all(camera.label == camera.serial for camera in account.cameras):
        rows, sides = [(row[0], *row[2:]) for row in rows], sides[1:]
    lines = _table(rows, sides)
    if max(map(len, lines)) <= WIDTH:
        return lines
    # The places do not fit beside the numbers: they go below.
    lost_ones = [camera for camera in account.cameras if camera.all_lost]
    below = [f"  lost by {camera.label}: {_places(camera)}" for camera in lost_ones]
    return [*_table([row[:-1] for row in rows], sides[:-1]), *([""] if below else []), *below]


def _places(camera: CameraAccount) -> str:
    return ", ".join(f"{place} {count}" for place, count in camera.lost.items() if count)


def verdict_of(account: AccountData) -> str:
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
    if not account.adds_up:
        return ""
    if not any(camera.triggers for camera in account.cameras):
        return "THERE IS NO PICTURE: no trigger came to any camera."
    if account.killed:
        return "Nothing is missing up to the kill: there is a whole picture of every trigger that is known."
    return "Nothing is missing: there is a whole picture of every trigger, from every camera."


def _times(account: AccountData) -> list[str]:
    rows = [("camera", "first to last", "rate", "clock drift", "delay (fastest)")]
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
    return drift, f"{_time(typical)} ({_time(clock.latency_us)})"


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
        line = ""
        for title, cell, width, side in zip(rows[0], row, widths, sides, strict=True):
            # Signs between numbers have no title, and stand close.
            line = line.removesuffix(" ") if not title else line
            line += (cell.rjust(width) if side == "r" else cell.ljust(width)) + ("  " if title else " ")
        lines.append("  " + line.rstrip())
    lines.insert(1, "  " + "-" * (max(map(len, lines)) - 2))
    return lines


def _spread(spread: Spread) -> list[str]:
    sampled = "" if spread.every == 1 else f", every {spread.every}th"
    lines = [
        f"  synchronisation: {_time(spread.median_us)} (median), {_time(spread.most_us)} (worst)",
        f"  ({_count(spread.frames, 'trigger')} compared{sampled})",
    ]
    if not spread.read_together:
        lines.append("  (the clocks were not read together: this includes the delay of the frames)")
    return lines


def _gaps(account: AccountData) -> str:
    lost = sum(camera.all_lost for camera in account.cameras)
    blanks = sum(camera.blanks for camera in account.cameras)
    if blanks == lost:
        return "  a marked blank picture replaces each lost frame:\n  picture n of a file is its n-th trigger"
    if blanks:
        marked = f"  marked blank pictures replace {blanks} of {_count(lost, 'lost frame')}"
        return f"{marked}; the CSV files name them"
    return "  lost frames have no picture; the CSV files have the trigger of each picture"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")
