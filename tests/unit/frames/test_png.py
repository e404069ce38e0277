"""Pictures for notebooks are PNG files that others read as what they were."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llpyspin.frames.png import png_of

cv2 = pytest.importorskip("cv2")


def read(png: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)


@given(st.integers(1, 90), st.integers(1, 90), st.booleans(), st.integers(0, 2**32 - 1))
def test_what_is_read_from_the_file_is_the_image(height: int, width: int, color: bool, seed: int) -> None:
    shape = (height, width, 3) if color else (height, width)
    image = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    assert np.array_equal(read(png_of(image)), image)


@pytest.mark.parametrize(("width", "step"), [(640, 1), (641, 2), (1440, 3)])
def test_a_wide_image_becomes_one_of_at_most_640_pixels(width: int, step: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (50, width), np.uint8)
    assert np.array_equal(read(png_of(image)), image[::step, ::step])


@pytest.mark.parametrize("most", [0, 1, 255, 1023, 4095, 65535])
def test_of_more_than_8_bits_the_upper_8_are_shown(most: int) -> None:
    image = np.linspace(0, most, 256).astype(np.uint16).reshape(16, 16)
    shown = read(png_of(image))
    assert shown.max() == min(most, 255)
    assert (np.diff(shown.ravel().astype(int)) >= 0).all()


def test_other_readers_take_it_too() -> None:
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    pillow = pytest.importorskip("PIL.Image")
    assert np.array_equal(np.asarray(pillow.open(io.BytesIO(png_of(image)))), image)
