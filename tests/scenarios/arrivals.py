"""Cameras that come and go, as handlers of the system and of an interface hear of it."""

import PySpin


class Ears(PySpin.InterfaceEventHandler):
    """Keeps what it hears; up to 2.x it is told serial numbers, since 3.x cameras."""

    def __init__(self, serials):
        super().__init__()
        self.serials = serials
        self.heard = []

    def OnDeviceArrival(self, camera):
        self.heard.append(("arrived", self.serials.index(serial_of(camera))))

    def OnDeviceRemoval(self, camera):
        self.heard.append(("removed", self.serials.index(serial_of(camera))))


def serial_of(camera):
    return str(camera) if isinstance(camera, int) else camera.TLDevice.DeviceSerialNumber.GetValue()


def main(stage):
    """Unplug, plug in again, and once more after the handlers are gone."""
    serial = stage.serials[1]
    system = stage.system
    interfaces = system.GetInterfaces()
    gige = next(each for each in interfaces if each.GetCameras().GetSize() == 2)
    everywhere, here = Ears(stage.serials), Ears(stage.serials)
    system.RegisterEventHandler(everywhere)
    gige.RegisterEventHandler(here)
    stage.say("registered again:", stage.code(system.RegisterEventHandler, everywhere) < 0)
    stage.say("at first:", everywhere.heard, here.heard)
    stage.do("unplug", serial)
    stage.say("heard:", stage.until(lambda: everywhere.heard and here.heard, 40))
    stage.say("everywhere:", everywhere.heard, "here:", here.heard)
    stage.do("plug", serial)
    stage.say("heard:", stage.until(lambda: len(everywhere.heard) > 1 and len(here.heard) > 1, 40))
    stage.say("everywhere:", everywhere.heard, "here:", here.heard)
    system.UnregisterEventHandler(everywhere)
    gige.UnregisterEventHandler(here)
    stage.say("unregistered again:", stage.code(system.UnregisterEventHandler, everywhere) < 0)
    del gige
    interfaces.Clear()
