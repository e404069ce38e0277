"""From bytes to arrays: every layout against a slow and plain packing of the same pixels."""

from __future__ import annotations

import sys

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from llpyspin.errors import LlpyspinError, MissingExtraError
from llpyspin.frames import Layout, decode


def pack_p(pixels: np.ndarray, bits: int) -> bytes:
    """PFNC "p": all bits in one row, the lowest first."""
    run = 0
    for position, value in enumerate(pixels.ravel().tolist()):
        run |= value << (position * bits)
    return run.to_bytes(-(-pixels.size * bits // 8), "little")


def pack_gige(pixels: np.ndarray, bits: int) -> bytes:
    """GigE Vision "Packed": two pixels in three bytes, the low bits of both in the middle one."""
    low = bits - 8
    values = [*pixels.ravel().tolist(), 0][: pixels.size + pixels.size % 2]
    out = bytearray()
    for first, second in zip(values[::2], values[1::2], strict=True):
        out += bytes([first >> low, (first & (1 << low) - 1) | (second & (1 << low) - 1) << 4, second >> low])
    return bytes(out[: -(-pixels.size * 3 // 2)])


def layout_of(pixel_format: str, width: int, height: int, data: bytes, stride: int = 0) -> Layout:
    return Layout(pixel_format, width, height, stride, len(data))


def some_pixels(height: int, width: int, bits: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 1 << bits, (height, width), dtype=np.uint16)


@given(
    st.sampled_from([(10, "p"), (12, "p"), (10, "Packed"), (12, "Packed")]),
    st.sampled_from(["Mono", "BayerRG"]),
    st.integers(1, 9),
    st.integers(1, 17),
    st.integers(0, 1000),
)
def test_packed_pixels_come_out_as_they_went_in(
    packing: tuple[int, str], kind: str, height: int, width: int, seed: int
) -> None:
    bits, name = packing
    pixels = some_pixels(height, width, bits, seed)
    data = pack_p(pixels, bits) if name == "p" else pack_gige(pixels, bits)
    image = decode(data, layout_of(f"{kind}{bits}{name}", width, height, data), color=False)
    assert image.dtype == np.uint16
    np.testing.assert_array_equal(image, pixels)


@pytest.mark.parametrize(("bits", "name", "pixels_a_group"), [(10, "p", 4), (12, "p", 2), (12, "Packed", 2)])
def test_packed_rows_may_be_padded(bits: int, name: str, pixels_a_group: int) -> None:
    pixels = some_pixels(3, 4 * pixels_a_group, bits)
    pack = pack_p if name == "p" else pack_gige
    rows = [pack(row, bits) for row in pixels]
    data = b"".join(row + b"\xff" * 7 for row in rows)
    image = decode(data, layout_of(f"Mono{bits}{name}", pixels.shape[1], 3, data, len(rows[0]) + 7))
    np.testing.assert_array_equal(image, pixels)


def test_the_two_styles_of_packing_differ_in_the_known_bytes() -> None:
    """0x123 and 0xABC, worked out by hand from the two standards."""
    assert decode(bytes([0x23, 0xC1, 0xAB]), layout_of("Mono12p", 2, 1, bytes(3))).tolist() == [
        [0x123, 0xABC]
    ]
    gige = decode(bytes([0x12, 0xC3, 0xAB]), layout_of("Mono12Packed", 2, 1, bytes(3)))
    assert gige.tolist() == [[0x123, 0xABC]]


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("Mono8", "u1"), ("BayerRG8", "u1"), ("Mono16", "<u2"), ("Mono12", "<u2"), ("BayerGB16", "<u2")],
)
@pytest.mark.parametrize("padding", [0, 6])
def test_unpacked_pixels_are_a_view(name: str, dtype: str, padding: int) -> None:
    pixels = some_pixels(4, 6, 8).astype(dtype)
    padded = np.pad(pixels.view(np.uint8), ((0, 0), (0, padding)), constant_values=0xEE)
    raw = padded.ravel()
    layout = Layout(name, 6, 4, padded.shape[1], raw.size)
    image = decode(raw, layout, color=False)
    np.testing.assert_array_equal(image, pixels)
    assert np.shares_memory(image, raw)
    frozen = decode(memoryview(raw.tobytes()), layout, color=False)
    np.testing.assert_array_equal(frozen, pixels)
    assert not frozen.flags.writeable


def test_the_last_row_may_lack_its_padding() -> None:
    data = np.arange(4 + 4 + 3, dtype=np.uint8)
    image = decode(data, Layout("Mono8", 3, 3, 4, 12))
    np.testing.assert_array_equal(image, [[0, 1, 2], [4, 5, 6], [8, 9, 10]])


@pytest.mark.parametrize(("name", "swapped"), [("RGB8", True), ("RGB8Packed", True), ("BGR8", False)])
def test_colour_is_blue_green_red_as_in_opencv(name: str, swapped: bool) -> None:
    data = np.arange(2 * 2 * 3, dtype=np.uint8)
    image = decode(data, Layout(name, 2, 2, 6, 12))
    expected = data.reshape(2, 2, 3)
    np.testing.assert_array_equal(image, expected[:, :, ::-1] if swapped else expected)
    assert image.flags.c_contiguous


@pytest.mark.parametrize(("name", "swapped"), [("RGB16", True), ("BGR16", False)])
@pytest.mark.parametrize("stride", [0, 12, 16])
def test_colour_of_16_bits_keeps_them(name: str, swapped: bool, stride: int) -> None:
    expected = np.arange(2 * 2 * 3, dtype="<u2").reshape(2, 2, 3) + 1000
    rows = np.zeros((2, (stride or 12) // 2), "<u2")
    rows[:, :6] = expected.reshape(2, 6)
    image = decode(rows.tobytes(), Layout(name, 2, 2, stride, rows.nbytes))
    assert image.dtype == np.uint16
    np.testing.assert_array_equal(image, expected[:, :, ::-1] if swapped else expected)


@pytest.mark.parametrize("pattern", ["RG", "GR", "GB", "BG"])
@pytest.mark.parametrize(("bits", "dtype"), [(8, np.uint8), (16, np.uint16)])
@pytest.mark.parametrize("colour", ["R", "G", "B"])
def test_a_scene_of_one_colour_comes_out_in_that_colour(
    pattern: str, bits: int, dtype: type[np.generic], colour: str
) -> None:
    """GenICam's "RG" is red then green in the first row, then green and blue in the second."""
    first, second = pattern
    third, fourth = {"RG": "GB", "GR": "BG", "GB": "RG", "BG": "GR"}[pattern]
    mosaic = np.zeros((8, 8), dtype)
    for position, name in {(0, 0): first, (0, 1): second, (1, 0): third, (1, 1): fourth}.items():
        if name == colour:
            mosaic[position[0] :: 2, position[1] :: 2] = 200
    data = mosaic.tobytes()  # read-only
    layout = Layout(f"Bayer{pattern}{bits}", 8, 8, 8 * mosaic.itemsize, len(data))
    image = decode(data, layout)
    assert image.dtype == dtype
    expected = {"R": [0, 0, 200], "G": [0, 200, 0], "B": [200, 0, 0]}[colour]
    assert np.all(image[2:-2, 2:-2] == expected)


def test_a_padded_bayer_image_becomes_colour() -> None:
    data = np.full((8, 12), 99, np.uint8)
    assert decode(data.ravel(), Layout("BayerRG8", 8, 8, 12, 96)).shape == (8, 8, 3)


def test_without_opencv_colour_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    layout = Layout("BayerRG8", 4, 4, 4, 16)
    with pytest.raises(MissingExtraError, match=r"llpyspin\[display\]"):
        decode(bytes(16), layout)
    assert decode(bytes(16), layout, color=False).shape == (4, 4)


@pytest.mark.parametrize("name", ["Mono1p", "YUV422Packed", "Mono8p", "RGB12", "Mono16Packed", "mono8", ""])
def test_formats_that_are_not_known_are_named(name: str) -> None:
    with pytest.raises((LlpyspinError, ValueError), match=name or "name of its pixel format"):
        decode(bytes(64), Layout(name, 4, 4, 4, 64))


@pytest.mark.parametrize("name", ["Mono8", "Mono12p", "Mono16", "RGB8"])
def test_too_few_bytes_are_refused(name: str) -> None:
    for stride in (0, 4 * (8 if name == "RGB8" else 1)):
        for data in (bytes(5), memoryview(bytes(5))):
            with pytest.raises(ValueError, match=r"not enough|cannot lie"):
                decode(data, Layout(name, 4, 4, stride, 128))


def test_bytes_beyond_the_pixels_are_left_out() -> None:
    data = memoryview(bytes(range(20)))
    for color in (False, True):
        image = decode(data, Layout("Mono8", 4, 4, 4, 20), color=color)
        assert image.tolist() == np.arange(16).reshape(4, 4).tolist()
