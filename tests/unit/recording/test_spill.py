"""Frames on disk: what is put comes back, in any order of use, and no frame is left out after a kill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llpyspin.errors import RecordingError
from llpyspin.frames import Layout
from llpyspin.recording.blank import blank, is_blank
from llpyspin.recording.rows import Row
from llpyspin.recording.sinks import Picture
from llpyspin.recording.writing.spill import PAGE, Spill, SpillFull, read_spill

if TYPE_CHECKING:
    from pathlib import Path

LAYOUT = Layout("Mono8", 50, 20, 50, 1000)


def frame(trigger: int) -> memoryview:
    return memoryview(np.full(1000, trigger % 251, np.uint8))


def rows_of(trigger: int, lost: int) -> list[Row]:
    before = [Row(None, number, "lost", "transport", number) for number in range(trigger - lost, trigger)]
    return [*before, Row(None, trigger, "written", "", trigger, trigger * 1000, trigger * 1001, 99.5, 0.0, 3)]


def new_spill(folder: Path) -> Spill:
    return Spill(folder / "a.spill", LAYOUT, {"video": "a.mkv"}, overwrite=True)


@settings(max_examples=30, deadline=None)
@given(steps=st.lists(st.tuples(st.booleans(), st.sampled_from([0, 0, 0, 1, 30, 50, 400])), max_size=40))
def test_spilled_frames_return_in_order_with_their_rows(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[bool, int]]
) -> None:
    spill = new_spill(tmp_path_factory.mktemp("spill"))
    waiting: list[tuple[int, int, list[int]]] = []
    trigger = 0
    for put, lost in steps:
        if put or not waiting:
            trigger += lost
            waiting.append((trigger, lost, spill.put(rows_of(trigger, lost), frame(trigger))))
            trigger += 1
        else:
            number, before, slots = waiting.pop(0)
            rows, pixels = spill.get(slots)
            assert rows == rows_of(number, before)
            assert bytes(pixels) == bytes(frame(number))
            spill.free(slots)
        assert spill.waiting == len(waiting)
        assert spill.path.exists() == bool(waiting)
    if waiting:
        left = [(rows[-1].trigger, pixels[0]) for rows, pixels in read_spill(spill.path).frames]
        assert left[-len(waiting) :] == [(number, number % 251) for number, _, _ in waiting]
    assert spill.close() == bool(waiting)


def test_deleted_spill_file_still_gives_all_its_frames(tmp_path: Path) -> None:
    spill = new_spill(tmp_path)
    slots = [spill.put(rows_of(trigger, 0), frame(trigger)) for trigger in range(3)]
    spill.path.unlink()
    slots.append(spill.put(rows_of(3, 0), frame(3)))
    for trigger, each in enumerate(slots):
        rows, pixels = spill.get(each)
        assert (rows[-1].trigger, bytes(pixels)) == (trigger, bytes(frame(trigger)))
        spill.free(each)
    spill.put(rows_of(4, 0), frame(4))
    assert spill.path.exists()
    assert spill.close()
    assert [rows[-1].trigger for rows, _ in read_spill(spill.path).frames] == [4]


def test_deleted_spill_file_with_frames_is_not_said_to_stay(tmp_path: Path) -> None:
    spill = new_spill(tmp_path)
    spill.put(rows_of(0, 0), frame(0))
    spill.path.unlink()
    with pytest.raises(RecordingError, match="was deleted, with frames in it"):
        spill.close()
    assert not spill.close()


def test_slots_are_reused_and_the_spill_file_stays_small(tmp_path: Path) -> None:
    spill = new_spill(tmp_path)
    kept = spill.put(rows_of(0, 0), frame(0))
    for trigger in range(1, 50):
        spill.free(spill.put(rows_of(trigger, 0), frame(trigger)))
    assert spill.path.stat().st_size <= PAGE + 2 * spill.slot_bytes
    assert spill.get(kept)[0] == rows_of(0, 0)
    spill.free(kept)
    assert not spill.path.exists()


def test_half_written_frame_of_a_killed_writer_is_left_out(tmp_path: Path) -> None:
    spill = new_spill(tmp_path)
    for trigger in range(3):
        spill.put(rows_of(trigger, 0), frame(trigger))
    with spill.path.open("r+b") as file:
        file.truncate(PAGE + 3 * spill.slot_bytes)
        file.seek(PAGE + spill.slot_bytes)
        file.write(bytes(8))
    contents = read_spill(spill.path)
    assert [rows[-1].trigger for rows, _ in contents.frames] == [0, 2]
    assert contents.about == {"video": "a.mkv"} and contents.layout == LAYOUT
    spill.close()


def test_a_disk_that_fills_up_is_told_and_what_is_there_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spill = new_spill(tmp_path)
    slots = spill.put(rows_of(0, 0), frame(0))
    monkeypatch.setattr("llpyspin.recording.writing.spill.LEAST_FREE", 1 << 62)
    with pytest.raises(SpillFull, match="MiB are left"):
        spill.put(rows_of(1, 0), frame(1))
    assert spill.get(slots)[0] == rows_of(0, 0)
    spill.free(slots)
    assert not spill.path.exists()


def test_other_files_are_not_taken_for_spill_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"something else")
    with pytest.raises(RecordingError, match="not a spill file"):
        read_spill(tmp_path / "a")
    (tmp_path / "a").write_bytes(b"llpyspin spill 1\n{}")
    with pytest.raises(RecordingError, match="damaged beginning"):
        read_spill(tmp_path / "a")


@pytest.mark.parametrize("bits", [8, 10, 16])
@pytest.mark.parametrize("color", [False, True])
@pytest.mark.parametrize("size", [(1080, 1440), (33, 21)])
def test_a_blank_picture_is_told_from_any_that_a_camera_makes(
    size: tuple[int, int], color: bool, bits: int
) -> None:
    picture = Picture(*size, color, bits, 30.0)
    image = blank(picture)
    assert image.shape == picture.shape and image.dtype == picture.dtype
    noise = np.random.default_rng(0).integers(-2, 3, image.shape)
    assert is_blank(np.clip(image + noise, 0, (1 << bits) - 1))
    assert not is_blank(np.zeros_like(image))
    assert not is_blank(np.full_like(image, 200))
    assert not is_blank(np.random.default_rng(0).integers(0, 1 << bits, image.shape))
