"""A primary and a secondary camera, wired virtual ones: priming, recording, mistakes."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llpyspin import PrimaryCamera, SecondaryCamera
from llpyspin.errors import RecordingError, SettingLockedError, SettingRangeError
from llpyspin.recording import check
from llpyspin.recording.session import Session
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.virtual import fault
from tests.process.pair import FAST, SMALL, numbers, run_until, warnings, wired_world

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterator

    from tests.process.conftest import World

SETTINGS = {"framerate": FAST, "exposure": 1500.0, "gain": 0.0, "roi": SMALL}


@pytest.fixture(scope="module")
def wired() -> Iterator[World]:
    with wired_world() as world:
        yield world


@pytest.fixture(scope="module")
def pair(wired: World) -> Iterator[tuple[PrimaryCamera, SecondaryCamera]]:
    first, second = wired.serials
    with PrimaryCamera(first, sdk="virtual", roi=SMALL) as primary:
        with SecondaryCamera(second, sdk="virtual", roi=SMALL) as secondary:
            yield primary, secondary


@pytest.fixture
def primary(
    pair: tuple[PrimaryCamera, SecondaryCamera], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> PrimaryCamera:
    """As if it had just been opened, and a folder to be in."""
    monkeypatch.chdir(tmp_path)
    for camera in pair:
        fault(camera.info.serial, "mend")
        if camera.primed:
            camera.stop()
    for name, value in SETTINGS.items():
        pair[0].assign(name, value)
    pair[0].prime()
    return pair[0]


@pytest.fixture
def secondary(pair: tuple[PrimaryCamera, SecondaryCamera], primary: PrimaryCamera) -> SecondaryCamera:
    pair[1].prime()
    return pair[1]


# -- as in the README of parallel-pyspin ------------------------------------------------------------------


def test_settings_are_locked_while_a_camera_is_primed(primary: PrimaryCamera, tmp_path: pathlib.Path) -> None:
    primary.save_settings(tmp_path / "settings.yaml")
    attempts: list[Callable[[], object]] = [
        lambda: setattr(primary, "exposure", 1000),
        lambda: setattr(primary, "binsize", 2),
        lambda: primary.nodes.__setitem__("Gain", 3.0),
        lambda: primary.nodes.execute("TriggerSoftware"),
        lambda: primary.load_settings(tmp_path / "settings.yaml"),
    ]
    for attempt in attempts:
        with pytest.raises(SettingLockedError, match=r"acquisition lock is engaged.*stop\(\)"):
            attempt()
    assert primary.exposure == 1500
    primary.stop()
    primary.exposure = 1000
    primary.nodes["Gain"] = 3.0
    primary.prime()
    assert (primary.exposure, primary.nodes["Gain"]) == (1000, pytest.approx(3.0, abs=0.01))


def test_what_a_primed_camera_is_set_to_is_told_without_asking_it(
    primary: PrimaryCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(primary._process, "request", None)  # whoever asks now fails
    assert primary.framerate == pytest.approx(FAST, rel=1e-5)
    assert (primary.exposure, primary.binsize, tuple(primary.roi)) == (1500, 1, SMALL)
    monkeypatch.undo()


def test_both_cameras_expose_with_each_pulse_and_can_be_looked_at(
    primary: PrimaryCamera, secondary: SecondaryCamera
) -> None:
    primary.trigger()
    assert primary.triggered
    for camera in (primary, secondary):
        ok, image = camera.read()
        assert ok
        assert image is not None
        assert image.shape == (64, 320)
    assert secondary.triggered
    run_until(primary, 20)
    first, second = primary.stop(), secondary.stop()
    assert not primary.triggered
    assert first.dtype == np.float64
    assert first[0] == 0.0
    assert len(first) >= 20
    assert np.allclose(np.diff(first), 10.0, atol=0.001)
    assert np.allclose(first, second, atol=0.01)


def test_a_camera_is_triggered_as_often_as_it_is_primed(
    primary: PrimaryCamera, secondary: SecondaryCamera
) -> None:
    for _ in range(3):
        primary.prime()
        secondary.prime()
        primary.trigger()
        run_until(primary, 3)
        assert len(primary.stop()) == len(secondary.stop()) >= 3


# -- recording --------------------------------------------------------------------------------------------


def test_picture_n_of_both_recordings_is_trigger_n(
    primary: PrimaryCamera, secondary: SecondaryCamera, caplog: pytest.LogCaptureFixture
) -> None:
    secondary.prime("second.mkv", metadata={"subject": "second"})
    primary.prime("first.mkv", metadata={"subject": "first"})
    primary.trigger()
    run_until(primary, 30)
    stamps = {"first": primary.stop(), "second": secondary.stop()}
    for name, camera in (("first", primary), ("second", secondary)):
        seen = numbers(f"{name}.mkv")
        assert seen == list(range(len(seen)))
        assert len(seen) == len(stamps[name]) >= 30
        rows = read_sidecar(f"{name}.csv")
        assert [(row.frame, row.trigger, row.state) for row in rows] == [(n, n, "written") for n in seen]
        session = Session.read(f"{name}.json")
        assert session.state == "complete"
        assert session.virtual
        assert session.account is not None
        assert session.account.adds_up, session.account.reasons
        (record,) = session.cameras
        assert (record.serial, record.role) == (camera.info.serial, camera.kind)
        assert record.settings["nodes"]["ExposureTime"] == 1500
        assert session.versions["sdk"].startswith("virtual")
        assert (session.subject, session.recorded_in) == (name, os.getcwd())
        zero_ns, wall_ns = rows[0].camera_timestamp_ns, session.wall_offset_ns
        for row in rows:
            assert row.camera_timestamp_ns is not None and row.host_timestamp_ns is not None
            assert row.since_ns == row.camera_timestamp_ns - (zero_ns or 0)
            assert row.utc_us == (row.host_timestamp_ns + wall_ns) // 1000
        assert camera.recording is None
    assert len(stamps["first"]) == len(stamps["second"])
    assert warnings(caplog) == []
    assert Session.read("first.json").triggers == len(stamps["first"])


def test_lost_frames_are_named_and_filled_with_blanks_on_request(
    wired: World, primary: PrimaryCamera, secondary: SecondaryCamera, caplog: pytest.LogCaptureFixture
) -> None:
    primary.prime("first.raw", codec="raw")
    secondary.prime("second.raw", codec="raw", fill=True)
    fault(wired.serials[0], "lose", at=[3, 4])
    fault(wired.serials[1], "miss", at=[5])
    primary.trigger()
    run_until(secondary, 20)
    stamps = primary.stop()
    filled = secondary.stop()
    assert not np.isnan(stamps).any()
    assert np.flatnonzero(np.isnan(filled)).tolist() == [5]
    assert stamps[2:5].tolist() == pytest.approx([20, 50, 60], abs=0.01)
    lost = {
        name: [row for row in read_sidecar(f"{name}.csv") if row.state == "lost"]
        for name in ("first", "second")
    }
    assert [(row.trigger, row.where, row.frame) for row in lost["first"]] == [
        (3, "transport", None),
        (4, "transport", None),
    ]
    assert [(row.trigger, row.where, row.frame) for row in lost["second"]] == [(5, "sensor", 5)]
    said = warnings(caplog)
    assert len(said) == 2
    assert "2 lost (transport 2). first.csv names them" in said[0]
    assert "1 lost (sensor 1)" in said[1]
    for name in lost:
        account = Session.read(f"{name}.json").account
        assert account is not None
        assert account.adds_up, account.reasons


def test_overwriting_with_another_suffix_removes_the_older_recording(
    primary: PrimaryCamera, tmp_path: pathlib.Path
) -> None:
    def record(name: str, **options: object) -> None:
        primary.prime(name, overwrite=True, **options)
        primary.trigger()
        run_until(primary, 30)
        primary.stop()

    record("mouse.raw", codec="raw", segment_seconds=0.1)
    assert (tmp_path / "mouse_001.raw").exists()
    record("mouse.tif", codec="tiff")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["mouse.csv", "mouse.health.csv", "mouse.json", "mouse.tif"]
    assert check("mouse.tif").ok


def test_early_errors_come_before_the_trigger_and_change_nothing(
    primary: PrimaryCamera, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "there.mkv").write_text("precious")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        primary.prime("there.mkv")
    with pytest.raises(RecordingError, match="no folder"):
        primary.prime("nowhere/a.mkv")
    with pytest.raises(SettingRangeError):
        primary.prime("a.mkv", overflow="hope")
    assert primary.primed
    with pytest.raises(RecordingError):
        primary.prime("a.mkv", codec="no such codec")
    assert not primary.primed
    assert [path.name for path in tmp_path.iterdir()] == ["there.mkv"]
    primary.prime("b.raw", codec="raw")
    primary.trigger()
    with pytest.raises(RecordingError, match=r"is running\. Call stop\(\) first.*b\.raw"):
        primary.prime("c.raw", codec="raw")
    run_until(primary, 3)
    assert len(primary.stop()) == len(numbers("b.raw"))


def test_a_recording_that_was_not_triggered_leaves_no_file(
    primary: PrimaryCamera, secondary: SecondaryCamera, tmp_path: pathlib.Path
) -> None:
    primary.prime("a.raw", codec="raw")
    primary.prime("b.raw", codec="raw")
    secondary.prime("c.raw", codec="raw")
    assert primary.recording is not None
    assert primary.stop().shape == (0,)
    assert secondary.stop().shape == (0,)
    assert list(tmp_path.iterdir()) == []


def test_segments_go_on_where_the_one_before_ends(primary: PrimaryCamera) -> None:
    primary.prime("a.raw", codec="raw", segment_seconds=0.1)
    primary.trigger()
    run_until(primary, 25)
    stamps = primary.stop()
    session = Session.read("a.json")
    (record,) = session.cameras
    assert [file.video for file in record.files][:3] == ["a.raw", "a_001.raw", "a_002.raw"]
    seen = [number for file in record.files for number in numbers(file.video)]
    assert seen == list(range(len(stamps)))


def test_a_pre_trigger_begins_both_files_with_the_same_trigger(
    primary: PrimaryCamera, secondary: SecondaryCamera
) -> None:
    secondary.prime("second.raw", codec="raw", pre_trigger=0.2)
    primary.prime("first.raw", codec="raw", pre_trigger=0.2)
    assert not primary.triggered
    run_until(secondary, 40)
    before = primary.count_of_frames()
    primary.trigger()
    assert primary.triggered
    run_until(primary, before + 10)
    first, second = primary.stop(), secondary.stop()
    seen = numbers("first.raw")
    assert seen == numbers("second.raw") == list(range(seen[0], seen[0] + len(first)))
    assert len(first) == len(second)
    assert before - 21 <= seen[0] <= before + 5
    for name in ("first", "second"):
        rows = read_sidecar(f"{name}.csv")
        assert [row.trigger for row in rows] == seen
        account = Session.read(f"{name}.json").account
        assert account is not None
        assert account.adds_up, account.reasons


def test_a_pre_trigger_of_two_seconds_is_kept_whole(primary: PrimaryCamera) -> None:
    primary.prime("a.raw", codec="raw", pre_trigger=2.0, overflow="drop")
    run_until(primary, round(2.2 * FAST))
    before = primary.count_of_frames()
    primary.trigger()
    run_until(primary, before + 10)
    stamps = primary.stop()
    seen = numbers("a.raw")
    assert seen == list(range(seen[0], seen[0] + len(stamps)))
    assert before - 2 * FAST - 1 <= seen[0] <= before - 2 * FAST + 5
    account = Session.read("a.json").account
    assert account is not None
    assert account.adds_up, account.reasons


def test_a_pre_trigger_longer_than_memory_is_refused_with_the_limit(primary: PrimaryCamera) -> None:
    with pytest.raises(SettingRangeError, match=r"pre_trigger of 3600 s.*8192 at most.*up to [0-9.]+ s fit"):
        primary.prime("a.raw", pre_trigger=3600)


# -- the wrong order --------------------------------------------------------------------------------------


def test_a_secondary_that_is_primed_too_late_accounts_for_what_it_missed(
    primary: PrimaryCamera, secondary: SecondaryCamera, caplog: pytest.LogCaptureFixture
) -> None:
    primary.prime("first.raw", codec="raw")
    primary.trigger()
    run_until(primary, 10)
    secondary.prime("second.raw", codec="raw")
    (said,) = warnings(caplog)
    assert said.startswith(
        "secondary-camera was primed after primary-camera was triggered: the frames of its first"
    )
    run_until(secondary, 10)
    triggers = len(primary.stop())
    frames = len(secondary.stop())
    rows = read_sidecar("second.csv")
    assert [row.trigger for row in rows] == list(range(triggers))
    assert [row.state for row in rows] == ["lost"] * (triggers - frames) + ["written"] * frames
    assert triggers - frames >= 10
    # What is the same trigger was exposed at the same time.
    times = {row.trigger: row.host_timestamp_ns for row in read_sidecar("first.csv")}
    late = [abs(row.host_timestamp_ns - times[row.trigger]) for row in rows if row.state == "written"]
    assert np.median(late) < 5e6
    report = check("second.raw")
    assert report.ok, str(report)


def test_late_secondary_with_longer_exposure_knows_its_triggers(
    primary: PrimaryCamera, secondary: SecondaryCamera
) -> None:
    """Timestamps are of the end of an exposure, which is nearly a pulse later than at the primary."""
    primary.stop()
    primary.exposure = 100
    secondary.stop()
    secondary.nodes["ExposureTime"] = 8500.0
    try:
        primary.prime("first.raw", codec="raw")
        primary.trigger()
        run_until(primary, 5)
        secondary.prime("second.raw", codec="raw")
        run_until(secondary, 5)
        triggers = len(primary.stop())
        secondary.stop()
    finally:
        secondary.nodes["ExposureTime"] = 1500.0
    assert secondary.account is not None
    assert secondary.account.adds_up and not secondary.account.cameras[0].notes, secondary.account
    rows = read_sidecar("second.csv")
    assert [row.trigger for row in rows] == list(range(triggers))
    assert rows[-1].state == "written"  # as many pulses came as the primary has given
    assert [row for row in rows if row.where == "sensor"] == []


@pytest.mark.parametrize("exposure", [1500.0, 8500.0])
def test_secondary_that_missed_first_triggers_says_how_many(
    primary: PrimaryCamera, secondary: SecondaryCamera, exposure: float
) -> None:
    secondary.stop()
    secondary.nodes["ExposureTime"] = exposure
    try:
        for missed in (0, 2):
            primary.prime(f"first{missed}.raw", codec="raw")
            secondary.prime(f"second{missed}.raw", codec="raw")
            if missed:
                fault(secondary.info.serial, "miss", at=list(range(missed)))
            primary.trigger()
            run_until(secondary, 8)
            primary.stop()
            secondary.stop()
            account = secondary.account
            assert account is not None
            assert account.adds_up is (not missed), account.reasons
            if missed:
                assert "each belongs to the trigger 2 after that of its row" in account.reasons[0]
                assert not check("second2.raw").ok
    finally:
        fault(secondary.info.serial, "mend")
        secondary.nodes["ExposureTime"] = 1500.0


def test_a_secondary_that_was_primed_first_learns_of_a_new_rate(
    primary: PrimaryCamera, secondary: SecondaryCamera
) -> None:
    secondary.prime("second.raw", codec="raw")
    primary.stop()
    primary.framerate = 50
    primary.prime()
    assert secondary.recording is not None
    assert secondary.recording.spec.period_ns == pytest.approx(20_000_000, rel=1e-4)
    fault(secondary.info.serial, "miss", at=[3])
    primary.trigger()
    run_until(secondary, 8)
    triggers = len(primary.stop())
    assert len(secondary.stop()) == triggers - 1
    rows = read_sidecar("second.csv")
    assert [(row.trigger, row.where) for row in rows if row.state == "lost"] == [(3, "sensor")]
    assert len(rows) == triggers


def test_a_secondary_that_is_stopped_first_says_what_will_be_missing(
    primary: PrimaryCamera, secondary: SecondaryCamera, caplog: pytest.LogCaptureFixture
) -> None:
    secondary.prime("second.raw", codec="raw")
    primary.trigger()
    run_until(secondary, 10)
    started = time.monotonic()
    frames = len(secondary.stop())
    assert time.monotonic() - started < 5
    (said,) = warnings(caplog)
    assert said == (
        "secondary-camera is stopped before primary-camera: the frames of all later triggers are missing"
    )
    assert len(primary.stop()) > frames >= 10
    assert numbers("second.raw") == list(range(frames))
    session = Session.read("second.json")
    assert [event.kind for event in session.events] == ["stopped"]


# Ctrl-C between the opening of a file and the with block that closes it leaves it to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_stop_that_is_interrupted_anywhere_can_be_repeated(primary: PrimaryCamera) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for trial in range(4):
            primary.prime(f"{trial}.raw", codec="raw")
            primary.trigger()
            run_until(primary, 5)
            signal.setitimer(signal.ITIMER_REAL, 0.002 + 0.05 * trial)
            try:
                stamps = primary.stop()
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                stamps = primary.stop()
            seen = numbers(f"{trial}.raw")
            assert seen == list(range(len(seen)))
            assert len(seen) == len(stamps) or not len(stamps)
            assert Session.read(f"{trial}.json").state == "complete"
            assert not primary.primed
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
