"""Save settings in the camera, and load them."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def use_user_sets(cam):
    """A set of one's own, and that of the factory."""
    cam.GainAuto.SetValue(PySpin.GainAuto_Off)
    cam.Gain.SetValue(9.0)
    cam.UserSetSelector.SetValue(PySpin.UserSetSelector_UserSet0)
    cam.UserSetSave.Execute()
    cam.UserSetSelector.SetValue(PySpin.UserSetSelector_Default)
    cam.UserSetLoad.Execute()
    print(f"factory: {cam.GainAuto.GetCurrentEntry().GetSymbolic()}")
    print(f"saving it: {code_of(cam.UserSetSave.Execute)}")
    cam.UserSetSelector.SetValue(PySpin.UserSetSelector_UserSet0)
    cam.UserSetLoad()
    print(f"own: {cam.Gain.GetValue():.1f}")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = use_user_sets(cam)
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
