"""Write a file into the camera, and read it."""

import sys

import PySpin


def operate(nodemap, operation, mode=None):
    """One operation on the file; its status."""
    if mode is not None:
        PySpin.CEnumerationPtr(nodemap.GetNode("FileOpenMode")).FromString(mode)
    PySpin.CEnumerationPtr(nodemap.GetNode("FileOperationSelector")).FromString(operation)
    PySpin.CCommandPtr(nodemap.GetNode("FileOperationExecute")).Execute()
    return PySpin.CEnumerationPtr(nodemap.GetNode("FileOperationStatus")).ToString()


def use_file(cam):
    """Write, read, delete."""
    nodemap = cam.GetNodeMap()
    PySpin.CEnumerationPtr(nodemap.GetNode("FileSelector")).FromString("UserFile1")
    buffer = PySpin.CRegisterPtr(nodemap.GetNode("FileAccessBuffer"))
    length = PySpin.CIntegerPtr(nodemap.GetNode("FileAccessLength"))
    print(f"open: {operate(nodemap, 'Open', 'Write')}")
    buffer.Set(b"settings".ljust(buffer.GetLength(), bytes(1)))
    length.SetValue(8)
    print(f"write: {operate(nodemap, 'Write')}, close: {operate(nodemap, 'Close')}")
    print(f"open: {operate(nodemap, 'Open', 'Read')}, read: {operate(nodemap, 'Read')}")
    print(
        f"content: {bytes(buffer.Get())[:8]}, size: {PySpin.CIntegerPtr(nodemap.GetNode('FileSize')).GetValue()}"
    )
    print(f"close: {operate(nodemap, 'Close')}, delete: {operate(nodemap, 'Delete')}")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = use_file(cam)
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
