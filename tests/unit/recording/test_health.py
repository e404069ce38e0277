"""The health of a recording over time: bounded, never in the way, readable after a kill."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraProcessError, RecordingError
from llpyspin.recording import check, load
from llpyspin.recording.health.healthfile import HealthFile, health_files, health_path, read_health
from llpyspin.recording.health.samples import HEADER, Sample, line_of, sample_of_writers, worst_of
from llpyspin.recording.health.sampling import Sampler, sampler_of
from llpyspin.recording.locating import find
from llpyspin.recording.overwriting import older_files
from llpyspin.recording.status import WriterStatus
from llpyspin.rig.folder import SessionFolder
from llpyspin.rig.healthlook import sampler_of_rig
from llpyspin.system.resources import CpuLoad
from tests.unit.recordings import EPOCH, record

if TYPE_CHECKING:
    from pathlib import Path

S = 10**9


def sample(second: int, camera: str = "top", **more: Any) -> Sample:
    return Sample(EPOCH + second * S, camera, **{"frames": 30 * second, **DULL, **more})


DULL: dict[str, Any] = {"backlog": 1, "spilled": 0, "disk_free": 10**12, "cpu_percent": 20.0}


def written(path: Path, *samples: Sample) -> HealthFile:
    file = HealthFile(path, 0)
    for each in samples:
        file.add([each])
    return file


# -- the file


def test_health_file_returns_what_was_written(tmp_path: Path) -> None:
    samples = (sample(1), sample(2, disk_free=None, cpu_percent=None), sample(3, backlog=7, spilled=5))
    written(tmp_path / "a.health.csv", *samples)
    assert read_health(tmp_path / "a.health.csv") == (samples, 0)


def test_health_file_has_the_time_in_utc(tmp_path: Path) -> None:
    HealthFile(tmp_path / "a.health.csv", 1_772_370_000 * S - EPOCH).add([sample(0)])
    assert "2026-03-01T13:00:00.000000+00:00,top," in (tmp_path / "a.health.csv").read_text()


@pytest.mark.parametrize("seconds", [1, 7, 8, 9, 100, 1000])
def test_health_file_stays_small_however_long_it_lasts(tmp_path: Path, seconds: int) -> None:
    path = tmp_path / "a.health.csv"
    file = HealthFile(path, 0, most=8)
    for second in range(seconds):
        file.add([sample(second), sample(second, "side")])
        kept = read_health(path).samples
        assert len(kept) <= 16
    file.flush()
    samples = read_health(path).samples
    assert samples[-1].host_ns == EPOCH + (seconds - 1) * S
    times = [each.host_ns for each in samples if each.camera == "top"]
    assert times == sorted(set(times))
    assert len(times) >= min(seconds, 4)
    assert not list(tmp_path.glob(".*"))


def test_peaks_stay_when_samples_are_thinned(tmp_path: Path) -> None:
    file = HealthFile(tmp_path / "a.health.csv", 0, most=4)
    for second in range(100):
        more = {"backlog": 900, "spilled": 800, "disk_free": 5} if second == 37 else {}
        file.add([sample(second, cpu_percent=100.0 if second < 50 else 0.0, **more)])
    file.flush()
    samples = read_health(tmp_path / "a.health.csv").samples
    assert max(each.backlog for each in samples) == 900
    assert max(each.spilled for each in samples) == 800
    assert min(each.disk_free or 0 for each in samples) == 5
    assert samples[-1].frames == 30 * 99


def test_load_is_the_mean_over_unequal_spans() -> None:
    merged = worst_of([sample(3, cpu_percent=10.0), sample(4, cpu_percent=50.0)], [3, 1])
    assert merged.cpu_percent == 20.0
    assert worst_of([sample(1, cpu_percent=None), sample(2, cpu_percent=8.0)], [1, 1]).cpu_percent == 8.0
    assert worst_of([sample(1, disk_free=None)], [1]).disk_free is None


def test_camera_that_comes_later_is_thinned_too(tmp_path: Path) -> None:
    file = HealthFile(tmp_path / "a.health.csv", 0, most=4)
    for second in range(8):
        file.add([sample(second), *([sample(second, "late")] if second > 2 else [])])
    assert {each.camera for each in read_health(tmp_path / "a.health.csv").samples} == {"top", "late"}


def test_health_file_of_somebody_else_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.health.csv"
    path.write_text("mine")
    file = HealthFile(path, 0)
    with pytest.raises(FileExistsError):
        file.add([sample(1)])
    file.remove()
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "1,2",
        "1,,,1,1,1,1,1",
        "-1,,top,1,1,1,1,1",
        "1,,top,1,1,1,1,nan",
        "1,,top,1,1,1,1,101",
        "99999999999999999999,,top,1,1,1,1,1",
        "1,,top,1,²,1,1,1",
        '1,,"top,1,1,1,1,1',
        line_of(sample(4), 0)[:20],
    ],
)
def test_damaged_lines_are_counted_and_left_out(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.health.csv"
    path.write_text(f"{HEADER}\n{line_of(sample(1), 0)}{line}\n{line_of(sample(2), 0)}")
    assert read_health(path) == ((sample(1), sample(2)), 1)


# -- sampling


class Looks:
    """What a sampler sees: one sample more each time, until it is over."""

    def __init__(self) -> None:
        self.count = 0
        self.enough = threading.Event()

    def __call__(self) -> list[Sample]:
        self.count += 1
        if self.count >= 3:
            self.enough.set()
        return [sample(self.count)]


def test_sampler_writes_until_its_end_and_no_more(tmp_path: Path) -> None:
    looks = Looks()
    sampler = Sampler(HealthFile(tmp_path / "a.health.csv", 0), looks, every_s=0.001)
    assert looks.enough.wait(20)
    sampler.end()
    sampler.end()
    samples = read_health(tmp_path / "a.health.csv").samples
    assert [each.frames for each in samples] == [30 * (at + 1) for at in range(looks.count)]
    assert all(each.cpu_percent is None or 0 <= each.cpu_percent <= 100 for each in samples)


def test_sampler_has_a_sample_of_the_shortest_recording(tmp_path: Path) -> None:
    Sampler(HealthFile(tmp_path / "a.health.csv", 0), Looks()).end()
    assert read_health(tmp_path / "a.health.csv").samples


def test_sampler_before_the_first_frame_leaves_no_file(tmp_path: Path) -> None:
    Sampler(HealthFile(tmp_path / "a.health.csv", 0), list).end()
    assert not list(tmp_path.iterdir())


def test_dropped_sampler_removes_its_file(tmp_path: Path) -> None:
    looks = Looks()
    sampler = Sampler(HealthFile(tmp_path / "a.health.csv", 0), looks, every_s=0.001)
    assert looks.enough.wait(20)
    sampler.drop()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [OSError("disk"), RecordingError("writer"), ZeroDivisionError("ours")])
def test_failing_sampler_ends_quietly(tmp_path: Path, error: Exception) -> None:
    def look() -> list[Sample]:
        raise error

    sampler = Sampler(HealthFile(tmp_path / "a.health.csv", 0), look)
    sampler.end()
    assert not list(tmp_path.iterdir())


def test_sampler_that_is_stuck_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llpyspin.recording.health.sampling.JOIN_S", 0.05)
    inside, go_on = threading.Event(), threading.Event()

    def look() -> list[Sample]:
        inside.set()
        assert go_on.wait(20)
        return [sample(1)]

    sampler = Sampler(HealthFile(tmp_path / "a.health.csv", 0), look)
    assert inside.wait(20)
    sampler.end()
    go_on.set()
    deadline = Deadline(20)
    while any(each.name == "recording-health" for each in threading.enumerate()):
        assert not deadline.passed
    assert not list(tmp_path.iterdir())


class FakeRecorder:
    """Has a status, until it is gone."""

    def __init__(self, *states: WriterStatus) -> None:
        self.states = list(states)

    def status(self, *, timeout_s: float) -> WriterStatus:
        assert timeout_s > 600  # who does not answer in time is ended, and not for a sample
        if not self.states:
            raise CameraProcessError("killed")
        return self.states[0]


def test_recording_of_one_camera_is_sampled_from_its_first_frame(tmp_path: Path) -> None:
    recorder: Any = FakeRecorder(WriterStatus(state="recording"))
    sampler_of(recorder, "top", tmp_path / "mouse.json", 0).end()
    assert not list(tmp_path.iterdir())
    recorder.states = [WriterStatus(state="recording", triggers=4, written=3, backlog=1, disk_free=77)]
    sampler_of(recorder, "top", tmp_path / "mouse.json", 0).end()
    first = read_health(tmp_path / "mouse.health.csv").samples[0]
    assert (first.camera, first.frames, first.backlog, first.disk_free) == ("top", 3, 1, 77)


def test_sampler_keeps_no_recorder_that_was_forgotten(tmp_path: Path) -> None:
    recorder: Any = FakeRecorder(WriterStatus(state="recording"))
    sampler = sampler_of(recorder, "top", tmp_path / "mouse.json", 0)
    deadline = Deadline(20)
    del recorder
    while any(each.name == "recording-health" for each in threading.enumerate()):
        assert not deadline.passed
    sampler.end()


def test_sample_of_several_writers_adds_up() -> None:
    old = WriterStatus(written=10, backlog=2, spilled=1, disk_free=5)
    new = WriterStatus(written=4, backlog=3, spilled=0, disk_free=0)
    assert sample_of_writers("top", [old, new], 9) == Sample(9, "top", 14, 5, 1, None)


class FakeMember:
    """A camera of a rig with writers of which the last status is known."""

    def __init__(self, *writers: tuple[WriterStatus | None, bool]) -> None:
        self.writers = self
        self.segments = [FakeWriter(*each) for each in writers]


class FakeWriter:
    """Must not be asked."""

    def __init__(self, latest: WriterStatus | None, alive: bool) -> None:
        self.latest, self.alive = latest, alive


def test_rig_is_sampled_from_its_trigger_without_asking(tmp_path: Path) -> None:
    killed, done = WriterStatus(written=5, backlog=9), WriterStatus(written=7, state="done")
    going = WriterStatus(written=2, backlog=3)
    members: Any = {
        "top": FakeMember((killed, False), (done, False), (going, True)),
        "side": FakeMember((None, True)),
    }
    path = tmp_path / "session.json"
    sampler_of_rig(members, path, 0, lambda: False).end()
    assert not list(tmp_path.iterdir())
    sampler_of_rig(members, path, 0, lambda: True).end()
    samples = read_health(tmp_path / "session.health.csv").samples
    assert {(each.camera, each.frames, each.backlog) for each in samples} == {("top", 9, 3)}


# -- who knows the file


def test_health_goes_with_an_overwritten_recording(tmp_path: Path) -> None:
    for name in ("mouse.csv", "mouse.json"):
        (tmp_path / name).write_text("old")
    written(tmp_path / "mouse.health.csv", sample(1))
    written(tmp_path / "mouse2.health.csv", sample(1))
    names = {path.name for path in older_files(tmp_path / "mouse.mkv")}
    assert names == {"mouse.csv", "mouse.json", "mouse.health.csv"}


def test_recording_that_is_called_like_health_stays(tmp_path: Path) -> None:
    for name in ("mouse.csv", "mouse.json", "mouse.health.csv", "mouse.health.mkv", "mouse.health.json"):
        (tmp_path / name).write_text("old")
    assert {path.name for path in older_files(tmp_path / "mouse.mkv")} == {"mouse.csv", "mouse.json"}


def test_health_of_an_older_session_is_set_aside_with_it(tmp_path: Path) -> None:
    record(tmp_path, ["...."])
    path = health_path(tmp_path / "session.json")
    written(path, sample(1))
    folder = SessionFolder(tmp_path, overwrite=True)
    folder.set_aside(["camera0"])
    assert not path.exists()
    folder.discard(["camera0"])
    assert read_health(path).samples == (sample(1),)


def test_loaded_recording_has_its_health(tmp_path: Path) -> None:
    record(tmp_path, ["...."])
    assert len(load(tmp_path).health()) == 0
    written(tmp_path / "session.health.csv", sample(1), sample(2, disk_free=None, cpu_percent=None))
    health = load(tmp_path).health()
    assert health["backlog"].tolist() == [1, 1]
    assert health["disk_free"].tolist() == [10**12, -1]
    assert np.isnan(health["cpu_percent"]).tolist() == [False, True]


def test_health_file_leads_to_its_recording(tmp_path: Path) -> None:
    record(tmp_path, ["...."])
    written(tmp_path / "session.health.csv", sample(1))
    assert find(tmp_path / "session.health.csv").path == tmp_path / "session.json"


def test_check_notes_damaged_health_and_the_recording_is_good(tmp_path: Path) -> None:
    record(tmp_path, ["...."])
    written(tmp_path / "session.health.csv", sample(1))
    assert not check(tmp_path).notes
    with open(tmp_path / "session.health.csv", "a") as file:
        file.write("12,3")
    report = check(tmp_path)
    assert report.ok
    assert report.notes == ("session.health.csv: 1 line cannot be read",)
    assert health_files(tmp_path / "session.json") == [tmp_path / "session.health.csv"]


# -- the load of the computer


def test_load_is_what_was_worked_since_the_last_call(tmp_path: Path) -> None:
    counters = tmp_path / "stat"
    counters.write_text("cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 2 3 4\n")
    load = CpuLoad(str(counters))
    assert load.percent() is None
    counters.write_text("cpu  120 0 110 750 120 0 0 0 50 0\n")
    assert load.percent() == 30.0


@pytest.mark.parametrize("text", [None, "", "cpu 1 2", "intr 1 2 3 4 5 6 7 8", "cpu a b c d e f"])
def test_load_is_unknown_where_the_system_does_not_say(tmp_path: Path, text: str | None) -> None:
    counters = tmp_path / "stat"
    if text is not None:
        counters.write_text(text)
    assert CpuLoad(str(counters)).percent() is None
