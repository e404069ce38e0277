"""Trigger more images than there are buffers, in each handling mode."""

import sys
import time

import PySpin

NUM_BUFFERS, NUM_TRIGGERS = 6, 10


def fill_buffers(cam):
    """How many images are left, and in which order."""
    cam.ExposureAuto.SetValue(PySpin.ExposureAuto_Off)
    cam.ExposureTime.SetValue(1000.0)
    cam.TriggerSource.SetValue(PySpin.TriggerSource_Software)
    cam.TriggerMode.SetValue(PySpin.TriggerMode_On)
    stream = cam.GetTLStreamNodeMap()
    PySpin.CEnumerationPtr(stream.GetNode("StreamBufferCountMode")).FromString("Manual")
    PySpin.CIntegerPtr(stream.GetNode("StreamBufferCountManual")).SetValue(NUM_BUFFERS)
    for mode in ("OldestFirst", "OldestFirstOverwrite", "NewestOnly", "NewestFirst"):
        PySpin.CEnumerationPtr(stream.GetNode("StreamBufferHandlingMode")).FromString(mode)
        cam.BeginAcquisition()
        for _ in range(NUM_TRIGGERS):
            cam.TriggerSoftware.Execute()
            time.sleep(0.08)
        ids = []
        while True:
            try:
                image = cam.GetNextImage(100)
            except PySpin.SpinnakerException as ex:
                print(f"{mode}: {ids}, then {ex.errorcode}")
                break
            ids.append(image.GetFrameID())
            image.Release()
        cam.EndAcquisition()
    PySpin.CEnumerationPtr(stream.GetNode("StreamBufferHandlingMode")).FromString("OldestFirst")
    cam.TriggerMode.SetValue(PySpin.TriggerMode_Off)
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = fill_buffers(cam)
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
