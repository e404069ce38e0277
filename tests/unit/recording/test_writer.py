"""What the writer makes of frames: files, rows, and what it does when it cannot keep up.  No processes."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llpyspin.deadlines import Deadline
from llpyspin.errors import RecordingError, RecordingExistsError, SettingRangeError, TooManyHeldError
from llpyspin.frames import FrameReader
from llpyspin.frames.buffers import encoder_buffers, kept
from llpyspin.recording.blank import is_blank
from llpyspin.recording.numbering import Anchor
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.recording.writing import intake, places, segments
from llpyspin.recording.writing.service import WriterService
from llpyspin.recording.writing.spill import read_spill
from tests.unit.written import PERIOD_NS, PICTURE, Sinks, Source, gray, spec_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TypeAlias

    from llpyspin.recording.rows import Row
    from llpyspin.recording.status import WriterStatus

    Begin: TypeAlias = Callable[..., WriterService]


@pytest.fixture
def sinks(monkeypatch: pytest.MonkeyPatch) -> Sinks:
    made = Sinks()
    monkeypatch.setattr(segments, "choose", made.choose)
    monkeypatch.setattr(segments, "open_sink", made.open)
    return made


@pytest.fixture
def source() -> Iterator[Source]:
    made = Source()
    yield made
    made.close()


@pytest.fixture
def begin(sinks: Sinks, source: Source, tmp_path: Path) -> Iterator[Begin]:
    """Have a writer whose files are open; they are called ``a`` unless told otherwise."""
    made: list[WriterService] = []

    def start(name: str = "a", frames: Source = source, **changes: object) -> WriterService:
        service = WriterService()
        made.append(service)
        service.do_open(spec_of(frames, tmp_path / name, **changes))
        return service

    yield start
    sinks.gate.set()
    for service in made:
        service.do_close()


def until(condition: Callable[[], bool]) -> None:
    deadline = Deadline(10)
    while not condition():
        assert not deadline.passed, "it did not come to be"
        time.sleep(0.001)  # a loop without it can keep the interpreter from the threads that it waits for


def finish(service: WriterService, last_trigger: int | None = None) -> WriterStatus:
    service.do_finish(None, last_trigger)
    until(lambda: service.do_wait(1))
    return service.do_status()


def states(path: Path) -> list[tuple[int | None, int, str, str]]:
    return [(row.frame, row.trigger, row.state, row.where) for row in read_sidecar(path)]


def lost(rows: list[Row]) -> list[tuple[int, str]]:
    return [(row.trigger, row.where) for row in rows if row.state == "lost"]


def test_every_frame_is_in_the_file_in_order_and_has_a_row(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path
) -> None:
    service = begin()
    source.expose_slowly(50)
    status = finish(service, 49)
    assert sinks.grays == [gray(trigger) for trigger in range(50)]
    assert states(tmp_path / "a.csv") == [(n, n, "written", "") for n in range(50)]
    assert (status.triggers, status.written, status.frames, status.backlog) == (50, 50, 50, 0)
    assert sinks.opened[0].closed
    assert sinks.opened[0].options["tags"]["llpyspin_virtual"] == "yes"


def test_files_of_all_segments_have_the_container(source: Source, begin: Begin, tmp_path: Path) -> None:
    service = begin(container="mp4", segment_seconds=0.1)
    source.expose_slowly(25)
    files = finish(service, 24).files
    assert len(files) > 1
    assert {file.path[-4:] for file in files} == {".mp4"}
    with pytest.raises(RecordingError, match=r"b\.mkv ends in \.mkv, but container='mp4'"):
        begin("b.mkv", container="mp4")


def first_triggers(sinks: Sinks) -> list[str | None]:
    return [sink.options["tags"].get("llpyspin_first_trigger") for sink in sinks.opened]


def test_each_file_says_which_trigger_its_first_picture_has(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path
) -> None:
    service = begin(fill=True, segment_seconds=0.1, session="an id", started="2026-03-01T14:00:00+01:00")
    source.lose(2)
    source.expose_slowly(48)
    files = finish(service, 49).files
    assert first_triggers(sinks) == [str(file.first_trigger) for file in files] == ["0", "20", "40"]
    first_rows = [states(tmp_path / f"{name}.csv")[0][:2] for name in ("a", "a_001", "a_002")]
    assert first_rows == [(0, 0), (0, 20), (0, 40)]
    tags = [sink.options["tags"] for sink in sinks.opened]
    assert [each["llpyspin_part"] for each in tags] == ["0", "1", "2"]
    assert {each["llpyspin_session"] for each in tags} == {"an id"}
    assert {each["llpyspin_started_utc"] for each in tags} == {"2026-03-01T13:00:00.000+00:00"}


def test_first_trigger_is_not_said_where_it_is_not_certain(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path
) -> None:
    begin("a", fill=False)
    begin("b", fill=True, hold=True)
    begin("c", fill=True, anchor=Anchor(10**9, 7))
    begin("d", fill=True, next_trigger=12)
    assert first_triggers(sinks) == [None, None, None, "12"]


def test_frames_lost_on_the_way_have_rows_and_no_pictures(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path
) -> None:
    service = begin()
    source.expose_slowly(3)
    source.lose(2)
    source.expose_slowly(1)
    source.expose(1, incomplete=True)
    status = finish(service, 8)
    assert states(tmp_path / "a.csv") == [
        (0, 0, "written", ""),
        (1, 1, "written", ""),
        (2, 2, "written", ""),
        (None, 3, "lost", "transport"),
        (None, 4, "lost", "transport"),
        (3, 5, "written", ""),
        (4, 6, "incomplete", ""),
        (None, 7, "lost", "transport"),
        (None, 8, "lost", "transport"),
    ]
    assert (status.written, status.incomplete, status.lost["transport"]) == (4, 1, 4)
    assert sinks.grays == [gray(trigger) for trigger in (0, 1, 2, 5, 6)]


@pytest.mark.parametrize("gap", [0, 3])
def test_recording_ends_at_the_agreed_trigger_while_frames_continue(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path, gap: int
) -> None:
    service = begin()
    source.expose_slowly(3)
    service.do_end_with(4)
    source.lose(gap)
    source.expose(5)
    status = finish(service, 4)
    known = [(3, 3, "written", ""), (4, 4, "written", "")]
    missing = [(None, 3, "lost", "transport"), (None, 4, "lost", "transport")]
    assert states(tmp_path / "a.csv")[3:] == (missing if gap else known)
    assert (status.triggers, status.backlog) == (5, 0)


def test_with_fill_picture_n_is_trigger_n(source: Source, sinks: Sinks, begin: Begin, tmp_path: Path) -> None:
    service = begin(fill=True)
    source.lose(1)
    source.expose_slowly(2)
    source.lose(2)
    source.expose_slowly(1)
    status = finish(service, 6)
    rows = read_sidecar(tmp_path / "a.csv")
    assert [(row.frame, row.trigger) for row in rows] == [(n, n) for n in range(7)]
    assert [trigger for trigger, _ in lost(rows)] == [0, 3, 4, 6]
    images = sinks.opened[0].images
    assert [number for number, image in enumerate(images) if is_blank(image)] == [0, 3, 4, 6]
    assert status.blanks == 4


def test_late_camera_begins_its_file_with_its_first_frame(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path
) -> None:
    anchor = (1_000_000_000 + 10 * PERIOD_NS, 10)
    service = begin(fill=True, anchor=anchor, next_trigger=8, part=1)
    source.trigger = 10
    source.expose_slowly(1)
    source.lose(1)
    source.expose_slowly(1)
    finish(service)
    assert [(row.frame, row.trigger) for row in read_sidecar(tmp_path / "a_001.csv")] == [
        (None, 8),
        (None, 9),
        (0, 10),
        (1, 11),
        (2, 12),
    ]
    assert (tmp_path / "a_001.raw").exists()


# -- when the encoder is too slow


def stuck(service: WriterService, source: Source, sinks: Sinks) -> None:
    """Have the encoder wait inside the first picture, and everything that may be held held."""
    sinks.gate.clear()
    source.expose_slowly(1)
    until(lambda: service.do_status().frames == 1)


def dropped_by(service: WriterService) -> int:
    assert service._intake is not None
    return service._intake.dropped


def test_late_frames_wait_on_disk_and_are_encoded_in_order(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path
) -> None:
    service = begin()
    stuck(service, source, sinks)
    source.expose_slowly(30)
    source.lose(1)
    source.expose_slowly(30)
    until(lambda: service.do_status().spilled == 61 - 5)  # of 16 slots a third is held
    status = service.do_status()
    assert status.backlog == 61
    assert status.spilled_bytes > 56 * PICTURE.nbytes
    sinks.gate.set()
    status = finish(service, 61)
    assert sinks.grays == [gray(trigger) for trigger in range(62) if trigger != 31]
    assert lost(read_sidecar(tmp_path / "a.csv")) == [(31, "transport")]
    assert (status.written, status.spilled, status.spill_file) == (61, 0, "")
    assert not (tmp_path / "a.spill").exists()


def test_the_spill_file_goes_as_soon_as_the_encoder_has_caught_up(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path
) -> None:
    service = begin()
    for _ in range(2):
        stuck(service, source, sinks) if not source.trigger else sinks.gate.clear()
        source.expose_slowly(20)
        assert (tmp_path / "a.spill").exists()
        sinks.gate.set()
        until(lambda: not (tmp_path / "a.spill").exists())
    status = finish(service)
    assert status.written == source.trigger
    assert sinks.grays == [gray(trigger) for trigger in range(source.trigger)]


def test_frames_that_are_dropped_by_choice_are_counted_and_marked(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path
) -> None:
    service = begin(overflow="drop")
    stuck(service, source, sinks)
    source.expose_slowly(20)
    until(lambda: dropped_by(service) == 16)
    assert not list(tmp_path.glob("*.spill"))
    sinks.gate.set()
    until(lambda: service.do_status().backlog == 0)
    source.expose_slowly(3)
    status = finish(service, 23)
    rows = read_sidecar(tmp_path / "a.csv")
    dropped = [trigger for trigger, where in lost(rows) if where == "writer"]
    assert dropped == list(range(5, 21))  # 16 slots: five are held, one of them by the encoder
    assert sinks.grays == [gray(trigger) for trigger in range(24) if trigger not in dropped]
    assert [row.trigger for row in rows] == list(range(24))
    assert status.lost["writer"] == len(dropped)
    assert status.error is None


def test_a_recording_that_is_to_stop_ends_its_file_in_order_and_says_why(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path
) -> None:
    service = begin(overflow="stop")
    stuck(service, source, sinks)
    source.expose_slowly(9)
    sinks.gate.set()
    until(lambda: service.do_status().error is not None)
    source.expose_slowly(5)
    status = finish(service, 14)
    assert "could not keep up" in str(status.error) and "before trigger 5" in str(status.error)
    assert sinks.grays == [gray(trigger) for trigger in range(5)]
    assert lost(read_sidecar(tmp_path / "a.csv")) == [(trigger, "writer") for trigger in range(5, 15)]
    assert sinks.opened[0].closed


def test_frames_of_a_deleted_spill_file_are_encoded(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path
) -> None:
    service = begin()
    stuck(service, source, sinks)
    source.expose_slowly(30)
    until(lambda: service.do_status().spilled > 20)
    (tmp_path / "a.spill").unlink()
    source.expose_slowly(10)
    until(lambda: service.do_status().spilled > 30)
    sinks.gate.set()
    status = finish(service, source.trigger - 1)
    assert status.error is None
    assert sinks.grays == [gray(trigger) for trigger in range(source.trigger)]
    assert not list(tmp_path.glob("*.spill"))


def test_a_spill_without_room_drops_frames_and_says_so(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llpyspin.recording.writing.spill.LEAST_FREE", 1 << 62)
    service = begin()
    stuck(service, source, sinks)
    source.expose_slowly(10)
    until(lambda: dropped_by(service) == 6)
    sinks.gate.set()
    status = finish(service, 10)
    assert status.written == 5 and status.lost["writer"] == 6
    assert "could not take them" in status.notes[0]
    assert not (tmp_path / "a.spill").exists()


def test_frames_overwritten_before_they_were_read_are_lost_in_the_ring(
    sinks: Sinks, begin: Begin, tmp_path: Path
) -> None:
    source = Source(8)
    source.expose(40)
    service = begin(frames=source, since=0)
    until(lambda: service.do_status().backlog == 0)
    source.expose_slowly(2)
    finish(service, 41)
    rows = read_sidecar(tmp_path / "a.csv")
    source.close()
    ring = [trigger for trigger, where in lost(rows) if where == "ring"]
    assert ring == list(range(len(ring))) and 30 <= len(ring) <= 36
    assert [row.trigger for row in rows] == list(range(42))
    assert rows[0].frame_id == 0 and rows[0].camera_timestamp_ns == 1_000_000_000


def test_frames_are_copied_when_no_more_can_be_held(source: Source, sinks: Sinks, begin: Begin) -> None:
    service = begin()
    with FrameReader(source.address) as other:
        held = []

        def expose() -> None:
            source.expose()
            until(lambda: service.do_status().frames == source.trigger)

        with pytest.raises(TooManyHeldError):
            while True:
                expose()
                held.append(other.next(1))
        for _ in range(5):
            expose()
        status = finish(service, source.trigger - 1)
    assert status.written == source.trigger
    assert sinks.grays == [gray(trigger) for trigger in range(source.trigger)]


# -- errors while it goes on


def test_after_a_sink_has_failed_all_triggers_are_still_accounted_for(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path
) -> None:
    sinks.fails_at = 4
    service = begin(fill=True)
    source.expose_slowly(9)
    source.lose(1)
    source.expose_slowly(1)
    status = finish(service, 11)
    assert "hole" in str(status.error)
    assert status.written == 4 and status.lost == {"sensor": 0, "transport": 1, "ring": 0, "writer": 6} | {
        "transport": 2
    }
    assert [row.frame for row in read_sidecar(tmp_path / "a.csv")] == [0, 1, 2, 3] + [None] * 8


def test_pictures_that_a_failed_sink_does_not_vouch_for_are_lost(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path
) -> None:
    service = begin()
    sinks.never_safe = True
    source.expose_slowly(6)
    until(lambda: len(sinks.grays) == 6)
    assert states(tmp_path / "a.csv") == []
    sinks.opened[0].flush = lambda: 3  # type: ignore[method-assign]
    sinks.fails_at = 0
    source.expose_slowly(1)
    status = finish(service)
    assert status.written == 3 and status.lost["writer"] == 4
    assert states(tmp_path / "a.csv")[2:4] == [(2, 2, "written", ""), (None, 3, "lost", "writer")]


def test_a_sidecar_that_cannot_be_written_ends_nothing_and_is_reported(
    source: Source, sinks: Sinks, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = begin()
    source.expose_slowly(1)
    until(lambda: service.do_status().written == 1)

    def refuse(self: object) -> None:
        raise RecordingError("no space for rows")

    monkeypatch.setattr("llpyspin.recording.sidecar.SidecarWriter.flush", refuse)
    source.expose_slowly(5)
    status = finish(service, 5)
    assert "no space for rows" in str(status.error)
    assert status.written == 6 and len(sinks.grays) == 6
    assert "5 rows could not be written" in status.notes[0]


def test_a_disk_that_is_nearly_full_ends_the_recording_in_order(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = begin()
    source.expose_slowly(3)
    until(lambda: service.do_status().written == 3)
    monkeypatch.setattr("llpyspin.recording.writing.encoder.disk_free", lambda path: 1000)
    source.expose_slowly(1)
    until(lambda: service.do_status().error is not None)
    source.expose_slowly(3)
    status = finish(service, 6)
    assert "full" in str(status.error)
    assert 3 <= status.written <= 4 and status.written + status.lost["writer"] == 7
    assert sinks.opened[0].closed and len(read_sidecar(tmp_path / "a.csv")) == 7


def test_a_recording_in_which_nothing_happened_leaves_no_files(
    source: Source, begin: Begin, tmp_path: Path
) -> None:
    service = begin()
    status = finish(service)
    assert status.files == () and not list(tmp_path.iterdir())


# -- segments


def test_timed_segments_begin_at_the_same_triggers_in_all_cameras(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path
) -> None:
    service = begin(segment_seconds=0.1, next_trigger=0)
    source.expose_slowly(19)
    source.lose(3)
    source.expose_slowly(20)
    status = finish(service, 41)
    assert [(file.first_trigger, file.last_trigger, file.frames) for file in status.files] == [
        (0, 21, 19),
        (22, 39, 18),
        (40, 41, 2),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("a.csv", "a.raw", "a_001.csv", "a_001.raw", "a_002.csv", "a_002.raw")
    ]
    assert states(tmp_path / "a_002.csv") == [(0, 40, "written", ""), (1, 41, "written", "")]
    assert sinks.grays == [gray(trigger) for trigger in range(42) if trigger not in (19, 20, 21)]


def test_segments_by_size_never_take_a_name_that_somebody_else_has_taken(
    source: Source, sinks: Sinks, tmp_path: Path
) -> None:
    spec = spec_of(source, tmp_path / "a", segment_bytes=1 << 20)
    object.__setattr__(spec.options, "segment_bytes", 10 * PICTURE.nbytes)
    service = WriterService()
    service.do_open(spec)
    (tmp_path / "a_001.raw").write_text("theirs")
    source.expose_slowly(25)
    status = finish(service)
    assert [file.frames for file in status.files] == [10, 10, 5]
    assert [file.part for file in status.files] == [0, 2, 3]
    assert (tmp_path / "a_001.raw").read_text() == "theirs"


def test_a_format_that_is_safe_only_when_closed_is_closed_now_and_then(
    source: Source, sinks: Sinks, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "MOST_UNSAFE", 8)
    sinks.never_safe = True
    service = begin()
    source.expose_slowly(20)
    until(lambda: service.do_status().written == 16)
    status = finish(service)
    assert [file.frames for file in status.files] == [8, 8, 4]


def test_file_with_an_index_in_memory_does_not_grow_for_ever(
    source: Source, sinks: Sinks, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "INDEXED", (".raw",))
    monkeypatch.setattr(segments, "MOST_INDEXED", 8)
    service = begin()
    source.expose_slowly(20)
    status = finish(service)
    assert [file.frames for file in status.files] == [8, 8, 4]


# -- pre-trigger


def test_a_recording_that_holds_begins_with_the_frame_that_it_is_told(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path
) -> None:
    service = begin(hold=True)
    source.expose(10)
    assert service.do_status().state == "holding"
    service.do_begin(100, 6, 100)
    source.expose_slowly(3)
    status = finish(service, 106)
    assert states(tmp_path / "a.csv") == [(n, 100 + n, "written", "") for n in range(7)]
    assert sinks.grays == [gray(trigger) for trigger in range(6, 13)]
    assert status.written == 7


def test_a_recording_that_holds_needs_memory_for_its_pre_trigger(source: Source, begin: Begin) -> None:
    with pytest.raises(SettingRangeError, match=r"9 frames, and 8 of its 16 buffers .* up to 0\.04 s"):
        begin(hold=True, held=9)
    begin(hold=True, held=8)


@pytest.mark.parametrize("overflow", ["drop", "stop", "spill"])
def test_frames_of_a_pre_trigger_wait_in_memory_for_the_encoder(
    sinks: Sinks, begin: Begin, tmp_path: Path, overflow: str
) -> None:
    source = Source(400)
    held = kept(400, 2)
    patient = dataclasses.replace(PICTURE, rate=1.0)  # frames that lie unread are in no danger for a while
    sinks.gate.clear()
    service = begin(frames=source, hold=True, held=held, overflow=overflow, picture=patient)
    source.expose(held)
    service.do_begin(0, 0, 0)
    until(lambda: service.do_status().frames >= encoder_buffers(400))
    sinks.gate.set()
    status = finish(service, held - 1)
    assert (status.written, sum(status.lost.values()), status.error) == (held, 0, None)
    assert not list(tmp_path.glob("*.spill"))
    source.close()


@pytest.mark.parametrize("buffers", [16, 100, 400, 5000])
@pytest.mark.parametrize("share", [intake.SHARE, intake.SPILL_SHARE])
def test_pre_trigger_leaves_time_for_the_next_frame(buffers: int, share: int) -> None:
    limit, most = buffers // share, kept(buffers, 2)
    behind = True
    for unread in range(most, -1, -1):
        behind = behind and intake.still_behind(unread, limit)
        room = (most if behind else limit) - unread
        assert room >= (0 if unread == most else 1)
        if not behind:
            assert room >= limit // 2


# -- what can be known beforehand


def test_a_file_that_exists_is_refused_and_stays_as_it_is(
    source: Source, begin: Begin, tmp_path: Path
) -> None:
    for name in ("a.raw", "a.csv", "a.spill"):
        (tmp_path / name).write_text("precious")
        with pytest.raises(RecordingExistsError, match=name) as caught:
            begin()
        assert isinstance(caught.value, FileExistsError)
        assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "precious")]
        (tmp_path / name).unlink()


def test_the_later_parts_of_a_recording_that_is_overwritten_go(
    source: Source, begin: Begin, tmp_path: Path
) -> None:
    for name in ("a.raw", "a.csv", "a_001.raw", "a_001.csv", "a_002.csv", "b_001.raw", "a_001.txt"):
        (tmp_path / name).write_text("old")
    service = begin(overwrite=True)
    source.expose_slowly(1)
    finish(service)
    assert {path.name for path in tmp_path.iterdir()} == {"a.raw", "a.csv", "b_001.raw", "a_001.txt"}
    assert len(read_sidecar(tmp_path / "a.csv")) == 1


def test_a_folder_that_is_not_there_is_refused(source: Source, begin: Begin, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="there is no folder"):
        begin("nowhere/a")
    with pytest.raises(RecordingError, match=r"there is no folder .*nowhere"):
        begin(spill_folder=str(tmp_path / "nowhere"))


def test_a_disk_without_room_for_seconds_is_refused(
    source: Source, begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "disk_free", lambda path: 8 << 20)
    with pytest.raises(RecordingError, match="8 MiB left; 2 s of 48 x 32"):
        begin()
    assert not list(tmp_path.iterdir())


def test_frames_of_another_size_are_an_error_and_in_the_account(source: Source, begin: Begin) -> None:
    service = begin(picture=dataclasses.replace(PICTURE, height=16))
    source.expose_slowly(2)
    status = finish(service, 1)
    assert "48 x 32 Mono8" in str(status.error)
    assert status.lost["writer"] == 2


# -- closing in a hurry


def test_spilled_frames_stay_readable_when_nobody_waits(
    source: Source, sinks: Sinks, begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llpyspin.recording.writing.service.CLOSE_S", 0.0)
    service = begin()
    stuck(service, source, sinks)
    source.expose_slowly(12)
    source.lose(2)
    source.expose_slowly(3)
    hurry = service.writer.hurry

    def hurry_and_open() -> None:
        hurry()
        sinks.gate.set()

    monkeypatch.setattr(service.writer, "hurry", hurry_and_open)
    result = service.do_close()
    assert result is not None
    assert result.status.spill_file == str(tmp_path / "a.spill")
    assert result.status.written == 1 and result.status.lost["writer"] == 15
    contents = read_spill(tmp_path / "a.spill")
    left = [(rows[-1].trigger, int(np.frombuffer(pixels, np.uint8)[0])) for rows, pixels in contents.frames]
    assert left == [(trigger, gray(trigger)) for trigger in range(1, 18) if trigger not in (13, 14)]
    assert contents.about["video"] == "a.raw" and contents.about["first_trigger"] == 0
    assert contents.layout.width == 48
