"""Get images by an event handler."""

import sys
import threading

import PySpin


class ImageEventHandlerImpl(PySpin.ImageEventHandler):
    """Counts images until there are enough."""

    def __init__(self):
        super().__init__()
        self.sizes = []
        self.enough = threading.Event()

    def OnImageEvent(self, image):
        if not image.IsIncomplete():
            self.sizes.append((image.GetWidth(), image.GetHeight()))
        if len(self.sizes) >= 3:
            self.enough.set()


def acquire_by_event(cam):
    """Three images, without one call of GetNextImage."""
    handler = ImageEventHandlerImpl()
    cam.RegisterEventHandler(handler)
    cam.BeginAcquisition()
    print(f"came: {handler.enough.wait(10)}")
    cam.EndAcquisition()
    cam.UnregisterEventHandler(handler)
    print(f"size: {handler.sizes[0]}, {len(set(handler.sizes))} size")
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = acquire_by_event(cam)
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
