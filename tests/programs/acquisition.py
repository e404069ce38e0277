"""Acquire a few images, one after the other."""

import sys

import PySpin


def acquire_images(cam):
    """Five images in continuous mode."""
    node_acquisition_mode = PySpin.CEnumerationPtr(cam.GetNodeMap().GetNode("AcquisitionMode"))
    if not PySpin.IsReadable(node_acquisition_mode) or not PySpin.IsWritable(node_acquisition_mode):
        print("Unable to set acquisition mode to continuous")
        return False
    continuous = node_acquisition_mode.GetEntryByName("Continuous")
    node_acquisition_mode.SetIntValue(continuous.GetValue())
    cam.BeginAcquisition()
    print(f"streaming: {cam.IsStreaming()}")
    ids = []
    for _ in range(5):
        image_result = cam.GetNextImage(2000)
        if image_result.IsIncomplete():
            print(f"incomplete: {PySpin.Image.GetImageStatusDescription(image_result.GetImageStatus())}")
        ids.append(image_result.GetFrameID())
        shape = image_result.GetNDArray().shape
        image_result.Release()
    cam.EndAcquisition()
    print(f"ids in order: {ids == sorted(set(ids))}, first {ids[0]}, shape {shape}")
    print(f"streaming: {cam.IsStreaming()}")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = acquire_images(cam)
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
