"""A frame rate that was asked for is met, or refused; a default gives way without a warning."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from llpyspin import PrimaryCamera, VideoStream
from llpyspin.camera.defaults import DEFAULTS
from llpyspin.errors import RigError, SettingRangeError
from llpyspin.processed import ProcessedRecorder
from llpyspin.rig import Rig, RigConfig
from llpyspin.rig.parsing import config_from
from llpyspin.settings.applying import Default
from llpyspin.stereo import StereoCamera
from tests.process.pair import SMALL, run_until, warnings
from tests.process.rig_worlds import cameras, wired

if TYPE_CHECKING:
    import pathlib

    from tests.process.conftest import World

SLOW = 50_000.0  # us, which allow 20 Hz


@pytest.fixture(autouse=True)
def _world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", wired(2))


@pytest.mark.parametrize(
    ("given", "got"),
    [
        ({"framerate": 400, "binsize": 2}, 400),
        ({"framerate": 500, "roi": (270, 360, 270, 360)}, 500),
        ({"roi": (270, 360, 270, 360), "framerate": 500, "exposure": 1000}, 500),
        ({"framerate": 100, "exposure": 9000}, 100),
        ({"framerate": 0.5, "exposure": 2_000_000}, 0.5),
        ({"framerate": "max", "binsize": 4, "exposure": 100}, 800),
    ],
)
def test_a_constructor_applies_what_is_possible_together(given: dict[str, Any], got: float) -> None:
    with VideoStream("20000001", sdk="virtual", strict=True, **given) as cap:
        if given["framerate"] == "max":
            assert cap.framerate > got
        else:
            assert cap.framerate == pytest.approx(got, rel=1e-3)


def test_a_camera_that_does_less_than_the_default_is_opened_quietly(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, worlds: Any
) -> None:
    worlds("BFS-PGE-16S2M")
    with VideoStream(0, sdk="virtual", strict=True, color=False) as probe:
        probe.nodes["DeviceLinkThroughputLimit"] = probe.nodes.info("DeviceLinkThroughputLimit").limits.min
        most = probe.limits("framerate").max
    too_fast = Default(10 * most)
    monkeypatch.setitem(DEFAULTS, "framerate", too_fast)
    with VideoStream(0, sdk="virtual", strict=True, framerate=too_fast):
        assert not warnings(caplog)


def test_an_exposure_that_defeats_a_requested_rate_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with VideoStream("20000001", sdk="virtual", framerate=50) as cap:
        assert not warnings(caplog)
        cap.exposure = SLOW
        assert cap.requested_framerate == 50
        assert len(warnings(caplog)) == 1
        assert "will run at 20" in warnings(caplog)[0]
        cap.exposure = 1500
        cap.pixel_format = "Mono16"
        assert len(warnings(caplog)) == 1


def test_every_way_to_defeat_a_requested_rate_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    def lost() -> int:
        found = len(warnings(caplog))
        caplog.clear()
        return found

    with VideoStream("20000001", sdk="virtual", framerate=400, binsize=2) as cap:
        cap.binsize = 1
        assert lost() == 1
        cap.framerate = 200
        cap.pixel_format = "Mono16"
        assert lost() == 1
        cap.pixel_format = "Mono8"
        assert cap.framerate == pytest.approx(200, rel=1e-3)
        cap.roi = (0, 0, 270, 1440)
        cap.framerate = 600
        assert lost() == 0
        cap.roi = None
        assert lost() == 1
        cap.framerate = 100
        cap.nodes["ExposureTime"] = SLOW
        assert lost() == 1
        cap.nodes["ExposureTime"] = 1000.0
        cap.nodes["AcquisitionFrameRate"] = 150.0
        assert cap.requested_framerate == 150
        assert lost() == 0


def test_an_exposure_that_defeats_the_default_is_an_info(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "llpyspin"), VideoStream("20000001", sdk="virtual") as cap:
        cap.exposure = SLOW
    assert not warnings(caplog)
    assert any("runs at 20 fps" in message for message in caplog.messages)


def test_a_primary_refuses_to_be_primed_below_its_requested_rate(tmp_path: pathlib.Path) -> None:
    with PrimaryCamera("20000001", sdk="virtual", framerate=50, roi=SMALL, primed=False) as camera:
        camera.exposure = SLOW
        with pytest.raises(SettingRangeError, match=r"50 Hz was requested.*20 Hz"):
            camera.prime(tmp_path / "a.raw")
        assert list(tmp_path.iterdir()) == []
        camera.prime(tmp_path / "a.raw", allow_lower_rate=True)
        camera.trigger()
        run_until(camera, 4)
        camera.stop()
        assert camera.account is not None
        account = camera.account.cameras[0]
        assert account.requested_rate == 50
        assert account.rate == pytest.approx(20, rel=1e-3)
        assert any(re.search("50 Hz were requested.* 20 Hz", note) for note in account.notes)
        camera.framerate = 15
        camera.prime()


def test_a_rate_that_the_constructor_was_refused_stays_requested(tmp_path: pathlib.Path) -> None:
    with PrimaryCamera("20000001", sdk="virtual", framerate=5000, roi=None) as camera:
        with pytest.raises(SettingRangeError, match="5000 Hz was requested"):
            camera.prime(tmp_path / "a.mkv")
        camera.stop()
        camera.framerate = 25
        camera.prime()


def test_a_refused_assignment_keeps_the_older_request() -> None:
    with PrimaryCamera("20000001", sdk="virtual", framerate=50, primed=False) as camera:
        camera.framerate = 5000
        assert camera.requested_framerate == 50
        camera.prime()


def test_a_rig_refuses_to_be_primed_below_its_requested_rate(tmp_path: pathlib.Path) -> None:
    with Rig(cameras(2), framerate=50, sdk="virtual") as rig:
        rig["a"].exposure = SLOW
        with pytest.raises(RigError, match=r"50 Hz was requested.*20 Hz"):
            rig.prime(tmp_path / "one")
        assert not (tmp_path / "one").exists()
        session = rig.record(0.3, tmp_path / "two", progress=False, codec="raw", allow_lower_rate=True)
    assert session.account is not None
    assert session.account.adds_up
    assert session.account.camera("a").requested_rate == 50
    assert "50 Hz were requested" in str(session.account)


def test_a_rig_that_may_run_slower_opens_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with Rig(cameras(1), framerate=50, exposure=SLOW, allow_lower_rate=True, sdk="virtual") as rig:
        rig.prime()
    assert "will run at 20" in caplog.text


def test_a_rig_without_a_framerate_runs_at_what_its_exposure_allows(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Rig(cameras(2), exposure=SLOW, sdk="virtual") as rig:
        session = rig.record(0.3, tmp_path / "one", progress=False, codec="raw")
    assert session.account is not None
    assert session.account.camera("a").requested_rate is None
    assert not [text for text in warnings(caplog) if "set to" in text]


def test_a_rig_accepts_less_than_a_hertz_with_a_long_exposure() -> None:
    with Rig(cameras(2), framerate=0.25, exposure=4_000_000, sdk="virtual") as rig:
        assert rig["a"].framerate == pytest.approx(0.25)
        assert rig["a"].rate == pytest.approx(0.25)


def test_yaml_may_allow_a_lower_rate() -> None:
    document = {"cameras": [{"index": 0}], "framerate": 50, "allow_lower_rate": True}
    assert config_from(document).allow_lower_rate
    assert not RigConfig(config_from({"cameras": [{"index": 0}]}).cameras).allow_lower_rate


def test_a_stereo_camera_refuses_to_be_primed_below_its_requested_rate(tmp_path: pathlib.Path) -> None:
    with StereoCamera("20000001", "20000002", sdk="virtual", framerate=50, roi=SMALL, primed=False) as camera:
        camera.exposure = SLOW
        with pytest.raises(SettingRangeError, match="50 Hz was requested"):
            camera.prime(tmp_path / "a.mkv")
        camera.prime(allow_lower_rate=True)


@pytest.mark.slow
def test_a_processed_recorder_refuses_a_rate_that_it_cannot_have(tmp_path: pathlib.Path) -> None:
    common: dict[str, Any] = {"sdk": "virtual", "display": False, "exposure": SLOW, "rec_length": 0.2}
    with pytest.raises(SettingRangeError, match="50 Hz was requested"):
        ProcessedRecorder(tmp_path / "a.tif", 320, 64, framerate=50, **common).recordVid()
    ProcessedRecorder(tmp_path / "b.tif", 320, 64, framerate=50, allow_lower_rate=True, **common).recordVid()
    ProcessedRecorder(tmp_path / "c.tif", 320, 64, **common).recordVid()


def test_a_file_of_settings_is_applied_whatever_the_camera_had(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "fast.yaml"
    with VideoStream("20000001", sdk="virtual", framerate=500, roi=(270, 360, 270, 360)) as cap:
        cap.save_settings(path)
    with VideoStream("20000001", sdk="virtual", framerate=10, exposure=90_000) as cap:
        report = cap.load_settings(path)
        assert report.ok, str(report)
        assert cap.requested_framerate == pytest.approx(500, rel=1e-3)


def test_a_file_with_a_slow_exposure_asks_for_no_rate(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "slow.yaml"
    with PrimaryCamera("20000001", sdk="virtual", roi=SMALL, primed=False) as camera:
        camera.exposure = SLOW
        camera.save_settings(path)
        camera.framerate = 20
        camera.load_settings(path)
        assert camera.requested_framerate is None
        camera.prime()


@pytest.mark.slow
def test_the_command_says_which_rate_a_long_exposure_gives(world: World, tmp_path: pathlib.Path) -> None:
    out = str(tmp_path / "out")
    common = ["-m", "llpyspin", "record", "--virtual", "--cameras", "1", "--seconds", "0.5", "--quiet"]
    said = world.python(*common, "--exposure", "99999", "--out", out)
    assert said.returncode == 0, said.stderr
    assert "runs at 10 fps" in said.stderr
    refused = world.python(*common, "--exposure", "99999", "--framerate", "50", "--out", out + "2")
    assert refused.returncode != 0
    assert "50 Hz" in refused.stderr
    allowed = world.python(
        *common, "--exposure", "99999", "--framerate", "50", "--allow-lower-rate", "--out", out + "3"
    )
    assert allowed.returncode == 0, allowed.stderr
    assert "50 Hz were requested" in allowed.stdout
