"""Programs for PySpin 1 to 3 run on virtual cameras by ``python -m llpyspin.virtual``, and only there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import uuid

import pytest

import llpyspin.virtual

PROGRAM = """
    import threading

    import PySpin

    class Images(PySpin.ImageEvent):
        def __init__(self):
            super().__init__()
            self.shapes = []
            self.enough = threading.Event()

        def OnImageEvent(self, image):
            assert image.GetImageStatus() == PySpin.IMAGE_NO_ERROR
            colored = image.Convert(PySpin.PixelFormat_BGR8, PySpin.HQ_LINEAR)
            self.shapes.append(colored.GetNDArray().shape)
            if len(self.shapes) >= 3:
                self.enough.set()

    class Comings(PySpin.InterfaceEvent):
        def __init__(self):
            super().__init__()
            self.gone = []
            self.told = threading.Event()

        def OnDeviceArrival(self, serial):
            pass

        def OnDeviceRemoval(self, serial):
            self.gone.append(serial)
            self.told.set()

    system = PySpin.System.GetInstance()
    comings = Comings()
    system.RegisterInterfaceEvent(comings)
    cameras = system.GetCameras()
    cam = cameras[0]
    cam.Init()
    cam.Width.SetValue(320)
    cam.Height.SetValue(240)
    images = Images()
    cam.RegisterEvent(images)
    cam.BeginAcquisition()
    assert images.enough.wait(20)
    cam.EndAcquisition()
    cam.UnregisterEvent(images)
    cam.BeginAcquisition()
    image = cam.GetNextImage()
    print(images.shapes[2], image.CalculateChannelStatistics(PySpin.GREY).range_max)
    image.Release()
    cam.EndAcquisition()
    cam.DeInit()
    del cam
    cameras.Clear()
    PySpin.fault("1001", "unplug")
    assert comings.told.wait(20)
    print(comings.gone)
    system.UnregisterInterfaceEvent(comings)
    system.ReleaseInstance()
"""


def test_a_program_of_old_names_runs(tmp_path):
    script = tmp_path / "old.py"
    script.write_text(textwrap.dedent(PROGRAM))
    cameras = [{"serial": "1001", "model": "BFS-U3-16S2C"}]
    config = json.dumps({"cameras": cameras, "world": uuid.uuid4().hex[:12]})
    done = subprocess.run(
        [sys.executable, "-m", "llpyspin.virtual", str(script)],
        env={**os.environ, "LLPYSPIN_VIRTUAL": config},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["(240, 320, 3) 255", "[1001]"]


@pytest.mark.parametrize("name", ["ImageEvent", "InterfaceEvent", "HQ_LINEAR", "IMAGE_NO_ERROR", "GREY"])
def test_the_module_itself_has_no_old_names(name):
    with pytest.raises(AttributeError):
        getattr(llpyspin.virtual, name)
