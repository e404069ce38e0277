"""The number in the pixels."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llpyspin.virtual import stamp as stamp_module
from llpyspin.virtual.stamp import (
    SMALLEST,
    Stamp,
    block_size,
    camera_number,
    draw_stamp,
    has_foot,
    read_stamp,
)

words = st.integers(0, 2**32 - 1)
sizes = st.tuples(st.integers(SMALLEST[0], 400), st.integers(SMALLEST[1], 600))


def scene(height: int, width: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


def binned(image: np.ndarray, by: int) -> np.ndarray:
    height, width = (side // by * by for side in image.shape)
    blocks = image[:height, :width].reshape(height // by, by, width // by, by)
    return blocks.mean(axis=(1, 3)).astype(image.dtype)


def through_codec(
    images: list[np.ndarray], codec: str, pixels: str, options: dict[str, str]
) -> list[np.ndarray]:
    height, width = images[0].shape
    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, pixels
    encoder.time_base = Fraction(1, 30)
    encoder.options = options
    packets = []
    for number, image in enumerate(images):
        frame = av.VideoFrame.from_ndarray(image, "gray").reformat(format=pixels)
        frame.pts = number
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    decoder = av.CodecContext.create({"libx264": "h264"}.get(codec, codec), "r")
    decoder.extradata = encoder.extradata
    decoded = [frame for packet in packets for frame in decoder.decode(packet)] + decoder.decode(None)
    return [frame.to_ndarray(format="gray") for frame in decoded]


@given(sizes, words, words)
def test_any_stamp_reads_back_from_any_image_that_can_carry_one(size, frame, camera):
    image = scene(*size)
    assert draw_stamp(image, frame, camera)
    assert read_stamp(image) == Stamp(frame, camera)


@given(words, st.sampled_from([np.uint8, np.uint16]), st.booleans())
def test_it_works_in_both_depths_and_in_colour(frame, dtype, color):
    image = np.full((120, 160, 3) if color else (120, 160), 77, dtype)
    draw_stamp(image, frame, "12345678")
    assert read_stamp(image) == Stamp(frame, 12345678)


@pytest.mark.parametrize("size", [(1080, 1440), (2048, 2448), (540, 720)])
@pytest.mark.parametrize("by", [2, 4])
@given(frame=words)
@settings(max_examples=10, deadline=None)
def test_it_survives_binning(size, by, frame):
    image = scene(*size)
    draw_stamp(image, frame, "87654321")
    assert read_stamp(binned(image, by)) == Stamp(frame, 87654321)


@given(words, st.floats(0.2, 0.9), st.floats(0, 40), st.floats(0, 0.15), st.integers(0, 1000))
@settings(deadline=None)
def test_it_survives_noise_and_a_change_of_gain_and_offset(frame, gain, offset, noise, seed):
    image = scene(270, 360)
    draw_stamp(image, frame, 1)
    random = np.random.default_rng(seed)
    changed = np.clip(
        image * gain + offset + random.normal(0, noise * gain * 255, image.shape), 0, 255
    ).astype(np.uint8)
    assert read_stamp(changed) == Stamp(frame, 1)


@pytest.mark.parametrize("by", [1, 2, 4])
@pytest.mark.parametrize(
    ("codec", "pixels", "options"),
    [
        ("libx264", "yuv420p", {"crf": "30", "preset": "veryfast"}),
        ("libx264", "gray", {"crf": "30", "preset": "ultrafast"}),
        ("mjpeg", "yuvj420p", {}),
    ],
)
@given(frame=words, camera=words)
@settings(max_examples=3, deadline=None)
def test_it_survives_lossy_video_even_when_binned_before(codec, pixels, options, by, frame, camera):
    images = []
    for number in range(4):
        image = scene(1080 // 2, 1440, seed=number) // 4 + np.linspace(40, 150, 1440).astype(np.uint8)
        image = np.concatenate([image, image[::-1]])
        draw_stamp(image, (frame + number) % 2**32, camera)
        images.append(binned(image, by) if by > 1 else image)
    read = [read_stamp(image) for image in through_codec(images, codec, pixels, options)]
    assert read == [Stamp((frame + number) % 2**32, camera) for number in range(4)]


@given(words, st.integers(1, 80).map(lambda cell: cell + 15))
def test_one_flipped_block_is_noticed(frame, cell):
    image = scene(120, 160)
    draw_stamp(image, frame, 5)
    block = block_size(120, 160)
    row, column = divmod(cell, 16)
    square = image[row * block : (row + 1) * block, column * block : (column + 1) * block]
    square[:] = 255 - square
    with pytest.raises(ValueError, match="damaged"):
        read_stamp(image)


@given(st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_no_stamp_is_found_where_there_is_none(seed):
    with pytest.raises(ValueError, match="no stamp"):
        read_stamp(scene(240, 320, seed))


def test_a_flat_image_carries_no_stamp():
    for level in (0, 128, 255):
        with pytest.raises(ValueError, match="no stamp"):
            read_stamp(np.full((240, 320), level, np.uint8))


@pytest.mark.parametrize("size", [(11, 400), (400, 31), (1, 1), (5, 15)])
def test_an_image_that_is_too_small_is_left_alone_and_says_so(size):
    image = scene(*size)
    before = image.copy()
    assert not draw_stamp(image, 1, 1)
    assert (image == before).all()
    with pytest.raises(ValueError, match=r"too small|no stamp"):
        read_stamp(image)


def test_the_smallest_image_carries_one():
    image = np.zeros(SMALLEST, np.uint8)
    assert draw_stamp(image, 7, 8)
    assert read_stamp(image) == Stamp(7, 8)


def test_the_foot_tells_an_image_put_together_from_two_frames():
    first, second = scene(540, 720, 1), scene(540, 720, 2)
    draw_stamp(first, 10, 1)
    draw_stamp(second, 11, 1)
    assert has_foot(540, block_size(540, 720))
    torn = np.concatenate([second[:270], first[270:]])
    assert read_stamp(torn).frame == 11
    assert read_stamp(torn, foot=True).frame == 10
    assert read_stamp(binned(first, 2), foot=True).frame == 10


def test_the_stamp_is_drawn_into_a_view_without_touching_its_surroundings():
    whole = scene(300, 400)
    before = whole.copy()
    draw_stamp(whole[50:250, 100:350], 3, 4)
    assert read_stamp(whole[50:250, 100:350]) == Stamp(3, 4)
    whole[50:250, 100:350] = before[50:250, 100:350]
    assert (whole == before).all()


def test_serial_numbers_become_camera_numbers():
    assert camera_number("12345678") == 12345678
    assert camera_number("4294967296") != camera_number("4294967297") < 2**32
    assert camera_number("GT-07") < 2**32
    with pytest.raises(ValueError, match="camera number"):
        camera_number(-1)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="frame number"):
        draw_stamp(np.zeros((100, 100), np.uint8), 2**32, 1)
    with pytest.raises(ValueError, match="no stamp for"):
        draw_stamp(np.zeros((100, 100), np.float32), 1, 1)
    with pytest.raises(ValueError, match="dimensions"):
        read_stamp(np.zeros(100, np.uint8))


def test_the_module_loads_by_path_without_the_package():
    path = Path(stamp_module.__file__)
    code = (
        "import importlib.util, sys, numpy\n"
        f"spec = importlib.util.spec_from_file_location('stamp', {str(path)!r})\n"
        "stamp = importlib.util.module_from_spec(spec); spec.loader.exec_module(stamp)\n"
        "image = numpy.zeros((240, 320), numpy.uint8); stamp.draw_stamp(image, 9, '12')\n"
        "assert stamp.read_stamp(image) == (9, 12)\n"
        "assert not [name for name in sys.modules if name.startswith('llpyspin')]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd="/")
