"""See which nodes are locked while the camera streams."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def try_writing(cam):
    """Sizes and formats are locked, exposure and gain are not."""
    cam.ExposureAuto.SetValue(PySpin.ExposureAuto_Off)
    cam.GainAuto.SetValue(PySpin.GainAuto_Off)
    nodemap = cam.GetNodeMap()
    names = ("Width", "Height", "PixelFormat", "AcquisitionMode", "ExposureTime", "Gain", "TriggerMode")
    cam.BeginAcquisition()
    for name in names:
        print(f"{name}: {PySpin.IsWritable(nodemap.GetNode(name))}")
    print(f"writing the width: {code_of(cam.Width.SetValue, cam.Width.GetValue())}")
    cam.EndAcquisition()
    print(f"afterwards: {all(PySpin.IsWritable(nodemap.GetNode(name)) for name in names)}")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = try_writing(cam)
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
