"""Have data of the camera come along with the images."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def acquire_with_chunks(cam):
    """Enable all chunks, and read them by both ways."""
    cam.ExposureAuto.SetValue(PySpin.ExposureAuto_Off)
    cam.ExposureTime.SetValue(2000.0)
    cam.ChunkModeActive.SetValue(True)
    for entry in cam.ChunkSelector.GetEntries():
        pointer = PySpin.CEnumEntryPtr(entry)
        if PySpin.IsReadable(pointer):
            cam.ChunkSelector.SetIntValue(pointer.GetValue())
            if PySpin.IsWritable(cam.ChunkEnable):
                cam.ChunkEnable.SetValue(True)
    cam.BeginAcquisition()
    image = cam.GetNextImage(2000)
    chunks = image.GetChunkData()
    print(
        f"a record: {isinstance(chunks, PySpin.ChunkData)}, has: {image.HasChunkData()}, {image.CheckCRC()}"
    )
    print(f"exposure: {chunks.GetExposureTime():.0f}, size: {chunks.GetWidth()} x {chunks.GetHeight()}")
    print(f"same id: {chunks.GetFrameID() == image.GetFrameID()}")
    print(f"same time: {chunks.GetTimestamp() == image.GetTimeStamp()}")
    node = PySpin.CFloatPtr(cam.GetNodeMap().GetNode("ChunkExposureTime"))
    print(f"by its node: {node.GetValue():.0f}, never sent: {chunks.GetEncoderValue()}")
    image.Release()
    cam.EndAcquisition()
    print(f"disabled: {code_of(cam.ChunkEnable.SetValue, False)}")
    cam.ChunkModeActive.SetValue(False)
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = acquire_with_chunks(cam)
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
