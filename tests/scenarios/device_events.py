"""Events of a camera: their names, numbers and order, and what registering them wrongly is told."""

import PySpin


class Ears(PySpin.DeviceEventHandler):
    """Keeps what it hears."""

    def __init__(self):
        super().__init__()
        self.heard = []

    def OnDeviceEvent(self, eventname):
        self.heard.append((eventname, self.GetDeviceEventName(), self.GetDeviceEventId()))


def main(stage):
    """The end of exposures, by the name of its event and by no name."""
    cam = stage.camera()
    named, every = Ears(), Ears()
    cam.EventSelector.SetValue(PySpin.EventSelector_ExposureEnd)
    stage.say("at first:", cam.EventNotification.GetValue() == PySpin.EventNotification_Off)
    cam.RegisterEventHandler(named, "EventExposureEnd")
    cam.RegisterEventHandler(every)
    cam.BeginAcquisition()
    cam.GetNextImage(2000).Release()
    cam.EndAcquisition()
    stage.say("without notification:", len(named.heard), len(every.heard))
    cam.EventNotification.SetValue(PySpin.EventNotification_On)
    cam.BeginAcquisition()
    for _ in range(3):
        cam.GetNextImage(2000).Release()
    stage.say("came:", stage.until(lambda: len(named.heard) >= 3 and len(every.heard) >= 3))
    cam.EndAcquisition()
    stage.say("by name:", sorted(set(named.heard)))
    stage.say("by none:", sorted(set(every.heard)))
    cam.UnregisterEventHandler(named)
    cam.UnregisterEventHandler(every)
    stage.say("unregistered again:", stage.code(cam.UnregisterEventHandler, named))
    stage.say("no such event:", stage.error(cam.RegisterEventHandler, Ears(), "EventOfNothing"))
    stage.say("its short name:", stage.error(cam.RegisterEventHandler, Ears(), "ExposureEnd"))
    before = len(every.heard)
    cam.BeginAcquisition()
    for _ in range(3):
        cam.GetNextImage(2000).Release()
    cam.EndAcquisition()
    stage.say("after unregistering:", len(every.heard) - before)
    cam.EventNotification.SetValue(PySpin.EventNotification_Off)
