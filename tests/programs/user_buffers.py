"""Have images written into memory of the program."""

import mmap
import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


NUM_BUFFERS = 4


def acquire_into_memory(cam):
    """Buffers of the program's own."""
    size = (cam.PayloadSize() + 1023) // 1024 * 1024
    memory = mmap.mmap(-1, size * NUM_BUFFERS)
    cam.SetBufferOwnership(PySpin.SPINNAKER_BUFFER_OWNERSHIP_USER)
    print(f"user owns: {cam.GetBufferOwnership() == PySpin.SPINNAKER_BUFFER_OWNERSHIP_USER}")
    print(f"without memory: {code_of(cam.GetUserBufferCount)}, {code_of(cam.BeginAcquisition)}")
    cam.SetUserBuffers(memory, size * NUM_BUFFERS)
    print(
        f"total: {cam.GetUserBufferTotalSize() == size * NUM_BUFFERS}, count: {code_of(cam.GetUserBufferCount)}"
    )
    cam.BeginAcquisition()
    image = cam.GetNextImage(2000)
    print(f"bytes of an image: {image.GetImageSize()}")
    image.Release()
    cam.EndAcquisition()
    cam.SetBufferOwnership(PySpin.SPINNAKER_BUFFER_OWNERSHIP_SYSTEM)
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = acquire_into_memory(cam)
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
