"""Sinks that are other people's video writers: tried out beforehand, counted afterwards."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.errors import MissingExtraError, RecordingError
from llpyspin.recording.sinks import Choice, Picture, choose, open_sink, open_video
from tests.unit.sink_pictures import COLOR, GRAY, levels, noise, smooth

if TYPE_CHECKING:
    from pathlib import Path

VIRTUAL = {"sdk": "virtual"}


def test_opencv_keeps_levels_of_gray_and_colour(tmp_path: Path) -> None:
    for picture in (Picture(96, 128), Picture(96, 128, color=True)):
        images = levels(picture)
        for suffix, limit in ((".avi", 3), (".mkv", 3), (".mp4", 5)):
            options = {"fourcc": "mp4v"} if suffix == ".mp4" else {}
            choice = choose("opencv", picture, suffix, options=options)
            path = tmp_path / f"{picture.color}{suffix}"
            sink = open_sink(path, picture, choice, options=options)
            for image in images:
                sink.write(image)
                assert sink.flush() == 0, "what OpenCV has on disk is not known"
            sink.close()
            assert sink.flush() == len(images)
            with open_video(path, color=picture.color) as video:
                for image, original in zip(video, images, strict=True):
                    difference = image.mean(axis=(0, 1)) - original.mean(axis=(0, 1))
                    assert np.abs(difference).max() < limit


def test_opencv_writes_16_bit_gray_without_loss(tmp_path: Path) -> None:
    picture = Picture(48, 64, bits=16)
    choice = choose("opencv", picture)
    path = tmp_path / f"a{choice.suffix}"
    sink = open_sink(path, picture, choice)
    images = noise(picture, 4)
    for image in images:
        sink.write(image)
    sink.close()
    assert sink.name == "opencv (FFV1)"
    with open_video(path) as video:
        np.testing.assert_array_equal(np.stack(list(video)), np.stack(images))


def test_the_sdk_writes_its_own_videos(tmp_path: Path) -> None:
    for picture in (GRAY, COLOR):
        for options in (VIRTUAL, {**VIRTUAL, "kind": "AVI"}, {**VIRTUAL, "kind": "H264"}):
            choice = choose("spinvideo", picture, options=options)
            path = tmp_path / f"{picture.color}{options.get('kind')}{choice.suffix}"
            sink = open_sink(path, picture, choice, options=options)
            images = smooth(picture, 5)
            for image in images:
                sink.write(image)
            sink.close()
            with open_video(path, color=picture.color) as video:
                assert len(video) == 5
                assert np.abs(video[4].astype(float) - images[4]).mean() < 8
    assert not list(tmp_path.glob("*-0000*"))


def test_spinvideo_does_not_overwrite_files_with_a_number_like_its_own(tmp_path: Path) -> None:
    (tmp_path / "a-0000.avi").write_bytes(b"precious")
    sink = open_sink(tmp_path / "a.avi", GRAY, Choice("spinvideo", ".avi"), options=VIRTUAL)
    sink.write(smooth(GRAY, 1)[0])
    sink.close()
    assert (tmp_path / "a-0000.avi").read_bytes() == b"precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-0000.avi", "a.avi"]


def test_an_sdk_without_spinvideo_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llpyspin.sdk.load", lambda name: types.ModuleType("rotpy"))
    with pytest.raises(RecordingError, match="rotpy has no SpinVideo"):
        choose("spinvideo", GRAY, options=VIRTUAL)


@pytest.mark.parametrize(
    ("codec", "picture", "more", "text"),
    [
        ("opencv", Picture(33, 31), {}, "even"),
        ("opencv", Picture(48, 64, color=True, bits=16), {}, "gray only"),
        ("opencv", GRAY, {"options": {"fourcc": "ZZZZ"}}, "ZZZZ"),
        ("opencv", GRAY, {"options": {"fourcc": "toolong"}}, "four letters"),
        ("opencv", GRAY, {"options": {"crf": 3}}, "crf"),
        ("opencv", GRAY, {"quality": 101}, "0 to 100"),
        ("spinvideo", Picture(48, 64, bits=12), {"options": VIRTUAL}, "8 bits"),
        ("spinvideo", GRAY, {"options": {**VIRTUAL, "kind": "GIF"}}, "MJPG"),
        ("spinvideo", GRAY, {"options": {**VIRTUAL, "crf": 1}}, "crf"),
        ("spinvideo", GRAY, {"options": VIRTUAL, "quality": 0}, "1 to 100"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_these_writers_cannot_do_is_refused_before_the_start(
    tmp_path: Path, codec: str, picture: Picture, more: dict[str, Any], text: str
) -> None:
    with pytest.raises(RecordingError, match=text):
        choose(codec, picture, **more)


def test_a_writer_that_loses_pictures_silently_is_found_out(tmp_path: Path) -> None:
    sink = open_sink(tmp_path / "a.avi", GRAY, choose("opencv", GRAY))
    images = smooth(GRAY, 4)
    for image in images:
        sink.write(image)
    sink._writer.write(images[0])  # type: ignore[attr-defined]
    with pytest.raises(RecordingError, match="5 of the 4"):
        sink.close()
    sink.close()


class _Old:
    """What scikit-video's writer does with each picture."""

    def __init__(self, *arguments: object, **more: object) -> None:
        pass

    def writeFrame(self, image: Any) -> None:
        image.tostringy()

    def close(self) -> None:
        pass


def test_scikit_video_is_refused_where_numpy_is_too_new_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("skvideo.io")
    module.FFmpegWriter = _Old  # type: ignore[attr-defined]
    package = types.ModuleType("skvideo")
    package.io = module  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "skvideo", package)
    monkeypatch.setitem(sys.modules, "skvideo.io", module)
    with pytest.raises(RecordingError, match=r"does not run on NumPy .* 2\.3, or another codec"):
        choose("skvideo", GRAY)


def test_scikit_video_works_or_says_why_not(tmp_path: Path) -> None:
    """Which of the two depends on NumPy, and on the program ffmpeg."""
    for picture in (GRAY, COLOR, Picture(48, 64, bits=16)):
        try:
            choice = choose("skvideo", picture)
        except (RecordingError, MissingExtraError) as error:
            assert any(word in str(error) for word in ("NumPy", "FFmpeg", "pip install scikit-video")), error
            continue
        path = tmp_path / f"{picture.color}{picture.bits}{choice.suffix}"
        sink = open_sink(path, picture, choice, tags={"llpyspin_virtual": "yes"})
        images = levels(picture)
        for image in images:
            sink.write(image)
        sink.close()
        with open_video(path, color=picture.color) as video:
            assert video.tags == {"llpyspin_virtual": "yes"}
            for image, original in zip(video, images, strict=True):
                difference = image.astype(float).mean(axis=(0, 1)) - original.astype(float).mean(axis=(0, 1))
                assert np.abs(difference).max() < (3.5 if picture.color else 1)
