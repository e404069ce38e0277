"""What users type to set cameras and rigs, on virtual cameras: names, automatics, regions, whole rigs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from llpyspin import Rig, VideoStream
from llpyspin.deadlines import Deadline
from llpyspin.errors import RigSettingError, SettingLockedError, UnknownNameError
from llpyspin.recording import load
from llpyspin.settings import Roi
from tests.process.rig_worlds import ROI, make_rig, wired

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterator

    from tests.process.conftest import World

COLOR = "BFS-U3-16S2C"


@pytest.fixture
def cap(worlds: Callable[..., World]) -> Iterator[VideoStream]:
    world = worlds(COLOR)
    with VideoStream(world.serials[0], sdk="virtual", strict=True) as stream:
        yield stream


def test_camera_refuses_names_that_it_does_not_have(cap: VideoStream) -> None:
    with pytest.raises(UnknownNameError, match="'framerate'"):
        cap.fps = 10  # type: ignore[attr-defined]
    with pytest.raises(UnknownNameError, match=r'Did you mean \["ExposureTime"\]'):
        cap.nodes.ExposureTime = 10  # type: ignore[attr-defined]
    with pytest.raises(UnknownNameError, match=r'Did you mean \["ExposureTime"\]'):
        _ = cap.nodes.exposure_time  # type: ignore[attr-defined]
    assert cap.serial == "20000001"
    assert cap.framerate == pytest.approx(30, rel=1e-4)
    process = cap.process(lambda buffer: None)
    with pytest.raises(UnknownNameError, match="'buffersize'"):
        process.buffer_size = 3  # type: ignore[attr-defined]
    process.stop()


def test_automatics_of_a_camera_are_set_read_saved_and_loaded(
    cap: VideoStream, tmp_path: pathlib.Path
) -> None:
    cap.exposure, cap.gain, cap.white_balance = "auto", "continuous", "auto"
    assert cap.read()[0]
    assert (cap.exposure, cap.gain, cap.white_balance) == ("auto", "auto", "auto")
    assert 0 < cap.exposure <= cap.nodes["AutoExposureExposureTimeUpperLimit"]
    assert len(cap.white_balance) == 2
    path = tmp_path / "automatic.yaml"
    cap.save_settings(path)
    cap.exposure, cap.gain, cap.white_balance = 1000, 3, (1.5, 1.5)
    assert (cap.exposure, cap.nodes["GainAuto"], cap.nodes["BalanceWhiteAuto"]) == (1000, "Off", "Off")
    assert cap.load_settings(path).ok
    assert (cap.exposure, cap.gain, cap.white_balance) == ("auto", "auto", "auto")
    cap.exposure = "off"
    assert not hasattr(cap.exposure, "mode")
    cap.exposure = "once"
    deadline = Deadline(20)
    while cap.exposure == "once" and not deadline.passed:
        cap.read()
    assert cap.nodes["ExposureAuto"] == "Off"


def wait_for_unread(cap: VideoStream, count: int) -> None:
    """Until so many frames wait to be read."""
    first = cap.recent(1)[0]
    with first:
        index = first.info.index
    deadline = Deadline(20)
    while not deadline.passed:
        with cap.recent(1)[0] as newest:
            if newest.info.index >= index + count:
                return
        time.sleep(0.002)
    pytest.fail("no frames came")


def test_read_gives_no_frame_from_before_a_change_of_the_pictures(cap: VideoStream) -> None:
    cap.framerate, cap.buffersize = 200, 60  # every frame, in order
    for setting, value, shape in (
        ("roi", (0, 0, 540, 720), (540, 720, 3)),
        ("binsize", 2, (540, 720, 3)),
        ("roi", (0, 0, 200, 400), (200, 400, 3)),
        ("pixel_format", "Mono8", (200, 400)),
    ):
        assert cap.read()[0]
        wait_for_unread(cap, 3)
        setattr(cap, setting, value)
        ok, image = cap.read()
        assert ok
        assert image is not None
        assert image.shape == shape
    for move in (
        lambda: setattr(cap, "roi", (100, 200, 200, 400)),  # while the camera streams
        lambda: cap.nodes.update({"OffsetX": 0}),
        lambda: cap.nodes.update({"Height": 180}),
    ):
        wait_for_unread(cap, 3)
        before_ns = cap._ask("clock").camera_ns
        move()
        assert cap.read()[0]
        info = cap.frame_info
        assert info is not None
        assert info.began_ns >= before_ns
    assert cap.roi == Roi(100, 0, 180, 400)


def test_settings_of_a_rig_are_those_of_all_cameras(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))
    with make_rig(2) as rig:
        check_rig(rig, tmp_path)


def check_rig(rig: Rig, tmp_path: pathlib.Path) -> None:
    rig.exposure = 3000
    assert rig.exposure == 3000
    assert (rig["a"].nodes["ExposureTime"], rig["b"].nodes["ExposureTime"]) == (3000, 3000)
    rig.exposure = {"a": 2000, "b": 2500}
    assert rig.exposure == {"a": 2000, "b": 2500}
    assert rig.framerate == pytest.approx(100, rel=1e-4)
    rig.framerate = 50
    assert rig["a"].requested_framerate == 50
    assert (rig.roi, rig.limits("gain")["b"].unit) == (ROI, "dB")
    with pytest.raises(RigSettingError, match=r"exposure .* refused by 1 of 2 cameras") as caught:
        rig.exposure = {"a": 1000, "b": 1e12}
    assert list(caught.value.failures) == ["b"]
    assert rig.exposure == {"a": 2000, "b": 2500}
    with pytest.raises(RigSettingError):
        rig.roi = (0, 0, 99999, 99999)
    rig.gain = "auto"
    assert rig.gain == "auto" or {each.mode for each in rig.gain.values()} == {"auto"}
    rig.gain, rig.exposure = 2, 1500
    with pytest.raises(UnknownNameError, match="'exposure'"):
        rig.exposure_time = 3000  # type: ignore[attr-defined]
    with pytest.raises(UnknownNameError, match=r'Did you mean \["a"\]'):
        _ = rig.a  # type: ignore[attr-defined]
    session = rig.record(0.3, tmp_path / "s", progress=False, codec="raw")
    assert session.folder == tmp_path / "s"
    assert session.folder == load(tmp_path / "s").session.folder
    for camera in session.cameras:
        assert (camera.settings["exposure"], round(camera.settings["gain"], 2)) == (1500, 2)
    rig.prime()
    with pytest.raises(SettingLockedError, match="is primed"):
        rig.gain = 3
    rig.stop()
