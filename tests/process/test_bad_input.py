"""Bad input: a clear error or the README's warning, a camera that stays usable, and nothing lost."""

from __future__ import annotations

import json
import logging
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin import VideoStream
from llpyspin.errors import CameraNotFoundError, SdkNotFoundError, SettingError
from tests.process.conftest import MONO, make_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.process.conftest import World

NUMBERS: list[Any] = [
    math.nan,
    math.inf,
    -math.inf,
    -1,
    0,
    1e300,
    10**30,
    "fast",
    b"1",
    None,
    [],
    (1, 2),
    {},
    True,
    1j,
]
ROIS: list[Any] = [
    (0, 0, 2000, 2000),
    (-1, 0, 100, 100),
    (0, 0, 0, 0),
    (1080, 1440, 4, 4),
    (0, 0, 100),
    (0, 0, 100, 100, 100),
    (0, 0, math.nan, 100),
    (0, 0, "a", "b"),
    (0.5, 0, 100, 100),
    (0, 0, 101, 101),
    "full",
    7,
    (10**20, 0, 100, 100),
]


@pytest.fixture(scope="module")
def cap() -> Iterator[VideoStream]:
    patch = pytest.MonkeyPatch()
    patch.setenv("LLPYSPIN_VIRTUAL", json.dumps(make_world(MONO).config))
    try:
        with VideoStream(0, sdk="virtual") as stream:
            yield stream
    finally:
        patch.undo()


def refused(cap: VideoStream, name: str, value: Any, caplog: pytest.LogCaptureFixture) -> None:
    before = getattr(cap, name)
    caplog.clear()
    with caplog.at_level(logging.WARNING, "llpyspin"):
        setattr(cap, name, value)
    assert caplog.messages, f"{name}={value!r} was taken without a word"
    assert caplog.messages[0].startswith("failed to set")
    cap.strict = True
    try:
        with pytest.raises(SettingError) as caught:
            setattr(cap, name, value)
        assert name in str(caught.value)
    finally:
        cap.strict = False
    assert getattr(cap, name) == before


@pytest.mark.parametrize("value", [v for v in NUMBERS if v is not None], ids=repr)
@pytest.mark.parametrize("name", ["framerate", "exposure", "binsize"])
def test_a_bad_number_is_refused_and_the_old_value_kept(
    cap: VideoStream, name: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    if name == "binsize" and value == (1, 2):
        pytest.skip("a pair is a binsize")
    refused(cap, name, value, caplog)


@pytest.mark.parametrize("value", [math.nan, "x", 1e9, -1e9, True, b"1"], ids=repr)
@pytest.mark.parametrize("name", ["gain", "black_level", "gamma"])
def test_a_bad_analog_setting_is_refused(
    cap: VideoStream, name: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    refused(cap, name, value, caplog)


@pytest.mark.parametrize("value", ROIS, ids=repr)
def test_a_bad_roi_is_refused_and_the_old_one_kept(
    cap: VideoStream, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    refused(cap, "roi", value, caplog)


@pytest.mark.parametrize("value", ["Mono9", "", 8, None, "RGB8Packed"], ids=repr)
def test_a_pixel_format_that_the_camera_has_not_is_refused(
    cap: VideoStream, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    refused(cap, "pixel_format", value, caplog)


def test_the_stream_runs_on_after_all_that(cap: VideoStream) -> None:
    for _ in range(10):
        assert cap.read()[0]
    assert cap.isOpened()


@pytest.mark.parametrize("value", [np.float32(50), np.int64(50), 50], ids=repr)
def test_numpy_numbers_are_numbers(cap: VideoStream, value: Any) -> None:
    cap.framerate = value
    assert cap.framerate == pytest.approx(50, rel=1e-3)


def test_whole_numbers_and_pairs_of_numpy_are_taken_wherever_pythons_are(cap: VideoStream) -> None:
    cap.buffersize = np.int64(5)  # type: ignore[assignment]
    assert cap.buffersize == 5
    cap.read()
    (newest,) = cap.recent(np.uint8(1))  # type: ignore[arg-type]
    newest.release()
    cap.binsize = np.array([2, 1])  # type: ignore[assignment]
    assert cap.binsize == (2, 1)
    cap.binsize = 1


def test_a_refused_array_in_the_constructor_is_followed_by_the_default(world: World) -> None:
    sizes = np.array([2, 2, 2])
    with VideoStream(world.serials[1], sdk="virtual", binsize=sizes) as other:  # type: ignore[arg-type]
        assert other.binsize == 1
        assert other.read()[0]


def test_a_file_of_settings_that_is_no_text_is_refused(cap: VideoStream, tmp_path: Path) -> None:
    path = tmp_path / "camera.yaml"
    path.write_bytes(b"settings: {\xff: 1}")
    with pytest.raises(SettingError, match="not UTF-8"):
        cap.load_settings(path)


@pytest.mark.parametrize("device", [1.5, True, [], b"0", (0,)], ids=repr)
def test_a_device_of_a_wrong_type_is_a_type_error(device: Any) -> None:
    with pytest.raises(TypeError, match="device"):
        VideoStream(device, sdk="virtual")


@pytest.mark.parametrize("device", [-1, 99, "0", "", "no such serial", 10**12], ids=repr)
def test_a_device_that_is_not_there_is_not_found(world: World, device: Any) -> None:
    with pytest.raises((CameraNotFoundError, ValueError)) as caught:
        VideoStream(device, sdk="virtual")
    assert any(word in str(caught.value) for word in (world.serials[0], "index", "serial number"))


def test_an_sdk_that_does_not_exist_is_an_error_that_names_those_that_do(world: World) -> None:
    with pytest.raises(SdkNotFoundError, match="rotpy"):
        VideoStream(0, sdk="aravis")


def test_monochrome_camera_refuses_colour_and_is_free_again(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SettingError, match="monochrome"):
        VideoStream(world.serials[0], sdk="virtual", color=True)
    assert capfd.readouterr().err == ""
    with VideoStream(world.serials[0], sdk="virtual") as again:
        assert again.read()[0]


@pytest.mark.parametrize("timeout", [-1, math.nan, math.inf, "soon"], ids=repr)
def test_a_bad_timeout_is_a_value_error(cap: VideoStream, timeout: Any) -> None:
    with pytest.raises(ValueError, match="a timeout must be"):
        cap.timeout = timeout
    with pytest.raises((ValueError, TypeError)):
        cap.read(timeout=timeout)


@pytest.mark.parametrize("size", [0, -1, 1.5, True, "4", 10**9], ids=repr)
def test_a_bad_buffersize_is_refused(cap: VideoStream, size: Any) -> None:
    if size == 10**9:
        cap.buffersize = size  # more than there are buffers: all of them
        cap.buffersize = None
        return
    with pytest.raises(SettingError, match="buffersize"):
        cap.buffersize = size
