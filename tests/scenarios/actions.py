"""Action commands to both cameras, to one, and to none."""

import PySpin


def images(stage, cams, timeout):
    """By camera: the code of waiting for an image."""
    return [stage.code(lambda cam=cam: cam.GetNextImage(timeout).Release()) for cam in cams]


def main(stage):
    """The keys and the group decide who takes it."""
    system = stage.system
    cams = [stage.camera(0), stage.camera(1)]
    for cam in cams:
        cam.ActionDeviceKey.SetValue(7)
        cam.ActionGroupKey.SetValue(1)
        cam.ActionGroupMask.SetValue(1)
        cam.TriggerSource.SetValue(PySpin.TriggerSource_Action0)
        cam.TriggerMode.SetValue(PySpin.TriggerMode_On)
        cam.BeginAcquisition()
    stage.say("both:", stage.code(system.SendActionCommand, 7, 1, 1), images(stage, cams, 2000))
    cams[1].ActionDeviceKey.SetValue(9)
    stage.say("the first:", stage.code(system.SendActionCommand, 7, 1, 1, 0), images(stage, cams, 500))
    stage.say("the second:", stage.code(system.SendActionCommand, 9, 1, 1, 0), images(stage, cams, 500))
    stage.say("another group:", stage.code(system.SendActionCommand, 7, 1, 2), images(stage, cams, 150))
    stage.say("without a clock:", stage.code(system.SendActionCommand, 7, 1, 1, 1), images(stage, cams, 150))
    for cam in cams:
        cam.EndAcquisition()
        cam.ActionDeviceKey.SetValue(0)
        cam.TriggerMode.SetValue(PySpin.TriggerMode_Off)
    cams.clear()
    del cam
