"""Cameras that replay, through the PySpin surface: frames, losses, timestamps, triggers, limits."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest

import llpyspin.virtual as PySpin
from llpyspin.recording import load
from llpyspin.recording.tree import read_json, write_json
from llpyspin.virtual import footage
from llpyspin.virtual.footage import LOST, SENT, SHOT, CameraFootage, Footage, Geometry
from llpyspin.virtual.formats import FORMATS
from llpyspin.virtual.projector import Projector
from tests.unit.recordings import PERIOD, SERIALS, record
from tests.unit.virtual_cameras import world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST, SECOND = SERIALS[:2]


class Got(NamedTuple):
    """What a client knows of a frame."""

    frame_id: int
    timestamp: int
    incomplete: bool
    image: Any


def opened(system: Any, serial: str, **nodes: Any) -> Any:
    camera = system.GetCameras().GetBySerial(serial)
    camera.Init()
    camera.TLStream.StreamBufferCountManual.SetValue(50)
    for name, value in nodes.items():
        PySpin.CValuePtr(camera.GetNodeMap().GetNode(name)).FromString(str(value))
    return camera


def frames(camera: Any, most: int = 1000, timeout_ms: int = 300) -> Iterator[Got]:
    """The frames that come, until none comes in time."""
    for _ in range(most):
        try:
            image = camera.GetNextImage(timeout_ms)
        except PySpin.SpinnakerException as error:
            assert error.errorcode == -1011
            return
        got = Got(image.GetFrameID(), image.GetTimeStamp(), image.IsIncomplete(), image.GetNDArray().copy())
        image.Release()
        del image
        yield got


def played(camera: Any, most: int = 1000) -> list[Got]:
    """All frames of one acquisition."""
    camera.BeginAcquisition()
    found = list(frames(camera, most))
    camera.EndAcquisition()
    return found


def replayed(monkeypatch: pytest.MonkeyPatch, folder: Path, most: int = 1000, **how: Any) -> list[Got]:
    """What the first camera of a recording gives."""
    with world(monkeypatch, replay={"path": str(folder), **how}) as system:
        camera = opened(system, FIRST)
        found = played(camera, most)
        camera.DeInit()
        del camera
    return found


def steps(got: list[Got]) -> list[int]:
    return [int(step) for step in np.diff([one.timestamp for one in got])]


@pytest.mark.parametrize(
    ("codec", "suffix"), [("raw", ".raw"), ("ffv1", ".mkv"), ("tiff", ".tif"), ("hdf5", ".h5")]
)
def test_pictures_times_and_losses_are_those_of_the_recording(
    codec: str, suffix: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    record(tmp_path, ["..t.r.i.."], codec=codec, suffix=suffix)
    with load(tmp_path) as recording:
        pictures, rows = list(recording["camera0"].frames), recording["camera0"].columns
    got = replayed(monkeypatch, tmp_path)
    there = rows[rows["frame"] >= 0]
    assert [one.frame_id for one in got] == [0, 1, 3, 5, 6, 7, 8] == list(there["frame_id"])
    assert [one.incomplete for one in got] == [state == "incomplete" for state in there["state"]]
    assert steps(got) == list(np.diff(there["camera_timestamp_ns"]))
    assert all(np.array_equal(one.image, picture) for one, picture in zip(got, pictures, strict=True))


def test_blank_pictures_of_lost_frames_are_not_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    record(tmp_path, ["..tt.."], fill=True)
    assert [one.frame_id for one in replayed(monkeypatch, tmp_path)] == [0, 1, 4, 5]


def test_trigger_that_was_missed_is_a_gap_in_time_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    record(tmp_path, ["..s.."])
    got = replayed(monkeypatch, tmp_path)
    assert [one.frame_id for one in got] == [0, 1, 2, 3]
    assert steps(got) == [PERIOD, 2 * PERIOD, PERIOD]


def test_each_acquisition_begins_with_the_first_frame(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    record(tmp_path, ["....."])
    with world(monkeypatch, replay=str(tmp_path)) as system:
        camera = opened(system, FIRST)
        first, again = played(camera, most=2), played(camera)
        camera.DeInit()
        del camera
    assert [PySpin.read_stamp(one.image).frame for one in first] == [0, 1]
    assert [PySpin.read_stamp(one.image).frame for one in again] == [0, 1, 2, 3, 4]


def test_repeated_recording_goes_on_in_ids_and_times(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    record(tmp_path, [".t."])
    got = replayed(monkeypatch, tmp_path, most=6, repeat=True)
    assert [one.frame_id for one in got] == [0, 2, 3, 5, 6, 8]
    assert [PySpin.read_stamp(one.image).frame for one in got] == [0, 2, 0, 2, 0, 2]
    assert steps(got) == [2 * PERIOD, PERIOD] * 2 + [2 * PERIOD]


def test_frames_that_are_read_late_are_all_there_at_either_pace(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    record(tmp_path, ["." * 40])
    for pace in ("read", "recorded"):
        with world(monkeypatch, replay={"path": str(tmp_path), "pace": pace}) as system:
            camera = opened(system, FIRST)
            camera.TLStream.StreamBufferCountManual.SetValue(3)
            got = played(camera)
            camera.DeInit()
            del camera
        assert [one.frame_id for one in got] == list(range(40))
        assert set(steps(got)) == {PERIOD}


def test_pace_of_reading_does_not_wait_for_recorded_times(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    record(tmp_path, ["." * 3])
    session = read_json(tmp_path / "session.json")
    session["cameras"][0]["armed"] = {"period_ns": 3_600_000_000_000}
    write_json(tmp_path / "session.json", session)
    sidecar = tmp_path / "camera0.csv"
    lines = sidecar.read_text().replace(str(10**9 + PERIOD), str(3600 * 10**9)).splitlines()
    sidecar.write_text("\n".join(lines[:3]) + "\n")
    began = time.monotonic()
    got = replayed(monkeypatch, tmp_path, pace="read")
    assert steps(got) == [3599 * 10**9]
    assert time.monotonic() - began < 60


def test_triggered_cameras_keep_the_frames_of_a_trigger_together(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    record(tmp_path, ["........", "..s.t..."])
    wires = [{"from": f"{FIRST}:Line1", "to": f"{SECOND}:Line3", "pull_up": "external"}]
    with world(monkeypatch, replay=str(tmp_path), wires=wires) as system:
        second = opened(system, SECOND, TriggerSource="Line3", TriggerOverlap="ReadOut", TriggerMode="On")
        first = opened(system, FIRST)
        second.BeginAcquisition()
        first.BeginAcquisition()
        leading, following = list(frames(first)), list(frames(second))
        for camera in (first, second):
            camera.EndAcquisition()
            camera.DeInit()
        del camera, first, second
    # the pulse of trigger 2 was missed; the frame of trigger 4, its fourth exposure, was lost
    assert [one.frame_id for one in leading] == list(range(8))
    assert [one.frame_id for one in following] == [0, 1, 2, 4, 5, 6]
    assert [PySpin.read_stamp(one.image).frame for one in following] == [0, 1, 2, 4, 5, 6]
    assert steps(following) == [PERIOD, 2 * PERIOD, 2 * PERIOD, PERIOD, PERIOD]


def test_software_triggers_play_one_frame_each(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    record(tmp_path, ["..."])
    with world(monkeypatch, replay=str(tmp_path)) as system:
        camera = opened(system, FIRST, TriggerSource="Software", TriggerMode="On")
        camera.BeginAcquisition()
        seen = []
        for _ in range(4):
            camera.TriggerSoftware.Execute()
            seen += [PySpin.read_stamp(one.image).frame for one in frames(camera, 1)]
        camera.EndAcquisition()
        camera.DeInit()
        del camera
    assert seen == [0, 1, 2]


def test_faults_come_on_top_of_the_recording(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    record(tmp_path, ["..t..."])
    lost = [{"serial": FIRST, "kind": "lose", "frames": 1}]
    with world(monkeypatch, replay=str(tmp_path), faults=lost) as system:
        camera = opened(system, FIRST)
        got = played(camera)
        camera.DeInit()
        del camera
    assert [one.frame_id for one in got] == [1, 3, 4, 5]


def test_settings_that_contradict_the_recording_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    record(tmp_path, ["..."])
    session = read_json(tmp_path / "session.json")
    session["cameras"][0]["settings"] = {"roi": [100, 40, 48, 64]}
    session["cameras"][0]["model"] = "Blackfly S BFS-U3-16S2M"
    write_json(tmp_path / "session.json", session)
    with world(monkeypatch, replay=str(tmp_path)) as system:
        camera = opened(system, FIRST)
        assert camera.TLDevice.DeviceModelName.GetValue() == "Blackfly S BFS-U3-16S2M"
        assert (camera.SensorWidth.GetValue(), camera.WidthMax.GetValue()) == (1440, 104)
        assert (camera.OffsetX.GetValue(), camera.OffsetY.GetValue()) == (40, 100)
        for node, value in (("Width", 32), ("Height", 40), ("OffsetX", 20), ("BinningVertical", 2)):
            with pytest.raises(PySpin.SpinnakerException):
                getattr(camera, node).SetValue(value)
        with pytest.raises(PySpin.SpinnakerException):
            camera.PixelFormat.SetValue(PySpin.PixelFormat_Mono16)
        camera.AcquisitionFrameRateEnable.SetValue(True)
        with pytest.raises(PySpin.SpinnakerException):
            camera.AcquisitionFrameRate.SetValue(50)
        camera.AcquisitionFrameRate.SetValue(100)
        assert camera.AcquisitionResultingFrameRate.GetValue() == 100
        for corner in (0, 40):
            camera.OffsetX.SetValue(corner)
            assert len(played(camera)) == 3
        camera.DeInit()
        del camera


def test_camera_says_what_it_replays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    record(tmp_path, ["..."])
    with world(monkeypatch, replay=str(tmp_path)):
        assert PySpin.replay_of(FIRST) == str(tmp_path)
        assert PySpin.replay_of("1") == ""
    with world(monkeypatch, "BFS-U3-16S2M"):
        assert PySpin.replay_of("1001") == ""


@pytest.mark.parametrize("damage", ["video", "sidecar"])
def test_file_that_is_gone_is_named_when_the_camera_opens(
    damage: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    record(tmp_path, ["...", "..."])
    with world(monkeypatch, replay=str(tmp_path)) as system:
        path = tmp_path / ("camera0.raw" if damage == "video" else "camera0.csv")
        path.unlink()
        camera = system.GetCameras().GetBySerial(FIRST)
        with pytest.raises(
            PySpin.SpinnakerException, match=r"cannot replay its recording: .*camera0|no rows"
        ):
            camera.Init()
        del camera
        other = opened(system, SECOND)
        assert len(played(other)) == 3
        other.DeInit()
        del other


class Few:
    """Pictures, of which some are not as they should be; it counts how many are asked for."""

    def __init__(self, images: list[Any]) -> None:
        self.images, self.asked, self.closed = images, 0, False

    def __getitem__(self, index: int) -> Any:
        self.asked += 1
        if self.images[index] is None:
            raise footage_error()
        if isinstance(self.images[index], Exception):
            raise self.images[index]
        return self.images[index]

    def close(self) -> None:
        self.closed = True


def footage_error() -> Exception:
    from llpyspin.errors import RecordingError

    return RecordingError("picture 1 cannot be decoded")


class Made(NamedTuple):
    """A reel of a test."""

    shots: Any
    pictures: Few


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Hand over footage of a test: ``made(images, fates)`` gives the pictures."""

    def hand_over(
        images: list[Any], fates: list[int] | None = None, interface: str = "GigE", step_ns: int = 1_000_000
    ) -> Few:
        shots = np.zeros(len(images), SHOT)
        shots["fate"] = SENT if fates is None else fates
        shots["end_ns"], shots["picture"] = np.arange(len(images)) * step_ns, np.arange(len(images))
        shots["exposure_us"], shots["gain_db"], shots["line_status"] = 250.0, 3.0, 5
        few = Few(images)
        camera = CameraFootage(
            *(FIRST, "Oryx unknown", interface, False),
            Geometry(64, 48, rate=1e9 / step_ns),
            lambda: Made(shots, few),
        )
        footage.provide(lambda path, rate: Footage(path, (camera,)))
        return few

    yield hand_over
    footage.provide(None)


def test_reader_that_is_handed_over_is_used_and_closed(
    made: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    few = made([np.full((48, 64), number, np.uint8) for number in range(5)], [SENT, SENT, LOST, SENT, SENT])
    got = replayed(monkeypatch, tmp_path)
    assert [(one.frame_id, int(one.image[0, 0])) for one in got] == [(1, 0), (2, 1), (4, 3), (5, 4)]
    assert (few.asked, few.closed) == (4, True)


def test_chunks_of_a_frame_are_the_recorded_ones(
    made: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made([np.zeros((48, 64), np.uint8)] * 2)
    with world(monkeypatch, replay=str(tmp_path)) as system:
        camera = opened(system, FIRST, ChunkModeActive=1, ExposureAuto="Off", ExposureTime=900)
        for chunk in ("ExposureTime", "Gain", "ExposureEndLineStatusAll"):
            camera.ChunkSelector.FromString(chunk)
            camera.ChunkEnable.SetValue(True)
        camera.BeginAcquisition()
        image = camera.GetNextImage(5000)
        chunks = image.GetChunkData()
        told = chunks.GetExposureTime(), chunks.GetGain(), chunks.GetExposureEndLineStatusAll()
        image.Release()
        camera.EndAcquisition()
        camera.DeInit()
        del image, chunks, camera
    assert told == (250.0, 3.0, 5)


def test_colour_pictures_of_16_bits_keep_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cv2: Any = pytest.importorskip("cv2")
    pictures = [np.full((48, 64, 3), (1000 * n + 7, 2, 65_535 - n), np.uint16) for n in range(3)]
    for number, picture in enumerate(pictures):
        assert cv2.imwrite(str(tmp_path / f"{number}.png"), picture)
    with world(monkeypatch, replay=str(tmp_path)) as system:
        camera = opened(system, "10000001")
        entries = [entry.GetSymbolic() for entry in camera.PixelFormat.GetEntries() if entry.GetAccessMode()]
        assert camera.PixelFormat.GetValue() == PySpin.PixelFormat_BGR16
        assert "BGR16" in entries
        assert (camera.PixelSize.ToString(), camera.PayloadSize.GetValue()) == ("Bpp48", 48 * 64 * 6)
        got = played(camera)
        camera.DeInit()
        del camera
    assert [one.incomplete for one in got] == [False] * 3
    assert all(np.array_equal(one.image, picture) for one, picture in zip(got, pictures, strict=True))


def test_picture_that_cannot_be_sent_is_an_incomplete_frame(
    made: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = np.full((48, 64), 9, np.uint8)
    made([whole, None, np.zeros((10, 64), np.uint8), whole])
    got = replayed(monkeypatch, tmp_path)
    assert [(one.incomplete, int(one.image.max())) for one in got] == [
        (False, 9),
        (True, 0),
        (True, 0),
        (False, 9),
    ]
    assert "picture 1 cannot be decoded" in caplog.text
    assert "picture 2 is 64 x 10, the camera sends 64 x 48" in caplog.text


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (np.full((48, 64), 300, np.uint16), "picture 1 is uint16 in gray, the camera sends Mono8"),
        (np.full((48, 64, 3), 9, np.uint8), "picture 1 is uint8 in colour, the camera sends Mono8"),
        (ValueError("what no reader of pictures promised"), "what no reader of pictures promised"),
    ],
)
def test_picture_of_another_kind_is_an_incomplete_frame(
    odd: Any,
    said: str,
    made: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    whole = np.full((48, 64), 9, np.uint8)
    made([whole, odd, whole])
    got = replayed(monkeypatch, tmp_path)
    assert [(one.incomplete, int(one.image.max())) for one in got] == [(False, 9), (True, 0), (False, 9)]
    assert said in caplog.text


@pytest.mark.parametrize("pace", ["read", "recorded"])
def test_camera_that_lost_every_frame_begins_and_ends(
    pace: str, made: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    few = made([np.zeros((48, 64), np.uint8)] * 3, [LOST] * 3)
    got: list[list[Got]] = []
    with world(monkeypatch, replay={"path": str(tmp_path), "pace": pace, "repeat": True}) as system:
        camera = opened(system, FIRST)
        work = threading.Thread(target=lambda one: got.append(played(one)), args=(camera,), daemon=True)
        work.start()
        work.join(8)
        assert got == [[]]
        assert few.asked == 0
        camera.DeInit()
        del camera, work


class Held(Few):
    """Pictures of which the second one takes until the test says so."""

    def __init__(self, images: list[Any]) -> None:
        super().__init__(images)
        self.reached, self.go_on = threading.Event(), threading.Event()

    def __getitem__(self, index: int) -> Any:
        if index == 1:
            self.reached.set()
            assert self.go_on.wait(20)
        return super().__getitem__(index)


def projector_of(pictures: Few, fates: list[int]) -> Projector:
    shots = np.zeros(len(fates), SHOT)
    shots["fate"], shots["end_ns"], shots["picture"] = fates, -1, np.arange(len(fates))
    camera = CameraFootage(
        FIRST, "Oryx", "GigE", False, Geometry(64, 48, rate=1000.0), lambda: Made(shots, pictures)
    )
    made = Projector(camera, paced=True, repeat=True)
    made.open()
    return made


VIEW: Any = SimpleNamespace(payload=48 * 64, format=FORMATS["Mono8"], serial=FIRST)


def test_lost_frames_that_follow_do_not_keep_the_end_waiting() -> None:
    projector = projector_of(Few([np.zeros((48, 64), np.uint8)]), [SENT] + [LOST] * 10)
    projector.paint(VIEW)
    projector.close()
    assert not [thread for thread in threading.enumerate() if thread.name == f"projector {FIRST}"]


def test_picture_that_takes_too_long_does_not_hold_the_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("llpyspin.virtual.projector._LAST_S", 0.05)
    pictures = Held([np.zeros((48, 64), np.uint8)] * 2)
    projector = projector_of(pictures, [SENT, SENT])
    projector.paint(VIEW)
    assert pictures.reached.wait(10)
    projector.end()
    assert "still reads a picture" in caplog.text
    with pytest.raises(PySpin.SpinnakerException, match=r"still reads a picture .*\[-1010\]"):
        projector.paint(VIEW)
    pictures.go_on.set()
    monkeypatch.undo()
    projector.paint(VIEW)
    projector.close()
    assert pictures.closed


def test_few_pictures_are_decoded_ahead_however_many_there_are(
    made: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    few = made([np.zeros((48, 64), np.uint8)] * 5000)
    replayed(monkeypatch, tmp_path, most=3, pace="read")
    assert few.asked < 200


def test_repeated_recording_waits_for_a_program_that_does_not_read(
    made: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("llpyspin.virtual.projector._MOST_WAITING", 20)
    made([np.zeros((48, 64), np.uint8)] * 5, interface="USB3", step_ns=10_000)
    with world(monkeypatch, replay={"path": str(tmp_path), "repeat": True}) as system:
        camera = opened(system, FIRST)
        camera.TLStream.StreamBufferCountManual.SetValue(3)
        camera.BeginAcquisition()
        until = time.monotonic() + 10
        while camera.TransferQueueCurrentBlockCount.GetValue() < 20 and time.monotonic() < until:
            time.sleep(0.001)
        ids, waiting = [], [camera.TransferQueueCurrentBlockCount.GetValue()]
        for got in frames(camera, 200):
            ids.append(got.frame_id)
            waiting.append(camera.TransferQueueCurrentBlockCount.GetValue())
        overflowed = camera.TransferQueueOverflowCount.GetValue()
        camera.EndAcquisition()
        camera.DeInit()
        del camera
    assert max(waiting) == 20
    assert ids == list(range(200))
    assert overflowed == 0


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (3, "replay must be the path of a recording"),
        ({}, "replay must be the path of a recording"),
        ({"pace": "read"}, "needs path"),
        ({"path": "/nowhere/at/all"}, "replay: /nowhere/at/all does not exist"),
        ({"path": "{folder}", "pace": "slow"}, "pace must be"),
        ({"path": "{folder}", "speed": 2}, "unknown key speed"),
        ({"path": "{folder}", "framerate": 10}, "has recorded timestamps. Leave out framerate"),
    ],
)
def test_wrong_entry_of_the_configuration_is_explained(
    entry: Any, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    record(tmp_path, ["..."])
    if isinstance(entry, dict):
        entry = {key: str(tmp_path) if value == "{folder}" else value for key, value in entry.items()}
    with pytest.raises(ValueError, match=said), world(monkeypatch, replay=entry):
        pass


def test_cameras_and_a_recording_exclude_each_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    record(tmp_path, ["..."])
    with (
        pytest.raises(ValueError, match="cameras and replay exclude each other"),
        world(monkeypatch, "BFS-U3-16S2M", replay=str(tmp_path)),
    ):
        pass
