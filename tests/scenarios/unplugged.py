"""A camera that is unplugged while it streams, and comes back."""

import PySpin


def codes_until_lost(stage, cam):
    """The codes of grabbing, until one says that the camera has gone."""
    codes = []

    def lost():
        code = stage.code(lambda: cam.GetNextImage(50).Release())
        if code and codes[-1:] != [code]:
            codes.append(code)
        return code == PySpin.SPINNAKER_ERR_NOT_INITIALIZED

    return stage.until(lost, 30), codes


def main(stage):
    """What each call says until the SDK has noticed, and afterwards."""
    serial = stage.serials[0]
    cam = stage.camera()
    cam.BeginAcquisition()
    cam.GetNextImage(2000).Release()
    stage.do("unplug", serial)
    stage.say("lost:", *codes_until_lost(stage, cam))
    stage.say("grabbing:", stage.error(cam.GetNextImage, 100))
    stage.say("valid:", cam.IsValid())
    exposure = cam.ExposureTime
    stage.say("a node:", stage.error(exposure.GetValue))
    stage.say("writing:", stage.error(exposure.SetValue, 1000.0))
    # the SDK ends the stream by itself, some time after it has noticed
    stage.say("end:", stage.code(cam.EndAcquisition) in (0, PySpin.SPINNAKER_ERR_NOT_INITIALIZED))
    stage.say("close:", stage.error(cam.DeInit))
    stage.say("begin:", stage.error(cam.BeginAcquisition))
    stage.say("open:", stage.error(cam.Init))
    system = stage.system
    cameras = system.GetCameras()
    stage.say("left:", [each.TLDevice.DeviceSerialNumber.GetValue() == stage.serials[1] for each in cameras])
    stage.say("in the list:", cameras.GetBySerial(serial).IsValid())
    cameras.Clear()
    stage.do("plug", serial)

    def back():
        found = stage.system.GetCameras()
        there = found.GetBySerial(serial).IsValid()
        found.Clear()
        return there

    stage.say("back:", stage.until(back, 30))
    stage.say("the old pointer:", stage.error(cam.Init))
    del cam, exposure
    stage.say("end the SDK:", stage.error(system.ReleaseInstance))
