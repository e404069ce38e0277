"""What a rig does for a live page, and what it refuses, without cameras."""

from __future__ import annotations

import contextlib
import gc
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.deadlines import Turn
from llpyspin.errors import (
    CameraClosedError,
    LlpyspinError,
    RecordingError,
    RequestTimeoutError,
    SettingError,
    SettingRangeError,
)
from llpyspin.rig import wishes
from llpyspin.rig.webchoices import CHOICES, Choices
from llpyspin.rig.wishes import RigWishes, new_folder
from llpyspin.web.wish import Wish, checked

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator


class FakeRun:
    def __init__(self, folder: str) -> None:
        self.plan = SimpleNamespace(folder=folder or None)
        self.begun: int | None = None
        self.over = threading.Event()
        self.reason = ""

    def because(self, reason: str) -> None:
        self.reason = self.reason or reason

    def end(self, reason: str) -> None:
        self.because(reason)
        self.over.set()


class FakeRuns:
    """The runs of a rig, without cameras."""

    def __init__(self) -> None:
        self.members = {"a": object()}
        self.config = SimpleNamespace(allow_lower_rate=True)
        self.attended = False
        self.current: FakeRun | None = None
        self.folder = ""
        self.calls: list[Any] = []
        self.refuses: LlpyspinError | None = None
        self.looking = SimpleNamespace(run_freely=lambda: self.calls.append("run freely"))

    def prime(self, out: Any, pre_trigger: None, on_failure: None, options: Any, **more: Any) -> None:
        self.calls.append((str(out), options, more))
        if self.refuses is not None:
            raise self.refuses
        self.folder = str(out)
        self.current = FakeRun(self.folder)

    def trigger(self) -> None:
        assert self.current is not None
        self.current.begun = 1

    def stop(self) -> Any:
        assert self.current is not None
        begun, self.current = self.current.begun, None
        return (
            None if begun is None else SimpleNamespace(account=SimpleNamespace(verdict="Nothing is missing."))
        )


class World:
    def __init__(self, folder: pathlib.Path, *, free: bool = True) -> None:
        self.runs = FakeRuns()
        self.turn = Turn()
        self.folder = str(folder)
        self.choices = Choices()
        runs: Any = self.runs
        self.wishes = RigWishes(runs, self.turn, self.folder, self.choices, free=free)

    def do(self, kind: str, *, left_s: float = 5.0, **given: Any) -> str:
        return self.wishes.do(Wish(1, kind, checked(kind, given), left_s))

    @property
    def shown(self) -> str:
        return self.runs.folder


@pytest.fixture
def world(tmp_path: pathlib.Path) -> World:
    return World(tmp_path)


def test_session_is_primed_triggered_and_stopped(world: World) -> None:
    said = world.do("prime", name="m1", subject="m", notes="left eye", metadata={"weight_g": 24.1})
    assert said == f"Primed. Trigger starts the recording to {world.folder}/m1."
    metadata = {"weight_g": 24.1, "subject": "m", "notes": "left eye"}
    more = {"allow_lower_rate": True, "metadata": metadata}
    assert world.runs.calls == [(f"{world.folder}/m1", {"overwrite": False}, more)]
    assert world.do("trigger", folder=world.shown) == "Triggered. The recording runs."
    assert world.do("stop", folder=world.shown) == f"Stopped. Nothing is missing. {world.folder}/m1"
    assert world.runs.calls[-1] == "run freely"


def test_session_that_was_not_triggered_leaves_nothing(world: World) -> None:
    world.do("prime")
    assert world.do("stop", folder=world.shown) == "Stopped. Nothing was recorded."


def test_cameras_that_cannot_be_primed_run_freely_again(world: World) -> None:
    world.runs.refuses = RecordingError("the disk is full")
    with pytest.raises(RecordingError, match="the disk is full"):
        world.do("prime")
    assert world.runs.calls[-1] == "run freely"


def test_cameras_that_were_not_free_stay_so(tmp_path: pathlib.Path) -> None:
    world = World(tmp_path, free=False)
    world.do("prime")
    world.do("stop", folder=world.shown)
    assert "run freely" not in world.runs.calls


def test_request_at_the_wrong_time_is_refused(world: World) -> None:
    for kind in ("trigger", "stop"):
        with pytest.raises(RecordingError, match="not primed"):
            world.do(kind, folder="")
    world.do("prime")
    with pytest.raises(RecordingError, match="already primed"):
        world.do("prime")
    world.do("trigger", folder=world.shown)
    with pytest.raises(RecordingError, match="already triggered"):
        world.do("trigger", folder=world.shown)
    assert len(world.runs.calls) == 1


@pytest.mark.parametrize("kind", ["trigger", "stop"])
@pytest.mark.parametrize("folder", ["", "m2", "/data/m2"])
def test_page_that_shows_another_session_changes_nothing(world: World, kind: str, folder: str) -> None:
    world.do("prime", name="m1")
    with pytest.raises(RecordingError, match=r"but the rig has m1 now\. Nothing was done"):
        world.do(kind, folder=folder)
    assert world.runs.current is not None
    assert world.runs.current.begun is None


def test_recording_of_a_program_can_only_be_stopped(world: World) -> None:
    run = world.runs.current = FakeRun("/data/m1")
    world.runs.folder = "/data/m1"
    world.runs.attended = True
    for kind, given in (
        ("set", {"name": "gain", "value": 1}),
        ("prime", {}),
        ("trigger", {"folder": "/data/m1"}),
    ):
        with pytest.raises(RecordingError, match="a program records with this rig"):
            world.do(kind, **given)
    assert run.begun is None
    assert "The recording ends." in world.do("stop", folder="/data/m1")
    assert run.over.is_set()
    assert run.reason == "the live page stopped it"
    assert world.runs.current is run  # the program stops it


@contextlib.contextmanager
def taken(turn: Turn) -> Iterator[None]:
    """Another thread has the turn."""
    has, leave = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: turn.do(20, lambda: (has.set(), leave.wait(20)), None))
    thread.start()
    assert has.wait(20)
    try:
        yield
    finally:
        leave.set()
        thread.join(20)


@pytest.mark.parametrize("left_s", [0.0, -1.0, 0.01])
def test_request_that_does_not_get_its_turn_is_refused(world: World, left_s: float) -> None:
    with taken(world.turn), pytest.raises(RequestTimeoutError, match="nothing was done"):
        world.do("prime", left_s=left_s)
    assert not world.runs.calls


def test_rig_that_is_closed_or_gone_does_nothing(world: World) -> None:
    world.runs.members.clear()
    with pytest.raises(CameraClosedError):
        world.do("prime")
    assert world.wishes.look() == ""
    del world.runs
    gc.collect()
    with pytest.raises(CameraClosedError):
        world.do("prime")
    assert world.wishes.look() == ""


def test_run_of_a_page_that_has_failed_is_ended(world: World) -> None:
    assert world.wishes.look() == ""
    world.do("prime", name="m1")
    world.do("trigger", folder=world.shown)
    assert world.wishes.look() == ""
    assert world.runs.current is not None
    world.runs.current.end("only 4 GB are free")
    with taken(world.turn):
        assert world.wishes.look() == ""  # whoever has the turn ends it
    assert world.wishes.look() == f"Ended: only 4 GB are free. Nothing is missing. {world.folder}/m1"
    assert world.runs.current is None
    assert world.wishes.look() == ""


def test_run_of_a_program_that_has_failed_is_left_to_it(world: World) -> None:
    run = world.runs.current = FakeRun("/data/m1")
    run.over.set()
    assert world.wishes.look() == ""
    assert world.runs.current is run


# -- settings


class Cameras:
    """What is set, and what the cameras have then."""

    def __init__(self) -> None:
        self.given: list[Any] = []

    def assign(self, members: Any, config: Any, name: str, value: Any) -> None:
        if value == 99:
            raise SettingRangeError("gain 99.0 dB refused: 47.994 dB is the maximum")
        self.given.append((name, value))

    def value_of(self, members: Any, config: Any, name: str) -> Any:
        return 3.0


@pytest.fixture
def cameras(monkeypatch: pytest.MonkeyPatch) -> Cameras:
    made = Cameras()
    monkeypatch.setattr(wishes, "assign", made.assign)
    monkeypatch.setattr(wishes, "value_of", made.value_of)
    return made


def test_setting_is_set_in_all_cameras_or_in_one(world: World, cameras: Cameras) -> None:
    assert world.do("set", name="gain", value=3) == "gain is now 3 dB."
    world.do("set", name="exposure", value="auto", camera="a")
    assert cameras.given == [("gain", 3.0), ("exposure", {"a": "auto"})]


def test_value_outside_the_limits_is_refused_with_the_limits(world: World, cameras: Cameras) -> None:
    with pytest.raises(SettingRangeError, match=r"47\.994 dB is the maximum"):
        world.do("set", name="gain", value=99)


@pytest.mark.parametrize("name", ["roi", "pixel_format", "DeviceReset", "__class__", "gian", ""])
def test_setting_that_pages_cannot_change_is_refused(world: World, cameras: Cameras, name: str) -> None:
    with pytest.raises(SettingError, match="It can set exposure, gain"):
        world.do("set", name=name, value=1)
    assert not cameras.given
    assert name not in CHOICES


# -- the folder of a session


@pytest.mark.parametrize(
    "name", ["../m1", "/etc", "a/b", "..", ".", ".m1", "a\\b", "a\nb", "a\0b", "C:", "a*", "\u202eb", " /x"]
)
def test_session_is_never_outside_the_folder(world: World, name: str) -> None:
    with pytest.raises(RecordingError, match="cannot be the name of a session"):
        world.do("prime", name=name)
    assert not world.runs.calls


def test_session_without_a_name_is_named_after_the_time(tmp_path: pathlib.Path) -> None:
    path = new_folder(str(tmp_path), "  ")
    assert path.parent == tmp_path
    assert path.name[:2] == "20"


def test_sessions_are_in_the_current_folder_by_default(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert new_folder("", "Mäuse 17") == tmp_path / "Mäuse 17"
