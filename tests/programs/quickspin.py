"""Use the attributes of a camera instead of its node map."""

import sys

import PySpin


def use_quickspin(cam):
    """Constants go in and come out; nodes can be called."""
    cam.TriggerMode.SetValue(PySpin.TriggerMode_On)
    print(f"trigger mode: {cam.TriggerMode.GetValue() == PySpin.TriggerMode_On}")
    cam.TriggerMode.SetValue(PySpin.TriggerMode_Off)
    node = PySpin.CEnumerationPtr(cam.GetNodeMap().GetNode("TriggerMode"))
    print(f"the same by name: {node.ToString()}")
    print(f"called: {cam.Width() == cam.Width.GetValue()}, {cam.TriggerMode() == PySpin.TriggerMode_Off}")
    print(
        f"access: {cam.Width.GetAccessMode() == PySpin.RW}, {cam.DeviceVendorName.GetAccessMode() == PySpin.RO}"
    )
    print(f"vendor: {cam.TLDevice.DeviceVendorName.GetValue()}")
    print(f"absent: {cam.Scan3dOutputMode.GetAccessMode() == PySpin.NI}")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = use_quickspin(cam)
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
