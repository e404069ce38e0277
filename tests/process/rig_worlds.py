"""Rigs of virtual cameras, wired, in worlds of their own; and what a session of one says."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.recording import check, load
from llpyspin.rig import Rig

if TYPE_CHECKING:
    import pathlib

    from llpyspin.recording import Session
    from llpyspin.recording.account.account import CameraAccount

ROI = (0, 0, 270, 360)
"""Small enough for a busy machine, large enough for the stamp."""
FAST = {"codec": "raw"}
"""What costs the least."""


def wired(count: int, *, wires: bool = True, first: int = 20000001) -> str:
    """The configuration of so many cameras, all triggered by the first one."""
    serials = [str(first + number) for number in range(count)]
    return json.dumps(
        {
            "world": f"rig-{uuid.uuid4().hex[:12]}",
            "cameras": [{"serial": serial, "model": "BFS-U3-16S2M"} for serial in serials],
            "wires": [f"{serials[0]}:Line1 -> {serial}:Line3" for serial in serials[1:]] if wires else [],
        }
    )


def cameras(count: int, *, first: int = 20000001, **settings: Any) -> list[dict[str, Any]]:
    """Cameras "a", "b", "c" … of a rig."""
    return [
        {"serial": str(first + number), "name": "abcdefgh"[number], "roi": ROI, **settings}
        for number in range(count)
    ]


def make_rig(count: int = 2, *, framerate: float = 100, **more: Any) -> Rig:
    return Rig(cameras(count), framerate=framerate, sdk="virtual", **more)


def proven(session: Session | None, folder: pathlib.Path) -> Session:
    """The session, after its account was found to add up and its files to be what it says."""
    assert session is not None
    account = session.account
    assert account is not None
    assert account.adds_up, str(account)
    report = check(folder)
    assert report.ok, str(report)
    assert report.compared == sum(camera.written for camera in account.cameras), (
        "every whole picture has the number that its row says"
    )
    return session


def account_of(session: Session, name: str) -> CameraAccount:
    assert session.account is not None
    return session.account.camera(name)


def missing(folder: pathlib.Path, name: str) -> dict[str, list[int]]:
    """The triggers of which a camera has no whole picture, by where they were lost, or "incomplete"."""
    found: dict[str, list[int]] = {}
    with load(folder) as loaded:
        for row in loaded[name].columns:
            if row["state"] != "written":
                found.setdefault(str(row["where"] or row["state"]), []).append(int(row["trigger"]))
    return found


def apart_us(folder: pathlib.Path, names: str = "abc") -> float:
    """How far apart, at most, the ``seconds`` of one trigger are in the sidecars of several cameras.

    Each frame has a time, the first trigger is at 0, and times of one camera rise.
    """
    times: dict[int, list[float]] = {}
    with load(folder) as loaded:
        for name in names:
            rows = loaded[name].columns
            rows = rows[rows["camera_timestamp_ns"] >= 0]
            assert not np.isnan(rows["seconds"]).any(), name
            assert not np.isnat(rows["utc"]).any(), name
            assert (np.diff(rows["seconds"]) > 0).all(), name
            if rows["trigger"][0] == loaded.session.first_trigger:
                assert rows["seconds"][0] == 0, name
            for trigger, seconds in zip(rows["trigger"], rows["seconds"], strict=True):
                times.setdefault(int(trigger), []).append(float(seconds))
    return 1e6 * max(max(each) - min(each) for each in times.values())
