"""Choose a part of the sensor, and what is refused."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def configure_region(cam):
    """Width, height and offsets in the order in which they fit."""
    width, height = cam.Width.GetValue(), cam.Height.GetValue()
    print(f"largest: {cam.WidthMax.GetValue()} x {cam.HeightMax.GetValue()}")
    cam.Width.SetValue(640)
    cam.Height.SetValue(480)
    cam.OffsetX.SetValue(64)
    cam.OffsetY.SetValue(32)
    print(f"region: {cam.Width()} x {cam.Height()} at {cam.OffsetX()}, {cam.OffsetY()}")
    print(f"payload: {cam.PayloadSize()}")
    print(f"too wide: {code_of(cam.Width.SetValue, 1 << 20)}")
    print(f"not whole steps: {code_of(cam.Width.SetValue, cam.Width.GetMin() + 1)}")
    print(f"too far: {code_of(cam.OffsetX.SetValue, 1 << 20)}")
    print(f"read-only: {code_of(PySpin.CIntegerPtr(cam.GetNodeMap().GetNode('WidthMax')).SetValue, 8)}")
    cam.OffsetX.SetValue(0)
    cam.OffsetY.SetValue(0)
    cam.Width.SetValue(width)
    cam.Height.SetValue(height)
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = configure_region(cam)
        cam.DeInit()
    except PySpin.SpinnakerException as ex:
        print(f"Error: {ex}")
        return False
    return result


def main():
    """Run the steps with the first camera."""
    system = PySpin.System.GetInstance()
    cam_list = system.GetCameras()
    if cam_list.GetSize() == 0:
        cam_list.Clear()
        system.ReleaseInstance()
        print("Not enough cameras!")
        return False
    cam = cam_list[0]
    result = run_single_camera(cam)
    del cam
    cam_list.Clear()
    system.ReleaseInstance()
    return result


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
