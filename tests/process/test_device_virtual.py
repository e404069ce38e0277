"""The device over virtual cameras."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Any

import pytest

import llpyspin.virtual
from llpyspin.device import Device, list_cameras
from llpyspin.errors import (
    CameraInUseError,
    CameraLostError,
    CameraNotFoundError,
    LlpyspinError,
    SettingError,
    SettingRangeError,
)
from llpyspin.frames import FrameFlags, FrameReader, FrameWriter
from llpyspin.virtual import fault
from tests.device_contract import DeviceContract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.process.conftest import World

MODELS = ["BFS-U3-16S2M", "BFS-PGE-16S2M", "BFS-U3-04S2M", "BFS-U3-51S5M"]


@pytest.fixture(scope="class", params=MODELS)
def opened(request: pytest.FixtureRequest) -> Iterator[Device]:
    config = {"world": uuid.uuid4().hex[:12], "cameras": [{"serial": "20000001", "model": request.param}]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LLPYSPIN_VIRTUAL", json.dumps(config))
        with Device(llpyspin.virtual, 0) as device:
            yield device


class TestVirtualCameras(DeviceContract):
    pass


@pytest.fixture
def stream() -> Iterator[Callable[[Device], FrameReader]]:
    """``stream(device)`` starts it and gives a reader of every frame."""
    with FrameWriter() as writer, FrameReader(writer.address) as reader:

        def start(device: Device) -> FrameReader:
            device.start(writer)
            return reader

        yield start


def take(device: Device, reader: FrameReader, count: int) -> list[Any]:
    """The account of ``count`` frames."""
    taken: list[Any] = []
    while len(taken) < count:
        before = device.counters.delivered
        assert device.pump(5.0)
        if device.counters.delivered > before:
            taken.append(reader.copy_next(1.0, backlog=1000)[1])
    return taken


def test_lost_and_incomplete_frames_are_accounted_for(world: World, stream: Any) -> None:
    with Device(llpyspin.virtual, world.serials[0]) as device:
        device.set("roi", (0, 0, 256, 256))
        reader = stream(device)
        take(device, reader, 3)
        fault(world.serials[0], "lose", frames=4)
        fault(world.serials[0], "incomplete", frames=2)
        frames = take(device, reader, 40)
        assert sum(info.missed for info in frames) == 4 == device.counters.lost
        assert (
            sum(bool(info.flags & FrameFlags.INCOMPLETE) for info in frames)
            == 2
            == device.counters.incomplete
        )
        assert all(info.flags & FrameFlags.VIRTUAL for info in frames)
        assert frames[-1].frame_id == 3 + len(frames) + 4 - 1


def test_exposure_and_gain_of_each_frame_are_told_by_its_chunk(world: World, stream: Any) -> None:
    with Device(llpyspin.virtual, world.serials[0]) as device:
        device.set("exposure", 1234)
        gain = device.set("gain", 5)
        (info,) = take(device, stream(device), 1)
        assert info.exposure_us == 1234
        assert info.gain_db == pytest.approx(gain)
        assert info.line_status == -1


def test_a_gige_camera_also_tells_the_state_of_its_lines(worlds: Callable[..., World], stream: Any) -> None:
    world = worlds("BFS-PGE-16S2M")
    with Device(llpyspin.virtual, world.serials[0]) as device:
        device.set("framerate", 30)
        (info,) = take(device, stream(device), 1)
        assert info.frame_id == 1
        assert info.line_status >= 0


def test_an_unplugged_camera_is_lost_and_can_be_closed(world: World, stream: Any) -> None:
    with Device(llpyspin.virtual, world.serials[0]) as device:
        reader = stream(device)
        take(device, reader, 1)
        fault(world.serials[0], "unplug")
        with pytest.raises(CameraLostError, match=world.serials[0]):
            while True:
                device.pump(0.1)
        with pytest.raises(CameraLostError):
            device.get("exposure")
        device.stop()
    fault(world.serials[0], "plug")
    with Device(llpyspin.virtual, world.serials[0]) as device:
        assert device.get("exposure") > 0


def test_camera_of_another_process_is_in_use_until_that_is_killed(world: World) -> None:
    script = "import llpyspin.virtual as sdk, sys; from llpyspin.device import Device; d = Device(sdk, 0)"
    script += "; d.node_set('TriggerMode', 'On'); print('held', flush=True); sys.stdin.readline()"
    holder = subprocess.Popen(
        [sys.executable, "-c", script],
        env=world.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(CameraInUseError, match=world.serials[0]):
            Device(llpyspin.virtual, 0, in_use_wait_s=0.1)
    finally:
        holder.kill()
        holder.communicate()
    with Device(llpyspin.virtual, 0) as device:
        assert device.node("TriggerMode").value == "Off"


def test_cameras_are_listed_and_an_absent_one_is_named_with_them(world: World) -> None:
    found = list_cameras(llpyspin.virtual)
    assert [(camera.serial, camera.interface) for camera in found] == [(s, "USB3") for s in world.serials]
    with pytest.raises(
        CameraNotFoundError, match=", ".join(rf"{s} \(Blackfly S BFS-U3-16S2M, USB3\)" for s in world.serials)
    ):
        Device(llpyspin.virtual, 2)


@pytest.mark.parametrize("model", ["BFS-U3-16S2C", "BFS-PGE-16S2C"])
def test_colour_is_the_mosaic_by_default_and_can_be_declined(
    worlds: Callable[..., World], model: str
) -> None:
    worlds(model)
    for color, start in ((None, "Bayer"), (True, "Bayer"), (False, "Mono8")):
        with Device(llpyspin.virtual, 0, color=color) as device:
            assert device.info.color
            assert device.get("pixel_format").startswith(start)
            assert device.layout.stride == 1440


def test_monochrome_device_refuses_colour_and_is_free_again(world: World) -> None:
    with pytest.raises(SettingError, match="monochrome"):
        Device(llpyspin.virtual, 0, color=True)
    Device(llpyspin.virtual, 0).close()


def test_white_balance_in_at_and_past_its_limits(worlds: Callable[..., World]) -> None:
    worlds("BFS-U3-16S2C")
    with Device(llpyspin.virtual, 0) as device:
        limits = device.limits("white_balance")
        for wanted in ((1.5, 2.0), limits.min, limits.max):
            assert device.set("white_balance", wanted) == pytest.approx(wanted, abs=0.001)
        old = device.get("white_balance")
        past = limits.max[0] + 1
        for wrong in (
            (past, 1.0),
            (1.0, past),
            (0, 1),
            1.5,
            (1,),
            (1, 2, 3),
            None,
            "blue",
            (float("nan"), 1),
        ):
            with pytest.raises(SettingRangeError, match="white_balance"):
                device.set("white_balance", wrong)
            assert device.get("white_balance") == old
        device.set("white_balance", "continuous")
        assert device.node("BalanceWhiteAuto").value == "Continuous"
        device.set("white_balance", (1.25, 1.25))
        assert device.node("BalanceWhiteAuto").value == "Off"


def test_gamma_none_is_linear(world: World) -> None:
    with Device(llpyspin.virtual, 0) as device:
        assert device.set("gamma", 0.5) == pytest.approx(0.5)
        assert device.set("gamma", None) == 1.0
        assert device.node("GammaEnable").value is False


def test_every_packed_format_streams(worlds: Callable[..., World], stream: Any) -> None:
    worlds("BFS-U3-04S2M")
    with Device(llpyspin.virtual, 0) as device:
        for name in device.limits("pixel_format").entries:
            device.set("pixel_format", name)
            reader = stream(device)
            assert device.pump(5.0)
            data, _, layout = reader.copy_next(1.0, backlog=1000)
            assert layout.pixel_format == name and len(data) == layout.payload
            assert device.zero_copy
            device.stop()


def test_a_snapshot_of_a_binned_colour_camera_restores_exactly(worlds: Callable[..., World]) -> None:
    worlds("BFS-U3-16S2C", "BFS-PGE-16S2C")
    for number in (0, 1):
        with Device(llpyspin.virtual, number) as device:
            device.set("binsize", 2)
            device.set("roi", (40, 80, 200, 320))
            device.set("framerate", 33)
            device.set("white_balance", (1.7, 1.1))
            device.node_set("LineSelector", "Line1")
            device.node_set("LineSource", "ExposureActive")
            taken = device.snapshot()
        with Device(llpyspin.virtual, number) as device:
            report = device.restore(taken)
            assert report.ok, str(report)
            assert device.snapshot() == taken


def test_a_frame_that_is_held_does_not_hinder_the_others(world: World, stream: Any) -> None:
    with (
        Device(llpyspin.virtual, 0) as device,
        FrameWriter() as writer,
        FrameReader(writer.address) as reader,
    ):
        device.set("roi", (0, 0, 64, 64))
        device.set("buffer_count", 10)
        device.set("framerate", 60)  # 10 buffers last for a while on a busy machine
        device.start(writer)
        assert device.pump(5.0)
        with reader.next(1.0) as held:
            kept = bytes(held.data)
            for _ in range(40):
                assert device.pump(5.0)
            assert bytes(held.data) == kept
        assert device.counters.lost == 0
        device.stop()


def test_errors_that_somebody_keeps_do_not_keep_the_camera(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    device = Device(llpyspin.virtual, 0)
    kept: list[Exception] = []
    for act in (
        lambda: device.set("exposure", -1),
        lambda: device.node_set("Width", 33),
        lambda: device.node_set("SensorWidth", 1),
        lambda: device.node("Nope"),
        lambda: device.execute("TriggerSoftware"),
        lambda: device.set("pixel_format", "x"),
        lambda: device.pump(0.1),
    ):
        with pytest.raises(LlpyspinError) as caught:
            act()
        kept.append(caught.value)
    with caplog.at_level("INFO"):
        device.close()
    assert len(kept) == 7
    assert caplog.messages == []
    system = llpyspin.virtual.System.GetInstance()
    assert not system.IsInUse()
    system.ReleaseInstance()


def test_opening_and_closing_leaves_nothing_of_the_system(world: World) -> None:
    for _ in range(20):
        with Device(llpyspin.virtual, 0) as device, FrameWriter() as writer:
            device.set("roi", (0, 0, 64, 64))
            device.start(writer)
            assert device.pump(5.0)
    system = llpyspin.virtual.System.GetInstance()
    assert not system.IsInUse()
    system.ReleaseInstance()
