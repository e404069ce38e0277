"""Have frames exposed by the sets of the sequencer, and see refused what the camera cannot do."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def save_set(cam, number, following, exposure):
    """One set with an exposure time; the next frame is of another set."""
    cam.SequencerSetSelector.SetValue(number)
    cam.ExposureTime.SetValue(exposure)
    cam.SequencerTriggerSource.SetValue(PySpin.SequencerTriggerSource_FrameStart)
    cam.SequencerSetNext.SetValue(following)
    cam.SequencerSetSave.Execute()


def try_sequencer(cam):
    """A sequencer of two sets, and what else the camera is asked for."""
    nodemap = cam.GetNodeMap()
    mode = PySpin.CEnumerationPtr(nodemap.GetNode("SequencerMode"))
    print(f"sequencer: {code_of(mode.FromString, 'On')}")
    print(f"valid: {cam.SequencerConfigurationValid.ToString()}")
    cam.ExposureAuto.SetValue(PySpin.ExposureAuto_Off)
    cam.ChunkModeActive.SetValue(True)
    cam.ChunkSelector.SetValue(PySpin.ChunkSelector_ExposureTime)
    cam.ChunkEnable.SetValue(True)
    cam.SequencerConfigurationMode.SetValue(PySpin.SequencerConfigurationMode_On)
    save_set(cam, 0, 1, 1000.0)
    save_set(cam, 1, 0, 3000.0)
    cam.SequencerConfigurationMode.SetValue(PySpin.SequencerConfigurationMode_Off)
    print(f"valid: {cam.SequencerConfigurationValid.ToString()}")
    mode.FromString("On")
    print(f"locked: {code_of(cam.ExposureTime.SetValue, 500.0)}")
    cam.BeginAcquisition()
    exposures = []
    for _ in range(4):
        image = cam.GetNextImage(2000)
        exposures.append(round(image.GetChunkData().GetExposureTime()))
        image.Release()
    cam.EndAcquisition()
    print(f"exposures: {exposures}")
    mode.FromString("Off")
    PySpin.CCommandPtr(nodemap.GetNode("SequencerConfigurationReset")).Execute()
    cam.ChunkModeActive.SetValue(False)
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
