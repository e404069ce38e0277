"""A Rig of one primary and two secondaries through the real SDK: every video's picture n is exposure n."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llpyspin.deadlines import Deadline
from llpyspin.recording import check, load
from llpyspin.rig import Rig as CameraRig
from llpyspin.virtual import read_stamp

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterator

    from llpyspin.recording import Session
    from tests.rig.rig import Rig

RATE = 20.0
ROI = (0, 0, 540, 720)
NAMES = ("top", "left", "right")


@pytest.fixture(scope="module")
def three(make_rig: Callable[..., Rig]) -> Rig:
    return make_rig(3)


@pytest.fixture(scope="module")
def opened(three: Rig) -> Iterator[CameraRig]:
    """The cameras as a rig, opened once for the module: the SDK takes its time."""
    cameras = [
        {"serial": serial, "name": name, "roi": ROI}
        for serial, name in zip(three.serials, NAMES, strict=True)
    ]
    with three.inside():
        with CameraRig(cameras, framerate=RATE, exposure=3000, sdk="rotpy") as rig:
            yield rig
        for serial in three.serials:
            three.command("restore", serial)


@pytest.fixture
def rig(three: Rig, opened: CameraRig) -> Iterator[CameraRig]:
    with three.inside():
        yield opened
        for serial in three.serials:
            three.command("loss", serial, 0)
        if opened.primed:
            opened.stop()


def proven(session: Session | None, folder: pathlib.Path) -> Session:
    assert session is not None
    assert session.account is not None
    assert session.account.adds_up, str(session.account)
    report = check(folder)
    assert report.ok, str(report)
    assert not session.virtual
    return session


def numbers(folder: pathlib.Path, name: str) -> tuple[list[int], list[int]]:
    """Triggers and the numbers in the pixels of a camera's whole pictures, which are not blank ones."""
    with load(folder) as loaded:
        one = loaded[name]
        whole = one.columns[(one.columns["state"] == "written")]
        stamps = [read_stamp(picture).frame for picture in whole_pictures(one)]
        return whole["trigger"].tolist(), stamps


def whole_pictures(one: object) -> Iterator[np.ndarray]:
    rows = one.columns[one.columns["frame"] >= 0]  # type: ignore[attr-defined]
    for row, picture in zip(rows, one.frames, strict=True):  # type: ignore[attr-defined]
        if row["state"] == "written":
            yield picture


@pytest.mark.slow
def test_picture_n_of_three_cameras_shows_the_same_exposure(rig: CameraRig, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "s"
    session = proven(rig.record(10, folder, progress=False), folder)
    assert session.triggers is not None
    assert session.triggers >= 10 * RATE
    assert session.account is not None
    for name in NAMES:
        triggers, stamps = numbers(folder, name)
        assert stamps == triggers
        with load(folder) as loaded:
            assert list(loaded[name].triggers) == list(range(session.triggers))
        # The wire of a busy machine may lose some, which the account has then; not many.
        assert session.account.camera(name).written > 0.9 * session.triggers
    assert session.account.spread is not None
    assert session.account.spread.median_us < 1e6 / RATE / 4


def test_images_lost_on_the_wire_are_found_at_the_right_frames(
    rig: CameraRig, three: Rig, tmp_path: pathlib.Path
) -> None:
    rig.prime(tmp_path)
    rig.trigger()
    wait_for(rig, 40)
    before = rig.status().triggers
    three.command("loss", three.serials[1], 0.002)
    wait_for(rig, before + 60)
    three.command("loss", three.serials[1], 0)
    after = rig.status().triggers
    wait_for(rig, after + 20)
    session = proven(rig.stop(), tmp_path)
    for name in NAMES:
        triggers, stamps = numbers(tmp_path, name)
        assert stamps == triggers
    assert session.account is not None
    left = session.account.camera("left")
    assert left.lost["transport"] + left.incomplete > 0
    with load(tmp_path) as loaded:
        rows = loaded["left"].columns
        damaged = rows["trigger"][rows["state"] != "written"]
    assert ((before - 5 <= damaged) & (damaged <= after + 20)).any()


@pytest.mark.slow
def test_unplugged_camera_joins_again_with_its_gap_at_the_right_frames(
    rig: CameraRig, three: Rig, tmp_path: pathlib.Path
) -> None:
    rig.prime(tmp_path)
    rig.trigger()
    wait_for(rig, 30)
    unplugged = rig.status().triggers
    three.command("unplug", three.serials[2])
    until(rig, "gives no more frames")
    three.command("plug", three.serials[2])
    until(rig, "gives frames again")
    wait_for(rig, rig.status().triggers + 40)
    session = proven(rig.stop(), tmp_path)
    assert session.account is not None
    for name in ("top", "left"):
        triggers, stamps = numbers(tmp_path, name)
        assert stamps == triggers
    triggers, stamps = numbers(tmp_path, "right")
    # Its own count began anew when it was plugged in; until then it is the trigger, from then on in step.
    with load(tmp_path) as loaded:
        rows = loaded["right"].columns
        new = int(((rows["state"] == "written") & (rows["part"] == 0)).sum())
    assert stamps[:new] == triggers[:new]
    offsets = {trigger - stamp for trigger, stamp in zip(triggers[new:], stamps[new:], strict=True)}
    assert len(offsets) == 1
    assert abs(triggers[new - 1] - unplugged) < 2 * RATE
    assert triggers[new] > triggers[new - 1] + RATE
    with load(tmp_path) as loaded:
        host = {name: loaded[name].columns["host_timestamp_ns"] for name in ("top", "right")}
    late = (host["right"] - host["top"])[triggers[new:]] / 1e9
    assert abs(np.median(late)) < 0.5 / RATE  # it is the frame of this trigger and not of the next
    assert [file.part for file in session.cameras[2].files] == [0, 1]


def wait_for(rig: CameraRig, triggers: int) -> None:
    deadline = Deadline(60)
    while rig.status().triggers < triggers:
        assert not deadline.passed, rig.status()
        time.sleep(0.05)


def until(rig: CameraRig, text: str) -> None:
    deadline = Deadline(120)
    while not any(text in event for event in rig.status().events):
        assert not deadline.passed, rig.status()
        time.sleep(0.05)
