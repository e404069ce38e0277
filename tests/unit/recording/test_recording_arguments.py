"""What ``prime()`` is asked for: checked before any camera is touched."""

from __future__ import annotations

import math
import os
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.errors import RecordingError, SettingRangeError, UnknownArgumentError
from llpyspin.frames import FrameFlags, FrameInfo, decode
from llpyspin.frames.buffers import kept, recording_buffers, reserve_of
from llpyspin.frames.info import Layout
from llpyspin.frames.records import MAX_BUFFERS
from llpyspin.recording.marking import PulseTrain, mark_at, mark_back, number_of
from llpyspin.recording.options import RecordingOptions
from llpyspin.recording.plan import picture_of, plan_of
from llpyspin.recording.timekeeper import milliseconds
from llpyspin.roles import Armed, Lines

if TYPE_CHECKING:
    import pathlib

FULL = 1080 * 1440
MIB = 1 << 20


def test_without_a_path_there_is_no_recording() -> None:
    assert plan_of(None) is None
    assert plan_of(None, timeout=1000) is None


@pytest.mark.parametrize(
    "useless", [{"codec": "h264"}, {"fill": True}, {"pre_trigger": 1.0}, {"bitrate": 10}]
)
def test_arguments_of_a_recording_without_a_path_are_refused(useless: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(useless))}.*needs a path"):
        plan_of(None, **useless)


@pytest.mark.parametrize(
    ("typed", "right"), [("overwrit", "overwrite"), ("pretrigger", "pre_trigger"), ("meta_data", "metadata")]
)
def test_unknown_option_of_a_recording_names_the_nearest(
    typed: str, right: str, tmp_path: pathlib.Path
) -> None:
    with pytest.raises(
        UnknownArgumentError, match=f"a recording has no option '{typed}'. Did you mean '{right}'"
    ):
        plan_of(tmp_path / "a.mkv", **{typed: 1})
    assert not list(tmp_path.iterdir())


def test_a_path_alone_makes_a_plan_with_the_default_options(tmp_path: pathlib.Path) -> None:
    plan = plan_of(tmp_path / "a.mkv", codec=None, overflow=None)
    assert plan is not None
    assert (plan.path, plan.pre_trigger) == (tmp_path / "a.mkv", None)
    assert (plan.options.codec, plan.options.overflow, plan.options.fill) == (None, "spill", False)


def test_a_relative_path_is_that_of_the_moment(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plan = plan_of("a.mkv")
    assert plan is not None
    assert plan.path == tmp_path / "a.mkv"


@pytest.mark.parametrize("there", ["a.mkv", "a.csv", "a.json"])
def test_existing_file_is_refused_without_overwrite(tmp_path: pathlib.Path, there: str) -> None:
    (tmp_path / there).write_text("precious")
    with pytest.raises(FileExistsError, match=f"{there} already exists.*overwrite=True"):
        plan_of(tmp_path / "a.mkv")
    assert plan_of(tmp_path / "a.mkv", overwrite=True) is not None
    assert (tmp_path / there).read_text() == "precious"


def test_a_path_that_cannot_be_written_is_refused(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RecordingError, match="there is no folder"):
        plan_of(tmp_path / "none" / "a.mkv")
    with pytest.raises(RecordingError, match="that is a folder"):
        plan_of(tmp_path)
    with pytest.raises(RecordingError, match="not a valid file name"):
        plan_of("/")
    with pytest.raises(RecordingError, match="not a valid file name"):
        plan_of(tmp_path / "a\0b.mkv")
    with pytest.raises(RecordingError, match="File name too long"):
        plan_of(tmp_path / ("a" * 300 + ".mkv"))
    monkeypatch.setattr(os, "access", lambda *_: False)  # permissions do not bind root
    with pytest.raises(RecordingError, match="cannot be written to"):
        plan_of(tmp_path / "a.mkv")


@pytest.mark.parametrize("path", [3, b"a.mkv", ["a.mkv"], object()])
def test_a_path_of_another_kind_is_refused(path: Any) -> None:
    with pytest.raises(TypeError, match=r"a str or a pathlib\.Path"):
        plan_of(path)


@pytest.mark.parametrize(
    ("backend", "codec"),
    [("Spinnaker", "spinvideo"), ("PySpin", "spinvideo"), ("OpenCV", "opencv"), ("FFmpeg", "h264")],
)
def test_the_backends_of_parallel_pyspin_are_codecs(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture, backend: str, codec: str
) -> None:
    plan = plan_of(tmp_path / "a", backend=backend, bitrate=1_000_000, timeout=1)
    assert plan is not None
    assert plan.options.codec == codec
    assert plan.options.options == ({"bitrate": 1_000_000} if codec == "spinvideo" else {})
    assert ("bitrate has no effect" in caplog.text) == (codec != "spinvideo")


@pytest.mark.parametrize(
    "wrong",
    [
        {"backend": "GStreamer"},
        {"backend": 3},
        {"backend": "OpenCV", "codec": "ffv1"},
        {"bitrate": -1},
        {"bitrate": "fast"},
        {"backend": "PySpin", "bitrate": 5, "options": {"bitrate": 6}},
        {"timeout": "never"},
        {"pre_trigger": -1},
        {"pre_trigger": float("inf")},
        {"pre_trigger": True},
        {"overflow": "ignore"},
        {"segment_seconds": 0},
        {"quality": "good"},
    ],
)
def test_bad_values_are_refused(tmp_path: pathlib.Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        plan_of(tmp_path / "a.mkv", **wrong)
    assert list(tmp_path.iterdir()) == []


# -- memory -----------------------------------------------------------------------------------------------


def test_a_camera_is_armed_with_memory_for_two_seconds_in_half_a_gib() -> None:
    assert recording_buffers(FULL, 226.0) == 345
    assert recording_buffers(FULL, 30.0) == 64
    assert recording_buffers(64 * MIB, 100.0) == 10
    assert recording_buffers(5 * MIB, 500.0) == 102
    assert recording_buffers(1000, 1e5) == MAX_BUFFERS


def test_a_pre_trigger_has_memory_for_its_span_and_what_the_writer_holds() -> None:
    frames = recording_buffers(FULL, 100.0, pre_trigger=3.0)
    assert kept(frames, reserve_of(frames, lent=True)) >= 350
    assert recording_buffers(FULL, 100.0, pre_trigger=0.1) == 200


@pytest.mark.parametrize("rate", [0.3, 7.0, 30.0, 59.94, 100.0, 226.0, 522.0, 1000.0, 2200.0])
@pytest.mark.parametrize("seconds", [0.01, 0.5, 1.0, 1.5, 2.0])
def test_a_pre_trigger_of_two_seconds_fits_at_every_rate(rate: float, seconds: float) -> None:
    frames = recording_buffers(64 * 320, rate, pre_trigger=seconds)
    assert frames <= MAX_BUFFERS
    assert kept(frames, reserve_of(frames, lent=True)) >= math.ceil(seconds * rate)


@pytest.mark.parametrize("rate", [0.3, 30.0, 59.94, 226.0, 2200.0])
@pytest.mark.parametrize("available", [None, 64 * MIB, 1 << 30, 7 << 30])
def test_a_pre_trigger_too_long_is_refused_with_seconds_that_fit(rate: float, available: int | None) -> None:
    with pytest.raises(SettingRangeError, match="pre_trigger of 1e\\+06 s") as caught:
        recording_buffers(FULL, rate, pre_trigger=1e6, available=available)
    assert caught.value.setting == "pre_trigger"
    found = re.search(r"up to ([0-9.]+) s fit", str(caught.value))
    assert found is not None
    most = float(found[1])
    if most:
        recording_buffers(FULL, rate, pre_trigger=most, available=available)
    with pytest.raises(SettingRangeError):
        recording_buffers(FULL, rate, pre_trigger=most + 0.05 + 1.5 / rate, available=available)


def test_a_pre_trigger_without_any_memory_is_refused() -> None:
    with pytest.raises(SettingRangeError, match=r"0\.0 GiB of memory are free.* up to 0\.00 s fit"):
        recording_buffers(FULL, 226.0, pre_trigger=5.0, available=1 << 20)


# -- pictures ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pixel_format", "stride"),
    [("Mono8", 8), ("Mono16", 16), ("Mono12p", 12), ("Mono10Packed", 12), ("BayerRG8", 8), ("BGR8", 24)],
)
@pytest.mark.parametrize("convert", [True, False])
def test_pictures_are_what_frames_become(pixel_format: str, stride: int, convert: bool) -> None:
    height, width = 16, 32
    picture = picture_of(pixel_format, height, width, convert=convert, rate=30.0)
    layout = Layout(pixel_format, width, height, stride * width // 8, stride * width * height // 8)
    image = decode(bytes(layout.payload), layout, color=convert)
    assert (image.shape, image.dtype) == (picture.shape, picture.dtype)


# -- where a file begins after a pre-trigger --------------------------------------------------------------

PERIOD = 10_000_000


def armed(first_id: int = 0, published: int = 5) -> Armed:
    lines = Lines("Line1", "ExposureActive", "Line2", "Line3")
    return Armed(lines, PERIOD, 100.0, 1500.0, None, 226.0, first_id, published, 300)


class Journal:
    """The journal of a reader: frames with these ids, from index 5 on."""

    def __init__(self, ids: list[int], forgotten: int = 0) -> None:
        self._ids = ids
        self._forgotten = forgotten
        self.newest = 4 + len(ids)

    def journal(self, index: int) -> FrameInfo | None:
        at = index - 5
        if not self._forgotten <= at < len(self._ids):
            return None
        return FrameInfo(index, self._ids[at], 0, self._ids[at] * PERIOD, FrameFlags.NONE, 0, 0.0, 0.0, -1)


KNOWN = PulseTrain(0, PERIOD)


def test_a_file_begins_as_far_back_as_was_asked_for() -> None:
    reader: Any = Journal(list(range(100)))
    assert mark_back(reader, armed(), KNOWN, 0.5, 100.0) == (50, 55, 50)
    assert mark_back(reader, armed(), KNOWN, 60.0, 100.0) == (0, 5, 0)


def test_a_file_of_a_camera_without_frames_begins_with_its_first() -> None:
    reader: Any = Journal([])
    assert mark_back(reader, armed(), KNOWN, 0.5, 100.0) == (0, 5, 0)
    assert mark_at(reader, armed(), KNOWN, 7) == (7, 12, 7)


def test_a_file_whose_first_frames_were_lost_has_rows_for_them() -> None:
    reader: Any = Journal([3, 4, 5])
    assert mark_back(reader, armed(), KNOWN, 60.0, 100.0) == (3, 5, 0)
    assert mark_at(reader, armed(), KNOWN, 0) == (3, 5, 0)


def test_other_cameras_begin_with_the_frame_of_the_same_trigger() -> None:
    whole: Any = Journal(list(range(100)))
    assert mark_at(whole, armed(), KNOWN, 50) == (50, 55, 50)
    assert mark_at(whole, armed(), KNOWN, 0) == (0, 5, 0)
    gaps: Any = Journal([0, 1, 2, 5, 6, 7])
    assert mark_at(gaps, armed(), KNOWN, 5) == (5, 8, 5)
    assert mark_at(gaps, armed(), KNOWN, 3) == (5, 8, 3)  # 3 and 4 are lost, and have rows
    assert mark_at(gaps, armed(), KNOWN, 9) == (9, 12, 9)  # still to come
    forgotten: Any = Journal(list(range(100)), forgotten=60)
    assert mark_at(forgotten, armed(), KNOWN, 50) == (60, 65, 60)


@pytest.mark.parametrize("number", [0, 1, 65534, 65535, 65536, 200_000])
def test_the_time_tells_how_often_the_ids_of_a_gige_camera_began_anew(number: int) -> None:
    info = FrameInfo(9, number % 65535 + 1, 0, number * PERIOD + 777, FrameFlags.NONE, 0, 0.0, 0.0, -1)
    assert number_of(info, armed(first_id=1), KNOWN) == number


# -- timestamps -------------------------------------------------------------------------------------------


def test_timestamps_are_milliseconds_since_the_first_to_the_nanosecond() -> None:
    start = 1_700_000_000_000_000_001
    assert milliseconds([start, start + 1_000_001]).tolist() == [0.0, 1.000001]
    assert milliseconds([]).shape == (0,)
    blank = milliseconds([None, start, None, start + 2_000_001])
    assert np.isnan(blank[[0, 2]]).all()
    assert blank[[1, 3]].tolist() == [0.0, 2.000001]


def test_videos_of_the_sdk_are_of_the_one_that_drives_the_camera() -> None:
    options = RecordingOptions(codec="spinvideo", options={"kind": "MJPG"})
    assert options.of_camera("virtual").options == {"sdk": "virtual", "kind": "MJPG"}
    assert RecordingOptions(codec="spinvideo", options={"sdk": "pyspin"}).of_camera("virtual").options == {
        "sdk": "pyspin"
    }
    assert RecordingOptions(codec="raw").of_camera("virtual").options == {}
