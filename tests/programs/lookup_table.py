"""Turn the brightness of images around by the look-up table."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def use_lookup_table(cam):
    """A falling table."""
    cam.TestPatternGeneratorSelector.SetValue(PySpin.TestPatternGeneratorSelector_Sensor)
    cam.TestPattern.SetValue(PySpin.TestPattern_Increment)
    cam.LUTSelector.SetValue(PySpin.LUTSelector_LUT1)
    last = cam.LUTIndex.GetMax()
    means = []
    for enabled in (False, True):
        cam.LUTEnable.SetValue(enabled)
        if enabled:
            for index in range(last + 1):
                cam.LUTIndex.SetValue(index)
                cam.LUTValue.SetValue(last - index)
        cam.BeginAcquisition()
        image = cam.GetNextImage(2000)
        means.append(image.GetNDArray()[120].mean())
        image.Release()
        cam.EndAcquisition()
    print(
        f"turned around: {abs(sum(means) - 255) < 4}, past the end: {code_of(cam.LUTIndex.SetValue, last + 1)}"
    )
    cam.LUTEnable.SetValue(False)
    cam.TestPattern.SetValue(PySpin.TestPattern_Off)
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = use_lookup_table(cam)
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
