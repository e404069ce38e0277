"""The pure parts of a rig: matching by trigger, rates, steps on all cameras at once, the session's folder."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraLostError, FrameTimeoutError, RecordingError, RequestTimeoutError, RigError
from llpyspin.recording.sidecar import SidecarWriter
from llpyspin.rig.folder import SessionFolder
from llpyspin.rig.matching import Matcher
from llpyspin.rig.ratecheck import check_rates
from llpyspin.rig.together import together
from llpyspin.roles import FollowLimit, Tally
from llpyspin.sync.signals import signals_noted

if TYPE_CHECKING:
    import pathlib


class Script:
    """A camera whose frames arrive one by one, in the order given; None stands for a time-out."""

    def __init__(self, arrivals: list[int | None], *, at_once: int = 0) -> None:
        self._coming = list(arrivals)
        self._there: list[int] = []
        self.waits = 0
        for _ in range(at_once):
            self.wait(0)

    def catch_up(self) -> int:
        return self._there[-1] + 1 if self._there else 0

    def wait(self, timeout_s: float) -> None:
        self.waits += 1
        arrival = self._coming.pop(0) if self._coming else None
        if arrival is None:
            raise FrameTimeoutError("nothing came")
        self._there.append(arrival)

    def get(self, trigger: int) -> str | None:
        return f"frame {trigger}" if trigger in self._there else None


def given_by(matcher: Matcher[str], cameras: dict[str, Script], *, backlog: int = 99) -> tuple[int, str]:
    """The next trigger, and the names of the cameras that have a frame of it."""
    images = matcher.next(cameras, backlog, Deadline(5))
    assert set(images) == set(cameras)
    assert all(image in (None, f"frame {matcher.trigger}") for image in images.values())
    return matcher.trigger, "".join(name for name, image in images.items() if image)


def test_frames_are_matched_by_trigger_and_not_by_arrival() -> None:
    cameras = {"a": Script([0, 1, 2, 3], at_once=3), "b": Script([0, 1, 2, 3])}
    matcher: Matcher[str] = Matcher()
    assert [given_by(matcher, cameras) for _ in range(4)] == [(n, "ab") for n in range(4)]


def test_a_frame_that_one_camera_lost_is_none_and_the_others_are_given() -> None:
    cameras = {"a": Script([0, 2, 3]), "b": Script([0, 1, 3])}
    matcher: Matcher[str] = Matcher()
    assert [given_by(matcher, cameras) for _ in range(4)] == [(0, "ab"), (1, "b"), (2, "a"), (3, "ab")]


def test_a_trigger_that_all_lost_is_passed_over() -> None:
    cameras = {"a": Script([0, 5]), "b": Script([0, 5])}
    matcher: Matcher[str] = Matcher()
    assert [given_by(matcher, cameras) for _ in range(2)] == [(0, "ab"), (5, "ab")]


def test_triggers_older_than_the_backlog_are_passed_over_for_all_alike() -> None:
    cameras = {"a": Script(list(range(10)), at_once=10), "b": Script(list(range(10)), at_once=8)}
    assert given_by(Matcher(), cameras, backlog=2) == (7, "ab")


def test_a_camera_that_stopped_is_waited_for_once() -> None:
    cameras = {"a": Script([0, 1, 2]), "b": Script([0, None, None, None])}
    matcher: Matcher[str] = Matcher()
    assert [given_by(matcher, cameras) for _ in range(3)] == [(0, "ab"), (1, "a"), (2, "a")]
    assert cameras["b"].waits == 2


def test_a_camera_that_comes_back_is_matched_again() -> None:
    cameras = {"a": Script([0, 1, 2, 3, 4]), "b": Script([0, None, 2, 3, 4])}
    matcher: Matcher[str] = Matcher()
    assert [given_by(matcher, cameras) for _ in range(2)] == [(0, "ab"), (1, "a")]
    cameras["b"].wait(0)
    assert [given_by(matcher, cameras) for _ in range(3)] == [(n, "ab") for n in range(2, 5)]


def test_without_any_frame_all_are_none() -> None:
    cameras = {"a": Script([]), "b": Script([])}
    assert given_by(Matcher(), cameras) == (-1, "")
    assert Matcher[str]().next({}, 1, Deadline(0)) == {}


@given(st.lists(st.lists(st.integers(0, 30), unique=True).map(sorted), min_size=1, max_size=4))
def test_every_frame_of_any_schedule_is_given_once_beside_its_like(schedules: list[list[int]]) -> None:
    # All see a last trigger, so that it is known what was lost before it.
    arrivals = {str(n): [*schedule, 31] for n, schedule in enumerate(schedules)}
    cameras = {name: Script(list(each)) for name, each in arrivals.items()}
    matcher: Matcher[str] = Matcher()
    seen: dict[str, list[int]] = {name: [] for name in cameras}
    while matcher.trigger < 31:
        for name, image in matcher.next(cameras, 99, Deadline(5)).items():
            if image:
                seen[name].append(matcher.trigger)
    assert seen == arrivals


def test_rate_too_high_for_secondaries_is_refused_with_each_limit() -> None:
    limits = {
        "top": FollowLimit(200.0, 1500.0, 4400.0),
        "left": FollowLimit(120.0, 8000.0, 4400.0),
        "right": FollowLimit(101.0, 3000.0, 9500.0),
    }
    with pytest.raises(RigError) as caught:
        check_rates(150.0, limits, "top")
    assert set(caught.value.failures) == {"left", "right"}
    text = str(caught.value)
    assert "101 Hz is the maximum" in text
    assert "left follows at most 120 Hz, not 150 Hz, with its exposure of 8000 us" in text
    assert "right follows at most 101 Hz" in text
    assert "roi, binsize, pixel_format" in text
    check_rates(101.05, limits, "top")  # the camera's rounding is no reason


def test_a_step_is_done_by_all_at_once_and_every_failure_is_told() -> None:
    barrier = threading.Barrier(3)

    def step(number: int) -> int:
        barrier.wait(10)  # passes only if all three are under way
        if number:
            raise CameraLostError(f"number {number} is gone")
        return number * 2

    outcome = together(step, {"a": 0, "b": 1, "c": 2}, 20)
    assert outcome.results == {"a": 0}
    assert list(outcome.failures) == ["b", "c"]
    with pytest.raises(RigError, match=r"opening:\n  b: number 1 is gone\n  c: number 2 is gone"):
        outcome.or_raise("opening:")


def test_endless_step_fails_and_does_not_delay_the_others() -> None:
    never = threading.Event()
    try:
        outcome = together(lambda stuck: stuck and never.wait(60), {"a": False, "b": True}, 0.2)
    finally:
        never.set()
    assert outcome.results == {"a": False}
    assert isinstance(outcome.failures["b"], RequestTimeoutError)


def test_a_session_gets_a_folder_that_was_not_there(tmp_path: pathlib.Path) -> None:
    folder = SessionFolder(tmp_path / "a" / "b")
    assert folder.path.is_dir()
    assert folder.video("top") == tmp_path / "a" / "b" / "top"
    first = SessionFolder(SessionFolder.free_name(tmp_path))
    assert SessionFolder.free_name(tmp_path) != first.path


def test_a_folder_with_something_in_it_is_not_used_unasked(tmp_path: pathlib.Path) -> None:
    for name in ("session.json", "top.mkv", "top_001.csv", "top.yaml", "topmost.mkv", "notes.txt"):
        (tmp_path / name).touch()
    with pytest.raises(FileExistsError, match=r"is not empty .*notes\.txt"):
        SessionFolder(tmp_path)
    folder = SessionFolder(tmp_path, overwrite=True)
    folder.discard(["top"])  # a session that did not even begin leaves the older one alone
    assert (tmp_path / "session.json").exists()
    folder.set_aside(["top"])
    folder.remove_older()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["notes.txt", "topmost.mkv"]


def test_an_older_session_is_back_when_the_new_one_does_not_begin(tmp_path: pathlib.Path) -> None:
    names = ("session.json", "top.mkv", "top_001.csv", "top.yaml")
    for name in names:
        (tmp_path / name).write_text("old")
    folder = SessionFolder(tmp_path, overwrite=True)
    folder.set_aside(["top"])
    assert not [entry.name for entry in tmp_path.iterdir() if entry.is_file()]
    for name in ("session.json", "top.yaml"):
        (tmp_path / name).write_text("new")
    folder.discard(["top"])
    assert {entry.name: entry.read_text() for entry in tmp_path.iterdir()} == dict.fromkeys(names, "old")


@pytest.mark.parametrize("begun", [False, True])
def test_an_older_session_survives_a_kill_before_the_new_one_began(
    tmp_path: pathlib.Path, begun: bool
) -> None:
    (tmp_path / "session.json").write_text("old")
    (tmp_path / "top.mkv").write_text("old")
    killed = SessionFolder(tmp_path, overwrite=True)
    killed.set_aside(["top"])
    killed.release()
    if begun:
        (tmp_path / "session.json").write_text("new")
    with pytest.raises(FileExistsError, match="is not empty"):
        SessionFolder(tmp_path)
    folder = SessionFolder(tmp_path, overwrite=True)
    folder.set_aside(["top"])
    folder.discard(["top"])
    left = {entry.name: entry.read_text() for entry in tmp_path.iterdir()}
    assert left == ({"session.json": "new"} if begun else {"session.json": "old", "top.mkv": "old"})


def test_a_folder_that_is_being_recorded_to_is_given_to_nobody_else(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "session"
    folder = SessionFolder(path)
    for overwrite in (False, True):
        with pytest.raises(FileExistsError, match="is in use by another recording"):
            SessionFolder(path, overwrite=overwrite)
    assert path.is_dir()
    folder.release()
    other = SessionFolder(path)
    folder.release()  # again, which does not concern the other one
    with pytest.raises(FileExistsError, match="is in use by another recording"):
        SessionFolder(path)
    other.discard([])
    assert not path.exists()


def test_folder_of_a_still_running_writer_is_not_overwritten(
    tmp_path: pathlib.Path,
) -> None:
    with SidecarWriter(tmp_path / "top.csv"):
        with pytest.raises(FileExistsError, match="is in use by another recording"):
            SessionFolder(tmp_path, overwrite=True)
    SessionFolder(tmp_path, overwrite=True).release()


def test_a_folder_that_cannot_be_is_an_error_that_says_so(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError, match="is a file, and a session needs a folder"):
        SessionFolder(tmp_path / "file")
    with pytest.raises((FileExistsError, RecordingError)):
        SessionFolder(tmp_path / "file" / "below")
    with pytest.raises(RecordingError, match="cannot make"):
        SessionFolder("/proc/1/nowhere")
    with pytest.raises(RecordingError, match="is a path"):
        SessionFolder("")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_ends_a_program_ends_its_recording_first(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_DFL)  # nohup has SIGHUP ignored
    try:
        with signals_noted() as asked:
            os.kill(os.getpid(), number)
            assert asked.signal == number
        with pytest.raises(SystemExit) as ended:
            asked.raise_again()
        assert ended.value.code == 128 + number
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_a_recording_under_nohup_does_not_care_for_the_terminal() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals_noted() as asked:
            os.kill(os.getpid(), signal.SIGHUP)
        assert not asked.signal
    finally:
        signal.signal(signal.SIGHUP, before)


# -- how many pulses a primary gave


def tally(exposures: int | None, pulses: int | None) -> Tally:
    return Tally(
        published=95,
        incomplete=0,
        lost=4,
        dropped=0,
        exposures=exposures,
        pulses=pulses,
        last_frame_id=95,
        last_host_ns=1,
        since=5,
    )


def test_primary_on_a_common_clock_counts_missed_exposures_as_triggers() -> None:
    assert tally(93, 94).given() == 94
    assert tally(93, 94).asked_for == 94


def test_primary_over_wires_gave_as_many_pulses_as_it_exposed() -> None:
    assert tally(99, None).given() == 99
    assert tally(None, None).given() == 95 - 5 + 4
    assert tally(93, None).asked_for == 93
    assert tally(None, None).asked_for is None
