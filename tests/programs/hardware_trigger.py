"""Arm a camera for pulses that do not come."""

import sys

import PySpin


def wait_for_pulses(cam):
    """The settings of a secondary camera."""
    cam.TriggerMode.SetValue(PySpin.TriggerMode_Off)
    cam.TriggerSelector.SetValue(PySpin.TriggerSelector_FrameStart)
    cam.TriggerSource.SetValue(PySpin.TriggerSource_Line3)
    cam.TriggerActivation.SetValue(PySpin.TriggerActivation_RisingEdge)
    cam.TriggerOverlap.SetValue(PySpin.TriggerOverlap_ReadOut)
    cam.TriggerMode.SetValue(PySpin.TriggerMode_On)
    cam.BeginAcquisition()
    try:
        cam.GetNextImage(200)
    except PySpin.SpinnakerException as ex:
        print(ex)
    cam.EndAcquisition()
    cam.TriggerMode.SetValue(PySpin.TriggerMode_Off)
    print(f"source: {cam.TriggerSource.GetCurrentEntry().GetSymbolic()}")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = wait_for_pulses(cam)
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
