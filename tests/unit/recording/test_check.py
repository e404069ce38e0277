"""Recordings that are what they say, and recordings that are not."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest

from llpyspin.errors import RecordingError
from llpyspin.recording.checking.check import check
from llpyspin.recording.checking.videos import inspect_rows
from llpyspin.recording.rows import Row
from llpyspin.recording.sidecar import SidecarWriter, write_sidecar
from llpyspin.recording.sinks import choose, open_sink
from tests.unit.recordings import PICTURE, SERIALS, image_of, record, rows_of, write_video

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("fill", [False, True])
@pytest.mark.parametrize(("suffix", "codec"), [(".raw", "raw"), (".mkv", "h264"), (".tif", "tiff")])
def test_a_recording_with_losses_in_all_places_is_what_its_account_says(
    tmp_path: Path, fill: bool, suffix: str, codec: str
) -> None:
    record(
        tmp_path,
        ["." * 30, "..tt..i...s...rr....ww........", "t....s....................ittt"],
        fill=fill,
        suffix=suffix,
        codec=codec,
    )
    report = check(tmp_path)
    assert report.findings == ()
    assert report.ok
    assert report.pictures == dict.fromkeys([f"camera{n}{suffix}" for n in range(3)], 30) or not fill
    assert report.compared == 30 + 22 + 24
    assert "The recording is what its account says." in str(report)
    assert report.account.camera("camera1").lost == {"sensor": 1, "transport": 2, "ring": 2, "writer": 2}


def swap(folder: Path, *numbers: int) -> None:
    """Write the second camera's video again, with these numbers in its pixels."""
    sink = open_sink(folder / "camera1.raw", PICTURE, choose("raw", PICTURE, ".raw"), overwrite=True)
    for number in numbers:
        sink.write(image_of(number, SERIALS[1]))
    sink.close()


def test_a_picture_that_belongs_to_another_trigger_is_found_and_named(tmp_path: Path) -> None:
    record(tmp_path, ["." * 6] * 2)
    swap(tmp_path, 0, 1, 2, 4, 3, 5)
    report = check(tmp_path)
    assert not report.ok
    assert report.findings == (
        "camera1: camera1.raw: picture 3 (trigger 3) carries number 4, not 3",
        "camera1: camera1.raw: picture 4 (trigger 4) carries number 3, not 4",
    )


def test_of_many_wrong_pictures_the_first_are_named_and_the_others_counted(tmp_path: Path) -> None:
    record(tmp_path, ["." * 20] * 2)
    swap(tmp_path, *range(10), *range(11, 21))
    findings = check(tmp_path).findings
    assert "picture 10 (trigger 10) carries number 11, not 10" in findings[0]
    assert findings[-1] == "camera1: ... and 7 more pictures with another number"


def test_video_shorter_than_its_sidecar_names_the_first_missing_trigger(tmp_path: Path) -> None:
    record(tmp_path, ["." * 6, ".t...."])
    swap(tmp_path, 0, 2, 3)
    assert check(tmp_path).findings == (
        "camera1: camera1.raw has 3 pictures, its sidecar has 5: from trigger 4 on they are not there",
    )


def test_a_video_that_is_longer_than_its_sidecar_is_found(tmp_path: Path) -> None:
    record(tmp_path, ["." * 3] * 2)
    swap(tmp_path, 0, 1, 2, 3)
    assert check(tmp_path).findings == ("camera1: camera1.raw has 4 pictures, its sidecar has 3",)


def test_a_picture_in_the_place_of_a_blank_is_found(tmp_path: Path) -> None:
    record(tmp_path, ["." * 4, ".t.."], fill=True)
    swap(tmp_path, 0, 1, 2, 3)
    assert check(tmp_path).findings == (
        "camera1: camera1.raw: picture 1 stands for the lost trigger 1, but is not blank",
    )


def test_pictures_of_another_camera_are_found(tmp_path: Path) -> None:
    record(tmp_path, ["." * 4] * 2)
    write_video(tmp_path / "camera1.raw", rows_of("...."), SERIALS[0])
    by_tags, by_pixels, *_ = check(tmp_path).findings
    assert "is a video of camera 12345678, and this recording is of camera 87654321" in by_tags
    assert "picture 0 (trigger 0) is of camera 12345678, not 87654321" in by_pixels


def test_a_pulse_that_was_missed_and_not_accounted_for_shows_in_the_pixels(tmp_path: Path) -> None:
    """The camera did not expose for trigger 5; rows that do not say so are one trigger off from there on."""
    record(tmp_path, ["." * 10, ".....s...."])
    wrong = rows_of("." * 9 + "t", 1)
    write_sidecar(tmp_path / "camera1.csv", wrong, overwrite=True)
    write_video(tmp_path / "camera1.raw", rows_of("." * 9), SERIALS[1])
    findings = check(tmp_path).findings
    assert any("exposures" in finding for finding in findings)
    assert any("the account that was written says" in finding for finding in findings)


def test_missing_sidecar_or_video_is_a_finding_and_the_rest_is_checked(tmp_path: Path) -> None:
    record(tmp_path, ["." * 4] * 3)
    (tmp_path / "camera0.csv").unlink()
    (tmp_path / "camera1.raw").unlink()
    report = check(tmp_path)
    assert any("camera0.csv cannot be read" in finding for finding in report.findings)
    assert any("camera1.raw cannot be read from picture 0 on" in finding for finding in report.findings)
    assert report.pictures["camera2.raw"] == 4


def test_a_killed_recording_is_called_one_and_has_an_account_all_the_same(tmp_path: Path) -> None:
    record(tmp_path, ["." * 4, "..t."], state="recording")
    report = check(tmp_path)
    assert not report.ok
    assert report.findings == (
        "it was killed while it was recorded. To complete it and its account: llpyspin repair",
    )
    assert (report.state, report.account.camera("camera1").written) == ("recording", 3)


def test_a_recording_that_goes_on_is_not_taken_for_a_killed_one(tmp_path: Path) -> None:
    record(tmp_path, ["." * 4], state="recording")
    with SidecarWriter(tmp_path / "camera0.csv", overwrite=True):
        assert "it is still being recorded: check it afterwards" in check(tmp_path).findings


def test_frames_that_wait_to_be_encoded_are_told_of(tmp_path: Path) -> None:
    record(tmp_path, ["." * 4])
    (tmp_path / "camera0.spill").write_bytes(b"")
    assert check(tmp_path).findings == (
        "camera0.spill has frames that are not in the video yet. To encode them: llpyspin repair",
    )


def test_a_single_recording_is_checked_by_any_of_its_files(tmp_path: Path) -> None:
    record(tmp_path, ["." * 4])
    (tmp_path / "session.json").rename(tmp_path / "camera0.json")
    for name in ("camera0.json", "camera0.csv", "camera0.raw"):
        assert check(tmp_path / name).ok
    (tmp_path / "camera0.json").unlink()
    report = check(tmp_path / "camera0.raw")
    assert report.findings == ("it was killed before its account was written. To make one: llpyspin repair",)
    assert report.compared == 4


def test_segments_are_checked_as_one_recording(tmp_path: Path) -> None:
    record(tmp_path, ["." * 4])
    later = rows_of("...", first=4)
    write_sidecar(tmp_path / "camera0_001.csv", later)
    write_video(tmp_path / "camera0_001.raw", later, SERIALS[0])
    session = json.loads((tmp_path / "session.json").read_text())
    session["triggers"], session["account"] = 7, None
    session["cameras"][0]["tally"] = None
    (tmp_path / "session.json").write_text(json.dumps(session))
    report = check(tmp_path)
    assert report.ok
    assert report.pictures == {"camera0.raw": 4, "camera0_001.raw": 3}
    assert report.compared == 7
    (tmp_path / "camera0.csv").unlink()
    assert not check(tmp_path).ok


@pytest.mark.parametrize(
    ("told", "fates"), [(4, "." * 10), (4, "....rr...."), (0, "." * 10)], ids=["has", "lost", "no rows"]
)
def test_pictures_without_rows_are_no_fault_if_the_next_file_names_them(
    tmp_path: Path, told: int, fates: str
) -> None:
    record(tmp_path, [fates])
    rows = rows_of(fates)
    write_sidecar(tmp_path / "camera0.csv", rows[:told], overwrite=True)
    write_video(tmp_path / "camera0.raw", rows_of("." * (told + 2)), SERIALS[0])
    there = itertools.count()
    later = [row if row.frame is None else row._replace(frame=next(there)) for row in rows[told:]]
    write_sidecar(tmp_path / "camera0_001.csv", later)
    write_video(tmp_path / "camera0_001.raw", later, SERIALS[0])
    report = check(tmp_path)
    assert report.ok, report.findings
    (note,) = report.notes
    assert note == (
        "camera0: camera0.raw has 2 pictures at its end without a row: the next file has the triggers from "
        "there on, but nothing proves which of them these are"
    )


@pytest.mark.parametrize("event", ["late", "rejoined", None])
def test_a_camera_that_was_armed_while_triggers_came_counts_from_then_on(
    tmp_path: Path, event: str | None
) -> None:
    record(tmp_path, ["tttt......"])
    rows = [row if row.frame is None else row._replace(frame_id=row.frame) for row in rows_of("tttt......")]
    write_sidecar(tmp_path / "camera0.csv", rows, overwrite=True)
    write_video(tmp_path / "camera0.raw", rows, SERIALS[0])
    session = json.loads((tmp_path / "session.json").read_text())
    session["cameras"][0]["tally"], session["account"] = None, None
    session["events"] = [] if event is None else [{"kind": event, "text": "", "camera": SERIALS[0]}]
    (tmp_path / "session.json").write_text(json.dumps(session))
    numbers = [finding for finding in check(tmp_path).findings if "carries number" in finding]
    assert bool(numbers) == (event is None), numbers


@pytest.mark.parametrize("lost", [0, 3])
def test_ids_of_a_camera_that_came_back_may_go_on_above_those_of_before(tmp_path: Path, lost: int) -> None:
    record(tmp_path, ["..ttttttt..........."])
    rows = rows_of("..ttttttt...........")
    back = [row._replace(frame=at, frame_id=at + lost) for at, row in enumerate(rows[9:])]
    write_sidecar(tmp_path / "camera0.csv", rows[:2], overwrite=True)
    write_video(tmp_path / "camera0.raw", rows[:2], SERIALS[0])
    write_sidecar(tmp_path / "camera0_001.csv", rows[2:9] + back)
    write_video(tmp_path / "camera0_001.raw", back, SERIALS[0])
    session = json.loads((tmp_path / "session.json").read_text())
    session["cameras"][0]["tally"], session["account"] = None, None
    session["events"] = [{"kind": "rejoined", "text": "", "camera": SERIALS[0]}]
    (tmp_path / "session.json").write_text(json.dumps(session))
    report = check(tmp_path)
    assert not [finding for finding in report.findings if "number" in finding], report.findings


def test_after_a_pre_trigger_numbers_begin_where_the_file_does(tmp_path: Path) -> None:
    record(tmp_path, ["." * 10, "..t......."], first=500)
    assert check(tmp_path).findings == ()


def test_a_camera_that_came_back_counts_anew_and_is_checked_all_the_same(tmp_path: Path) -> None:
    record(tmp_path, ["." * 20])
    rows = rows_of("..........tttt......")
    back = [row._replace(frame=at, frame_id=at) for at, row in enumerate(rows[14:])]
    write_sidecar(tmp_path / "camera0.csv", rows[:10], overwrite=True)
    write_video(tmp_path / "camera0.raw", rows[:10], SERIALS[0])
    write_sidecar(tmp_path / "camera0_001.csv", rows[10:14] + back)
    write_video(tmp_path / "camera0_001.raw", back, SERIALS[0])
    session = json.loads((tmp_path / "session.json").read_text())
    session["cameras"][0]["tally"], session["account"] = None, None
    (tmp_path / "session.json").write_text(json.dumps(session))
    assert check(tmp_path).findings == ()


def test_returned_camera_is_checked_after_rows_made_by_repair(
    tmp_path: Path,
) -> None:
    """Such rows have no frame ids, so that they do not show that the next one counts anew."""
    record(tmp_path, ["." * 20])
    rows = rows_of("..........tttt......")
    made = [
        row._replace(frame_id=None, camera_timestamp_ns=None, host_timestamp_ns=None) for row in rows[8:10]
    ]
    back = [row._replace(frame=at, frame_id=at) for at, row in enumerate(rows[14:])]
    write_sidecar(tmp_path / "camera0.csv", rows[:8] + made, overwrite=True)
    write_video(tmp_path / "camera0.raw", rows[:10], SERIALS[0])
    write_sidecar(tmp_path / "camera0_001.csv", rows[10:14] + back)
    write_video(tmp_path / "camera0_001.raw", back, SERIALS[0])
    session = json.loads((tmp_path / "session.json").read_text())
    session["cameras"][0]["tally"], session["account"] = None, None
    (tmp_path / "session.json").write_text(json.dumps(session))
    report = check(tmp_path)
    assert report.findings == ()
    assert report.compared == 16


@pytest.mark.parametrize("wrong", ["", "nothing", "folder"])
def test_what_is_not_a_recording_is_refused(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(RecordingError):
        check(tmp_path / wrong)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([Row(0, 0, "written"), Row(1, 2, "written")], "after trigger 0 comes 2"),
        ([Row(0, 0, "written"), Row(1, 0, "written")], "after trigger 0 comes 0"),
        ([Row(0, 0, "written"), Row(2, 1, "written")], "trigger 1 has picture 2, the next one is 1"),
        ([Row(None, 0, "written")], "trigger 0 is written, but has no picture"),
        (
            [Row(0, 0, "written", "", 5, 900), Row(1, 1, "written", "", 6, 900)],
            "trigger 1 was taken before 0",
        ),
    ],
)
def test_rows_that_contradict_each_other_are_named(rows: list[Row], told: str) -> None:
    [finding] = inspect_rows([("a.csv", rows)])
    assert finding == f"a.csv: {told}"


def test_returned_camera_with_higher_ids_and_new_clock_is_in_order() -> None:
    before = Row(0, 0, "written", "", 5, 900, 1000)
    after = Row(0, 1, "written", "", 9, 100, 2000)
    assert inspect_rows([("a.csv", [before]), ("a_001.csv", [after])]) == []
    [finding] = inspect_rows([("a.csv", [before]), ("a_001.csv", [after._replace(host_timestamp_ns=10)])])
    assert finding == "a_001.csv: trigger 1 was taken before 0"


def test_progress_is_told_for_each_picture(tmp_path: Path) -> None:
    record(tmp_path, ["..", ".t"])
    seen: list[tuple[str, int, int]] = []
    check(tmp_path, progress=lambda *each: seen.append(each))
    assert seen == [("camera0.raw", 1, 2), ("camera0.raw", 2, 2), ("camera1.raw", 1, 1)]
