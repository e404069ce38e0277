"""Trigger GigE cameras by action commands, at once and at a set time."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def arm(cam):
    """Have a camera wait for actions of group 1."""
    cam.ActionDeviceKey.SetValue(7)
    cam.ActionGroupKey.SetValue(1)
    cam.ActionGroupMask.SetValue(1)
    cam.TriggerSource.SetValue(PySpin.TriggerSource_Action0)
    cam.TriggerMode.SetValue(PySpin.TriggerMode_On)
    cam.BeginAcquisition()


def main():
    """One command, one image; commands with another key count for nothing."""
    system = PySpin.System.GetInstance()
    cam_list = system.GetCameras()
    cam = cam_list[0]
    cam.Init()
    cam.GevIEEE1588.SetValue(True)
    arm(cam)
    system.SendActionCommand(7, 1, 1)
    print(f"triggered: id {cam.GetNextImage(2000).GetFrameID()}")
    system.SendActionCommand(8, 1, 1)
    print(f"another key: {code_of(cam.GetNextImage, 200)}")
    cam.TimestampLatch.Execute()
    system.SendActionCommand(7, 1, 1, cam.TimestampLatchValue.GetValue() + 300_000_000)
    print(f"too early: {code_of(cam.GetNextImage, 50)}")
    print(f"in time: id {cam.GetNextImage(3000).GetFrameID()}")
    cam.EndAcquisition()
    result = PySpin.ActionCommandResult()
    print(f"a result: {result.Status == PySpin.SPINNAKER_ACTION_COMMAND_STATUS_OK}")
    cam.TriggerMode.SetValue(PySpin.TriggerMode_Off)
    cam.GevIEEE1588.SetValue(False)
    cam.DeInit()
    del cam
    cam_list.Clear()
    system.ReleaseInstance()
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
