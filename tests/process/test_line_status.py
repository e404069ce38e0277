"""Levels of the lines with each frame, compared with a signal of which the test knows the times."""

from __future__ import annotations

import csv
import json
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from llpyspin import PrimaryCamera, VideoStream
from llpyspin.errors import RigError, SettingError
from llpyspin.export import export
from llpyspin.recording import Session, check, load
from tests.process.rig_worlds import ROI, make_rig, wired

if TYPE_CHECKING:
    import pathlib

    from llpyspin.rig import Rig

GIGE = "BFS-PGE-16S2M"
BOX = "20000009"
HOLD_S = 0.15


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two GigE cameras in step, and a third one whose output goes to Line0 of both."""
    config = json.loads(wired(2))
    config["cameras"].append({"serial": BOX})
    config["wires"] += [f"{BOX}:Line1 -> {camera['serial']}:Line0" for camera in config["cameras"][:2]]
    for camera in config["cameras"]:
        camera["model"] = GIGE
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(config))


def switched(source: VideoStream, rig: Rig, times: int) -> list[tuple[int, int, bool]]:
    """Switch the signal that often; each with the host's time before and after, and the new level."""
    source.nodes["LineSelector"] = "Line1"
    source.nodes["LineSource"] = "UserOutput0"  # before the wire is pulled up: its exposures are no signal
    source.nodes["LineSelector"] = "Line2"
    source.nodes["V3_3Enable"] = True
    found = []
    for number in range(times):
        time.sleep(HOLD_S)
        before = time.monotonic_ns()
        source.nodes["UserOutputValue"] = number % 2 == 0
        found.append((before, time.monotonic_ns(), number % 2 == 0))
    time.sleep(HOLD_S)
    assert rig.triggered
    return found


def rows_of(folder: pathlib.Path, name: str) -> list[tuple[int, int]]:
    """Time (host's clock) and levels of each frame, as the tables of an export have them."""
    with (folder / "frames" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [(int(row["host_ns"]), int(row["line_status"])) for row in csv.DictReader(file)]


def test_levels_of_each_frame_are_those_of_the_signal(box: None, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "session"
    with VideoStream(BOX, sdk="virtual", roi=ROI) as source, make_rig(2) as rig:
        rig.prime(folder, line_status=True, codec="raw")
        rig.trigger()
        switches = switched(source, rig, 6)
        session = rig.stop()
    assert session is not None
    report = check(folder)
    assert report.ok, str(report)
    assert session.options["line_status"] is True
    assert {camera.armed["line_status"] for camera in session.cameras} == {"ExposureEndLineStatusAll"}
    with load(folder) as loaded:
        assert (loaded["a"].columns["line_status"] >= 0).all()
    export(folder, "csv", out=tmp_path / "tables")
    for name in "ab":
        rows = rows_of(tmp_path / "tables", name)
        edges = [
            (at, bool(status & 1)) for (_, before), (at, status) in pairwise(rows) if (before ^ status) & 1
        ]
        assert [level for _, level in edges] == [level for _, _, level in switches], name
        for (at, _), (before, after, _) in zip(edges, switches, strict=True):
            # The first frame that ended its exposure after the edge: at most a period of 10 ms later.
            assert before - 2e6 <= at <= after + 12e6, (name, (at - before) / 1e6)


@pytest.fixture
def usb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))


def test_rig_names_each_camera_that_does_not_send_levels(usb: None, tmp_path: pathlib.Path) -> None:
    with make_rig(2) as rig:
        with pytest.raises(RigError, match="cannot record what was asked for") as refused:
            rig.record(1, tmp_path / "session", progress=False, line_status=True)
        assert sorted(refused.value.failures) == ["a", "b"]
        assert "BFS-U3-16S2M has no chunk" in str(refused.value)
        assert not (tmp_path / "session").exists()
        session = rig.record(0.2, tmp_path / "session", progress=False, codec="raw")
        assert session.account is not None
        assert session.account.adds_up, str(session.account)


def test_single_camera_without_levels_is_refused_and_goes_on(usb: None, tmp_path: pathlib.Path) -> None:
    with VideoStream("20000001", sdk="virtual", roi=ROI) as cap:
        with pytest.raises(SettingError, match=r"20000001.* does not send the levels of its lines"):
            cap.record(tmp_path / "a.mkv", frames=5, progress=False, line_status=True)
        assert cap.read()[0]
    with PrimaryCamera("20000001", sdk="virtual", roi=ROI) as camera:
        with pytest.raises(SettingError, match=r"primary-camera does not send the levels of its lines"):
            camera.prime(tmp_path / "a.mkv", line_status=True)
    assert not list(tmp_path.iterdir())


def test_chunk_that_the_user_switched_off_is_not_recorded_as_low(box: None, tmp_path: pathlib.Path) -> None:
    with VideoStream("20000001", sdk="virtual", roi=ROI) as cap:
        session = cap.record(tmp_path / "a.raw", frames=5, progress=False, line_status=True)
        assert session.cameras[0].armed["line_status"] == "ExposureEndLineStatusAll"
        cap.nodes["ChunkSelector"] = "ExposureEndLineStatusAll"
        cap.nodes["ChunkEnable"] = False
        with pytest.raises(SettingError, match=r"switch the chunk .* off"):
            cap.record(tmp_path / "b.raw", frames=5, progress=False, line_status=True)
        assert cap.nodes["ChunkSelector"] == "ExposureEndLineStatusAll"
        cap.record(tmp_path / "b.raw", frames=5, progress=False)
    with load(tmp_path / "b.raw") as loaded:
        (recording,) = loaded.values()
        assert set(recording.columns["line_status"]) == {-1}
        assert (recording.columns["exposure_us"] > 0).all()
    assert Session.read(tmp_path / "b.json").cameras[0].armed["line_status"] == ""
