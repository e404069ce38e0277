"""Videos written by SpinVideo are read back, and every frame says which it is."""

from __future__ import annotations

import av
import numpy as np
import pytest

import llpyspin.virtual as PySpin
from llpyspin.virtual.stamp import draw_stamp, read_stamp

WIDTH, HEIGHT = 320, 240


def image_of(number: int, width: int = WIDTH, pixel_format: int = PySpin.PixelFormat_Mono8):
    pixels = np.full((HEIGHT, width), 90, np.uint8)
    draw_stamp(pixels, number, "12345678")
    return PySpin.Image.Create(width, HEIGHT, 0, 0, pixel_format, pixels)


def option_of(kind: str, **more):
    option = getattr(PySpin, f"{kind}Option")()
    option.frameRate, option.width, option.height = 50.0, WIDTH, HEIGHT
    for name, value in more.items():
        setattr(option, name, value)
    return option


def stamps_in(path) -> list[int]:
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    return [read_stamp(frame).frame for frame in frames]


@pytest.mark.parametrize(
    ("kind", "more", "name", "codec"),
    [
        ("AVI", {}, "film-0000.avi", "rawvideo"),
        ("MJPG", {"quality": 75}, "film-0000.avi", "mjpeg"),
        ("H264", {"bitrate": 1_000_000}, "film-0000.avi", "h264"),
        ("H264", {"bitrate": 1_000_000, "crf": 28, "useMP4": True}, "film-0000.mp4", "h264"),
    ],
)
def test_a_video_has_the_images_in_their_order_at_the_rate_asked_for(tmp_path, kind, more, name, codec):
    video = PySpin.SpinVideo()
    video.Open(str(tmp_path / "film"), option_of(kind, **more))
    for number in range(12):
        video.Append(image_of(number))
    video.Close()
    path = tmp_path / name
    assert stamps_in(path) == list(range(12))
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.name == codec
        assert container.streams.video[0].average_rate == 50


def test_a_full_file_is_followed_by_the_next(tmp_path):
    video = PySpin.SpinVideo()
    video.SetMaximumFileSize(1)
    video.Open(str(tmp_path / "film"), option_of("AVI"))
    for number in range(12):  # 230 kB each
        video.Append(image_of(number))
    video.Close()
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [f"film-{i:04d}.avi" for i in range(len(files))]
    assert len(files) > 1
    assert [number for file in files for number in stamps_in(file)] == list(range(12))


def test_an_image_of_another_size_is_refused_and_the_video_goes_on(tmp_path):
    video = PySpin.SpinVideo()
    video.Open(str(tmp_path / "film"), option_of("MJPG", quality=90))
    video.Append(image_of(0))
    with pytest.raises(PySpin.SpinnakerException, match=r"640 x 240.*-1009"):
        video.Append(image_of(1, width=640))
    video.Append(image_of(2))
    video.Close()
    assert stamps_in(tmp_path / "film-0000.avi") == [0, 2]


def test_a_video_that_is_not_open_takes_no_image_and_may_be_closed():
    video = PySpin.SpinVideo()
    video.Close()
    with pytest.raises(PySpin.SpinnakerException, match="-1002"):
        video.Append(image_of(0))


@pytest.mark.parametrize("wrong", [{"frameRate": 0.0}, {"frameRate": float("nan")}, {"width": -1}])
def test_a_video_of_no_size_or_rate_is_refused_and_another_may_be_opened(tmp_path, wrong):
    video = PySpin.SpinVideo()
    with pytest.raises(PySpin.SpinnakerException, match="-1009"):
        video.Open(str(tmp_path / "film"), option_of("AVI", **wrong))
    video.Open(str(tmp_path / "film"), option_of("AVI"))
    video.Append(image_of(7))
    video.Close()
    assert stamps_in(tmp_path / "film-0000.avi") == [7]


def test_a_video_in_a_folder_that_is_not_there_is_an_io_error(tmp_path):
    video = PySpin.SpinVideo()
    with pytest.raises(PySpin.SpinnakerException, match="-1010"):
        video.Open(str(tmp_path / "nowhere" / "film"), option_of("AVI"))


def test_a_video_without_a_size_takes_that_of_its_first_image(tmp_path):
    video = PySpin.SpinVideo()
    option = PySpin.MJPGOption()
    option.frameRate, option.quality = 30.0, 90
    video.Open(str(tmp_path / "film"), option)
    video.Append(image_of(3))
    with pytest.raises(PySpin.SpinnakerException, match=r"the video 320 x 240"):
        video.Append(image_of(4, width=640))
    video.Append(image_of(5))
    video.Close()
    assert stamps_in(tmp_path / "film-0000.avi") == [3, 5]


def test_a_video_without_size_or_image_leaves_no_file(tmp_path):
    video = PySpin.SpinVideo()
    option = PySpin.AVIOption()
    option.frameRate = 30.0
    video.Open(str(tmp_path / "film"), option)
    video.Close()
    assert list(tmp_path.iterdir()) == []


def test_a_video_that_cannot_begin_with_its_first_image_says_so_each_time(tmp_path):
    video = PySpin.SpinVideo()
    option = PySpin.AVIOption()
    option.frameRate = 30.0
    video.Open(str(tmp_path / "nowhere" / "film"), option)
    for _ in range(2):
        with pytest.raises(PySpin.SpinnakerException, match="-1010"):
            video.Append(image_of(0))
    video.Close()


def test_only_options_of_videos_open_one(tmp_path):
    with pytest.raises(TypeError, match="SpinVideo_Open"):
        PySpin.SpinVideo().Open(str(tmp_path / "film"), PySpin.PNGOption())
