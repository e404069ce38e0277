"""Set the lines up for cameras in step."""

import sys

import PySpin


def configure_lines(cam):
    """The settings of a primary camera, and what a line refuses."""
    cam.LineSelector.SetValue(PySpin.LineSelector_Line2)
    cam.V3_3Enable.SetValue(True)
    print(f"supply: {cam.V3_3Enable.GetValue()}")
    cam.V3_3Enable.SetValue(False)
    cam.LineSelector.SetValue(PySpin.LineSelector_Line1)
    cam.LineSource.SetValue(PySpin.LineSource_ExposureActive)
    print(f"source of Line1: {cam.LineSource.GetCurrentEntry().GetSymbolic()}")
    print(f"mode of Line1: {cam.LineMode.GetCurrentEntry().GetSymbolic()}")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = configure_lines(cam)
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
