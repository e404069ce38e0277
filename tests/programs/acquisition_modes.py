"""Single and multi frame acquisitions end by themselves."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def acquire_by_mode(cam):
    """One image, then three, and no more."""
    cam.AcquisitionMode.SetValue(PySpin.AcquisitionMode_SingleFrame)
    cam.BeginAcquisition()
    cam.GetNextImage(2000).Release()
    print(f"single: one image, then {code_of(cam.GetNextImage, 300)}")
    cam.EndAcquisition()
    cam.AcquisitionMode.SetValue(PySpin.AcquisitionMode_MultiFrame)
    cam.AcquisitionFrameCount.SetValue(3)
    cam.BeginAcquisition()
    for _ in range(3):
        cam.GetNextImage(2000).Release()
    print(f"multi: three images, then {code_of(cam.GetNextImage, 300)}")
    cam.EndAcquisition()
    cam.AcquisitionMode.SetValue(PySpin.AcquisitionMode_Continuous)
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = acquire_by_mode(cam)
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
