"""Frames that are saved and borrowed, with writer and readers in one process."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from llpyspin.errors import CameraClosedError, FrameTimeoutError, RecordingError, RecordingExistsError
from tests.unit.published import Published, published

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_S = 10.0


@pytest.fixture
def source() -> Iterator[Published]:
    with published() as made:
        yield made


def saved_while_publishing(source: Published, path: Path) -> Path:
    """Save a frame, and publish frames until that is done."""
    done: list[Path] = []
    thread = threading.Thread(target=lambda: done.append(source.camera.save(path, timeout=WAIT_S)))
    thread.start()
    while thread.is_alive():
        source.publish(exposure_us=1500.0, gain_db=3.0)
        thread.join(0.02)
    return done[0]


def test_a_new_frame_is_saved_and_read_loses_none(source: Published, tmp_path: Path) -> None:
    source.camera.buffersize = 1000
    source.publish()
    path = saved_while_publishing(source, tmp_path / "x.png")
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert image.shape == (30, 40)
    assert image[0, 0] > 0  # not the frame that was there already
    assert (image == image[0, 0]).all()
    assert b"fake, frame " in path.read_bytes()
    assert b"exposure 1500 us, gain 3 dB" in path.read_bytes()
    ok, first = source.camera.read()
    assert ok
    assert first is not None
    assert first[0, 0] == 0
    assert source.camera.frame_info is not None
    assert source.camera.frame_info.missed == 0


def test_bad_path_is_refused_before_a_frame_is_waited_for(source: Published, tmp_path: Path) -> None:
    (tmp_path / "x.png").touch()
    for name, error in (("x.png", RecordingExistsError), ("x.gif", RecordingError)):
        with pytest.raises(error):
            source.camera.save(tmp_path / name, timeout=1e6)


def test_saving_without_a_frame_or_a_camera_says_so(source: Published, tmp_path: Path) -> None:
    with pytest.raises(FrameTimeoutError, match="no frame within"):
        source.camera.save(tmp_path / "x.png", timeout=0.01)
    source.camera.source.idle = "camera is not primed"
    with pytest.raises(FrameTimeoutError):
        source.camera.save(tmp_path / "x.png", timeout=1e6)
    source.camera.release()
    with pytest.raises(CameraClosedError):
        source.camera.save(tmp_path / "x.png")
    assert not list(tmp_path.iterdir())


def test_a_held_frame_is_saved_as_it_is(source: Published, tmp_path: Path) -> None:
    source.publish(3)
    with source.camera.recent(1)[0] as frame:
        assert repr(frame) == "<HeldFrame 102 (index 2), 30 x 40 Mono8, held>"
        path = frame.save(tmp_path / "held.png")
        assert (cv2.imread(str(path), cv2.IMREAD_UNCHANGED) == 2).all()
        with pytest.raises(RecordingExistsError):
            frame.save(path)
        frame.save(path, overwrite=True)
    assert repr(frame) == "<HeldFrame 102 (index 2), released>"
    with pytest.raises(ValueError, match="released"):
        frame.save(tmp_path / "other.png")


def test_what_borrow_returns_shows_what_it_is(source: Published) -> None:
    borrowed = source.camera.borrow()
    assert repr(borrowed) == "<borrow() of fake, holds no frame; use it as: with cap.borrow() as image:>"
    source.publish()
    with borrowed as image:
        assert not image.flags.writeable
        assert repr(borrowed) == "<borrow() of fake, holds frame 100>"
        assert source.writer._shared.kept(1)
    assert not source.writer._shared.kept(1)


def test_frame_info_is_a_line_for_people(source: Published) -> None:
    source.publish(exposure_us=1500.0, gain_db=3.0)
    source.camera.read()
    assert str(source.camera.frame_info) == (
        "frame 100 (index 0), camera time 0.000000 s, exposure 1500 us, gain 3 dB"
    )
    assert np.isfinite(source.camera.frame_info.exposure_us)
