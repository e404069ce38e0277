"""Read and write registers of a camera by their addresses."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def use_ports(cam):
    """The bootstrap registers of GigE Vision."""
    print(f"version: {cam.ReadPort(0):#x}")
    print(f"vendor: {cam.ReadPort(0x48).to_bytes(4, 'big').decode()}")
    before = cam.ReadPort(0x938)
    cam.WritePort(0x938, 5000)
    print(f"heartbeat: {cam.ReadPort(0x938)}, {cam.GevHeartbeatTimeout.GetValue()}")
    cam.WritePort(0x938, before)
    print(f"nowhere: {code_of(cam.ReadPort, 0x7FFFFF00)}, {code_of(cam.WritePort, 0, 1)}")
    print(f"user interface: {cam.GetGuiXml()!r}")
    cam.ForceIP()
    print(f"packet: {cam.DiscoverMaxPacketSize()}, {cam.GetUniqueID() != ''}")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = use_ports(cam)
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
