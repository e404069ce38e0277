"""Acquire images of two pixel formats."""

import sys

import PySpin


def acquire_formats(cam):
    """Bits, stride and type of the array."""
    for name in ("Mono16", "Mono8"):
        cam.PixelFormat.SetValue(getattr(PySpin, f"PixelFormat_{name}"))
        cam.BeginAcquisition()
        image = cam.GetNextImage(2000)
        print(
            f"{image.GetPixelFormatName()}: {image.GetBitsPerPixel()} bits, stride {image.GetStride()}, "
            f"{image.GetNumChannels()} channel, {image.GetNDArray().dtype}, {image.GetImageSize()} bytes"
        )
        print(f"constant: {image.GetPixelFormat() == getattr(PySpin, f'PixelFormat_{name}')}")
        image.Release()
        cam.EndAcquisition()
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = acquire_formats(cam)
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
