"""End the SDK while something still refers to a camera."""

import sys

import PySpin


def main():
    """The error, and how to do it."""
    system = PySpin.System.GetInstance()
    print(f"the same: {PySpin.System.GetInstance() == system}, {isinstance(system, PySpin.SystemPtr)}")
    cam_list = system.GetCameras()
    cam = cam_list[0]
    print(
        f"a pointer: {isinstance(cam, PySpin.CameraPtr)}, to a camera: {isinstance(cam.get(), PySpin.Camera)}"
    )
    print(f"device: {isinstance(cam.TLDevice, PySpin.TransportLayerDevice)}")
    print(f"stream: {isinstance(cam.TLStream, PySpin.TransportLayerStream)}")
    cam_list.Clear()
    try:
        system.ReleaseInstance()
    except PySpin.SpinnakerException as ex:
        print(ex)
    del cam
    system.ReleaseInstance()
    print("released")
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
