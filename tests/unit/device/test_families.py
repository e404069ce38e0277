"""Cameras of other families than Blackfly S, virtual: opened, set, armed on the lines of the lines table."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

import llpyspin.virtual
from llpyspin.device import Device
from llpyspin.errors import SettingError, SettingLockedError
from llpyspin.frames import FrameWriter
from llpyspin.roles import Role, lines_of
from llpyspin.virtual.families import FAMILIES
from llpyspin.virtual.world import load_world
from tests.unit.virtual_cameras import world

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDER = ("GS3-U3-23S6M", "CM3-U3-31S4M", "FL3-U3-13E4M", "BFLY-PGE-13E4M")
OTHERS = (*OLDER, "ORX-10G-51S5M", "FFY-U3-16S2M")


@pytest.fixture(params=OTHERS)
def model(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch, model: str) -> Iterator[Device]:
    with world(monkeypatch, model, wires=[]), Device(llpyspin.virtual, 0) as device:
        yield device


class TestOpening:
    def test_every_family_of_the_lines_table_has_a_virtual_camera(self) -> None:
        assert set(FAMILIES) == {"Blackfly S", "Blackfly", "Oryx", "Firefly", "Flea3"} | {
            "Grasshopper3",
            "Chameleon3",
        }

    def test_a_camera_is_opened_without_a_warning(
        self, monkeypatch: pytest.MonkeyPatch, model: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        with world(monkeypatch, model, wires=[]), Device(llpyspin.virtual, 0) as device:
            assert device.info.model.endswith(model)
            assert device.info.interface == ("GigE" if "PGE" in model or "10G" in model else "USB3")
            assert min(device.info.sensor_size) > 1000
        assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


class TestSettings:
    def test_settings_take(self, device: Device) -> None:
        for name, value in (("framerate", 20), ("exposure", 2000), ("gain", 3), ("black_level", 1)):
            assert device.set(name, value) == pytest.approx(value, rel=0.01)
        assert device.set("binsize", 2) == 2
        assert device.set("roi", (0, 0, 64, 128)) == (0, 0, 64, 128)
        assert device.set("gamma", 0.5) == pytest.approx(0.5)
        assert device.clock().camera_ns > 0

    @pytest.mark.parametrize("model", OLDER, indirect=True)
    @pytest.mark.parametrize("enabled", [True, False])
    @pytest.mark.parametrize("auto", ["Off", "Once", "Continuous"])
    def test_an_older_camera_takes_a_frame_rate_from_each_state(
        self, device: Device, enabled: bool, auto: str
    ) -> None:
        device.node_set("AcquisitionFrameRateEnabled", True)
        device.node_set("AcquisitionFrameRateAuto", auto)
        device.node_set("AcquisitionFrameRateEnabled", enabled)
        assert device.set("framerate", 25) == pytest.approx(25)
        assert device.set("framerate", None) == pytest.approx(device.limits("framerate").max, rel=1e-3)

    @pytest.mark.parametrize("model", OLDER, indirect=True)
    def test_an_older_camera_locks_auto_while_the_rate_is_not_enabled(self, device: Device) -> None:
        device.node_set("AcquisitionFrameRateEnabled", False)
        with pytest.raises(SettingLockedError):
            device.node_set("AcquisitionFrameRateAuto", "Off")

    @pytest.mark.parametrize("model", OLDER, indirect=True)
    def test_a_snapshot_is_restored_from_the_other_state(self, device: Device) -> None:
        device.set("framerate", 21)
        kept = device.snapshot()
        device.node_set("AcquisitionFrameRateAuto", "Continuous")
        device.node_set("AcquisitionFrameRateEnabled", False)
        report = device.restore(kept)
        assert not report.refused
        assert device.get("framerate") == pytest.approx(21)


class TestRoles:
    def test_lines_are_those_of_the_table_and_every_node_is_put_back(
        self, device: Device, caplog: pytest.LogCaptureFixture
    ) -> None:
        device.set("framerate", 20)
        before = device.snapshot()
        lines = lines_of(device.info.model)
        device.arm(Role("primary"))
        device.node_set("LineSelector", lines.output)
        assert (device.node_get("LineMode"), device.node_get("LineSource")) == ("Output", "ExposureActive")
        device.arm(Role("secondary"))
        assert device.node_get("TriggerSource") == lines.input
        assert device.node_get("TriggerOverlap") == "ReadOut"
        device.disarm()
        after = device.snapshot()
        for selector in ("LineSelector", "TriggerSelector", "CounterSelector"):
            before.pop(selector, None), after.pop(selector, None)
        assert after == before
        assert not [record for record in caplog.records if record.levelno >= logging.WARNING]

    def test_a_primary_runs_and_holds(self, device: Device) -> None:
        device.set("roi", (0, 0, 64, 128))
        device.set("framerate", 50)
        device.set("exposure", 500)
        with FrameWriter() as writer:
            device.arm(Role("primary"))
            device.start(writer)
            assert not device.pump(0.05)
            device.fire()
            assert all(device.pump(5) for _ in range(3))
            device.hold()
            while device.pump(0.2):
                pass
            tally = device.tally()
            assert tally.frames >= 3
            assert tally.exposures == (
                None if device.node_names().count("CounterSelector") == 0 else tally.frames
            )

    @pytest.mark.parametrize("model", OLDER, indirect=True)
    def test_an_older_camera_has_the_overlap_only_while_its_trigger_is_on(self, device: Device) -> None:
        assert device.node_get("TriggerOverlap") is None
        device.arm(Role("secondary"))
        assert device.node_get("TriggerOverlap") == "ReadOut"
        assert device.node_get("AcquisitionFrameRate") is None

    @pytest.mark.parametrize("model", OLDER, indirect=True)
    def test_a_line_that_is_an_output_triggers_no_older_camera(self, device: Device) -> None:
        device.node_set("LineSelector", "Line2")
        device.node_set("LineMode", "Output")
        with pytest.raises(SettingError):
            device.node_set("TriggerSource", "Line2")

    @pytest.mark.parametrize("model", OLDER, indirect=True)
    def test_the_line_that_triggers_an_older_camera_stays_an_input(self, device: Device) -> None:
        device.arm(Role("secondary"))
        device.node_set("LineSelector", lines_of(device.info.model).input)
        with pytest.raises(SettingError):
            device.node_set("LineMode", "Output")


class TestWires:
    def test_wires_go_between_the_lines_that_the_model_has(self, model: str) -> None:
        lines = lines_of(next(spec.model.name for spec in load_world(_pair(model)).specs))
        [wire] = load_world(_pair(model, f"1:{lines.output} -> 2:{lines.input}")).wires
        assert wire.source_line == lines.output
        with pytest.raises(ValueError, match="is not an input"):
            load_world(_pair(model, "1:Line1 -> 2:Line9"))


def _pair(model: str, *wires: str) -> str:
    return json.dumps({"cameras": [{"serial": s, "model": model} for s in "12"], "wires": list(wires)})
