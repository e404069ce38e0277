"""Count exposures with a counter of the camera."""

import sys

import PySpin


def count_exposures(cam):
    """A counter that the starts of exposures increment."""
    nodemap = cam.GetNodeMap()
    for name, entry in (
        ("CounterSelector", "Counter0"),
        ("CounterEventSource", "ExposureStart"),
        ("TriggerSource", "Software"),
        ("TriggerMode", "On"),
    ):
        PySpin.CEnumerationPtr(nodemap.GetNode(name)).FromString(entry)
    PySpin.CIntegerPtr(nodemap.GetNode("CounterDuration")).SetValue(100)
    cam.BeginAcquisition()
    for _ in range(3):
        cam.TriggerSoftware.Execute()
        cam.GetNextImage(2000).Release()
    print(f"counted: {PySpin.CIntegerPtr(nodemap.GetNode('CounterValue')).GetValue()}")
    cam.EndAcquisition()
    cam.TriggerMode.SetValue(PySpin.TriggerMode_Off)
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = count_exposures(cam)
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
