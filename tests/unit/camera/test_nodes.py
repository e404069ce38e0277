"""Nodes by name: found, completed and shown, also where the camera does not answer."""

from __future__ import annotations

from typing import Any

import pytest

from llpyspin.camera.nodes import Nodes
from llpyspin.device.searching import find_nodes
from llpyspin.errors import CameraClosedError, RequestTimeoutError, SettingError
from llpyspin.settings import Limits, NodeInfo


class FakeDevice:
    """Nodes of these names; ``absent`` are named and not there."""

    def __init__(self, absent: tuple[str, ...] = (), **descriptions: str) -> None:
        self.infos = {
            name.replace("__", "/"): NodeInfo(
                name.rpartition("__")[2], "Float", "RW", 1500.25, Limits(29.0, 3e7, None, "us"), "", text
            )
            for name, text in descriptions.items()
        }
        self.absent = absent

    def node_names(self) -> list[str]:
        return [*self.absent, *self.infos]

    def node(self, name: str) -> NodeInfo:
        if name in self.absent:
            raise SettingError(f"camera 1 has no node {name!r}", setting=name)
        return self.infos[name]


class FakeProcess:
    """Answers the requests that :class:`Nodes` makes."""

    name = "12345678"

    def __init__(self, device: FakeDevice, error: Exception | None = None) -> None:
        self.device, self.error = device, error

    def request(self, operation: str, *arguments: Any, timeout_s: float = 10.0) -> Any:
        if self.error is not None:
            raise self.error
        if operation == "node_find":
            return find_nodes(self.device, *arguments)
        assert operation == "node_names"
        return self.device.node_names()


DEVICE = FakeDevice(
    absent=("ExposureActiveMode",),
    ExposureTime="How long the sensor is exposed.",
    ExposureAuto="",
    AcquisitionFrameRate="",
    TLStream__StreamBufferCountManual="Buffers for images.",
)


def nodes(error: Exception | None = None, device: FakeDevice = DEVICE) -> Nodes:
    return Nodes(FakeProcess(device, error))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("exposure", ["ExposureTime", "ExposureAuto"]),
        ("EXPOSURE_time", ["ExposureTime"]),
        (" frame rate ", ["AcquisitionFrameRate"]),
        ("buffer", ["TLStream/StreamBufferCountManual"]),
        ("sensor", ["ExposureTime"]),  # only its description has the word
        ("shutter", []),
    ],
)
def test_nodes_are_found_by_a_part_of_their_name(text: str, names: list[str]) -> None:
    assert nodes().find(text).names == names


@pytest.mark.parametrize("text", ["", "  ", None, 3])
def test_find_refuses_what_is_no_text(text: Any) -> None:
    with pytest.raises(SettingError, match="part of a node's name"):
        nodes().find(text)


def test_found_nodes_are_a_sequence_and_a_table() -> None:
    found = nodes().find("exposure")
    assert found[0].name == "ExposureTime"
    assert [info.name for info in found[1:]] == ["ExposureAuto"]
    assert str(found).splitlines()[1].split() == [
        *("ExposureTime", "1500.25", "us", "RW", "29.0", "to", "30000000.0", "us")
    ]
    assert repr(found) == "<2 nodes with 'exposure': ExposureTime, ExposureAuto>"
    assert str(nodes().find("shutter")) == "no node has 'shutter' in its name or its description"


def test_names_are_completed() -> None:
    assert "ExposureTime" in nodes()._ipython_key_completions_()


@pytest.mark.parametrize("error", [CameraClosedError("closed"), RequestTimeoutError("busy")])
def test_nodes_of_a_camera_that_does_not_answer_show_themselves(error: Exception) -> None:
    assert nodes(error)._ipython_key_completions_() == []
    assert repr(nodes(error)) == "<GenICam nodes of camera 12345678, which does not answer>"
    assert repr(nodes()).startswith("<5 GenICam nodes of camera 12345678; ")
