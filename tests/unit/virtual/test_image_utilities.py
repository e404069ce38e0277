"""Scaled and normalised images, heat maps: numbers and texts as the real library 2.6 gave them."""

from __future__ import annotations

import numpy as np
import pytest

import llpyspin.virtual as PySpin

RAMP = (np.arange(0, 48, 4, dtype=np.uint8) * 4).reshape(3, 4)
NEAREST = 0


def image(pixels, name="Mono8"):
    """An image of these pixels."""
    number = getattr(PySpin, f"PixelFormat_{name}")
    data = np.ascontiguousarray(pixels).reshape(-1).view(np.uint8)
    return PySpin.Image.Create(pixels.shape[1], pixels.shape[0], 0, 0, number, data)


@pytest.fixture(autouse=True)
def heat_map_settings():
    utility = PySpin.ImageUtilityHeatmap
    before = utility._gradient, utility._range
    yield
    utility._gradient, utility._range = before


@pytest.mark.parametrize(
    ("factor", "size"), [(2.0, (8, 6)), (1.3, (4, 3)), (2.6, (12, 9)), (0.5, (2, 1)), (0.3, (1, 1))]
)
def test_scaling_factor_becomes_a_whole_number(factor, size):
    scaled = PySpin.ImageUtility.CreateScaled(image(RAMP), NEAREST, factor)
    assert (scaled.GetWidth(), scaled.GetHeight()) == size


def test_scaled_image_repeats_or_leaves_out_pixels():
    doubled = PySpin.ImageUtility.CreateScaled(image(RAMP), NEAREST, 2.0).GetNDArray()
    assert np.array_equal(doubled, RAMP.repeat(2, 0).repeat(2, 1))
    assert PySpin.ImageUtility.CreateScaled(image(RAMP), NEAREST, 0.5).GetNDArray().tolist() == [[0, 32]]
    colour = image(np.zeros((2, 2, 3), np.uint8), "RGB8")
    assert PySpin.ImageUtility_CreateScaled(colour, NEAREST, 2.0).GetNDArray().shape == (4, 4, 3)


def test_scaled_image_goes_into_a_destination_of_its_size():
    destination = image(np.zeros((6, 8), np.uint8))
    assert PySpin.ImageUtility.CreateScaled(image(RAMP), destination, NEAREST, 2.0) is None
    assert destination.GetNDArray()[5, 7] == 176


TOO_SMALL = (
    "The provided scaling factor would result in image dimensions too small to store in an image. "
    "Please select a different scaling factor. [-1009]"
)


@pytest.mark.parametrize(
    ("source", "arguments", "text"),
    [
        (image(RAMP), (NEAREST, 0.0), TOO_SMALL),
        (image(RAMP), (NEAREST, -1.0), TOO_SMALL),
        (image(RAMP), (NEAREST, 0.01), TOO_SMALL),
        (
            image(RAMP),
            (5, 2.0),
            "The specified image scaling algorithm is not supported. Invalid parameter scalingAlg. [-1009]",
        ),
        (
            image(RAMP, "BayerRG8"),
            (NEAREST, 2.0),
            "Raw bayer image scaling is not supported. Invalid parameter srcImage. [-1009]",
        ),
        (
            image(np.zeros((3, 6), np.uint8), "Mono8"),
            (image(RAMP), NEAREST, 2.0),
            "Destination image dimensions cannot store scaled image. Current image W x H = 4 x 3. "
            "Expected image W x H = 12 x 6. [-1009]",
        ),
        (
            image(RAMP),
            (image(np.zeros((6, 8), np.uint16), "Mono16"), NEAREST, 2.0),
            "The source and destination pixel format do not match. Source: Mono8, Destination: Mono16. "
            "[-1009]",
        ),
    ],
)
def test_scaling_refuses_with_the_text_of_the_real_library(source, arguments, text):
    with pytest.raises(PySpin.SpinnakerException) as caught:
        PySpin.ImageUtility.CreateScaled(source, *arguments)
    assert str(caught.value) == f"Spinnaker: {text}"


@pytest.mark.parametrize(
    ("data_range", "values"),
    [
        (0, [0, 23, 46, 69, 92, 115, 139, 162, 185, 208, 231, 255]),
        (1, [0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176]),
        (2, [0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176]),
        (3, [0, 23, 46, 69, 92, 115, 139, 162, 185, 208, 231, 255]),
    ],
)
def test_normalised_values_are_those_of_the_real_library(data_range, values):
    made = PySpin.ImageUtility.CreateNormalized(image(RAMP), PySpin.PixelFormat_Mono8, data_range)
    assert made.GetData().tolist() == values


def test_normalising_takes_limits_formats_and_destinations():
    narrow = PySpin.ImageUtility.CreateNormalized(image(RAMP), 10.0, 20.0)
    assert narrow.GetData().tolist() == [10, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]
    deep = PySpin.ImageUtility.CreateNormalized(image(RAMP), PySpin.PixelFormat_Mono16)
    assert deep.GetNDArray().reshape(-1)[[0, 1, 11]].tolist() == [0, 5957, 65535]
    destination = image(np.zeros((3, 4), np.uint16), "Mono16")
    assert PySpin.ImageUtility.CreateNormalized(image(RAMP), destination) is None
    assert destination.GetNDArray()[2, 3] == 65535


OUT_OF_RANGE = (
    "The min and max must be in the value range of the destination pixel format's data type, where the min "
    "is less than the max. [-1009]"
)


@pytest.mark.parametrize(
    ("source", "arguments", "text"),
    [
        (image(RAMP), (20.0, 10.0), OUT_OF_RANGE),
        (image(RAMP), (0.0, 300.0), OUT_OF_RANGE),
        (image(RAMP), (-5.0, 30.0), OUT_OF_RANGE),
        (image(RAMP), (PySpin.PixelFormat_Mono8, 9), "Unsupported source data range provided. [-1003]"),
        (
            image(np.full((3, 4), 9, np.uint8)),
            (PySpin.PixelFormat_Mono8,),
            "Invalid source image data. Cannot normalize. Invalid parameter srcImage. [-1009]",
        ),
        (
            image(RAMP),
            (PySpin.PixelFormat_RGB8,),
            "The source image cannot be normalized to the specified output pixel format. Source and "
            "destination pixel format must be of the same type, ex Mono8 to Mono8s to Mono16 [-1009]",
        ),
        (
            image(RAMP),
            (PySpin.PixelFormat_Mono10Packed,),
            "Invalid parameter destImage. Please provide an image with data of type char, short or float. "
            "[-1009]",
        ),
    ],
)
def test_normalising_refuses_with_the_text_of_the_real_library(source, arguments, text):
    with pytest.raises(PySpin.SpinnakerException) as caught:
        PySpin.ImageUtility.CreateNormalized(source, *arguments)
    assert str(caught.value) == f"Spinnaker: {text}"


def heat(values):
    made = PySpin.ImageUtilityHeatmap.CreateHeatmap(image(np.array([values], np.uint8)))
    assert made.GetPixelFormatName() == "RGB8"
    return made.GetNDArray()[0].astype(int)


def test_heat_map_has_the_colours_of_the_real_library():
    seen = heat([0, 1, 42, 44, 86, 128, 171, 213, 255])
    asked = [
        *([0, 0, 0], [0, 0, 5], [0, 0, 251], [0, 8, 255], [0, 255, 248]),
        *([2, 255, 0], [255, 249, 0], [255, 3, 3], [255, 255, 255]),
    ]
    assert np.abs(seen - asked).max() <= 1  # the library's own rounding is that of single floats


def test_heat_map_follows_gradient_and_range():
    PySpin.ImageUtilityHeatmap.SetHeatmapColorGradient(2, 6)
    assert PySpin.ImageUtilityHeatmap.GetHeatmapColorGradient() == (2, 6)
    assert np.abs(heat([0, 31, 255]) - [[0, 0, 255], [0, 123, 255], [255, 0, 0]]).max() <= 1
    PySpin.ImageUtilityHeatmap.SetHeatmapColorGradient(1, 7)
    PySpin.ImageUtilityHeatmap.SetHeatmapRange(20, 80)
    assert PySpin.ImageUtilityHeatmap.GetHeatmapRange() == (20, 80)
    asked = [[50, 50, 50], [0, 0, 0], [0, 0, 19], [255, 235, 235], [255, 255, 255], [205, 205, 205]]
    assert np.abs(heat([50, 51, 53, 202, 204, 205]) - asked).max() <= 1


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: PySpin.ImageUtilityHeatmap.CreateHeatmap(image(RAMP, "BayerRG8")),
            "Heatmaps can only be created from an image with pixel format Mono8 or Mono16. [-1009]",
        ),
        (
            lambda: PySpin.ImageUtilityHeatmap.SetHeatmapColorGradient(6, 2),
            "Desired color range is invalid. Low color must be less than high color. [-1009]",
        ),
        (
            lambda: PySpin.ImageUtilityHeatmap.SetHeatmapRange(50, 101),
            "ROI selection must be between 0 and 100. Where the start value is less than the end value. "
            "[-1009]",
        ),
        (
            lambda: PySpin.ImageUtilityHeatmap.GetHeatmapColorGradient(),
            "The heatmap colors have not been defined. [-1001]",
        ),
        (
            lambda: PySpin.ImageUtilityPolarization.CreateDolp(image(RAMP), 0),
            "This function is currently implemented for image pixel formats Polarized8 and "
            "BayerRGPolarized8. Invalid parameter srcImage. [-1009]",
        ),
        (
            lambda: PySpin.ImageUtilityCCM.CreateColorCorrected(image(RAMP), PySpin.CCMSettings()),
            "Color correction from Mono8 to Mono8 is currently not supported. [-1003]",
        ),
    ],
)
def test_utilities_refuse_with_the_text_of_the_real_library(call, text):
    with pytest.raises(PySpin.SpinnakerException) as caught:
        call()
    assert str(caught.value) == f"Spinnaker: {text}"


@pytest.mark.parametrize("call", [PySpin.ImageUtility.CreateScaled, PySpin.ImageUtility.CreateNormalized])
def test_utilities_refuse_wrong_arguments(call):
    for arguments in ((), (None, 0, 0.5), (image(RAMP),), (image(RAMP), 1, 2, 3, 4)):
        with pytest.raises(TypeError, match="overloaded function"):
            call(*arguments)


# -- lists and files


def test_image_list_copies_what_it_is_given():
    images = PySpin.ImageList()
    first = image(RAMP)
    images.Add(first)
    first.GetData()[:] = 0
    images.Append(images)
    assert images.GetSize() == len(images) == 2
    assert (
        images[1].GetData().tolist() == images.GetByIndex(0).GetData().tolist() == RAMP.reshape(-1).tolist()
    )
    assert images.GetByPixelFormat(PySpin.PixelFormat_Mono8)
    assert not images.GetByPixelFormat(PySpin.PixelFormat_BayerRG8)
    images.RemoveByPixelFormat(PySpin.PixelFormat_Mono8)
    images.RemoveByIndex(0)
    assert images.GetSize() == 0
    for call in (images.GetByIndex, images.RemoveByIndex, images.RemoveByPixelFormat):
        with pytest.raises(PySpin.SpinnakerException, match=r"\[-1009\]"):
            call(0)
    with pytest.raises(TypeError):
        images.Add("no image")


def test_image_list_survives_a_file(tmp_path):
    images = PySpin.ImageList()
    images.Add(image(RAMP))
    images.Add(image(np.full((2, 3), 500, np.uint16), "Mono16"))
    images.Save(str(tmp_path / "both.sil"))
    loaded = PySpin.ImageList.Load(str(tmp_path / "both.sil"))
    assert [i.GetPixelFormatName() for i in loaded] == ["Mono8", "Mono16"]
    assert np.array_equal(loaded[0].GetNDArray(), RAMP)
    assert loaded[1].GetNDArray().tolist() == [[500] * 3] * 2
    loaded.Release()
    assert loaded[0].IsValid()  # it lies in no buffer
    PySpin.ImageList().Save(str(tmp_path / "none.sil"))
    assert len(PySpin.ImageList_Load(str(tmp_path / "none.sil"))) == 0


def test_image_list_refuses_files_that_are_none(tmp_path):
    images = PySpin.ImageList()
    images.Add(image(RAMP))
    images.Save(str(tmp_path / "list.sil"))
    whole = (tmp_path / "list.sil").read_bytes()
    for content in (b"", b"anything", whole[:-1], whole[:30]):
        (tmp_path / "bad.sil").write_bytes(content)
        with pytest.raises(PySpin.SpinnakerException, match=r"holds no image list.*\[-1010\]"):
            PySpin.ImageList.Load(str(tmp_path / "bad.sil"))
    for call in (PySpin.ImageList.Load, images.Save):
        with pytest.raises(PySpin.SpinnakerException, match=r"\[-1010\]"):
            call(str(tmp_path / "no folder" / "list.sil"))


@pytest.mark.parametrize("suffix", ["pgm", "ppm", "png", "bmp", "tiff"])
def test_saved_image_can_be_loaded(tmp_path, suffix):
    if suffix not in ("pgm", "ppm"):
        pytest.importorskip("cv2")
    path = str(tmp_path / f"ramp.{suffix}")
    image(RAMP).Save(path)
    loaded = PySpin.Image.Load(path)
    pixels = loaded.GetNDArray()
    assert np.array_equal(pixels[..., 0] if pixels.ndim == 3 else pixels, RAMP)
    assert (loaded.GetFrameID(), loaded.GetImageStatus(), loaded.IsInUse()) == (0, 0, False)


def test_deep_image_can_be_loaded(tmp_path):
    path = str(tmp_path / "deep.pgm")
    image(np.full((2, 3), 500, np.uint16), "Mono16").Save(path)
    loaded = PySpin.Image_Load(path, PySpin.SPINNAKER_IMAGE_FILE_FORMAT_PGM)
    assert loaded.GetPixelFormatName() == "Mono16"
    assert loaded.GetNDArray().tolist() == [[500] * 3] * 2


def test_loading_refuses_what_is_no_image(tmp_path):
    for name, content, code in (
        *(("a.pgm", b"", -1010), ("b.pgm", b"P5 4 3 255\n\0", -1010), ("c.txt", b"", -1009)),
        *(("d.raw", bytes(12), -1009),),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(PySpin.SpinnakerException) as caught:
            PySpin.Image.Load(str(tmp_path / name))
        assert caught.value.errorcode == code
    with pytest.raises(PySpin.SpinnakerException, match=r"\[-1010\]"):
        PySpin.Image.Load(str(tmp_path / "absent.pgm"))
    with pytest.raises(PySpin.SpinnakerException, match=r"unrecognizable file extension\. \[-1009\]"):
        PySpin.Image.Load(str(tmp_path / "a.pgm"), PySpin.SPINNAKER_IMAGE_FILE_FORMAT_PNG)
    with pytest.raises(TypeError):
        PySpin.Image.Load()


def load_error(path):
    with pytest.raises(PySpin.SpinnakerException) as caught:
        PySpin.Image.Load(str(path))
    return caught.value


def test_bytes_after_a_deep_image_are_left_alone(tmp_path):
    path = tmp_path / "deep.pgm"
    path.write_bytes(b"P5 2 1 65535\n" + bytes([1, 2, 3, 4, 5]))
    assert PySpin.Image.Load(str(path)).GetNDArray().tolist() == [[258, 772]]
    path.with_suffix(".ppm").write_bytes(b"P6 1 1 65535\n" + bytes([1, 0, 2, 0, 3, 0, 9]))
    assert PySpin.Image.Load(str(path.with_suffix(".ppm"))).GetNDArray().tolist() == [[[1, 2, 3]]]


@pytest.mark.parametrize(
    "content",
    [
        b"P5 " + b"# " * 60 + b"x",
        b"P5 " + b"9" * 5000 + b" 1 255\n\1",
        b"P5 1 1 0\n\1",
        b"P5 1 1 70000\n\1\1\1",
        b"P5 2 1 65535\n\1\2\3",
        b"P6 1 1 255\n\1\2",
        b"P5 0 4 255\n",
        b"P5 99999999 99999999 255\n\1",
    ],
)
def test_netpbm_file_without_all_its_pixels_is_refused(tmp_path, content):
    path = tmp_path / "short.pgm"
    path.write_bytes(content)
    error = load_error(path)
    assert error.errorcode == -1010
    assert "short.pgm" in str(error)


@pytest.mark.parametrize("kind", ["float32", "int16"])
def test_image_of_values_that_no_camera_sends_is_refused(tmp_path, kind):
    cv2 = pytest.importorskip("cv2")
    for shape in ((4, 6), (4, 6, 3)):
        path = tmp_path / f"values{len(shape)}.tiff"
        assert cv2.imwrite(str(path), np.ones(shape, kind))
        error = load_error(path)
        assert error.errorcode == -1010
        assert kind in str(error)


def test_image_can_be_reset():
    made = PySpin.Image.Create()
    made.ResetImage(4, 3, 8, 2, PySpin.PixelFormat_Mono16)
    assert (made.GetWidth(), made.GetHeight(), made.GetXOffset(), made.GetYOffset()) == (4, 3, 8, 2)
    assert made.GetNDArray().tolist() == [[0] * 4] * 3
    made.ResetImage(4, 3, 0, 0, PySpin.PixelFormat_Mono8, RAMP)
    assert np.array_equal(made.GetNDArray(), RAMP)
    with pytest.raises(TypeError):
        made.ResetImage(4, 3)
    with pytest.raises(PySpin.SpinnakerException, match=r"needs 48\. \[-1009\]"):
        made.ResetImage(8, 6, 0, 0, PySpin.PixelFormat_Mono8, RAMP)
