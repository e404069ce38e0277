"""Set the gain by hand, within its limits and beyond."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def configure_gain(cam):
    """Automatic off, a value, and what is refused."""
    nodemap = cam.GetNodeMap()
    PySpin.CEnumerationPtr(nodemap.GetNode("GainAuto")).FromString("Off")
    node_gain = PySpin.CFloatPtr(nodemap.GetNode("Gain"))
    node_gain.SetValue(6.0)
    print(f"gain: {node_gain.GetValue():.1f}")
    print(f"past the limit: {code_of(node_gain.SetValue, node_gain.GetMax() + 10)}")
    print(f"gain: {node_gain.GetValue():.1f}")
    print(
        f"unknown entry: {code_of(PySpin.CEnumerationPtr(nodemap.GetNode('GainAuto')).FromString, 'Sometimes')}"
    )
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = configure_gain(cam)
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
