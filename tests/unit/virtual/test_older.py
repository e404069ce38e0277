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


EVENTS_OF_2 = """
    import threading

    import PySpin

    class Traffic(PySpin.InterfaceEventHandler):
        def __init__(self):
            super().__init__()
            self.told = threading.Event()

        def OnDeviceArrival(self, serial_number):
            print("arrived %i\\n" % serial_number, end="")
            self.told.set()

        def OnDeviceRemoval(self, serial_number):
            print("removed %i\\n" % serial_number, end="")
            self.told.set()
            raise ValueError("in the handler")

    system = PySpin.System.GetInstance()
    of_system, of_interface = Traffic(), Traffic()
    system.RegisterInterfaceEventHandler(of_system)
    interfaces = system.GetInterfaces()
    interface = interfaces[0]
    interface.RegisterEventHandler(of_interface)
    for kind in ("unplug", "plug"):
        PySpin.fault("1001", kind)
        for handler in (of_system, of_interface):
            assert handler.told.wait(20)
            handler.told.clear()
    system.UnregisterInterfaceEventHandler(of_system)
    interface.UnregisterEventHandler(of_interface)
    del interface
    interfaces.Clear()
    system.ReleaseInstance()
"""


def run_script(text, tmp_path):
    script = tmp_path / "old.py"
    script.write_text(textwrap.dedent(text))
    cameras = [{"serial": "1001", "model": "BFS-U3-16S2C"}]
    config = json.dumps({"cameras": cameras, "world": uuid.uuid4().hex[:12]})
    return subprocess.run(
        [sys.executable, "-m", "llpyspin.virtual", str(script)],
        env={**os.environ, "LLPYSPIN_VIRTUAL": config},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_interface_handlers_of_2_x_get_serial_numbers_and_may_fail(tmp_path):
    done = run_script(EVENTS_OF_2, tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == ["arrived 1001"] * 2 + ["removed 1001"] * 2
    assert done.stderr.count("ValueError: in the handler") == 2


def test_a_program_of_old_names_runs(tmp_path):
    done = run_script(PROGRAM, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["(240, 320, 3) 255", "[1001]"]


@pytest.mark.parametrize("name", ["ImageEvent", "InterfaceEvent", "HQ_LINEAR", "IMAGE_NO_ERROR", "GREY"])
def test_the_module_itself_has_no_old_names(name):
    with pytest.raises(AttributeError):
        getattr(llpyspin.virtual, name)
