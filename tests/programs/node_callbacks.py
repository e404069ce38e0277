"""Have a function called when a node changes."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


class GainCallback(PySpin.NodeCallback):
    """Keeps the values that it has seen."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def CallbackFunction(self, node):
        self.seen.append(round(PySpin.CFloatPtr(node).GetValue()))


def watch_node(cam):
    """Three changes, of which two are watched."""
    cam.GainAuto.SetValue(PySpin.GainAuto_Off)
    node = cam.GetNodeMap().GetNode("Gain")
    callback = GainCallback()
    PySpin.RegisterNodeCallback(node, callback)
    cam.Gain.SetValue(6.0)
    cam.Gain.SetValue(12.0)
    PySpin.DeregisterNodeCallback(callback)
    cam.Gain.SetValue(3.0)
    print(f"seen: {callback.seen}, again: {code_of(PySpin.DeregisterNodeCallback, callback)}")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = watch_node(cam)
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
