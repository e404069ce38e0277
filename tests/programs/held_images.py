"""Hold images until the stream has no buffer left."""

import sys

import PySpin


def hold_images(cam):
    """Images in use are counted, and come back."""
    cam.BeginAcquisition()
    held = [cam.GetNextImage(2000) for _ in range(3)]
    print(f"in use: {cam.GetNumImagesInUse()}, {held[0].IsInUse()}")
    for image in held:
        image.Release()
    print(f"in use: {cam.GetNumImagesInUse()}")
    cam.GetNextImage(2000).Release()
    cam.EndAcquisition()
    print(f"streams: {cam.GetNumDataStreams()}")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = hold_images(cam)
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
