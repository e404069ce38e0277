"""Scale and normalise images, and colour them by their heat."""

import sys

import numpy as np
import PySpin


def code_of(call, *arguments):
    """The error code of a call that must fail."""
    try:
        call(*arguments)
    except PySpin.SpinnakerException as ex:
        return ex.errorcode
    return "no error"


def main():
    """What the image utilities make of a small image, and what they refuse."""
    pixels = (np.arange(0, 48, 4, dtype=np.uint8) * 4).reshape(3, 4)
    image = PySpin.Image.Create(4, 3, 0, 0, PySpin.PixelFormat_Mono8, pixels)
    nearest = PySpin.SPINNAKER_IMAGE_SCALING_ALGORITHM_NEAREST_NEIGHBOR
    scaled = PySpin.ImageUtility.CreateScaled(image, nearest, 2.0)
    print(f"scaled: {scaled.GetWidth()} x {scaled.GetHeight()}")
    normal = PySpin.ImageUtility.CreateNormalized(image, PySpin.PixelFormat_Mono8)
    print(f"normalised: {normal.GetData().tolist()}")
    heat = PySpin.ImageUtilityHeatmap.CreateHeatmap(image)
    print(f"heat map: {heat.GetPixelFormatName()}, range {PySpin.ImageUtilityHeatmap.GetHeatmapRange()}")
    settings = PySpin.CCMSettings()
    settings.ColorTemperature = PySpin.SPINNAKER_CCM_COLOR_TEMP_GENERAL
    print(f"colour: {code_of(PySpin.ImageUtilityCCM.CreateColorCorrected, image, settings)}")
    print(f"polarisation: {code_of(PySpin.ImageUtilityPolarization.CreateDolp, image, 0)}")
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
