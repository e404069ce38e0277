"""Hear of the end of exposures by a device event handler."""

import sys
import threading

import PySpin


class DeviceEventHandlerImpl(PySpin.DeviceEventHandler):
    """Counts the events."""

    def __init__(self):
        super().__init__()
        self.heard = []
        self.enough = threading.Event()

    def OnDeviceEvent(self, eventname):
        self.heard.append((eventname, self.GetDeviceEventName(), self.GetDeviceEventId()))
        if len(self.heard) >= 2:
            self.enough.set()


def acquire_with_events(cam):
    """Two events of the end of exposures."""
    cam.EventSelector.SetValue(PySpin.EventSelector_ExposureEnd)
    cam.EventNotification.SetValue(PySpin.EventNotification_On)
    handler = DeviceEventHandlerImpl()
    cam.RegisterEventHandler(handler, "EventExposureEnd")
    cam.BeginAcquisition()
    print(f"came: {handler.enough.wait(10)}")
    cam.EndAcquisition()
    cam.UnregisterEventHandler(handler)
    cam.EventNotification.SetValue(PySpin.EventNotification_Off)
    print(f"event: {handler.heard[0]}")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = acquire_with_events(cam)
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
