"""Take images by software triggers."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def acquire_by_trigger(cam):
    """One image for each trigger, and none without."""
    nodemap = cam.GetNodeMap()
    PySpin.CEnumerationPtr(nodemap.GetNode("TriggerMode")).FromString("Off")
    PySpin.CEnumerationPtr(nodemap.GetNode("TriggerSource")).FromString("Software")
    PySpin.CEnumerationPtr(nodemap.GetNode("TriggerMode")).FromString("On")
    cam.BeginAcquisition()
    print(f"without a trigger: {code_of(cam.GetNextImage, 200)}")
    command = PySpin.CCommandPtr(nodemap.GetNode("TriggerSoftware"))
    for number in range(3):
        command.Execute()
        image = cam.GetNextImage(2000)
        print(f"image {number}: id {image.GetFrameID()}")
        image.Release()
    print(f"and no more: {code_of(cam.GetNextImage, 200)}")
    cam.EndAcquisition()
    cam.TriggerMode.SetValue(PySpin.TriggerMode_Off)
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = acquire_by_trigger(cam)
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
