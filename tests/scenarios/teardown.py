"""The order in which things end, and what each thing that is left behind is told."""

import PySpin


class Eyes(PySpin.ImageEventHandler):
    """Looks at nothing."""

    def OnImageEvent(self, image):
        pass


def main(stage):
    """With images, handlers, pointers and lists still there."""
    system = stage.system
    cam = stage.camera()
    stage.say("in use:", system.IsInUse())
    cam.BeginAcquisition()
    image = cam.GetNextImage(2000)
    stage.say("close while streaming:", stage.error(cam.DeInit))
    stage.say("end the SDK while streaming:", stage.error(system.ReleaseInstance))
    cam.EndAcquisition()
    stage.say("image after the end:", stage.code(image.Release))
    del image
    eyes = Eyes()
    cam.RegisterEventHandler(eyes)
    stage.say("close with a handler:", stage.error(cam.DeInit))
    stage.say("unregister after closing:", stage.error(cam.UnregisterEventHandler, eyes))
    stage.say("initialised:", cam.IsInitialized())
    stage.say("close again:", stage.error(cam.DeInit))
    stage.say("end the SDK with a camera:", stage.error(system.ReleaseInstance))
    cam.Init()
    cam.Init()
    stage.say("open twice:", cam.IsInitialized())
    cam.BeginAcquisition()
    cam.GetNextImage(2000).Release()
    cam.EndAcquisition()
    cam.DeInit()
    cameras = system.GetCameras()
    del cam
    stage.say("end the SDK with a list:", stage.error(system.ReleaseInstance))
    cameras.Clear()
    stage.say("list after clearing:", cameras.GetSize())
    del cameras
    stage.say("end the SDK:", stage.error(system.ReleaseInstance))
