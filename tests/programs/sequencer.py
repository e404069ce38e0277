"""Ask for what the camera cannot do, and see it refused."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def try_sequencer(cam):
    """A sequencer that is not set up, and logic blocks."""
    nodemap = cam.GetNodeMap()
    print(f"sequencer: {code_of(PySpin.CEnumerationPtr(nodemap.GetNode('SequencerMode')).FromString, 'On')}")
    valid = PySpin.CEnumerationPtr(nodemap.GetNode("SequencerConfigurationValid"))
    print(f"valid: {valid.ToString()}")
    blocks = PySpin.CIntegerPtr(nodemap.GetNode("LogicBlockLUTOutputValueAll"))
    print(f"logic block: {code_of(blocks.SetValue, 1)}")
    transfer = PySpin.CEnumerationPtr(nodemap.GetNode("TransferControlMode"))
    print(f"transfer by command: {code_of(transfer.FromString, 'UserControlled')}")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = try_sequencer(cam)
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
