"""Write images into a video file."""

import os
import sys
import tempfile

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def write_video(cam):
    """Four images, Motion JPEG."""
    option = PySpin.MJPGOption()
    option.frameRate, option.quality = 30.0, 75
    with tempfile.TemporaryDirectory() as folder:
        recorder = PySpin.SpinVideo()
        recorder.Open(f"{folder}/video", option)
        cam.BeginAcquisition()
        for _ in range(4):
            image = cam.GetNextImage(2000)
            recorder.Append(image)
            image.Release()
        cam.EndAcquisition()
        recorder.Close()
        print(f"files: {os.listdir(folder)}")
    print(f"closed: {code_of(recorder.Append, PySpin.Image.Create())}")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = write_video(cam)
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
