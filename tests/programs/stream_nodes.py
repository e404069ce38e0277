"""Read the counters of a stream."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def read_stream(cam):
    """Names and counters of the stream's node map."""
    stream = cam.GetTLStreamNodeMap()
    mode = PySpin.CEnumerationPtr(stream.GetNode("StreamBufferHandlingMode"))
    print(f"default mode: {mode.GetCurrentEntry().GetSymbolic()}")
    PySpin.CEnumerationPtr(stream.GetNode("StreamBufferCountMode")).FromString("Manual")
    count = PySpin.CIntegerPtr(stream.GetNode("StreamBufferCountManual"))
    count.SetValue(12)
    print(f"buffers: {count.GetValue()}, {code_of(count.SetValue, -1)}")
    grabbing = PySpin.CBooleanPtr(stream.GetNode("StreamIsGrabbing"))
    print(f"grabbing: {grabbing.GetValue()}")
    cam.BeginAcquisition()
    cam.GetNextImage(2000).Release()
    print(f"grabbing: {grabbing.GetValue()}")
    cam.EndAcquisition()
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = read_stream(cam)
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
