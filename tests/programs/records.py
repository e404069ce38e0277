"""Look at the records that calls take and give."""

import sys

import PySpin


def main():
    """Their fields, as they are at first."""
    version = PySpin.LibraryVersion()
    version.major = 4
    print(f"version: {version.major}")
    avi, mjpg, h264 = PySpin.AVIOption(), PySpin.MJPGOption(), PySpin.H264Option()
    avi.frameRate, mjpg.quality, h264.bitrate = 30.0, 90, 1_000_000
    print(f"video: {avi.frameRate}, {mjpg.quality}, {h264.bitrate}")
    print(
        f"image: {PySpin.PNGOption().compressionLevel}, {PySpin.JPEGOption().quality}, {PySpin.JPG2Option().quality}"
    )
    print(f"raw image: {PySpin.SIOption() is not None}, event: {PySpin.DeviceEventExposureEndData().frameID}")
    print(f"version of a file: {PySpin.Version_t().Major}")
    print(f"handlers: {issubclass(PySpin.ImageListEventHandler, PySpin.EventHandler)}")
    print(
        f"modes: {PySpin.EAccessModeClass.ToString(PySpin.RW)}, {PySpin.EVisibilityClass.ToString(PySpin.Guru)}"
    )
    for kind, value in (
        (PySpin.ERepresentationClass, PySpin.HexNumber),
        (PySpin.ECachingModeClass, PySpin.NoCache),
        (PySpin.ENameSpaceClass, PySpin.Standard),
        (PySpin.EYesNoClass, PySpin.Yes),
        (PySpin.ESignClass, PySpin.Signed),
        (PySpin.EEndianessClass, PySpin.LittleEndian),
        (PySpin.ESlopeClass, PySpin.Varying),
        (PySpin.EDisplayNotationClass, PySpin.fnFixed),
        (PySpin.EInputDirectionClass, PySpin.idTo),
        (PySpin.EStandardNameSpaceClass, PySpin.USB),
    ):
        print(f"{kind.__name__}: {kind.FromString(kind.ToString(value)) == value}")
    return True


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
