"""Recordings of two hosts, made without any camera: what the host processes would leave on disk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llpyspin.recording.account.making import finish
from llpyspin.recording.hostclock import HostPing
from llpyspin.recording.session import CameraRecord, FileRecord, Session
from llpyspin.recording.sessionparts import HostRecord
from llpyspin.recording.sidecar import write_sidecar
from llpyspin.roles import ClockSample
from tests.unit.recordings import EPOCH, PERIOD, SERIALS, rows_of, tally_of, write_video

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llpyspin.recording.rows import Row

ID = "5b6f"
RIGHT_NS = 777 * 10**9
"""The clock of the host "right" minus that of "left"."""
CAMERAS = {"top": ("left", 0), "side": ("right", 1), "back": ("right", 2)}
"""Host, and number of the serial."""


def session_of_hosts(*, pings: bool = True, unsure_ns: int = 1_000_000) -> Session:
    """What the program that controls both knows when they have begun."""
    asked = EPOCH - 10**6
    hosts = [
        HostRecord(
            name, computer=f"pc-{name}", folder=f"/data/{name}", pings=_pings(asked, offset, unsure_ns)
        )
        for name, offset in (("left", 0), ("right", RIGHT_NS))
    ]
    if not pings:
        hosts = [replace(host, pings=()) for host in hosts]
    cameras = tuple(
        CameraRecord(
            serial=SERIALS[number],
            name=name,
            role="secondary" if number else "primary",
            virtual=True,
            host=host,
        )
        for name, (host, number) in CAMERAS.items()
    )
    return Session(cameras=cameras, hosts=tuple(hosts), id=ID, name="pair")


def _pings(asked: int, offset: int, unsure_ns: int) -> tuple[HostPing, ...]:
    return (HostPing(asked, asked + offset, unsure_ns, "desk"),)


def record_part(folder: Path, host: str, fates: str, *, missed: int = 0, state: str = "complete") -> Session:
    """The recording of one host, in its own folder; ``missed`` first pulses did not come to it."""
    folder.mkdir(parents=True)
    cameras = []
    for name, (its, number) in CAMERAS.items():
        if its != host:
            continue
        rows = list(_later(rows_of(fates, number), missed, RIGHT_NS if host == "right" else 0))
        write_sidecar(folder / f"{name}.csv", rows)
        write_video(folder / f"{name}.raw", rows, SERIALS[number])
        offset = RIGHT_NS if host == "right" else 0
        cameras.append(
            CameraRecord(
                serial=SERIALS[number],
                name=name,
                role="secondary" if number else "primary",
                virtual=True,
                files=(FileRecord(f"{name}.raw", f"{name}.csv"),),
                picture={"rate": 100.0, "bits": 8},
                tally=tally_of(fates),
                clocks=(ClockSample((number + 1) * 10**9, EPOCH + offset, 1000),),
            )
        )
    session = Session(
        cameras=tuple(cameras),
        id=ID,
        host=f"pc-{host}",
        recorded_in=f"/data/{host}",
        wall_offset_ns=len(host),
    )
    if state == "recording":
        session.save(folder / "session.json")
        return session
    return finish(session.replace(triggers=len(fates)), folder / "session.json", state)


def _later(rows: list[Row], missed: int, offset: int) -> Iterator[Row]:
    """Rows of a host with another clock, that counts from 0 although pulses came before."""
    for row in rows:
        times = (row.camera_timestamp_ns, row.host_timestamp_ns)
        if None in times:
            yield row
            continue
        yield row._replace(
            camera_timestamp_ns=times[0] + missed * PERIOD,  # type: ignore[operator]
            host_timestamp_ns=times[1] + missed * PERIOD + offset,  # type: ignore[operator]
        )
