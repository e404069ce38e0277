"""Levels of the lines of a camera with each frame: asked for, written, checked, repaired."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.errors import ArgumentError, RigConfigError, SettingError, SettingRangeError
from llpyspin.recording import check, load, repair
from llpyspin.recording.options import RecordingOptions
from llpyspin.recording.optiontypes import OptionTypes
from llpyspin.recording.plan import plan_of
from llpyspin.recording.session import Session
from llpyspin.recording.sidecar import read_sidecar, write_sidecar
from llpyspin.rig import RigConfig
from llpyspin.rig.config import CameraConfig
from llpyspin.rig.plan import options_of
from llpyspin.sync.linestatus import check_line_status
from tests.unit.recordings import record, write_ahead

if TYPE_CHECKING:
    from pathlib import Path

    from llpyspin.recording.rows import Row

ASKED = RecordingOptions(line_status=True)


def leveled(folder: Path, fates: str, *, asked: bool = True, state: str = "complete") -> list[Row]:
    """A recording of one camera whose lines are those of the number of the trigger, and its rows."""
    record(folder, [fates], state=state)
    path = folder / "session.json"
    Session.read(path).replace(options={"line_status": asked}).save(path)
    rows = [
        row if row.state == "lost" else row._replace(line_status=row.trigger % 16)
        for row in read_sidecar(folder / "camera0.csv")
    ]
    write_sidecar(folder / "camera0.csv", rows, overwrite=True)
    return rows


# -- what is asked for


def test_line_status_is_an_option_of_recordings_and_rigs(tmp_path: Path) -> None:
    assert not RecordingOptions().line_status
    assert not OptionTypes().line_status
    plan = plan_of(tmp_path / "mouse.mkv", line_status=True)
    assert plan is not None
    assert plan.options.line_status
    rig = RigConfig((CameraConfig("12345678"),), record={"line_status": True})
    assert options_of(rig, None, {})[0].line_status
    assert not options_of(rig, None, {"line_status": False})[0].line_status


@pytest.mark.parametrize("value", ["yes", 1, "Line0", ["a"]])
def test_line_status_that_is_not_true_or_false_is_refused(value: Any) -> None:
    with pytest.raises(SettingRangeError, match="line_status must be True or False"):
        RecordingOptions(line_status=value)
    with pytest.raises(RigConfigError, match="line_status must be True or False"):
        RigConfig((CameraConfig("12345678"),), record={"line_status": value})


def test_line_status_without_a_recording_is_refused() -> None:
    with pytest.raises(ArgumentError, match="line_status: only for a recording"):
        plan_of(None, line_status=True)


# -- what cameras can


class Armed:
    """A camera that was armed, as far as its lines are concerned."""

    def __init__(self, chunk: str, offered: tuple[str, ...] | None = None) -> None:
        self.armed = SimpleNamespace(line_status=chunk)
        self.source = SimpleNamespace(name="camera top")
        self.info = SimpleNamespace(model="Blackfly S BFS-U3-16S2M")
        self._offered = offered

    def ask(self, operation: str, name: str) -> Any:
        assert (operation, name) == ("node", "ChunkSelector")
        if self._offered is None:
            raise SettingError("no such node", setting=name)
        return SimpleNamespace(limits=SimpleNamespace(entries=self._offered))


def checked(camera: Any, options: RecordingOptions = ASKED) -> None:
    check_line_status(camera, options)


@pytest.mark.parametrize("offered", [None, (), ("FrameID", "ExposureTime")])
def test_camera_without_the_chunk_is_refused_with_its_model(offered: Any) -> None:
    with pytest.raises(
        SettingError, match=r"camera top .*BFS-U3-16S2M has no chunk ExposureEndLineStatusAll.*GigE"
    ) as refused:
        checked(Armed("", offered))
    assert refused.value.setting == "line_status"


def test_camera_whose_chunk_is_switched_off_is_refused_with_the_reason() -> None:
    with pytest.raises(SettingError, match=r"camera top .*nodes switch .*off.*Open the camera again"):
        checked(Armed("", ("ExposureEndLineStatusAll",)))


def test_camera_that_sends_the_levels_is_accepted() -> None:
    checked(Armed("ExposureEndLineStatusAll"))
    checked(Armed("LineStatusAll"))


def test_nothing_is_refused_if_nothing_was_asked_for() -> None:
    checked(Armed(""), RecordingOptions())


# -- what is on disk


def test_levels_are_read_again_and_check_accepts_them(tmp_path: Path) -> None:
    leveled(tmp_path, "..t.i.")
    assert check(tmp_path).ok
    with load(tmp_path) as loaded:
        assert list(loaded["camera0"].columns["line_status"]) == [0, 1, -1, 3, 4, 5]


def test_check_names_pictures_without_levels_that_were_asked_for(tmp_path: Path) -> None:
    rows = leveled(tmp_path, "..t.i.")
    rows = [row._replace(line_status=None) if row.trigger in (1, 4, 5) else row for row in rows]
    write_sidecar(tmp_path / "camera0.csv", rows, overwrite=True)
    said = "camera0: 2 pictures without line_status, the first one of trigger 1"
    assert check(tmp_path).findings == (f"{said}. The recording was asked for it",)


@pytest.mark.parametrize("asked", [False, None, "yes"])
def test_recording_that_was_not_asked_needs_no_levels(tmp_path: Path, asked: Any) -> None:
    leveled(tmp_path, "....", asked=asked)
    write_sidecar(
        tmp_path / "camera0.csv",
        [row._replace(line_status=None) for row in read_sidecar(tmp_path / "camera0.csv")],
        overwrite=True,
    )
    assert check(tmp_path).ok


def test_levels_survive_a_kill_and_its_repair(tmp_path: Path) -> None:
    rows = leveled(tmp_path, "." * 8, state="recording")
    write_sidecar(tmp_path / "camera0.csv", rows[:5], overwrite=True)
    write_ahead(tmp_path / "camera0.csv", rows[3:])
    assert repair(tmp_path).ok
    assert read_sidecar(tmp_path / "camera0.csv") == rows
    assert check(tmp_path).ok
