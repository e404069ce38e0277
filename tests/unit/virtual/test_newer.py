"""What PySpin has beyond 4.0: every name is there, and works as documented or refuses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import llpyspin
import llpyspin.virtual as PySpin
from llpyspin.virtual import api
from llpyspin.virtual.pointers import Pointer
from tests.unit.virtual.test_conformance import tool
from tests.unit.virtual_cameras import world

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(llpyspin.__file__).parent
USB3, GIGE = "1001", "1002"


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with world(monkeypatch, "BFS-U3-16S2M", "BFS-PGE-16S2M") as found:
        yield found


def test_every_newer_name_has_a_source():
    newer = api.newer()
    assert newer["names"].keys() == newer["sources"].keys()
    assert all(newer["sources"].values())


def test_names_that_newer_generations_lack_are_used_nowhere():
    gone = {name.rpartition(".")[2] for names in api.newer()["gone"].values() for name in names}
    assert "CompressionRatio" in gone
    for path in PACKAGE.rglob("*.py"):
        if path.relative_to(PACKAGE).parts[0] not in ("virtual", "sdk"):
            text = path.read_text(encoding="utf-8")
            assert not [name for name in gone if re.search(rf"\b{name}\b", text)], path


@pytest.mark.parametrize("names", api.newer()["names"].values(), ids=list(api.newer()["names"]))
def test_every_newer_name_is_there(names):
    for name, value in names.get("constants", {}).items():
        assert getattr(PySpin, name) == value
    for name in (*names.get("classes", ()), *names.get("enumerations", ())):
        assert isinstance(getattr(PySpin, name), type), name
    owners = {**{n: d["methods"] for n, d in names.get("classes", {}).items()}, **names.get("methods", {})}
    for owner, methods in owners.items():
        assert all(callable(getattr(getattr(PySpin, owner), method)) for method in methods), owner


@pytest.mark.parametrize(("version", "group", "names"), tool().newer_nodes())
def test_every_newer_node_is_an_attribute(version, group, names):
    owners = {"camera": "Camera", "TLDevice": "TransportLayerDevice", "TLStream": "TransportLayerStream"}
    owners |= {"TLInterface": "TransportLayerInterface", "TLSystem": "TransportLayerSystem"}
    assert version in api.newer()["sources"]
    for name in names:
        assert isinstance(getattr(getattr(PySpin, owners[group]), name), property), name


def test_newer_methods_that_are_not_built_raise_their_code():
    refused = [(owner, m) for _, owner, _, methods in tool().newer_names() for m in methods]
    assert ("PointCloud", "SavePointCloudAsPly") in refused
    for owner, method in refused:
        if issubclass(getattr(PySpin, owner), Pointer):
            assert hasattr(getattr(PySpin, owner), method)  # passed on to its node, which is in the list, too
            continue
        with pytest.raises(PySpin.SpinnakerException) as caught:
            getattr(getattr(PySpin, owner), method)()
        assert caught.value.errorcode == PySpin.SPINNAKER_ERR_NOT_IMPLEMENTED


def test_newer_node_works_where_the_camera_has_it_and_refuses_elsewhere(system):
    camera = system.GetCameras().GetBySerial(USB3)
    camera.Init()
    assert camera.U3VVersionMajor.GetValue() >= 1
    camera.FfcEnable.SetValue(True)
    assert PySpin.CBooleanPtr(camera.GetNodeMap().GetNode("FfcEnable")).GetValue() is True
    assert camera.U3VCurrentSpeed.ToString() in camera.U3VCurrentSpeed.GetSymbolics()
    with pytest.raises(PySpin.SpinnakerException, match=r"\[-2001\]"):
        camera.FfcMode.GetValue()  # nobody tells its constants
    assert not PySpin.IsAvailable(camera.Scan3dBaseline)
    with pytest.raises(PySpin.SpinnakerException, match=r"\[-2006\]"):
        camera.Scan3dBaseline.GetValue()
    camera.DeInit()
    del camera


def test_camera_tells_its_ids_and_streams_by_the_newer_methods(system):
    camera = system.GetCameras().GetBySerial(GIGE)
    assert (camera.GetDeviceID(), camera.GetDeviceSerialNumber()) == (camera.GetUniqueID(), GIGE)
    assert camera.GetActiveNumDataStreams() == camera.GetNumDataStreams() == 1
    assert PySpin.ImageUtilityStereo.IsStereoCamera(camera) is False
    with pytest.raises(TypeError, match="is a camera"):
        PySpin.ImageUtilityStereo.IsStereoCamera(None)
    del camera


def test_one_producer_has_all_cameras(system):
    (producer,) = system.GetProducers()
    assert [c.GetDeviceID() for c in producer.GetCameras()] == [c.GetDeviceID() for c in system.GetCameras()]
    assert producer.GetInterfaces().GetSize() == system.GetInterfaces().GetSize() == 2
    assert (producer.IsCameraInUse(), producer.IsInterfaceInUse(), producer.GetProducerFilePath()) == (
        *(False, False),
        "",
    )
    interface = system.GetInterfaces()[0]
    interface.GetCameras()[0].Init()
    assert producer.IsCameraInUse()
    assert interface.IsCameraInUse()
    assert interface.GetProducer().GetTLNodeMap() is producer.GetTLNodeMap()
    interface.GetCameras()[0].DeInit()
    assert not interface.IsCameraInUse()
    assert system.UpdateProducers() is producer.UpdateInterfaceList() is False
    with pytest.raises(PySpin.SpinnakerException, match=r"other\.cti.*\[-1003\]"):
        system.UpdateProducers("other.cti")
    del interface


def test_list_of_producers_finds_them_by_their_id(system):
    producers = system.GetProducers()
    assert producers.GetByProducerID("virtual").UpdateCameras() is False
    assert not producers.GetByProducerID("another")
    more = PySpin.ProducerList(producers)
    more.Add(producers[0])
    more.Append(producers)
    assert more.GetSize() == 3
    more.Remove(producers[0])
    more.Clear()
    assert (len(more), len(producers)) == (0, 1)


@pytest.mark.parametrize(
    ("more", "named"),
    [((), {}), ((None, 0), {}), ((False, None, 0), {}), ((), {"requestAck": True, "results": 0})],
)
def test_action_command_takes_the_arguments_of_either_generation(more, named, system):
    system.SendActionCommand(1, 2, 3, 0, *more, **named)
    system.GetInterfaces()[0].SendActionCommand(1, 2, 3, 0, *more, **named)


@pytest.mark.parametrize(("more", "named"), [((False, None, 0, 1), {}), ((), {"ack": True})])
def test_action_command_refuses_what_no_generation_takes(more, named, system):
    with pytest.raises(TypeError, match="SendActionCommand"):
        system.SendActionCommand(1, 2, 3, 0, *more, **named)


def test_all_logging_handlers_can_be_unregistered_at_an_interface(system):
    class Handler(PySpin.LoggingEventHandler):
        def OnLogEvent(self, data: Any) -> None:
            heard.append(data)

    heard: list[Any] = []
    system.RegisterLoggingEventHandler(Handler())
    system.SetLoggingEventPriorityLevel(PySpin.SPINNAKER_LOG_LEVEL_DEBUG)
    interface = system.GetInterfaces()[0]
    interface.UnregisterAllLoggingEventHandlers()
    system.UpdateCameras()
    assert heard == []
    del interface


def image(pixel_format: int) -> Any:
    return PySpin.Image.Create(2, 1, 0, 0, pixel_format, np.zeros(6, np.uint8))


def test_images_of_a_list_are_found_by_payload_and_stream():
    images = PySpin.ImageList()
    for pixel_format in (PySpin.PixelFormat_Mono8, PySpin.PixelFormat_BGR8, PySpin.PixelFormat_Mono8):
        images.Add(image(pixel_format))
    payload = PySpin.SPINNAKER_IMAGE_PAYLOAD_TYPE_IMAGE
    assert images[0].GetImagePayloadType() == payload
    assert images.GetByPayloadType(payload).GetPixelFormat() == PySpin.PixelFormat_Mono8
    assert not images.GetByPayloadType(PySpin.SPINNAKER_IMAGE_PAYLOAD_TYPE_JPEG)
    assert images.GetByStreamIndex(0)
    assert not images.GetByStreamIndex(1)
    assert images.GetImagesByPayloadType(payload).GetSize() == 3
    assert images.GetImagesByPixelFormat(PySpin.PixelFormat_Mono8).GetSize() == 2
    images.RemoveByPayloadType(payload)
    images.RemoveByStreamIndex(0)
    assert [each.GetPixelFormat() for each in images] == [PySpin.PixelFormat_Mono8]
    with pytest.raises(PySpin.SpinnakerException, match="stream index 7 not found"):
        images.RemoveByStreamIndex(7)


def test_point_cloud_keeps_copies_of_its_points(capsys: pytest.CaptureFixture[str]):
    point = PySpin.Stereo3DPoint()
    point.x, point.y, point.z = 1.0, 2.0, 3.0
    point.r, point.g, point.b = 4, 5, 6
    point.pixel.x, point.pixel.y = 7, 8
    cloud = PySpin.PointCloud()
    cloud.AddPoint(point)
    point.pixel.x = 9
    assert PySpin.Stereo3DPoint().pixel.x == 0
    assert cloud.GetPoint(0).pixel.x == 7
    cloud.PrintPoints(5)
    assert capsys.readouterr().out == "1.0, 2.0, 3.0, 4, 5, 6, 7, 8\n"
    other = PySpin.PointCloud(cloud)
    cloud.Clear()
    assert (cloud.GetNumPoints(), other.GetNumPoints()) == (0, 1)
    with pytest.raises(PySpin.SpinnakerException, match="0 points, no number 0"):
        cloud.GetPoint(0)
    with pytest.raises(TypeError, match="Stereo3DPoint"):
        cloud.AddPoint((1, 2, 3))
