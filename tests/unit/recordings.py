"""Recordings of virtual cameras, made without any camera: what the writers would leave on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.recording.account.making import finish
from llpyspin.recording.ahead import Ahead, ahead_of
from llpyspin.recording.blank import blank
from llpyspin.recording.rows import Row
from llpyspin.recording.session import CameraRecord, FileRecord, Session
from llpyspin.recording.sidecar import write_sidecar
from llpyspin.recording.sinks import Picture, choose, open_sink
from llpyspin.roles import ClockSample, Tally
from llpyspin.virtual.stamp import draw_stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy.typing as npt

PICTURE = Picture(height=48, width=64, rate=100.0)
PERIOD = 10_000_000
SERIALS = ("12345678", "87654321", "19151234")
EPOCH = 10**12  # of the host's clock; camera k's begins at (k + 1) * 10**9


def image_of(number: int, serial: str, picture: Picture = PICTURE) -> npt.NDArray[Any]:
    image = np.full(picture.shape, 90, picture.dtype)
    assert draw_stamp(image, number, serial)
    return image


def rows_of(fates: str, camera: int = 0, *, fill: bool = False, first: int = 0) -> list[Row]:
    """Rows, one letter each: ``.`` written, ``i`` incomplete, else lost: ``s``, ``t``, ``r``, ``w``."""
    rows: list[Row] = []
    frame, exposures = 0, 0
    for trigger, fate in enumerate(fates, start=first):
        taken = (camera + 1) * 10**9 + trigger * PERIOD
        came = EPOCH + trigger * PERIOD + 300_000 + (trigger * 7919) % 50_000
        place = {"s": "sensor", "t": "transport", "r": "ring", "w": "writer"}.get(fate, "")
        state = "lost" if place else {".": "written", "i": "incomplete"}[fate]
        times = (None, None) if fate in "st" else (taken, came)
        frame_id = None if fate == "s" else exposures + first
        exposures += fate != "s"
        number = frame if not place or fill else None
        frame += number is not None
        rows.append(Row(number, trigger, state, place, frame_id, *times))
    return rows


def write_video(
    path: Path, rows: Iterable[Row], serial: str, picture: Picture = PICTURE, codec: str = "raw"
) -> None:
    """The pictures of rows: each carries the number of its exposure, as a virtual camera's would."""
    choice = choose(codec, picture, path.suffix)
    sink = open_sink(
        path, picture, choice, tags={"llpyspin_virtual": "yes", "llpyspin_serial": serial}, overwrite=True
    )
    for row in rows:
        if row.blank:
            sink.write(blank(picture))
        elif row.frame is not None:
            assert row.frame_id is not None
            sink.write(image_of(row.frame_id, serial, picture))
    sink.close()


def write_ahead(sidecar: Path, rows: Iterable[Row]) -> Path:
    """The write-ahead file that a killed writer leaves: rows that the sidecar does not have."""
    path = ahead_of(sidecar)
    ahead = Ahead(path)
    for row in rows:
        ahead.put(row)
    ahead.close()
    return path


def record(
    folder: Path,
    fates: Sequence[str],
    *,
    fill: bool = False,
    suffix: str = ".raw",
    codec: str = "raw",
    state: str = "complete",
    first: int = 0,
    picture: Picture = PICTURE,
) -> Session:
    """A session folder with a camera for each string of fates (see :func:`rows_of`)."""
    cameras = []
    for number, each in enumerate(fates):
        serial, name = SERIALS[number], f"camera{number}"
        rows = rows_of(each, number, fill=fill, first=first)
        write_sidecar(folder / f"{name}.csv", rows)
        write_video(folder / f"{name}{suffix}", rows, serial, picture, codec)
        cameras.append(
            CameraRecord(
                serial=serial,
                name=name,
                role="secondary" if number else "primary",
                interface="USB3",
                virtual=True,
                files=(FileRecord(f"{name}{suffix}", f"{name}.csv"),),
                picture={"rate": picture.rate, "bits": picture.bits},
                tally=tally_of(each, first),
                clocks=(ClockSample((number + 1) * 10**9, EPOCH, 1000),),
            )
        )
    session = Session(cameras=tuple(cameras), name=folder.name, fill=fill, first_trigger=first)
    path = folder / "session.json"
    if state == "recording":
        session = session.replace(cameras=tuple(one.replace(tally=None, clocks=()) for one in cameras))
        session.save(path)
        return session
    return finish(session.replace(triggers=len(fates[0])), path, state)


def tally_of(fates: str, first: int = 0) -> Tally:
    exposures = len(fates) - fates.count("s") + first
    lost = fates.count("t")
    return Tally(exposures - lost, fates.count("i"), lost, 0, exposures, len(fates) + first, None, None)
