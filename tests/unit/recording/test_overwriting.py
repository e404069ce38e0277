"""Overwriting removes all of the older recording and nothing else; readers trust files that a JSON names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from llpyspin.errors import RecordingError, RecordingExistsError
from llpyspin.recording import check, load
from llpyspin.recording.account.making import finish
from llpyspin.recording.aside import overwritten
from llpyspin.recording.overwriting import cameras_of, older_files, remove
from llpyspin.recording.session import CameraRecord, FileRecord, Session
from llpyspin.recording.sidecar import SidecarWriter, write_sidecar
from llpyspin.rig.folder import SessionFolder
from tests.unit.recordings import SERIALS, record, rows_of, write_video

if TYPE_CHECKING:
    from pathlib import Path

OLD = ("mouse.mkv", "mouse.csv", "mouse.json", "mouse_001.mkv", "mouse_001.csv", "mouse_001.spill")
ADDED = ("mouse.callback.csv", "mouse.callback.json", "mouse.callback2.csv")
RETURNED = ("mouse_returned.mkv", "mouse_returned.csv", "mouse_returned.json", "mouse_returned_001.mkv")
OTHERS = ("mouse.avi", "mouse.txt", "mouse2.mkv", "mouse2.csv", "mouse_b.mkv", "mouse.2.mkv", "a_mouse.csv")


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("old")


def tells_of(path: Path, *videos: str) -> None:
    files = tuple(FileRecord(video, f"{video.rpartition('.')[0]}.csv") for video in videos)
    Session(cameras=(CameraRecord("1", files=files),)).save(path)


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("new", ["mouse.mp4", "mouse.mkv", "mouse.raw", "mouse"])
def test_all_of_the_older_recording_goes_under_whatever_suffix(tmp_path: Path, new: str) -> None:
    put(tmp_path, *OLD, *ADDED, *RETURNED, *OTHERS)
    tells_of(tmp_path / "mouse.json", "mouse.mkv")
    remove(older_files(tmp_path / new))
    assert left(tmp_path) == set(OTHERS)


def test_files_that_the_new_recording_has_replaced_stay(tmp_path: Path) -> None:
    put(tmp_path, *OLD)
    tells_of(tmp_path / "mouse.json", "mouse.mkv")
    remove(older_files(tmp_path / "mouse.mp4"), [tmp_path / "mouse.csv", tmp_path / "mouse.json"])
    assert left(tmp_path) == {"mouse.csv", "mouse.json"}


def test_a_recording_that_is_called_like_a_segment_stays(tmp_path: Path) -> None:
    put(tmp_path, *OLD, "mouse_002.mkv", "mouse_002.csv", "mouse_002.json")
    tells_of(tmp_path / "mouse.json", "mouse.mkv")
    remove(older_files(tmp_path / "mouse.mp4"))
    assert left(tmp_path) == {"mouse_002.mkv", "mouse_002.csv", "mouse_002.json"}


@pytest.mark.parametrize("content", [None, "", "{}", "[1"])
def test_video_beside_a_sidecar_belongs_to_it_without_a_readable_json(
    tmp_path: Path, content: str | None
) -> None:
    put(tmp_path, "mouse.mkv", "mouse.csv", "mouse_001.avi", "mouse2.mkv")
    if content is not None:
        (tmp_path / "mouse.json").write_text(content)
    remove(older_files(tmp_path / "mouse.mp4"))
    assert left(tmp_path) == {"mouse_001.avi", "mouse2.mkv"}


def test_spill_files_go_from_their_own_folder_too(tmp_path: Path) -> None:
    spills = tmp_path / "spills"
    spills.mkdir()
    put(spills, "mouse.spill", "mouse_001.spill", "mouse2.spill", "mouse.mkv")
    remove(older_files(tmp_path / "mouse.mkv", spills=spills))
    assert left(spills) == {"mouse2.spill", "mouse.mkv"}


@pytest.mark.parametrize("name", ["mouse.csv", "mouse_003.csv", "mouse_returned.csv"])
def test_a_recording_that_is_being_written_is_not_overwritten(tmp_path: Path, name: str) -> None:
    with (
        SidecarWriter(tmp_path / name),
        pytest.raises(RecordingExistsError, match=f"another recording is writing .*{name}"),
    ):
        older_files(tmp_path / "mouse.mp4")
    assert left(tmp_path) == {name}


def test_a_session_that_is_overwritten_goes_with_all_of_its_cameras(tmp_path: Path) -> None:
    record(tmp_path, ["...", "..."])
    put(
        tmp_path,
        "camera1.yaml",
        "camera1_returned.mkv",
        "camera1.callback.csv",
        "camera0_001.spill",
        "notes.txt",
    )
    assert cameras_of(tmp_path / "session.json") == ["camera0", "camera1"]
    folder = SessionFolder(tmp_path, overwrite=True)
    folder.set_aside(["camera0"])
    folder.remove_older()
    folder.release()
    assert left(tmp_path) == {"notes.txt"}


def test_session_with_outside_cameras_removes_nothing_outside(tmp_path: Path) -> None:
    put(tmp_path, "precious.csv", "precious.mkv", "precious.yaml")
    inside = tmp_path / "session"
    inside.mkdir()
    record(inside, ["..."])
    text = json.loads((inside / "session.json").read_text())
    text["cameras"][0]["name"] = "../precious"
    (inside / "session.json").write_text(json.dumps(text))
    folder = SessionFolder(inside, overwrite=True)
    folder.set_aside(["top"])
    folder.release()
    assert {"precious.csv", "precious.mkv", "precious.yaml"} <= left(tmp_path)


def test_recording_that_cannot_begin_leaves_the_older_one_as_it_was(tmp_path: Path) -> None:
    spills = tmp_path / "spills"
    spills.mkdir()
    names = (*OLD, *ADDED, *RETURNED, *OTHERS, "mouse_001.ahead")
    put(tmp_path, *names)
    tells_of(tmp_path / "mouse.json", "mouse.mkv")
    put(spills, "mouse.spill", "other.spill")
    with pytest.raises(RecordingError, match="the second file"), overwritten(tmp_path / "mouse.mp4", spills):
        assert left(tmp_path) >= {*OTHERS} - {"mouse.avi"}
        assert not left(tmp_path) & {*OLD, *ADDED, *RETURNED}
        put(tmp_path, "mouse.mp4")
        (tmp_path / "mouse.mp4").unlink()
        raise RecordingError("the second file cannot be opened")
    assert left(tmp_path) == {*names, "spills"}
    assert left(spills) == {"mouse.spill", "other.spill"}
    assert {(tmp_path / name).read_text() for name in names if name != "mouse.json"} == {"old"}


def test_recording_that_begins_removes_the_older_one_and_its_spill(tmp_path: Path) -> None:
    spills = tmp_path / "spills"
    spills.mkdir()
    put(tmp_path, *OLD, *OTHERS, "mouse_001.ahead")
    put(spills, "mouse_001.spill", "other.spill")
    tells_of(tmp_path / "mouse.json", "mouse.mkv")
    with overwritten(tmp_path / "mouse.mp4", spills):
        (tmp_path / "mouse.mp4").write_text("new")
    assert left(tmp_path) == {*OTHERS, "mouse.mp4", "spills"}
    assert left(spills) == {"other.spill"}


def test_file_that_no_recording_names_is_kept_until_it_is_replaced(tmp_path: Path) -> None:
    put(tmp_path, "mouse.mp4", "mouse.avi")
    with pytest.raises(RecordingError), overwritten(tmp_path / "mouse.mp4", None):
        raise RecordingError("no")
    assert left(tmp_path) == {"mouse.mp4", "mouse.avi"}
    with overwritten(tmp_path / "mouse.mp4", None):
        (tmp_path / "mouse.mp4").write_text("new")
    assert left(tmp_path) == {"mouse.mp4", "mouse.avi"}
    assert (tmp_path / "mouse.mp4").read_text() == "new"


@pytest.mark.parametrize("begun", [False, True])
def test_older_recording_survives_a_kill_before_the_new_one_began(tmp_path: Path, begun: bool) -> None:
    put(tmp_path, "mouse.mkv", "mouse.csv", "mouse.json")
    killed = overwritten(tmp_path / "mouse.mp4", None)
    killed.__enter__()
    if begun:
        (tmp_path / "mouse.json").write_text("new")
    with pytest.raises(RecordingError), overwritten(tmp_path / "mouse.mp4", None):
        raise RecordingError("no")
    assert left(tmp_path) == ({"mouse.json"} if begun else {"mouse.mkv", "mouse.csv", "mouse.json"})


def test_older_files_that_cannot_be_moved_are_where_they_were(tmp_path: Path) -> None:
    put(tmp_path, "mouse.mkv", "mouse.csv", "mouse.json", ".mouse.older")
    with pytest.raises(RecordingError, match="cannot be overwritten"):
        overwritten(tmp_path / "mouse.mkv", None).__enter__()
    assert left(tmp_path) == {"mouse.mkv", "mouse.csv", "mouse.json", ".mouse.older"}


@pytest.mark.parametrize("begins", [False, True])
def test_session_has_its_older_spill_files_in_another_folder(tmp_path: Path, begins: bool) -> None:
    inside, spills = tmp_path / "session", tmp_path / "spills"
    inside.mkdir()
    spills.mkdir()
    put(inside, "session.json", "top.mkv", "top.csv")
    put(spills, "top.spill", "top_001.spill", "topmost.spill")
    folder = SessionFolder(inside, overwrite=True)
    folder.set_aside(["top"], spills)
    assert left(spills) >= {"topmost.spill"}
    assert not (spills / "top.spill").exists()
    if begins:
        folder.remove_older()
        folder.release()
        assert (left(inside), left(spills)) == (set(), {"topmost.spill"})
    else:
        folder.discard(["top"])
        assert left(inside) == {"session.json", "top.mkv", "top.csv"}
        assert left(spills) == {"top.spill", "top_001.spill", "topmost.spill"}


# -- readers


def single(folder: Path, name: str, fates: str, suffix: str = ".raw") -> None:
    rows = rows_of(fates)
    write_sidecar(folder / f"{name}.csv", rows)
    write_video(folder / f"{name}{suffix}", rows, SERIALS[0])
    camera = CameraRecord(
        SERIALS[0], name, virtual=True, files=(FileRecord(f"{name}{suffix}", f"{name}.csv"),)
    )
    finish(Session(cameras=(camera,), name=name, triggers=len(fates)), folder / f"{name}.json")


@pytest.mark.parametrize("read", [load, check])
def test_a_video_that_no_json_names_is_not_vouched_for(tmp_path: Path, read: object) -> None:
    single(tmp_path, "mouse", "....")
    (tmp_path / "mouse.mkv").write_text("another one")
    (tmp_path / "mouse_001.raw").write_bytes((tmp_path / "mouse.raw").read_bytes())
    for name in ("mouse.mkv", "mouse_001.raw"):
        with pytest.raises(RecordingError, match=f"{name} is not part of the recording"):
            read(tmp_path / name)  # type: ignore[operator]
    for name in ("mouse.raw", "mouse.csv", "mouse.json"):
        assert read(tmp_path / name)  # type: ignore[operator]
    assert check(tmp_path / "mouse.raw").pictures == {"mouse.raw": 4}


def test_a_recording_that_is_called_like_a_segment_of_another_is_its_own(tmp_path: Path) -> None:
    single(tmp_path, "mouse", "....")
    single(tmp_path, "mouse_001", "..")
    for name, frames in (("mouse", 4), ("mouse_001", 2)):
        assert check(tmp_path / f"{name}.raw").ok
        with load(tmp_path / f"{name}.raw") as loaded:
            assert [len(each.frames) for each in loaded.values()] == [frames]


def test_two_videos_beside_a_sidecar_without_a_json_are_not_guessed(tmp_path: Path) -> None:
    single(tmp_path, "mouse", "....")
    (tmp_path / "mouse.json").unlink()
    (tmp_path / "mouse.2.mkv").write_text("of another recording")
    assert check(tmp_path / "mouse.raw").pictures == {"mouse.raw": 4}
    (tmp_path / "mouse.mkv").write_text("another one")
    with pytest.raises(RecordingError, match=r"the video of .* is not known: .*mouse\.mkv, mouse\.raw"):
        load(tmp_path / "mouse.raw")
