"""The rig itself: what its cameras show to the SDK, so that other tests can rely on it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llpyspin.frames import Layout
from llpyspin.frames.pixels import decode
from llpyspin.virtual.stamp import read_stamp
from tests.rig.rig import wait_for_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rig.rig import Rig


def one_image(camera: Any) -> tuple[np.ndarray[Any, Any], int, str]:
    """Pixels, decoded as they are in the package, frame id and format of the first complete image."""
    camera.BeginAcquisition()
    try:
        while True:
            image = camera.GetNextImage(3000)
            if image.IsIncomplete():
                image.Release()
                continue
            size, name = image.GetImageSize(), image.GetPixelFormatName()
            layout = Layout(name, image.GetWidth(), image.GetHeight(), image.GetStride(), size)
            pixels = decode(memoryview(image.GetData()), layout, color=False).copy()
            frame_id = image.GetFrameID()
            image.Release()
            return pixels, frame_id, name
    finally:
        camera.EndAcquisition()


@pytest.mark.parametrize("name", ["Mono8", "Mono16", "Mono10p", "Mono12p", "Mono10Packed", "Mono12Packed"])
def test_every_pixel_format_shows_the_same_scene(spinnaker: Any, camera: Any, name: str) -> None:
    camera.ExposureTime.SetValue(10000)
    camera.PixelFormat.SetValue(getattr(spinnaker, f"PixelFormat_{name}"))
    pixels, frame_id, given = one_image(camera)
    assert (given, pixels.shape) == (name, (1080, 1440))
    stamp = read_stamp(pixels)
    assert stamp == read_stamp(pixels, foot=True)
    assert stamp.frame == frame_id - 1
    full = {"Mono8": 255, "Mono16": 65520}.get(name, 1023 if "10" in name else 4095)
    light = pixels[500] / full
    ramp = (np.arange(1440) + 500 + 2 * stamp.frame) % 256 / 255
    assert np.abs(light - ramp).max() < 1 / 200


def test_binning_scales_the_region_and_its_limits(spinnaker: Any, camera: Any) -> None:
    camera.Width.SetValue(720)
    camera.Height.SetValue(540)
    camera.OffsetX.SetValue(200)
    camera.OffsetY.SetValue(100)
    camera.BinningHorizontal.SetValue(2)
    camera.BinningVertical.SetValue(2)
    shown = (camera.Width(), camera.Height(), camera.OffsetX(), camera.OffsetY())
    assert shown == (360, 270, 100, 50)
    assert (camera.WidthMax(), camera.HeightMax()) == (720, 540)
    assert (camera.Width.GetMax(), camera.OffsetX.GetMax()) == (620, 360)
    assert one_image(camera)[0].shape == (270, 360)
    camera.BinningHorizontal.SetValue(1)
    camera.BinningVertical.SetValue(1)
    assert (camera.Width(), camera.Height(), camera.OffsetX(), camera.OffsetY()) == (720, 540, 200, 100)


def test_size_format_and_link_bound_the_frame_rate(spinnaker: Any, camera: Any) -> None:
    camera.ExposureTime.SetValue(1000)
    full = camera.AcquisitionFrameRate.GetMax()
    assert full == pytest.approx(78, rel=0.01)
    camera.PixelFormat.SetValue(spinnaker.PixelFormat_Mono16)
    assert camera.AcquisitionFrameRate.GetMax() == pytest.approx(125e6 / (1440 * 1080 * 2), rel=0.01)
    camera.PixelFormat.SetValue(spinnaker.PixelFormat_Mono8)
    camera.Height.SetValue(540)
    assert camera.AcquisitionFrameRate.GetMax() == pytest.approx(2 * full, rel=0.01)
    camera.ExposureTime.SetValue(20000)
    assert camera.AcquisitionFrameRate.GetMax() == pytest.approx(1e6 / 20050, rel=0.01)


def test_black_level_gain_and_gamma_are_seen_in_the_pixels(spinnaker: Any, camera: Any) -> None:
    def middle() -> float:
        return float(one_image(camera)[0][200:900].mean())

    camera.ExposureTime.SetValue(2000)
    plain = middle()
    camera.BlackLevel.SetValue(10)
    assert middle() == pytest.approx(plain + 25.5, abs=2)
    camera.BlackLevel.SetValue(0)
    camera.Gain.SetValue(6)
    assert middle() == pytest.approx(2 * plain, rel=0.05)
    assert not spinnaker.IsWritable(camera.Gamma)
    camera.GammaEnable.SetValue(True)
    camera.Gamma.SetValue(0.5)
    assert middle() > 2.2 * plain


def test_chunk_settings_are_those_of_the_real_camera(spinnaker: Any, camera: Any) -> None:
    camera.ChunkModeActive.SetValue(True)
    camera.ChunkSelector.SetValue(spinnaker.ChunkSelector_ExposureTime)
    camera.ChunkEnable.SetValue(True)
    camera.ChunkSelector.SetValue(spinnaker.ChunkSelector_Image)
    assert camera.ChunkEnable() is True
    assert not spinnaker.IsWritable(camera.ChunkEnable)
    camera.ChunkSelector.SetValue(spinnaker.ChunkSelector_Gain)
    assert camera.ChunkEnable() is False


SESSION = """if True:
    import sys, llpyspin.sdk
    from llpyspin.virtual.stamp import read_stamp
    PySpin = llpyspin.sdk.load("rotpy")
    system = PySpin.System.GetInstance()
    camera = system.GetCameras().GetBySerial(sys.argv[1])
    camera.Init()
    camera.GevSCPSPacketSize.SetValue(9000)
    camera.ExposureAuto.SetValue(PySpin.ExposureAuto_Off)
    camera.ExposureTime.SetValue(1000)
    camera.AcquisitionFrameRateEnable.SetValue(True)
    camera.AcquisitionFrameRate.SetValue(10)
"""


SENSORS = {
    "50S5M": ((2048, 2448), "Mono8"),
    "04S2M": ((540, 720), "Mono8"),
    "16S2C": ((1080, 1440), "BayerRG8"),
}


@pytest.fixture(scope="module")
def other_models(make_rig: Callable[..., Rig]) -> list[list[Any]]:
    """What a program has seen of a camera of each model; one for all, for the SDK takes 5 s to start."""
    rig = make_rig(len(SENSORS), models=",".join(SENSORS))
    script = """if True:
    import json, sys, llpyspin.sdk
    from llpyspin.virtual.stamp import read_stamp
    PySpin = llpyspin.sdk.load("rotpy")
    system = PySpin.System.GetInstance()

    def look(camera):
        camera.Init()
        camera.GevSCPSPacketSize.SetValue(9000)
        camera.ExposureAuto.SetValue(PySpin.ExposureAuto_Off)
        camera.ExposureTime.SetValue(1000)
        camera.AcquisitionFrameRateEnable.SetValue(True)
        camera.AcquisitionFrameRate.SetValue(10)
        camera.BeginAcquisition()
        image = camera.GetNextImage(3000)
        while image.IsIncomplete():
            image.Release()
            image = camera.GetNextImage(3000)
        pixels = image.GetNDArray()
        seen = [camera.DeviceModelName()[-5:], camera.BalanceRatio.GetAccessMode() != PySpin.NA, pixels.shape]
        seen += [image.GetPixelFormatName(), str(read_stamp(pixels).camera), image.GetFrameID() > 0]
        image.Release()
        camera.EndAcquisition()
        camera.DeInit()
        return seen

    print(json.dumps([look(system.GetCameras().GetBySerial(serial)) for serial in sys.argv[1:]]))
    """
    done = rig.run(script, *rig.serials)
    assert done.returncode == 0, done.stderr
    seen: list[list[Any]] = json.loads(done.stdout)
    return [[serial, *each] for serial, each in zip(rig.serials, seen, strict=True)]


@pytest.mark.parametrize(("number", "model"), [*enumerate(SENSORS)])
def test_other_models_have_their_sensor_and_colour(
    other_models: list[list[Any]], number: int, model: str
) -> None:
    size, name = SENSORS[model]
    serial = other_models[number][0]
    assert other_models[number] == [serial, model, name != "Mono8", list(size), name, serial, True]


def test_a_frozen_camera_is_silent_and_goes_on_when_it_thaws(rig: Rig) -> None:
    script = (
        SESSION
        + """
    camera.GevHeartbeatTimeout.SetValue(20000)
    camera.BeginAcquisition()
    for _ in range(3):
        camera.GetNextImage(3000).Release()
    print("streaming", flush=True)
    sys.stdin.readline()
    waited = 0
    while waited < 1:
        try:
            camera.GetNextImage(1000).Release()
        except PySpin.SpinnakerException as error:
            waited += error.errorcode == -1011
    print("silent", flush=True)
    sys.stdin.readline()
    image = camera.GetNextImage(10000)
    while image.IsIncomplete():  # the one that froze half-way
        image.Release()
        image = camera.GetNextImage(3000)
    print("again", image.GetFrameID(), flush=True)
    """
    )
    with rig.popen(script, rig.serials[0]) as process:
        try:
            wait_for_line(process, "streaming", 60)
            rig.command("freeze", rig.serials[0])
            print("", file=process.stdin, flush=True)
            wait_for_line(process, "silent", 20)
            rig.command("thaw", rig.serials[0])
            print("", file=process.stdin, flush=True)
            again = wait_for_line(process, "again", 20)
            process.wait(20)  # lets the camera go, for which others would else have to wait 20 s
        finally:
            process.kill()
    assert int(again.split()[1]) > 4


def test_a_command_that_makes_no_sense_is_refused(rig: Rig) -> None:
    for words in (
        ("explode", rig.serials[0]),
        ("unplug", "1"),
        ("loss", rig.serials[0]),
        ("loss", rig.serials[0], "x"),
    ):
        with pytest.raises(ValueError, match="refused"):
            rig.command(*words)
