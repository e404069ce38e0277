"""Several settings at once: all of them take, or the camera is as it was, node for node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import llpyspin.virtual
from llpyspin.device import Device
from llpyspin.device.rollback import Rollback
from llpyspin.errors import SettingError, SettingRangeError
from llpyspin.settings import Roi
from llpyspin.settings.applying import in_order
from tests.unit.fake_sdk import FakeCamera, FakeSdk
from tests.unit.virtual_cameras import world

if TYPE_CHECKING:
    from collections.abc import Iterator

MONO, COLOR = "BFS-U3-16S2M", "BFS-U3-16S2C"
GOOD: dict[str, Any] = {
    "pixel_format": "Mono16",
    "binsize": 2,
    "roi": (10, 20, 200, 300),
    "exposure": 4000,
    "framerate": 50,
    "gain": 6,
    "black_level": 1.0,
    "gamma": 0.8,
}


@pytest.fixture(params=[MONO, COLOR])
def device(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Device]:
    with world(monkeypatch, request.param, collect=False), Device(llpyspin.virtual, 0) as opened:
        yield opened


def of(device: Device, **changes: Any) -> dict[str, Any]:
    """Settings that this camera takes together, in order."""
    settings = {**GOOD, **changes}
    if device.info.color:
        settings["pixel_format"] = "BayerRG16"
        settings.setdefault("white_balance", (1.5, 1.2))
    return {name: settings[name] for name in in_order(settings)}


def nodes_of(device: Device) -> dict[str, Any]:
    """All nodes; the selector of the ratios moves whenever the white balance is read."""
    return {name: value for name, value in device.snapshot().items() if name != "BalanceRatioSelector"}


def test_settings_that_are_given_together_are_taken_together(device: Device) -> None:
    got = device.update(of(device))
    assert got["roi"] == Roi(10, 20, 200, 300)
    assert got["binsize"] == 2
    assert got["exposure"] == pytest.approx(4000, rel=1e-3)
    assert got["framerate"] == pytest.approx(50, rel=1e-3)
    assert {name: device.get(name) for name in got} == got


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("binsize", 99),
        ("roi", (0, 0, 5000, 300)),
        ("exposure", 1e12),
        ("framerate", 1e6),
        ("gain", 400),
        ("black_level", "much"),
        ("gamma", -1),
        ("white_balance", (1e3, 1.0)),
        ("buffer_count", -1),
        ("temperature", 20),
    ],
)
def test_a_refused_setting_leaves_every_node_as_it_was(device: Device, name: str, value: Any) -> None:
    device.update({"exposure": 3000, "roi": (100, 200, 400, 600), "framerate": 25})
    before = nodes_of(device)
    with pytest.raises(SettingError, match=name):
        device.update(of(device, **{name: value}))
    assert nodes_of(device) == before


def test_automatics_are_put_back_too(device: Device) -> None:
    device.node_set("GainAuto", "Continuous")
    device.node_set("ExposureMode", "TriggerWidth")
    before = {name: device.node_get(name) for name in ("GainAuto", "ExposureMode", "GammaEnable")}
    with pytest.raises(SettingRangeError):
        device.update({"exposure": 2000, "gain": 3, "gamma": 1e9})
    assert {name: device.node_get(name) for name in before} == before


def test_a_rate_that_a_long_exposure_has_lowered_is_put_back() -> None:
    with Device(FakeSdk(FakeCamera()), 0) as device:
        device.update({"exposure": 2000, "framerate": 100})
        before = device.get("framerate"), device.get("exposure")
        with pytest.raises(SettingError):
            device.update({"framerate": 10, "exposure": 50_000, "gain": 1e9})
        assert (device.get("framerate"), device.get("exposure")) == before


def test_an_inner_rollback_is_undone_with_the_outer_one() -> None:
    undone: list[str] = []
    with pytest.raises(ValueError, match="later"), Rollback() as outer:
        outer.on_failure("first", lambda: undone.append("first"))
        with Rollback() as inner:
            inner.on_failure("second", lambda: undone.append("second"))
        raise ValueError("later")
    assert undone == ["second", "first"]


def test_a_rollback_that_went_well_is_undone_by_no_later_one() -> None:
    undone: list[str] = []
    with Rollback() as done:
        done.on_failure("first", lambda: undone.append("first"))
    with pytest.raises(ValueError, match="other"), Rollback():
        raise ValueError("other")
    assert undone == []
