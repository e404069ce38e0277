"""Set the exposure time by hand, within its limits and beyond."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def configure_exposure(cam):
    """Automatic off, a value, and what is refused."""
    cam.ExposureAuto.SetValue(PySpin.ExposureAuto_Continuous)
    print(f"locked by the automatic: {code_of(cam.ExposureTime.SetValue, 1000.0)}")
    cam.ExposureAuto.SetValue(PySpin.ExposureAuto_Off)
    cam.ExposureTime.SetValue(min(cam.ExposureTime.GetMax(), 2000.0))
    print(f"exposure: {cam.ExposureTime.GetValue():.0f}")
    print(f"too long: {code_of(cam.ExposureTime.SetValue, cam.ExposureTime.GetMax() * 2)}")
    print(f"too short: {code_of(cam.ExposureTime.SetValue, -1.0)}")
    print(f"exposure: {cam.ExposureTime.GetValue():.0f} {cam.ExposureTime.GetUnit()}")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = configure_exposure(cam)
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
