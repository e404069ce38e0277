"""Carry the settings of a camera to a file and back."""

import io
import sys

import PySpin


def carry_settings(cam):
    """Store, change, load."""
    nodemap = PySpin.CNodeMapPtr(cam.GetNodeMap())
    cam.GainAuto.SetValue(PySpin.GainAuto_Off)
    cam.Gain.SetValue(5.0)
    bag = PySpin.CFeatureBag()
    print(f"stored: {bag.StoreToBag(nodemap) > 100}")
    text = io.StringIO()
    PySpin.__lshift__(text, bag)
    cam.Gain.SetValue(0.0)
    loaded = PySpin.CFeatureBag()
    PySpin.__rshift__(text.getvalue(), loaded)
    errors = []
    loaded.LoadFromBag(nodemap, True, errors)
    print(f"the same: {loaded == bag}, gain: {cam.Gain.GetValue():.0f}, errors: {errors}")
    info = PySpin.CDeviceInfoPtr(cam.GetNodeMap())
    print(f"described: {info.GetVendorName()}, {info.GetToolTip()}")
    selector = PySpin.CSelectorPtr(cam.GetNodeMap().GetNode("TriggerSelector"))
    print(f"selects: {'TriggerMode' in [node.GetName() for node in selector.GetSelectedFeatures()]}")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = carry_settings(cam)
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
