"""Set the frame rate, and see it in the images."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def configure_frame_rate(cam):
    """20 Hz by the clock of the camera."""
    cam.ExposureAuto.SetValue(PySpin.ExposureAuto_Off)
    cam.ExposureTime.SetValue(1000.0)
    cam.AcquisitionFrameRateEnable.SetValue(False)
    print(f"locked while it is off: {code_of(cam.AcquisitionFrameRate.SetValue, 20.0)}")
    cam.AcquisitionFrameRateEnable.SetValue(True)
    cam.AcquisitionFrameRate.SetValue(20.0)
    print(f"rate: {cam.AcquisitionFrameRate.GetValue():.2f}")
    cam.BeginAcquisition()
    stamps = []
    for _ in range(4):
        image = cam.GetNextImage(2000)
        stamps.append((image.GetFrameID(), image.GetTimeStamp()))
        image.Release()
    cam.EndAcquisition()
    (first_id, first), (last_id, last) = stamps[0], stamps[-1]
    print(f"period: {round((last - first) / (last_id - first_id) / 1e6)} ms")
    cam.AcquisitionFrameRateEnable.SetValue(False)
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = configure_frame_rate(cam)
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
