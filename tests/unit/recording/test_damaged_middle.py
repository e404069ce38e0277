"""Videos that are damaged in their middle: no picture gets the trigger of another one."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llpyspin.errors import RecordingError
from llpyspin.recording.checking.check import check
from llpyspin.recording.loading import load
from llpyspin.recording.mending.repair import repair
from llpyspin.recording.sidecar import read_sidecar
from llpyspin.recording.sinks import Picture, mend, open_video
from llpyspin.recording.sinks.grid import Grid, Packet
from tests.unit.recordings import record
from tests.unit.sink_pictures import numbered, write

if TYPE_CHECKING:
    from pathlib import Path

PICTURE = Picture(64, 128, rate=59.94)
COUNT = 100


def damaged(path: Path, share: float = 0.5, length: int = 12_000) -> Path:
    data = bytearray(path.read_bytes())
    at = int(len(data) * share)
    data[at : at + length] = bytes(length)
    path.write_bytes(data)
    return path


def number_of(image: np.ndarray) -> int:
    return sum(
        1 << place for place in range(8) if np.median(image[2:14, 16 * place + 2 : 16 * place + 14]) > 127
    )


def made(folder: Path, codec: str, suffix: str) -> Path:
    images = (numbered(PICTURE, number) for number in range(COUNT))
    return write(folder / f"a{suffix}", PICTURE, images, codec)


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        ("ffv1", ".mkv"),
        ("mjpeg", ".mkv"),
        ("libx264", ".mkv"),
        ("libx264", ".mp4"),
        ("mjpeg", ".mov"),
        ("mjpeg", ".avi"),
        ("ffv1", ".avi"),
        ("libx264", ".avi"),
    ],
)
@pytest.mark.parametrize("share", [0.2, 0.5])
def test_pictures_after_damage_keep_their_numbers(
    tmp_path: Path, codec: str, suffix: str, share: float
) -> None:
    with open_video(damaged(made(tmp_path, codec, suffix), share)) as video:
        read = {}
        for number in range(len(video)):
            try:
                read[number] = number_of(video[number])
            except RecordingError as error:
                assert f"picture {number}" in str(error)
        wrong = {number: shown for number, shown in read.items() if number != shown}
        assert set(wrong) <= {max(wrong, default=0)}, wrong  # at most the torn one, of a codec without sums
        assert len(read) < COUNT
        if suffix == ".avi":  # nothing proves what comes after
            assert video.unproven > 0
            assert len(read) >= share * COUNT - 5
        else:
            assert video.unproven == 0
            assert COUNT - 1 in read


def test_pictures_after_damage_are_read_in_any_order(tmp_path: Path) -> None:
    with open_video(damaged(made(tmp_path, "libx264", ".mkv"))) as video:
        there = set(video.numbers)
        assert there < set(range(COUNT))
        for number in (99, 3, 75, 0, 98, 60):
            assert number_of(video[number]) == number
        with pytest.raises(RecordingError, match="picture 52 is not there"):
            video[52]
        assert number_of(video[-1]) == 99


def test_a_damaged_video_is_mended_with_the_numbers_it_has(tmp_path: Path) -> None:
    for suffix in (".mkv", ".mp4"):
        path = made(tmp_path, "mjpeg", suffix)
        if suffix == ".mkv":
            path.write_bytes(path.read_bytes()[:-3000])  # killed, too
        damaged(path)
        with open_video(path) as video:
            before = list(video.numbers)
        assert list(mend(path).numbers) == before
        with open_video(path) as video:
            assert list(video.numbers) == before
            assert number_of(video[before[-1]]) == before[-1]


def test_an_avi_file_whose_numbers_are_not_proven_stays_as_it_is(tmp_path: Path) -> None:
    path = damaged(made(tmp_path, "mjpeg", ".avi"))
    before = path.read_bytes()
    with pytest.raises(RecordingError, match=r"damaged after picture 4\d: nothing proves the numbers of \d+"):
        mend(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("suffix", [".mkv", ".avi"])
def test_check_and_load_say_which_pictures_damage_took(tmp_path: Path, suffix: str) -> None:
    record(tmp_path, ["." * 30 + "ttt" + "." * 37], suffix=suffix, codec="mjpeg")
    damaged(tmp_path / f"camera0{suffix}", 0.5, 3000)
    report = check(tmp_path)
    assert not report.ok
    assert any("not there" in finding for finding in report.findings)
    assert not any("shows" in finding or "belongs" in finding for finding in report.findings), report.findings
    assert any("nothing proves the numbers" in finding for finding in report.findings) == (suffix == ".avi")
    with load(tmp_path) as loaded:
        recording = loaded["camera0"]
        lost = 0
        for trigger in recording.triggers.tolist():
            try:
                assert recording.at(trigger) is not None
            except RecordingError:
                lost += 1
    assert 0 < lost < 60
    assert 0 <= 67 - lost - report.compared <= 1  # one picture may be torn, and have no number in its pixels


def test_repair_loses_the_triggers_of_damaged_pictures_and_no_others(tmp_path: Path) -> None:
    record(tmp_path, ["." * 60], suffix=".mkv", codec="mjpeg", state="recording")
    damaged(tmp_path / "camera0.mkv", 0.5, 3000)
    with open_video(tmp_path / "camera0.mkv") as video:
        there = list(video.numbers)
    assert 40 < len(there) < 60
    report = repair(tmp_path)
    assert not report.left
    rows = read_sidecar(tmp_path / "camera0.csv")
    assert [(row.frame, row.trigger) for row in rows if row.frame is not None] == [(n, n) for n in there]
    assert {(row.state, row.where) for row in rows if row.frame is None} == {("lost", "writer")}
    checked = check(tmp_path)
    # The picture that the damage begins in keeps its row: it is there, and cannot be decoded.
    assert all(f"picture {there[30]}, of" in each or "carries no stamp" in each for each in checked.findings)
    assert len(checked.findings) <= 1
    assert checked.compared >= len(there) - 1


def test_repair_leaves_an_avi_file_that_is_damaged_as_it_is(tmp_path: Path) -> None:
    record(tmp_path, ["." * 60], suffix=".avi", codec="mjpeg", state="recording")
    damaged(tmp_path / "camera0.avi", 0.5, 3000)
    before, rows = (tmp_path / "camera0.avi").read_bytes(), read_sidecar(tmp_path / "camera0.csv")
    report = repair(tmp_path)
    assert any("nothing proves the numbers" in each for each in report.left)
    assert (tmp_path / "camera0.avi").read_bytes() == before
    assert read_sidecar(tmp_path / "camera0.csv") == rows


# -- the rule


RATES = [Fraction(30), Fraction(2997, 50), Fraction(997), Fraction(1000), Fraction(1500), Fraction(10_000, 3)]


def packets_of(grid: Grid, numbers: list[int]) -> list[Packet]:
    return [Packet(grid.stamp(number), 100 * number, 50, True) for number in numbers]


@example(Fraction(10_000, 3), 31, {29})
@given(st.sampled_from(RATES), st.integers(1, 200), st.sets(st.integers(0, 199)))
def test_a_number_that_is_given_is_the_right_one(rate: Fraction, count: int, lost: set[int]) -> None:
    grid = Grid(rate, Fraction(1, 1000))
    numbers = [number for number in range(count) if number not in lost]
    found = grid.numbers(packets_of(grid, numbers))
    if found is None:  # so few are certain that they are taken for another rate
        assert rate > 1000
        return
    last = grid.stamp(numbers[-1]) if numbers else 0  # of several with this stamp, the first may be missing
    pairs = zip(found, numbers, strict=True)
    assert all(
        given in (None, number) or (rate > 1000 and grid.stamp(number) == last) for given, number in pairs
    )
    if rate < 1000:
        assert found == numbers


@example(Fraction(30), 1, 2100)
@given(st.sampled_from(RATES[:3]), st.integers(1, 98), st.integers(-5000, 500_000))
def test_a_damaged_timestamp_takes_no_number_of_another_picture(rate: Fraction, at: int, pts: int) -> None:
    grid = Grid(rate, Fraction(1, 1000))
    packets = packets_of(grid, list(range(100)))
    packets[at] = packets[at]._replace(pts=pts)
    found = grid.numbers(packets)
    assert found is not None
    others = [number for place, number in enumerate(found) if place != at]
    right = [number for number in range(100) if number != at]
    assert all(given in (None, number) for given, number in zip(others, right, strict=True))
    assert found[at] in (None, at)
    assert others.count(None) <= 1


def test_timestamps_of_another_rate_prove_nothing() -> None:
    packets = packets_of(Grid(Fraction(25), Fraction(1, 1000)), list(range(100)))
    assert Grid(Fraction(30), Fraction(1, 1000)).numbers(packets) is None
