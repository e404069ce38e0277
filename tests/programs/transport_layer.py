"""Read what is known of a camera before it is opened."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def main():
    """The transport layer's node maps need no Init."""
    system = PySpin.System.GetInstance()
    version = system.GetLibraryVersion()
    print(f"version: {version.major >= 2}, in use: {system.IsInUse()}")
    cam_list = system.GetCameras()
    cam = cam_list[0]
    nodemap = cam.GetTLDeviceNodeMap()
    for name in ("DeviceVendorName", "DeviceModelName", "DeviceType"):
        print(f"{name}: {PySpin.CValuePtr(nodemap.GetNode(name)).ToString()}")
    print(f"initialised: {cam.IsInitialized()}, valid: {cam.IsValid()}, streaming: {cam.IsStreaming()}")
    print(f"the camera's own map: {code_of(cam.GetNodeMap)}")
    del nodemap
    del cam
    cam_list.Clear()
    del cam_list
    system.ReleaseInstance()
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
