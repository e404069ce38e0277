"""Call methods at the wrong time, and see their errors."""

import sys

import PySpin


def text_of(call, *arguments):
    """The text of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return f"{ex}"
    return "no error"


def misuse(cam):
    """Each step out of turn."""
    print(text_of(cam.GetNextImage, 100))
    print(text_of(cam.EndAcquisition))
    cam.BeginAcquisition()
    print(text_of(cam.BeginAcquisition))
    print(text_of(cam.DeInit))
    cam.EndAcquisition()
    cam.DeInit()
    print(text_of(cam.GetNodeMap))
    print(text_of(cam.BeginAcquisition))
    cam.Init()
    cam.Init()
    print(f"initialised: {cam.IsInitialized()}, valid: {cam.IsValid()}")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = misuse(cam)
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
