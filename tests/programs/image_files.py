"""Save images with the options of each kind of file, and load them."""

import os
import sys
import tempfile

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
    """Files of every kind, in a folder that is removed again."""
    pixels = (np.arange(64 * 48) % 251).astype(np.uint8).reshape(48, 64)
    image = PySpin.Image.Create(64, 48, 0, 0, PySpin.PixelFormat_Mono8, pixels)
    png, jpeg, tiff = PySpin.PNGOption(), PySpin.JPEGOption(), PySpin.TIFFOption()
    png.compressionLevel, jpeg.quality = 9, 90
    tiff.compression = PySpin.SPINNAKER_TIFF_COMPRESS_METHOD_NONE
    options = {"png": png, "jpg": jpeg, "tiff": tiff, "bmp": PySpin.BMPOption(), "jp2": PySpin.JPG2Option()}
    options |= {"pgm": PySpin.PGMOption(), "ppm": PySpin.PPMOption()}
    with tempfile.TemporaryDirectory() as folder:
        for extension, option in options.items():
            path = f"{folder}/image.{extension}"
            image.Save(path, option)
            loaded = PySpin.Image.Load(path)
            print(f"{extension}: {loaded.GetWidth()} x {loaded.GetHeight()}")
        image.Save(f"{folder}/image.raw")
        print(f"raw: {os.path.getsize(f'{folder}/image.raw')} bytes")
        print(
            f"unknown: {code_of(image.Save, f'{folder}/image.txt')}, {code_of(PySpin.Image.Load, folder + '/a.png')}"
        )
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
