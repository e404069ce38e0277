"""Put lists of cameras together and take them apart."""

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
    """Sizes, indices, serial numbers, and their errors."""
    system = PySpin.System.GetInstance()
    cam_list = system.GetCameras()
    size = cam_list.GetSize()
    print(f"as many by len(): {size == len(cam_list)}")
    cam = cam_list.GetByIndex(0)
    serial = cam.TLDevice.DeviceSerialNumber.GetValue()
    print(f"by serial number: {cam_list.GetBySerial(serial).IsValid()}")
    print(f"unknown: {cam_list.GetBySerial('00000000').IsValid()}")
    print(f"past the end: {code_of(cam_list.GetByIndex, size)}")
    print(f"unknown, removed: {code_of(cam_list.RemoveBySerial, '00000000')}")
    cam_list.RemoveBySerial(serial)
    print(f"removed: {size - cam_list.GetSize()}")
    other = PySpin.CameraList()
    other.Add(cam)
    cam_list.Append(other)
    print(f"appended: {cam_list.GetSize() == size}")
    print(f"of this model: {cam.TLDevice.DeviceModelName.GetValue()}")
    del cam
    other.Clear()
    cam_list.Clear()
    print(f"cleared: {cam_list.GetSize()}")
    del other
    del cam_list
    system.ReleaseInstance()
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
