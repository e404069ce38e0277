"""Instructions for systems on which the installer does nothing."""

from __future__ import annotations

from spinnaker.archives import WHERE_FROM

__all__ = ["explanation"]

_WINDOWS = f"""\
On Windows nothing is installed by this program: Teledyne's installer does what is needed there.

1. Download the Spinnaker SDK for Windows (64 bit) from {WHERE_FROM}
   and run it. It brings the drivers for USB3 and GigE cameras. SpinView, which comes with it, should show
   your camera.
2. Download the Python archive of the same version whose name has your Python: cp310 is CPython 3.10. Unpack
   it, then
       py -3.10 -m pip install "numpy<2" spinnaker_python-VERSION-cp310-cp310-win_amd64.whl
   in the environment that is to have it ("numpy<2" where the wheel is older than Spinnaker 4.2).
3. GigE cameras: in the network card's properties set "Jumbo packet" to 9000 or more, "Receive buffers" to the
   most it takes, and let FLIR's filter driver be bound to it. USB cameras have no memory limit to raise.

llpyspin itself runs on Linux for now; PySpin is what this gets you on Windows.
"""

_MACOS = f"""\
On macOS nothing is installed by this program: Teledyne's package does what is needed there.

1. Download the Spinnaker SDK for macOS (Intel or Apple silicon) from {WHERE_FROM}
   and open it. Its notes say which Homebrew packages it needs (libusb, libomp, FFmpeg of a certain version).
   SpinView, which comes with it, should show your camera.
2. Its Python archives lie in /Applications/Spinnaker/PySpin. Unpack the one that has your Python in its name
   (cp310 is CPython 3.10) and the right architecture (x86_64 or arm64), then
       python3.10 -m pip install "numpy<2" spinnaker_python-VERSION-cp310-cp310-macosx_….whl
   ("numpy<2" where the wheel is older than Spinnaker 4.2).
3. GigE cameras: in the network settings of the interface, Hardware, set the MTU to 9000. There is no memory
   limit for USB cameras to raise.

llpyspin itself runs on Linux for now; PySpin is what this gets you on macOS.
"""

_OTHER = f"""\
The SDK is made for Ubuntu, and installed here on Ubuntu and Debian only. On other systems see {WHERE_FROM}
"""


def explanation(platform: str) -> str:
    """What a user of this ``sys.platform`` has to do, step by step."""
    if platform in ("win32", "cygwin", "msys"):
        return _WINDOWS
    return _MACOS if platform == "darwin" else _OTHER
