"""Make images of arrays."""

import sys

import numpy as np
import PySpin


def main():
    """Images of a program's own have neither numbers nor times."""
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    image = PySpin.Image.Create(4, 3, 8, 2, PySpin.PixelFormat_Mono8, pixels)
    print(f"{image.GetWidth()} x {image.GetHeight()} at {image.GetXOffset()}, {image.GetYOffset()}")
    print(f"id {image.GetFrameID()}, time {image.GetTimeStamp()}, status {image.GetImageStatus()}")
    print(f"the same pixels: {np.array_equal(image.GetNDArray(), pixels)}")
    print(f"stride {image.GetStride()}, {image.GetImageSize()} bytes, incomplete: {image.IsIncomplete()}")
    converted = PySpin.ImageProcessor().Convert(image, PySpin.PixelFormat_RGB8)
    print(f"converted: {converted.GetNDArray()[2, 3].tolist()}")
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
