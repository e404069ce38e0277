"""Calculate the statistics of an image."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def calculate_statistics(cam):
    """Of a test pattern, whose values are known."""
    cam.TestPatternGeneratorSelector.SetValue(PySpin.TestPatternGeneratorSelector_Sensor)
    cam.TestPattern.SetValue(PySpin.TestPattern_Increment)
    cam.BeginAcquisition()
    image = cam.GetNextImage(2000)
    statistics = image.CalculateChannelStatistics(PySpin.SPINNAKER_STATISTICS_CHANNEL_GREY)
    print(f"a record: {isinstance(statistics, PySpin.ChannelStatistics)}")
    print(f"range: {statistics.range_min} to {statistics.range_max}")
    print(
        f"values: {statistics.pixel_value_min} to {statistics.pixel_value_max}, {statistics.num_pixel_values}"
    )
    print(f"whole: {sum(statistics.histogram) == image.GetWidth() * image.GetHeight()}")
    red = PySpin.SPINNAKER_STATISTICS_CHANNEL_RED
    print(f"no red: {code_of(image.CalculateChannelStatistics, red)}")
    image.Release()
    cam.EndAcquisition()
    cam.TestPattern.SetValue(PySpin.TestPattern_Off)
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = calculate_statistics(cam)
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
