"""Killed recordings, completed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llpyspin.cli import main
from llpyspin.errors import RecordingError
from llpyspin.frames import Layout
from llpyspin.recording.ahead import Announced
from llpyspin.recording.checking.check import check
from llpyspin.recording.loading import load
from llpyspin.recording.mending.reconciling import gaps, reconcile, superseded, take_out
from llpyspin.recording.mending.repair import repair
from llpyspin.recording.mending.unspilling import plan
from llpyspin.recording.rows import HEADER, LOST, Row
from llpyspin.recording.session import FileRecord, Session
from llpyspin.recording.sidecar import SidecarWriter, read_sidecar, write_sidecar
from llpyspin.recording.sinks import open_sink
from llpyspin.recording.writing.spill import Spill
from tests.unit.recordings import PICTURE, SERIALS, image_of, record, rows_of, write_ahead, write_video

if TYPE_CHECKING:
    from pathlib import Path

LAYOUT = Layout("Mono8", PICTURE.width, PICTURE.height, PICTURE.width, PICTURE.width * PICTURE.height)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def cut(
    folder: Path, camera: int, *, rows: int | None = None, pictures: int | None = None, announced: bool = True
) -> list[Row]:
    """What a kill leaves: fewer rows, fewer pictures; the rows of the whole recording."""
    path = folder / f"camera{camera}.csv"
    whole = read_sidecar(path)
    if rows is not None:
        write_sidecar(path, whole[:rows], overwrite=True)
        if announced:
            write_ahead(path, whole[max(0, rows - 2) :])
    if pictures is not None:
        kept = [row for row in whole if row.frame is not None and row.frame < pictures]
        write_video(folder / f"camera{camera}.raw", kept, SERIALS[camera])
    return whole


def spill(folder: Path, camera: int, rows: list[Row]) -> None:
    """What waits to be encoded: a frame for each row that is not lost."""
    about = {
        "video": f"camera{camera}.raw",
        "picture": {"height": 48, "width": 64, "color": False, "bits": 8, "rate": 100.0},
        "color": False,
        "serial": SERIALS[camera],
        "nickname": "",
        "virtual": True,
        "part": 0,
    }
    waiting = Spill(folder / f"camera{camera}.spill", LAYOUT, about, overwrite=False)
    before: list[Row] = []
    for row in rows:
        before.append(row._replace(frame=None))
        if row.state != LOST:
            assert row.frame_id is not None
            waiting.put(before, memoryview(image_of(row.frame_id, SERIALS[camera])).cast("B"))
            before = []
    assert waiting.close()


def mended(folder: Path) -> str:
    """Repair, and prove that it is whole afterwards and that doing it again changes nothing."""
    before = snapshot(folder)
    announced = repair(folder, dry_run=True)
    assert announced.dry_run
    assert snapshot(folder) == before
    report = repair(folder)
    assert report.ok, str(report)
    assert (announced.done, announced.left) == (report.done, report.left)
    checked = check(folder)
    assert checked.ok, str(checked)
    assert Session.read(folder / "session.json").state == "repaired"
    after = snapshot(folder)
    again = repair(folder)
    assert (again.done, again.left) == ((), ())
    assert snapshot(folder) == after
    assert not [name for name in after if name.startswith(".")]
    return "\n".join(report.done)


def test_a_recording_that_is_whole_stays_as_it_is(tmp_path: Path) -> None:
    record(tmp_path, ["." * 10, "..t......."])
    before = snapshot(tmp_path)
    report = repair(tmp_path)
    assert report.ok
    assert str(report).startswith("There is nothing to repair.")
    assert snapshot(tmp_path) == before


def test_a_killed_recording_gets_its_account(tmp_path: Path) -> None:
    record(tmp_path, ["." * 10, "..t......."], state="recording")
    assert "the account: made" in mended(tmp_path)
    assert "  it was killed while it was recorded: what came after the last rows is not known\n" in str(
        Session.read(tmp_path / "session.json").account
    )
    assert Session.read(tmp_path / "session.json").triggers == 10


def test_pictures_whose_rows_were_not_written_yet_get_rows(tmp_path: Path) -> None:
    record(tmp_path, ["." * 10, "..t......."], state="recording")
    whole = cut(tmp_path, 1, rows=7)
    done = mended(tmp_path)
    assert "camera1.csv: 3 pictures at the end had no row" in done
    rows = read_sidecar(tmp_path / "camera1.csv")
    assert rows == whole
    assert not (tmp_path / "camera1.ahead").exists()


def test_pictures_keep_their_triggers_across_lost_frames(tmp_path: Path) -> None:
    record(tmp_path, ["." * 12, ".....t.r..w."], state="recording")
    whole = cut(tmp_path, 1, rows=4, pictures=6)
    mended(tmp_path)
    rows = read_sidecar(tmp_path / "camera1.csv")
    assert [(row.trigger, row.frame) for row in rows if row.frame is not None] == [
        (row.trigger, row.frame) for row in whole if row.frame is not None and row.frame < 6
    ]
    assert [row.where for row in rows] == [*[""] * 5, "transport", "", "ring", *["writer"] * 4]


def test_pictures_whose_triggers_nothing_proves_stay_without_rows(tmp_path: Path) -> None:
    """There is no write-ahead file: which frames were lost before these pictures nobody knows."""
    record(tmp_path, ["." * 10, "..t......."], state="recording")
    cut(tmp_path, 1, rows=7, announced=False)
    done = mended(tmp_path)
    assert "camera1.raw: 3 pictures at the end without a row; no frame id or timestamp proves" in done
    session = Session.read(tmp_path / "session.json")
    assert session.cameras[1].files[0].unassigned == 3
    assert session.account is not None
    assert session.account.camera("camera1").unassigned == 3
    assert "3 pictures at the end of its files have no row" in str(session.account)
    assert [row.where for row in read_sidecar(tmp_path / "camera1.csv")[7:]] == ["writer"] * 3
    assert any("3 pictures at its end without a row" in note for note in check(tmp_path).notes)


def test_picture_after_rows_of_lost_frames_gets_its_own_trigger(tmp_path: Path) -> None:
    """The disk was full: the newest picture was not known to be safe, and the account went on without it."""
    record(tmp_path, ["." * 10, "....wwwwww"])
    whole = rows_of("." * 10, 1)
    write_video(tmp_path / "camera1.raw", whole[:5], SERIALS[1])
    write_ahead(tmp_path / "camera1.csv", whole[4:6])
    assert not check(tmp_path).ok
    assert "camera1.csv: 1 picture at the end had no row" in mended(tmp_path)
    rows = read_sidecar(tmp_path / "camera1.csv")
    assert rows[4] == whole[4]
    assert [row.where for row in rows[5:]] == ["writer"] * 5


def test_a_picture_beyond_rows_of_lost_frames_stays_without_a_row_unproven(tmp_path: Path) -> None:
    record(tmp_path, ["." * 10, "....wwwwww"])
    write_video(tmp_path / "camera1.raw", rows_of("." * 5, 1), SERIALS[1])
    before = read_sidecar(tmp_path / "camera1.csv")
    assert "camera1.raw: 1 picture at the end without a row" in mended(tmp_path)
    assert read_sidecar(tmp_path / "camera1.csv") == before


def test_a_write_ahead_file_that_a_row_contradicts_proves_nothing(tmp_path: Path) -> None:
    record(tmp_path, ["." * 10, "....tttttt"])
    whole = rows_of("." * 10, 1)
    write_video(tmp_path / "camera1.raw", whole[:5], SERIALS[1])
    write_ahead(tmp_path / "camera1.csv", whole[4:6])
    assert "camera1.raw: 1 picture at the end without a row" in mended(tmp_path)


@pytest.mark.parametrize("damage", [b"", b"\0" * 300, b"12345678 7,8,written,,,,,,,", b"\xff" * 5000])
def test_a_damaged_write_ahead_file_proves_nothing(tmp_path: Path, damage: bytes) -> None:
    record(tmp_path, ["." * 10, "." * 10], state="recording")
    cut(tmp_path, 1, rows=7)
    path = tmp_path / "camera1.ahead"
    path.write_bytes(damage)
    assert "3 pictures at the end without a row" in mended(tmp_path)


def test_rows_without_pictures_become_lost_and_keep_their_values(tmp_path: Path) -> None:
    record(tmp_path, ["." * 10, "..t......."], state="recording")
    cut(tmp_path, 0, pictures=8)
    assert "camera0.csv: 2 rows had no picture in the video" in mended(tmp_path)
    last = read_sidecar(tmp_path / "camera0.csv")[-1]
    assert (last.frame, last.state, last.where, last.frame_id) == (None, "lost", "writer", 9)


def test_triggers_that_only_other_cameras_tell_of_are_lost_in_the_writer(tmp_path: Path) -> None:
    record(tmp_path, ["." * 10, "." * 6], state="recording")
    assert "camera1.csv: nothing was written of 4 triggers from 6 on" in mended(tmp_path)
    assert [row.where for row in read_sidecar(tmp_path / "camera1.csv")[6:]] == ["writer"] * 4


def test_unknown_trigger_count_is_the_highest_of_all_cameras(
    tmp_path: Path,
) -> None:
    """The primary went together with its writer, and the others saw the last pulses."""
    record(tmp_path, ["." * 6, "." * 9])
    tree = json.loads((tmp_path / "session.json").read_text())
    tree["triggers"] = tree["account"] = None
    for camera in tree["cameras"]:
        camera["tally"] = None
    (tmp_path / "session.json").write_text(json.dumps(tree))
    assert not check(tmp_path).ok
    assert "camera0.csv: nothing was written of 3 triggers from 6 on" in mended(tmp_path)
    assert [row.where for row in read_sidecar(tmp_path / "camera0.csv")[6:]] == ["writer"] * 3


def test_a_torn_picture_and_a_torn_row_at_the_end_are_mended(tmp_path: Path) -> None:
    record(tmp_path, ["." * 10], state="recording")
    for name in ("camera0.raw", "camera0.csv"):
        data = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(data[:-9])
    assert "torn picture" in mended(tmp_path)
    assert [row.state for row in read_sidecar(tmp_path / "camera0.csv")] == ["written"] * 9


def test_unencoded_frames_go_into_a_segment_of_their_own(tmp_path: Path) -> None:
    record(tmp_path, ["." * 20, "...t" * 5], state="recording")
    whole = cut(tmp_path, 1, rows=10, pictures=8)
    spill(tmp_path, 1, whole[9:])
    done = mended(tmp_path)
    assert "camera1.spill: 7 frames that had not been encoded are in camera1_001.raw" in done
    assert not (tmp_path / "camera1.spill").exists()
    rows = read_sidecar(tmp_path / "camera1.csv") + read_sidecar(tmp_path / "camera1_001.csv")
    assert [row._replace(frame=None) for row in rows[:19]] == [row._replace(frame=None) for row in whole[:19]]


def test_pictures_at_the_end_are_not_encoded_again_from_the_spill_file(tmp_path: Path) -> None:
    """Two pictures were in the video before their rows were; between them a frame was lost."""
    record(tmp_path, ["." * 20, "..........t........."], state="recording")
    whole = cut(tmp_path, 1, rows=9, pictures=11)
    write_ahead(tmp_path / "camera1.csv", whole[8:12])
    spill(tmp_path, 1, whole[8:])
    mended(tmp_path)
    assert read_sidecar(tmp_path / "camera1.csv") == whole[:12]
    later = read_sidecar(tmp_path / "camera1_001.csv")
    assert [row.trigger for row in later] == list(range(12, 20))


def test_pictures_of_a_killed_writer_get_the_lost_rows_of_the_next_file(
    tmp_path: Path,
) -> None:
    """By the time that the next writer began, memory had no more of these frames."""
    record(tmp_path, ["." * 12, "." * 4])
    whole = rows_of("." * 12, 1)
    write_video(tmp_path / "camera1.raw", whole[:6], SERIALS[1])
    later = [row._replace(frame=None, state="lost", where="transport") for row in whole[4:8]]
    later += [row._replace(frame=at) for at, row in enumerate(whole[8:])]
    write_sidecar(tmp_path / "camera1_001.csv", later)
    write_video(tmp_path / "camera1_001.raw", later, SERIALS[1])
    write_ahead(tmp_path / "camera1.csv", whole[3:7])
    assert "2 pictures at the end had no row" in mended(tmp_path)
    first, later = (read_sidecar(tmp_path / f"camera1{part}.csv") for part in ("", "_001"))
    assert [row.trigger for row in first] == list(range(6))
    assert [row.trigger for row in later] == list(range(6, 12))


def test_frames_only_in_memory_are_lost_between_video_and_spill_file(
    tmp_path: Path,
) -> None:
    record(tmp_path, ["." * 20] * 2, state="recording")
    whole = cut(tmp_path, 1, rows=8, pictures=8, announced=False)
    spill(tmp_path, 1, whole[11:18])
    done = mended(tmp_path)
    assert "camera1.csv: nothing was written of 3 triggers from 8 on; marked as lost" in done
    assert "camera1_001.csv: nothing was written of 2 triggers from 18 on; marked as lost" in done
    account = Session.read(tmp_path / "session.json").account
    assert account is not None
    assert account.camera("camera1").lost["writer"] == 5


def test_frames_that_a_hurried_writer_left_replace_their_lost_rows(tmp_path: Path) -> None:
    """The writer was ended in order, with rows for all triggers; its last frames stayed in the spill file."""
    record(tmp_path, ["." * 12, "." * 6 + "w" * 6])
    spill(tmp_path, 1, rows_of("." * 12, 1)[6:10])
    assert not check(tmp_path).ok
    mended(tmp_path)
    account = Session.read(tmp_path / "session.json").account
    assert account is not None
    camera = account.camera("camera1")
    assert (camera.written, camera.lost["writer"]) == (10, 2)
    assert [row.state for row in read_sidecar(tmp_path / "camera1_001.csv")] == ["written"] * 4 + ["lost"] * 2


def test_frames_between_a_killed_writer_and_the_next_one_find_their_place(tmp_path: Path) -> None:
    record(tmp_path, ["." * 12, "." * 4])
    whole = rows_of("." * 12, 1)
    later = [row._replace(frame=None, state="lost", where="transport") for row in whole[4:8]]
    later += [row._replace(frame=at) for at, row in enumerate(whole[8:])]
    write_sidecar(tmp_path / "camera1_001.csv", later)
    write_video(tmp_path / "camera1_001.raw", later, SERIALS[1])
    spill(tmp_path, 1, whole[3:7])
    mended(tmp_path)
    assert [row.trigger for row in read_sidecar(tmp_path / "camera1_002.csv")] == [4, 5, 6]
    assert [row.trigger for row in read_sidecar(tmp_path / "camera1_001.csv")] == [7, 8, 9, 10, 11]


def test_a_spill_file_whose_frames_are_all_in_the_video_is_removed(tmp_path: Path) -> None:
    record(tmp_path, ["." * 10], state="recording")
    spill(tmp_path, 0, read_sidecar(tmp_path / "camera0.csv")[5:])
    assert "all of its frames are in the video" in mended(tmp_path)
    assert not (tmp_path / "camera0.spill").exists()


def test_frames_that_fit_nowhere_are_kept(tmp_path: Path) -> None:
    record(tmp_path, ["...w......"])
    spill(tmp_path, 0, rows_of("." * 10)[3:4])
    report = repair(tmp_path)
    assert not report.ok
    assert "1 frame would belong between pictures" in report.left[0]
    assert (tmp_path / "camera0.spill").exists()


def test_a_repair_that_is_cut_off_loses_nothing_and_can_be_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power fails after the new segment is there, and before its frames are gone from elsewhere."""
    record(tmp_path, ["." * 12, "." * 6 + "w" * 6])
    spill(tmp_path, 1, rows_of("." * 12, 1)[6:])
    real = write_sidecar
    calls = []

    def fails(path: Path, rows: list[Row], *, overwrite: bool = False) -> None:
        calls.append(path.name)
        if len(calls) == 2:
            raise RecordingError("the power failed")
        real(path, rows, overwrite=overwrite)

    monkeypatch.setattr("llpyspin.recording.mending.camera.write_sidecar", fails)
    with pytest.raises(RecordingError, match="power"):
        repair(tmp_path)
    assert calls == ["camera1_001.csv", "camera1.csv"]
    assert (tmp_path / "camera1.spill").exists()
    monkeypatch.setattr("llpyspin.recording.mending.camera.write_sidecar", real)
    mended(tmp_path)
    account = Session.read(tmp_path / "session.json").account
    assert account is not None
    assert account.camera("camera1").written == 12


def test_a_full_disk_leaves_the_spill_file_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, ["." * 12, "." * 6 + "w" * 6])
    spill(tmp_path, 1, rows_of("." * 12, 1)[6:])
    before = snapshot(tmp_path)

    def full(*arguments: object, **more: object) -> None:
        raise RecordingError("the disk is full")

    monkeypatch.setattr("llpyspin.recording.mending.unspilling.open_sink", full)
    report = repair(tmp_path)
    assert not report.ok
    assert report.left == ("camera1: camera1.spill: the disk is full",)
    assert snapshot(tmp_path) == before


def test_spill_file_that_cannot_be_encoded_stays_after_repair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, ["." * 20] * 2, state="recording")
    wholes = [cut(tmp_path, camera, rows=8, pictures=8) for camera in (0, 1)]
    for camera, whole in enumerate(wholes):
        spill(tmp_path, camera, whole[8:])
    waiting = (tmp_path / "camera1.spill").read_bytes()

    def full_for_one(path: Path, *arguments: object, **more: object) -> object:
        if "camera1" in path.name:
            raise RecordingError("the disk is full")
        return open_sink(path, *arguments, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr("llpyspin.recording.mending.unspilling.open_sink", full_for_one)
        report = repair(tmp_path)
    assert report.left == ("camera1: camera1.spill: the disk is full",)
    assert report.done
    assert (tmp_path / "camera1.spill").read_bytes() == waiting
    mended(tmp_path)
    for camera, whole in enumerate(wholes):
        rows = [row for part in ("", "_001") for row in read_sidecar(tmp_path / f"camera{camera}{part}.csv")]
        assert [row.trigger for row in rows if row.state == "written"] == [row.trigger for row in whole]


def test_segments_without_rows_come_after_those_with_rows(tmp_path: Path) -> None:
    """A writer that was killed before its first row leaves a file that must not stand before the others."""
    record(tmp_path, ["." * 12] * 2, state="recording")
    write_sidecar(tmp_path / "camera1_001.csv", [])
    write_video(tmp_path / "camera1_001.raw", [], SERIALS[1])
    write_sidecar(tmp_path / "camera1.csv", read_sidecar(tmp_path / "camera1.csv")[:10], overwrite=True)
    write_video(tmp_path / "camera1.raw", read_sidecar(tmp_path / "camera1.csv"), SERIALS[1])
    repair(tmp_path)
    triggers = [row.trigger for part in ("", "_001") for row in read_sidecar(tmp_path / f"camera1{part}.csv")]
    assert sorted(triggers) == list(range(12))


def test_a_video_that_is_gone_is_told_of_and_its_rows_stay(tmp_path: Path) -> None:
    record(tmp_path, ["." * 5, "." * 5], state="recording")
    (tmp_path / "camera1.raw").unlink()
    rows = read_sidecar(tmp_path / "camera1.csv")
    report = repair(tmp_path)
    assert report.left == ("camera1: camera1.raw is not there",)
    assert read_sidecar(tmp_path / "camera1.csv") == rows


@pytest.mark.parametrize("hidden", ["camera0.raw", "camera1.raw", "camera0.csv"])
def test_an_unable_repair_and_an_able_one_end_where_one_able_repair_does(tmp_path: Path, hidden: str) -> None:
    once, twice = tmp_path / "once", tmp_path / "twice"
    for folder in (once, twice):
        folder.mkdir()
        record(folder, ["." * 12, "....rr......"], state="recording")
        for name, fates in (("camera0", "." * 12), ("camera1", "....rr......")):
            rows = rows_of(fates, int(name[-1]))
            write_sidecar(folder / f"{name}.csv", rows[:5], overwrite=True)
            write_ahead(folder / f"{name}.csv", rows[5:])
    whole = (twice / hidden).read_bytes()
    (twice / hidden).unlink()
    (twice / hidden).mkdir()  # nobody can read that
    assert repair(twice).left
    (twice / hidden).rmdir()
    (twice / hidden).write_bytes(whole)
    assert not repair(twice).left
    assert not repair(once).left
    for name in ("camera0", "camera1"):
        assert read_sidecar(twice / f"{name}.csv") == read_sidecar(once / f"{name}.csv")
        assert not (twice / f"{name}.ahead").exists()
    told = [load(folder).account for folder in (once, twice)]
    assert told[0] is not None and told[1] is not None
    assert told[0].cameras == told[1].cameras
    assert check(twice).ok == check(once).ok is True


def test_a_video_that_cannot_be_read_at_all_keeps_its_rows(tmp_path: Path) -> None:
    record(tmp_path, ["." * 5], state="recording")
    (tmp_path / "camera0.raw").write_bytes(b"not a video" * 100)
    rows = read_sidecar(tmp_path / "camera0.csv")
    report = repair(tmp_path)
    assert not report.ok
    assert read_sidecar(tmp_path / "camera0.csv") == rows


def test_a_recording_that_was_killed_at_its_birth_is_completed(tmp_path: Path) -> None:
    record(tmp_path, ["." * 3, "..."], state="recording")
    cut(tmp_path, 1, rows=0, pictures=0)
    tree = json.loads((tmp_path / "session.json").read_text())
    tree["cameras"].append(
        {
            **tree["cameras"][0],
            "serial": "19151234",
            "name": "never",
            "files": [{"video": "never.raw", "sidecar": "never.csv"}],
        }
    )
    (tmp_path / "session.json").write_text(json.dumps(tree))
    report = repair(tmp_path)
    assert [row.where for row in read_sidecar(tmp_path / "camera1.csv")] == ["writer"] * 3
    assert "never: none of 3 triggers is in its account" in str(report)


def test_blank_pictures_at_the_end_are_not_taken_for_frames(tmp_path: Path) -> None:
    record(tmp_path, ["." * 10, ".......t.."], fill=True, state="recording")
    cut(tmp_path, 1, rows=6)
    mended(tmp_path)
    states = [row.state for row in read_sidecar(tmp_path / "camera1.csv")]
    assert states == ["written"] * 7 + ["lost"] + ["written"] * 2


def test_a_recording_that_goes_on_is_left_alone(tmp_path: Path) -> None:
    record(tmp_path, ["." * 5], state="recording")
    with SidecarWriter(tmp_path / "camera0.csv", overwrite=True):
        with pytest.raises(RecordingError, match="still being written"):
            repair(tmp_path)


def test_a_single_recording_without_an_account_gets_one(tmp_path: Path) -> None:
    record(tmp_path, ["." * 5], state="recording")
    (tmp_path / "session.json").unlink()
    report = repair(tmp_path / "camera0.raw")
    assert report.ok
    session = Session.read(tmp_path / "camera0.json")
    assert (session.cameras[0].serial, session.virtual) == (SERIALS[0], True)
    assert check(tmp_path / "camera0.csv").ok


def test_a_video_by_itself_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "alone.raw"
    write_video(path, rows_of("....."), SERIALS[0])
    path.write_bytes(path.read_bytes()[:-9])
    assert repair(path, dry_run=True).done
    assert "torn picture" in repair(path).done[0]
    assert repair(path).done == ()


def test_recordings_that_began_with_a_pre_trigger_are_completed(tmp_path: Path) -> None:
    record(tmp_path, ["." * 10, "." * 10], state="recording", first=300)
    tree = json.loads((tmp_path / "session.json").read_text())
    tree["first_trigger"] = 0
    (tmp_path / "session.json").write_text(json.dumps(tree))
    mended(tmp_path)
    session = Session.read(tmp_path / "session.json")
    assert (session.first_trigger, session.triggers) == (300, 10)


def test_the_commands_say_what_is_wrong_and_end_with_1_until_it_is_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(tmp_path, ["." * 10, "." * 8], state="recording")
    assert main(["check", str(tmp_path)]) == 1
    assert "llpyspin repair" in " ".join(capsys.readouterr().out.split())
    assert main(["repair", "--dry-run", str(tmp_path)]) == 0
    assert "would be done: camera1: camera1.csv" in capsys.readouterr().out
    assert main(["repair", str(tmp_path)]) == 0
    assert "The account adds up" in capsys.readouterr().out
    assert main(["check", str(tmp_path)]) == 0
    assert "The recording is what its account says." in capsys.readouterr().out
    assert main(["check", str(tmp_path / "nothing")]) == 1
    assert "does not exist" in capsys.readouterr().err


# -- the rules


@settings(max_examples=200, deadline=None)
@given(st.text("...itrw", max_size=30), st.booleans(), st.integers(0, 30), st.integers(0, 6), st.data())
def test_whatever_a_kill_leaves_rows_agree_with_pictures_afterwards(
    fates: str, fill: bool, kept: int, more: int, data: st.DataObject
) -> None:
    rows = rows_of(fates, fill=fill)[:kept]
    own = sum(row.frame is not None for row in rows)
    pictures = max(0, own + data.draw(st.integers(-own, more)))
    result = reconcile(rows, range(pictures), begin=0)
    frames = [row.frame for row in result.rows if row.frame is not None]
    assert frames == list(range(min(own, pictures)))
    assert [row.trigger for row in result.rows] == list(range(len(result.rows)))
    assert all(row.frame is not None or row.state != "written" for row in result.rows)
    assert result.added == 0
    assert result.unassigned == max(0, pictures - own)
    assert result.lost == max(0, own - pictures)
    assert reconcile(result.rows, range(pictures), begin=0).rows == result.rows


@settings(max_examples=200, deadline=None)
@given(st.text("....itrsw", max_size=30), st.booleans(), st.integers(0, 30), st.integers(0, 30))
def test_what_a_write_ahead_file_says_is_exactly_what_was_recorded(
    fates: str, fill: bool, kept: int, pictures: int
) -> None:
    """Rows, pictures and the write-ahead file may be cut anywhere: no picture gets another trigger."""
    whole = rows_of(fates, fill=fill)
    pictures = min(pictures, sum(row.frame is not None for row in whole))
    announced = Announced(
        {row.frame: row for row in whole[kept:] if row.frame is not None},
        {row.trigger: row for row in whole[kept:] if row.frame is None},
    )
    result = reconcile(whole[:kept], range(pictures), begin=0, announced=announced)
    assert [row.trigger for row in result.rows] == list(range(len(result.rows)))
    assert [row for row in result.rows if row.frame is not None] == [
        row for row in whole if row.frame is not None and row.frame < pictures
    ]
    assert (result.unassigned, len(result.rows)) == (0, len(whole))


def test_pictures_that_the_next_file_has_too_get_no_rows() -> None:
    whole = rows_of("......")
    announced = Announced(dict(enumerate(whole)))
    result = reconcile(whole[:3], range(6), begin=0, end=4, announced=announced)
    assert [row.trigger for row in result.rows] == [0, 1, 2, 3]
    assert (result.elsewhere, result.unassigned) == (2, 0)


def test_pictures_past_the_rows_are_those_of_a_next_file_that_follows() -> None:
    whole = rows_of("......")
    result = reconcile(whole[:4], range(6), begin=0, end=4, elsewhere={4, 5})
    assert (result.elsewhere, result.unassigned) == (2, 0)
    result = reconcile(whole[:3], range(6), begin=0, end=4, elsewhere={4, 5})
    assert (result.elsewhere, result.unassigned) == (0, 3)
    result = reconcile(whole[:4], range(6), begin=0, end=4)  # after the last trigger of all
    assert (result.elsewhere, result.unassigned) == (0, 2)


def test_lost_rows_give_way_to_frames_that_another_file_has() -> None:
    assert [row.trigger for row in superseded(rows_of("..ww"), {2})] == [0, 1, 3]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 12), st.integers(0, 8), st.integers(0, 8), st.integers(0, 12), st.integers(0, 6))
def test_a_recovered_segment_fits_between_the_others(
    written: int, gap: int, tail: int, later: int, start: int
) -> None:
    """Every trigger has one row afterwards, and every spilled frame that was in no file has a picture."""
    total = written + gap + tail + later
    whole = rows_of("." * total)
    lost = [row._replace(frame=None, state=LOST, where="writer") for row in whole]
    first = whole[:written] + lost[written : written + gap]
    second = lost[written + gap : written + gap + tail] + [
        row._replace(frame=at) for at, row in enumerate(whole[written + gap + tail :])
    ]
    spilled = {row.trigger: row._replace(frame=None) for row in whole[start : written + gap + tail]}
    made = plan([first, second], spilled)
    everything = sorted(
        (row for rows in [*made.segments, made.rows] for row in rows), key=lambda row: row.trigger
    )
    assert [row.trigger for row in everything] == list(range(total))
    assert made.misplaced == 0
    wanted = {trigger for trigger in spilled if trigger >= written}
    assert made.frames == len(wanted)
    assert [row.frame for row in made.rows if row.frame is not None] == list(range(made.frames))
    assert {row.trigger for row in everything if row.state == "written"} == wanted | set(
        range(written)
    ) | set(range(written + gap + tail, total))


@pytest.mark.parametrize("known", [True, False])
def test_a_file_without_a_row_gets_those_before_the_next_file(tmp_path: Path, *, known: bool) -> None:
    """Camera and writer were killed before the first row was written; the camera came back."""
    session = record(tmp_path, ["." * 10, "." * 10], state="complete" if known else "recording")
    write_sidecar(tmp_path / "camera1.csv", [], overwrite=True)
    (tmp_path / "camera1.raw").write_bytes(b"")
    later = rows_of("." * 8, 1, first=2)
    write_sidecar(tmp_path / "camera1_001.csv", later)
    write_video(tmp_path / "camera1_001.raw", later, SERIALS[1])
    one = session.cameras[1]
    one = one.replace(files=(*one.files, FileRecord("camera1_001.raw", "camera1_001.csv", 1)), tally=None)
    session.replace(cameras=(session.cameras[0], one)).save(tmp_path / "session.json")
    assert "camera1.csv: nothing was written of 2 triggers from 0 on; marked as lost" in mended(tmp_path)
    assert [row.where for row in read_sidecar(tmp_path / "camera1.csv")] == ["writer", "writer"]


@pytest.mark.parametrize("begun", [b"", HEADER[:20].encode()])
@pytest.mark.parametrize("named", [True, False])
def test_a_file_that_could_not_begin_stands_in_no_way(tmp_path: Path, begun: bytes, *, named: bool) -> None:
    """The disk was full when the next file was to begin, and then all was killed."""
    session = record(tmp_path, ["." * 10, "." * 6], state="recording")
    (tmp_path / "camera1_001.csv").write_bytes(begun)
    if named:
        one = session.cameras[1]
        one = one.replace(files=(*one.files, FileRecord("camera1_001.raw", "camera1_001.csv", 1)))
        session.replace(cameras=(session.cameras[0], one)).save(tmp_path / "session.json")
    assert "camera1.csv: nothing was written of 4 triggers from 6 on; marked as lost" in mended(tmp_path)
    assert (tmp_path / "camera1_001.csv").read_bytes() == begun


rows_with_holes = st.lists(st.sets(st.integers(0, 30), max_size=6), min_size=1, max_size=4)


@given(rows_with_holes, st.integers(0, 5))
def test_gaps_are_between_files_and_leave_no_trigger_out(taken: list[set[int]], begin: int) -> None:
    every = rows_of("." * 40)
    bounds = [begin + sum(max(each, default=-1) + 1 for each in taken[:at]) for at in range(len(taken))]
    files = [
        [every[0]._replace(trigger=bounds[at] + trigger) for trigger in range(min(each), max(each) + 1)]
        for at, each in enumerate(taken)
        if each
    ]
    found = gaps([[], *files], list(range(len(files) + 1)), begin)
    has = {row.trigger for rows in files for row in rows}
    filled = set()
    for at, first in found:
        last = files[at - 1][-1].trigger if at else begin - 1
        filled |= set(range(last + 1, first))
    assert not has & filled
    assert has | filled == (set(range(begin, max(has) + 1)) if has else set())


def test_nothing_is_said_of_triggers_before_a_first_file_that_was_written() -> None:
    assert gaps([rows_of("...", first=2)], [0], 0) == []
    assert gaps([rows_of("...", first=2), []], [0, 1], 0) == []  # the later file was begun and not written


def test_only_the_ends_of_files_make_room() -> None:
    rows = rows_of("..ww..ww")
    kept, taken = take_out([rows], 2, 7)
    assert [row.trigger for row in taken] == [6, 7]
    assert kept == [rows[:6]]


def test_images_survive_the_spill_to_the_bit(tmp_path: Path) -> None:
    record(tmp_path, ["." * 4, "..ww"])
    spill(tmp_path, 1, rows_of("....", 1)[2:])
    repair(tmp_path)
    from llpyspin.recording import load

    with load(tmp_path) as loaded:
        assert np.array_equal(loaded["camera1"].frames[3], image_of(3, SERIALS[1]))


def test_a_folder_of_recordings_is_told_from_a_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"it is not the folder of a recording$"):
        repair(tmp_path)
    (tmp_path / "mouse").mkdir()
    (tmp_path / "mouse" / "session.json").write_text("{}")
    for name in ("top.csv", "top.json", "notes.csv"):
        (tmp_path / name).touch()
    with pytest.raises(RecordingError, match=r"a recording; there are some in it: mouse, top\.csv$"):
        repair(tmp_path)
