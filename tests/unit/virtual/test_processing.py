"""Conversion, statistics and files of images, as the SDK has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from llpyspin.virtual.exceptions import SpinnakerException
from llpyspin.virtual.formats import FORMATS, pack
from llpyspin.virtual.imagefactory import Image
from llpyspin.virtual.processor import ImageProcessor
from llpyspin.virtual.statistics import ChannelStatistics

if TYPE_CHECKING:
    from llpyspin.virtual.image import ImagePtr

NEAREST, BILINEAR = 1, 3


def made(name: str, values: np.ndarray) -> ImagePtr:
    known = FORMATS[name]
    height, width = values.shape[:2]
    return Image.Create(
        width, height, 0, 0, known.number, pack(values.reshape(height, -1), known.layout).reshape(-1)
    )


def convert(image: ImagePtr, name: str, algorithm: int = NEAREST) -> np.ndarray:
    processor = ImageProcessor()
    processor.SetColorProcessing(algorithm)
    return processor.Convert(image, FORMATS[name].number).GetNDArray()


def test_deep_mono_becomes_left_justified_16_bit_and_the_top_8_bits():
    values = np.arange(64, dtype=np.uint16).reshape(8, 8) * 64 + 15
    for name, shift in (("Mono12p", 4), ("Mono12Packed", 4)):
        assert (convert(made(name, values), "Mono16") == values << shift).all()
        assert (convert(made(name, values), "Mono8") == values >> 4).all()
    ten = values >> 2
    for name in ("Mono10p", "Mono10Packed"):
        assert (convert(made(name, ten), "Mono16") == ten << 6).all()


def test_mono_becomes_grey_in_every_colour_order():
    values = np.arange(12, dtype=np.uint8).reshape(3, 4)
    for name in ("RGB8", "BGR8", "RGB8Packed"):
        assert (convert(made("Mono8", values), name) == values[..., None]).all()
    assert (convert(made("Mono8", values), "BGRa8")[..., 3] == 255).all()


@pytest.mark.parametrize("algorithm", [NEAREST, BILINEAR])
@pytest.mark.parametrize("pattern", ["RG", "GR", "GB", "BG"])
def test_bayer_images_show_their_colour(pattern, algorithm):
    known = FORMATS[f"Bayer{pattern}8"]
    mosaic = np.zeros((8, 12), np.uint8)
    for index, color in enumerate(known.channels):
        mosaic[index // 2 :: 2, index % 2 :: 2] = {"R": 200, "G": 100, "B": 40}[color]
    bgr = convert(made(known.name, mosaic), "BGR8", algorithm)
    assert (bgr == [40, 100, 200]).all()
    rgb = convert(made(known.name, mosaic), "RGB8", algorithm)
    assert (rgb == [200, 100, 40]).all()
    assert (convert(made(known.name, mosaic), "Mono8", algorithm) == 123).all()


def test_deep_colours_become_shallow_ones_and_grey():
    values = np.zeros((4, 4, 3), np.uint16) + np.array([0x1000, 0x8000, 0xF000], np.uint16)  # B, G, R
    image = made("BGR16", values)
    assert convert(image, "BGR8")[0, 0].tolist() == [0x10, 0x80, 0xF0]
    assert convert(image, "RGB8")[0, 0].tolist() == [0xF0, 0x80, 0x10]
    assert convert(image, "Mono8")[0, 0] == round(0.114 * 0x10 + 0.587 * 0x80 + 0.299 * 0xF0)
    assert convert(image, "Mono16").dtype == np.uint16
    with pytest.raises(SpinnakerException, match=r"not supported for conversion.*\[-1003\]"):
        convert(made("Mono16", np.zeros((4, 4), np.uint16)), "BGR16")


def test_what_the_sdk_does_not_convert_is_refused_in_its_words():
    image = made("Mono8", np.zeros((4, 4), np.uint8))
    for name in ("Mono16", "BayerRG8"):
        with pytest.raises(SpinnakerException) as refused:
            convert(image, name)
        assert refused.value.errorcode == -1003
        assert "The input pixel format is not supported for conversion" in str(refused.value)
    with pytest.raises(SpinnakerException) as refused:
        convert(image, "Mono12p")
    assert str(refused.value) == (
        "Spinnaker: Error converting source image from pixel format Mono8 to destination image pixel format "
        "Mono12p. [-1003]"
    )


def test_a_converted_image_keeps_ids_and_owns_its_memory():
    image = made("Mono8", np.full((4, 4), 9, np.uint8))
    image._record = image._record._replace(frame_id=7, timestamp=8)
    copy = ImageProcessor().Convert(image, FORMATS["Mono8"].number)
    image.GetNDArray()[:] = 0
    assert (copy.GetFrameID(), copy.GetTimeStamp()) == (7, 8)
    assert (copy.GetNDArray() == 9).all()


def test_packed_images_have_no_array():
    with pytest.raises(SpinnakerException, match=r"Mono12p.*-1003"):
        made("Mono12p", np.zeros((4, 4), np.uint16)).GetNDArray()


def test_gamma_is_applied_and_undone():
    image = made("Mono8", np.arange(256, dtype=np.uint8).reshape(16, 16))
    processor = ImageProcessor()
    brighter = processor.ApplyGamma(image, 0.5)
    back = processor.ApplyGamma(brighter, 0.5, True)
    assert brighter.GetNDArray().mean() > image.GetNDArray().mean()
    assert np.abs(back.GetNDArray().astype(int) - image.GetNDArray()).max() <= 8
    with pytest.raises(SpinnakerException, match="Gamma must be"):
        processor.ApplyGamma(image, 9.0)


def test_statistics_describe_a_channel():
    values = np.array([[0, 10], [10, 255]], np.uint8)
    found = made("Mono8", values).CalculateChannelStatistics(0)
    assert (found.range_min, found.range_max) == (0, 255)
    assert (found.pixel_value_min, found.pixel_value_max, found.num_pixel_values) == (0, 255, 3)
    assert found.pixel_value_mean == pytest.approx(68.75)
    assert found.histogram[10] == 2
    colored = made("BGR8", np.full((2, 2, 3), [1, 2, 3], np.uint8))
    assert [ChannelStatistics(colored, channel).pixel_value_mean for channel in (1, 2, 3)] == [3, 2, 1]
    with pytest.raises(SpinnakerException, match="-1003"):
        colored.CalculateChannelStatistics(4)


@pytest.mark.parametrize("extension", ["png", "tif", "bmp", "pgm"])
def test_a_saved_image_loads_again(tmp_path, extension):
    values = np.random.default_rng(1).integers(0, 256, (20, 30), dtype=np.uint8)
    path = tmp_path / f"image.{extension}"
    made("Mono8", values).Save(str(path))
    assert (cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) == values).all()


@pytest.mark.parametrize("name", ["Mono16", "Mono12p"])
@pytest.mark.parametrize("extension", ["png", "tiff", "pgm"])
def test_deep_images_are_saved_with_all_their_bits(tmp_path, name, extension):
    values = np.random.default_rng(1).integers(0, 4096, (20, 30), dtype=np.uint16)
    path = tmp_path / f"image.{extension}"
    made(name, values << 4 if name == "Mono16" else values).Save(str(path))
    assert (cv2.imread(str(path), cv2.IMREAD_UNCHANGED) == values << 4).all()


def test_colours_and_raw_bytes_are_saved_in_their_order(tmp_path):
    colored = made("RGB8", np.full((4, 6, 3), [200, 100, 50], np.uint8))
    for extension in ("png", "ppm"):
        colored.Save(str(tmp_path / f"image.{extension}"))
        assert (cv2.imread(str(tmp_path / f"image.{extension}")) == [50, 100, 200]).all()
    colored.Save(str(tmp_path / "image.raw"))
    assert (tmp_path / "image.raw").read_bytes() == bytes([200, 100, 50] * 24)


def test_files_that_cannot_be_written_are_refused(tmp_path):
    image = made("Mono8", np.zeros((4, 4), np.uint8))
    with pytest.raises(SpinnakerException, match=r"unrecognizable file extension. \[-1009\]"):
        image.Save(str(tmp_path / "image.xyz"))
    with pytest.raises(SpinnakerException, match="-1009"):
        image.Save(str(tmp_path / "image.png"), 3)
    with pytest.raises(SpinnakerException, match="-1010"):
        image.Save(str(tmp_path / "none" / "image.png"))
