"""HDF5 files are read in a process of their own: what crashes or hangs the library is an error here."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest

from llpyspin.errors import RecordingError
from llpyspin.recording import check, load
from llpyspin.recording.mending.repair import repair
from llpyspin.recording.sinks import Picture, choose, hdf5apart, mend, open_sink, open_video
from llpyspin.recording.sinks.hdf5apart import Hdf5ApartReader
from tests.process.pair import gone
from tests.unit.recordings import record

if TYPE_CHECKING:
    import pathlib

PICTURES = [np.full((48, 64), 10 + number, np.uint8) for number in range(5)]


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    """A file of five pictures that is whole."""
    written(tmp_path / "a.h5", PICTURES)
    return tmp_path / "a.h5"


def written(path: pathlib.Path, pictures: list[np.ndarray]) -> None:
    height, width = pictures[0].shape
    picture = Picture(height=height, width=width, rate=30.0)
    sink = open_sink(path, picture, choose("hdf5", picture), tags={"who": "me"})
    for image in pictures:
        sink.write(image)
    sink.close()


def test_pictures_come_whole_from_the_other_process(path: pathlib.Path) -> None:
    with open_video(path) as video:
        assert isinstance(video, Hdf5ApartReader)
        pid = video._process.pid
        assert (len(video), video.rate, video.bits, video.tags["who"]) == (5, 30.0, 8, "me")
        assert all(np.array_equal(*each) for each in zip(video, PICTURES, strict=True))
        assert np.array_equal(video[-1], PICTURES[-1])
        with pytest.raises(IndexError):
            video[5]
    assert gone(pid)


def test_picture_larger_than_a_message_comes_in_pieces(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hdf5apart, "PIECE", 1000)
    image = np.random.default_rng(1).integers(0, 255, (48, 64), np.uint8)
    written(tmp_path / "a.h5", [image])
    with open_video(tmp_path / "a.h5") as video:
        assert np.array_equal(video[0], image)


def test_crash_of_the_library_is_an_error(path: pathlib.Path) -> None:
    with open_video(path) as video:
        assert isinstance(video, Hdf5ApartReader)
        os.kill(video._process.pid, signal.SIGSEGV)
        assert gone(video._process.pid)  # while its last words are written, its threads go on
        with pytest.raises(RecordingError, match=r"a\.h5 cannot be read: the HDF5 library crashed"):
            video[0]


def test_hang_of_the_library_is_an_error(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5apart, "PICTURE_S", 0.5)
    with open_video(path) as video:
        assert isinstance(video, Hdf5ApartReader)
        pid = video._process.pid
        psutil.Process(pid).suspend()
        with pytest.raises(RecordingError, match="did not come back within"):
            video[0]
        assert gone(pid)


def test_crash_while_mending_leaves_the_file_as_it_was(
    path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()
    start = hdf5apart._Process._start

    def start_and_die(process: hdf5apart._Process, *arguments: object) -> None:
        start(process, *arguments)  # type: ignore[arg-type]
        (path.parent / f".a.mended-{process.pid}.h5").write_bytes(b"half")
        os.kill(process.pid, signal.SIGKILL)

    monkeypatch.setattr(hdf5apart._Process, "_start", start_and_die)
    with pytest.raises(RecordingError, match="crashed over it"):
        mend(path)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["a.h5"]


def test_check_load_and_repair_answer_if_the_library_crashes(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, ["." * 5], suffix=".h5", codec="hdf5")
    monkeypatch.setattr(hdf5apart._Process, "_module", "tests.process.crashing_child")
    assert any("crashed over it" in finding for finding in check(tmp_path).findings)
    with load(tmp_path) as loaded, pytest.raises(RecordingError, match="crashed over it"):
        loaded["camera0"].frames[0]
    repair(tmp_path)
    assert (tmp_path / "camera0.h5").exists()
