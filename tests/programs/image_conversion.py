"""Convert images to other pixel formats."""

import sys

import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def convert_images(cam):
    """What can be converted, and what cannot."""
    processor = PySpin.ImageProcessor()
    processor.SetColorProcessing(PySpin.SPINNAKER_COLOR_PROCESSING_ALGORITHM_HQ_LINEAR)
    cam.PixelFormat.SetValue(PySpin.PixelFormat_Mono8)
    cam.BeginAcquisition()
    image = cam.GetNextImage(2000)
    for name in ("Mono8", "RGB8", "BGR8"):
        made = processor.Convert(image, getattr(PySpin, f"PixelFormat_{name}"))
        print(
            f"{name}: {made.GetNDArray().shape}, {made.GetPixelFormatName()}, {made.GetBitsPerPixel()} bits"
        )
    print(f"Mono16: {code_of(processor.Convert, image, PySpin.PixelFormat_Mono16)}")
    print(f"Mono12p: {code_of(processor.Convert, image, PySpin.PixelFormat_Mono12p)}")
    print(f"BayerRG8: {code_of(processor.Convert, image, PySpin.PixelFormat_BayerRG8)}")
    image.Release()
    cam.EndAcquisition()
    return True


def run_single_camera(cam):
    """Initialise a camera, run the steps, and close it."""
    try:
        cam.Init()
        result = convert_images(cam)
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
