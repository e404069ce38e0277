"""A virtual camera whose thread meets an unexpected error is lost, and does not just give no more images."""

from __future__ import annotations

import json
import uuid

import pytest

from llpyspin import virtual
from llpyspin.virtual.engine import CameraEngine


def test_a_camera_whose_thread_fails_is_lost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = {"cameras": [{"serial": "72000001", "model": "BFS-U3-04S2M"}], "world": uuid.uuid4().hex[:12]}
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(world))

    def fails(*_: object) -> None:
        raise ZeroDivisionError("in the middle of an image")

    monkeypatch.setattr(CameraEngine, "_deliver", fails)
    system = virtual.System.GetInstance()
    cameras = system.GetCameras()
    camera = cameras[0]
    camera.Init()
    camera.TriggerSource.SetValue(virtual.TriggerSource_Software)
    camera.TriggerMode.SetValue(virtual.TriggerMode_On)
    camera.BeginAcquisition()
    camera.TriggerSoftware.Execute()
    with pytest.raises(virtual.SpinnakerException) as lost:
        camera.GetNextImage(20_000)
    assert lost.value.errorcode == -1002
    assert "in the middle of an image" in capsys.readouterr().err
    del lost, camera  # a traceback would keep the camera
    cameras.Clear()
    system.ReleaseInstance()
