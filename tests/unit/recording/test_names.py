"""Names of files: libraries take them for files, and impossible ones are refused before anything is made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.callbacks.child.latency import log_path
from llpyspin.errors import RecordingError, RigConfigError, SettingRangeError
from llpyspin.recording import check, load, repair
from llpyspin.recording.names import MOST_BYTES, ROOM, belongs, beside, returned, split
from llpyspin.recording.options import RecordingOptions
from llpyspin.recording.plan import plan_of
from llpyspin.recording.sinks import choose, mend, open_sink, open_video
from llpyspin.rig.config import RigConfig
from llpyspin.rig.parsing import cameras_from
from llpyspin.rig.plan import plan_of as rig_plan_of
from tests.unit.recordings import record
from tests.unit.sink_pictures import GRAY, smooth

if TYPE_CHECKING:
    from collections.abc import Iterator

ODD = [
    *(
        "2026-11-29T12:30:05",
        "-x",
        "--",
        "a%03d",
        "%d",
        "a b",
        "q'\"",
        "日本",
        "new\nline",
        "a\\b",
        "~x",
        "$HOME",
    ),
    *("concat:a|b", "subfile,,start,0,end,0,,:x", "pipe:1", "file:x", "http:..x", "data:,", "md5:x", "tee:x"),
    *("a#b?c=d", "[x]*", ".hidden", "mouse.3", "x,y:z", "crypto:a", "async:a", "cache:a", "@a", "&b;c"),
]
NOT_UTF8 = os.fsdecode(b"\xff\xfe")
CODECS = ["ffv1", "h264", "mjpeg", "opencv", "spinvideo", "hdf5", "tiff", "raw"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder that is the present one: relative paths are those that can be misunderstood."""
    monkeypatch.chdir(tmp_path)
    yield Path()


@pytest.mark.parametrize("suffix", [None, ".mp4", ".mov", ".avi"])
@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_writes_reads_and_mends_files_of_any_name(
    here: Path, codec: str, suffix: str | None
) -> None:
    options = {"sdk": "virtual"} if codec == "spinvideo" else {}
    try:
        choice = choose(codec, GRAY, suffix, options=options)
    except RecordingError:
        assert suffix is not None
        return
    images = smooth(GRAY, 3)
    for name in ODD:
        Path(name).mkdir()
        for path in (Path(name + choice.suffix), Path(name) / f"a{choice.suffix}"):
            sink = open_sink(path, GRAY, choice, options=options)
            for image in images:
                sink.write(image)
            sink.close()
            with open_video(path) as video:
                assert len(video) == 3 and video[2].shape == (48, 64), path
            assert mend(path).frames == 3
            path.unlink()
    assert not [path for path in here.rglob("*") if path.is_file()]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("name", [NOT_UTF8, "a\0b"])
def test_sinks_refuse_names_that_are_not_text(here: Path, codec: str, name: str) -> None:
    options = {"sdk": "virtual"} if codec == "spinvideo" else {}
    choice = choose(codec, GRAY, options=options)
    with pytest.raises(RecordingError, match=r"UTF-8|null"):
        open_sink(Path(name + choice.suffix), GRAY, choice, options=options)
    assert not list(here.iterdir())


@pytest.mark.parametrize("name", ["2026-11-29T12:30:05", "pipe:1", "a%03d", "-x"])
def test_sessions_in_folders_of_any_name_are_loaded_checked_and_repaired(here: Path, name: str) -> None:
    Path(name).mkdir()
    record(Path(name), ["....", "...."], suffix=".mkv", codec="ffv1")
    assert check(name).ok
    with load(name) as loaded:
        assert [len(loaded[each].frames) for each in loaded] == [4, 4]
        assert loaded["camera0"].frames[3].dtype == np.uint8
    assert repair(name).done == ()
    with load(f"{name}/camera1.mkv") as loaded:
        assert len(loaded["camera1"].frames) == 4


@pytest.mark.parametrize("read", [load, check, repair])
@pytest.mark.parametrize("name", ["nowhere", "a\0b", "x" * 300, "x/" * 3000, NOT_UTF8, ""])
def test_readers_name_a_path_that_is_no_recording(here: Path, read: Any, name: str) -> None:
    with pytest.raises(RecordingError):
        read(name)


# -- what goes beside a video


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a.mkv", ("a", ".mkv")),
        ("mouse.3", ("mouse.3", "")),
        ("mouse.3.mkv", ("mouse.3", ".mkv")),
        ("12.30", ("12.30", "")),
        ("a.callback", ("a.callback", "")),
        (".mkv", (".mkv", "")),
        ("a", ("a", "")),
        ("a.", ("a.", "")),
    ],
)
def test_a_name_has_a_suffix_or_none(name: str, parts: tuple[str, str]) -> None:
    assert split(name) == parts


def test_files_beside_a_name_with_a_dot_keep_the_whole_name() -> None:
    assert beside("cam.2", ".csv").name == "cam.2.csv"
    assert returned("cam.2").name == "cam.2_returned"
    assert returned("cam.2.mkv").name == "cam.2_returned.mkv"
    assert log_path("cam.2").name == "cam.2.callback.csv"
    assert log_path("cam.2.mkv", 3).name == "cam.2.callback3.csv"


def test_own_files_are_told_from_those_of_other_recordings() -> None:
    for own in ("a", "a_001", "a_returned", "a_returned_002", "a.callback", "a.callback2", "a_1000"):
        assert belongs(own, "a")
    for other in ("b", "ab", "a_1", "a_b", "a.2", "a_returned2", "A", "a_001_b"):
        assert not belongs(other, "a")


# -- names that are refused


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("", "it is empty"),
        (".", "is a folder"),
        ("..", "not a valid file name"),
        ("a\0.mkv", "null character"),
        ("~\0", "null character"),
        (NOT_UTF8 + ".mkv", "not UTF-8"),
        (NOT_UTF8 + "/a.mkv", "not UTF-8"),
        ("X.MKV", "lower case: X.mkv"),
        ("x.Tif", "lower case: x.tif"),
        ("x" * (MOST_BYTES + 1), "too long"),
        ("日" * (MOST_BYTES // 3 + 1) + ".mkv", "too long"),
        ("x" * 256 + "/a.mkv", "too long"),
        ("x/" * 2100 + "a.mkv", "too long"),
        ("~nobody-of-this-name/a.mkv", "cannot record to"),
    ],
)
def test_a_video_whose_name_cannot_be_is_refused(here: Path, name: str, text: str) -> None:
    for overwrite in (False, True):
        with pytest.raises(RecordingError, match=text):
            plan_of(name, overwrite=overwrite)
    assert not list(here.iterdir())


def test_the_longest_name_has_room_for_all_that_is_added_to_it(here: Path) -> None:
    plan = plan_of("x" * MOST_BYTES + ".mkv")
    assert plan is not None
    longest = f".{'x' * MOST_BYTES}_returned_1000.mended-{2**22}.hdf5"
    assert len(longest) <= 255 and len(longest) > 255 - ROOM
    (here / longest).touch()


@pytest.mark.parametrize(
    "name", ["a\0b", NOT_UTF8, "x" * 300, "new/" + "x" * 300, "new/" * 1100 + "a", "~nobody-of-this-name/a"]
)
def test_impossible_session_name_is_refused_and_nothing_is_made(here: Path, name: str) -> None:
    config = RigConfig(cameras_from(["1", "2"]))
    with pytest.raises(RecordingError, match="cannot record to"):
        rig_plan_of(config, name, None, None, {})
    assert not list(here.iterdir())


def test_a_path_that_is_too_long_for_the_files_of_a_camera_is_refused(here: Path) -> None:
    config = RigConfig(cameras_from({"x" * 60: "1"}))
    deep = "/" + "y/" * ((4096 - 80) // 2)
    with pytest.raises(RecordingError, match="too long"):
        rig_plan_of(config, deep, None, None, {})


@pytest.mark.parametrize("folder", [NOT_UTF8, "a\0b", ""])
def test_a_spill_folder_whose_name_cannot_be_is_refused(folder: str) -> None:
    with pytest.raises(SettingRangeError, match="spill_folder"):
        RecordingOptions(spill_folder=folder)


def test_a_path_in_a_folder_that_was_removed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(RecordingError, match="cannot record to"):
        plan_of("a.mkv")


# -- cameras of a rig


@pytest.mark.parametrize(
    "names",
    [
        *(("a", "a_001"), ("a", "a_1000"), ("a", "a_returned"), ("a", "a_returned_001"), ("a", "a.callback")),
        *(
            ("a", "a.callback2"),
            ("A", "a"),
            ("A", "a_001"),
            ("ä", "Ä"),
            ("straße", "STRASSE"),
            ("session", "b"),
        ),
        *(
            ("Session", "b"),
            ("a.csv", "a"),
            ("a.mkv", "a"),
            ("x.part", "b"),
            ("a.spill", "a"),
            ("a.MKV", "b"),
        ),
        *(("top.left", "b"), ("b.yaml", "b"), ("\U00010400" * 60, "b"), ("ﬁ", "FI")),
    ],
)
def test_cameras_whose_files_could_meet_are_refused(names: tuple[str, str]) -> None:
    for order in (names, names[::-1]):
        with pytest.raises(RigConfigError):
            RigConfig(cameras_from(dict(zip(order, ("1", "2"), strict=True))))


@pytest.mark.parametrize(
    "names",
    [
        *(("cam.1", "cam.2"), ("cam", "cam.2"), ("a_001", "a_002"), ("a", "ab"), ("a", "a_1"), ("-x", "b")),
        *(
            ("ä", "日本"),
            ("a.before-1", "b"),
            ("12345678", "87654321"),
            ("a_returned2", "a"),
            ("my_session", "b"),
        ),
    ],
)
def test_cameras_whose_files_cannot_meet_are_taken(names: tuple[str, str]) -> None:
    config = RigConfig(cameras_from(dict(zip(names, ("1", "2"), strict=True))))
    assert tuple(camera.name for camera in config.cameras) == names
