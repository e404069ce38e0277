"""A video that lost its folder is still known: its own metadata says of which recording it is."""

from __future__ import annotations

import shutil
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin.errors import RecordingError
from llpyspin.recording import check, load, repair
from llpyspin.recording.options import RecordingOptions, WriterSpec
from llpyspin.recording.origintags import origin_of, origin_tags, strangers
from llpyspin.recording.session import Session, local_time, new_id
from llpyspin.recording.sessiontime import in_utc
from llpyspin.recording.sinks import choose, open_sink, open_video
from llpyspin.recording.sinks.encoders import INDEXED
from tests.unit.recordings import PICTURE, SERIALS, image_of, record, rows_of, write_sidecar

if TYPE_CHECKING:
    from pathlib import Path

ID, OTHER = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
STARTED = "2026-03-01T13:05:59.123+00:00"
TAGS = origin_tags(SERIALS[0], virtual=True, session=ID, started_utc=STARTED, part=0, first_trigger=0)


def video_of(path: Path, tags: dict[str, str], frames: int = 4) -> None:
    sink = open_sink(path, PICTURE, choose(None, PICTURE, path.suffix), tags=tags, overwrite=True)
    for number in range(frames):
        sink.write(image_of(number, SERIALS[0]))
    sink.close()


def identified(folder: Path, tags: dict[str, str]) -> None:
    """A session with an id, whose video has these tags."""
    record(folder, ["...."])
    path = folder / "session.json"
    Session.read(path).replace(id=ID).save(path)
    video_of(folder / "camera0.raw", tags)


@pytest.mark.parametrize("suffix", [".mkv", ".raw", ".tif", ".h5", *INDEXED])
def test_video_has_camera_session_start_part_and_trigger(tmp_path: Path, suffix: str) -> None:
    video_of(tmp_path / f"a{suffix}", TAGS)
    with open_video(tmp_path / f"a{suffix}") as video:
        assert video.tags == TAGS
    assert {
        "llpyspin_serial": SERIALS[0],
        "llpyspin_virtual": "yes",
        "llpyspin_session": ID,
        "llpyspin_started_utc": STARTED,
        "llpyspin_part": "0",
        "llpyspin_first_trigger": "0",
    } == TAGS


def test_what_is_not_known_makes_no_tag() -> None:
    assert origin_tags("1") == {"llpyspin_serial": "1"}
    assert origin_tags("1", part=0)["llpyspin_part"] == "0"


def test_each_recording_has_another_id() -> None:
    assert len({new_id() for _ in range(100)}) == 100
    assert str(uuid.UUID(new_id()))


def test_session_of_an_older_version_has_no_id(tmp_path: Path) -> None:
    record(tmp_path, ["...."])
    path = tmp_path / "session.json"
    path.write_text(path.read_text().replace('"id": ""', '"old": ""'))
    assert Session.read(path).id == Session.read(path).id == ""
    assert check(tmp_path).ok


def test_id_is_kept_in_the_json(tmp_path: Path) -> None:
    Session(id=ID).save(tmp_path / "session.json")
    assert Session.read(tmp_path / "session.json").id == ID


@pytest.mark.parametrize(
    ("moment", "utc"),
    [
        ("2026-03-01T14:05:59.123+01:00", STARTED),
        (STARTED, STARTED),
        ("2026-03-01T14:05:59.123", ""),
        ("", ""),
        ("yesterday", ""),
        ("0001-01-01T00:00:00+14:00", ""),
    ],
)
def test_moment_is_shown_in_utc(moment: str, utc: str) -> None:
    assert in_utc(moment) == utc
    assert in_utc(local_time())


def test_lost_video_says_of_which_recording_it_is(tmp_path: Path) -> None:
    video_of(tmp_path / "lost.mkv", TAGS)
    said = f"virtual camera {SERIALS[0]}, part 0, session {ID}, started {STARTED.replace('+', '.')}"
    with pytest.raises(RecordingError, match=f"no sidecar beside it.*{said}, first trigger 0"):
        load(tmp_path / "lost.mkv")


def test_video_of_another_program_says_nothing(tmp_path: Path) -> None:
    video_of(tmp_path / "a.mkv", {})
    with pytest.raises(RecordingError, match="not a recording of this package"):
        load(tmp_path / "a.mkv")
    (tmp_path / "b.mkv").write_text("no video")
    with pytest.raises(RecordingError, match="not a recording of this package"):
        load(tmp_path / "b.mkv")
    assert origin_of({}) == ""


def test_recording_without_its_json_is_known_by_its_video(tmp_path: Path) -> None:
    video_of(tmp_path / "mouse.raw", TAGS)
    write_sidecar(tmp_path / "mouse.csv", rows_of("...."))
    with load(tmp_path / "mouse.csv") as loaded:
        assert (loaded.session.id, loaded.session.started_utc) == (ID, STARTED)
    assert any(ID in note for note in check(tmp_path / "mouse.csv").notes)
    assert repair(tmp_path / "mouse.csv").ok
    assert Session.read(tmp_path / "mouse.json").id == ID


def test_damaged_start_of_a_video_is_no_start(tmp_path: Path) -> None:
    video_of(tmp_path / "mouse.raw", {**TAGS, "llpyspin_started_utc": "soon"})
    write_sidecar(tmp_path / "mouse.csv", rows_of("...."))
    with load(tmp_path / "mouse.csv") as loaded:
        assert (loaded.session.id, loaded.session.started) == (ID, "")


def test_check_accepts_the_videos_of_the_session(tmp_path: Path) -> None:
    identified(tmp_path, TAGS)
    assert check(tmp_path).ok
    video_of(tmp_path / "camera0.raw", {"llpyspin_serial": SERIALS[0], "llpyspin_virtual": "yes"})
    assert check(tmp_path).ok  # an older version wrote it


def test_check_finds_a_video_of_another_session(tmp_path: Path) -> None:
    identified(tmp_path, {**TAGS, "llpyspin_session": OTHER})
    text = f"camera0: camera0.raw: it is a video of session {OTHER}, and this recording is of session {ID}"
    assert check(tmp_path).findings == (text,)


def test_check_finds_a_video_of_another_camera(tmp_path: Path) -> None:
    record(tmp_path, ["....", "...."])
    shutil.copy(tmp_path / "camera1.raw", tmp_path / "camera0.raw")
    text = f"camera0.raw: it is a video of camera {SERIALS[1]}, and this recording is of camera {SERIALS[0]}"
    assert any(text in finding for finding in check(tmp_path).findings)


def test_unknown_origin_is_no_stranger() -> None:
    assert not list(strangers(TAGS, "", ""))
    assert not list(strangers({}, SERIALS[0], ID, 0))
    assert not list(strangers(TAGS, SERIALS[0], ID, 0))


def test_check_finds_another_segment_by_its_first_trigger(tmp_path: Path) -> None:
    identified(tmp_path, {**TAGS, "llpyspin_first_trigger": "500"})
    (finding,) = check(tmp_path).findings
    said = "its first picture is of trigger 500, and its sidecar says trigger 0"
    assert finding.startswith(f"camera0: camera0.raw: it says that {said}")


@pytest.mark.parametrize("first", ["-1", "soon", "1.0", "٣", "1\n2", " "])
def test_check_names_a_damaged_first_trigger(tmp_path: Path, first: str) -> None:
    identified(tmp_path, {**TAGS, "llpyspin_first_trigger": first})
    (finding,) = check(tmp_path).findings
    said = f"llpyspin_first_trigger is {first!r}, which is no number of a trigger"
    assert finding == f"camera0: camera0.raw: its metadata is damaged: {said}"


def test_number_too_long_for_python_is_another_trigger(tmp_path: Path) -> None:
    identified(tmp_path, {**TAGS, "llpyspin_first_trigger": "9" * 2000})
    assert any(f"of trigger {'9' * 60}," in finding for finding in check(tmp_path).findings)


def test_foreign_tags_stay_on_one_line(tmp_path: Path) -> None:
    identified(tmp_path, {**TAGS, "llpyspin_session": "a\nfine: nothing is wrong"})
    assert all("\n" not in finding for finding in check(tmp_path).findings)
    assert "\n" not in origin_of({**TAGS, "llpyspin_nickname": "a\nb"})


def test_session_tells_its_writers_who_it_is() -> None:
    session = Session(id=ID, started=STARTED, wall_offset_ns=5)
    assert session.of_writers == {"session": ID, "started": STARTED, "wall_offset_ns": 5}
    assert set(session.of_writers) <= set(WriterSpec.__dataclass_fields__)


def test_options_are_not_asked_for_the_origin() -> None:
    fields: Any = RecordingOptions.__dataclass_fields__
    assert not {"session", "started"} & set(fields)
