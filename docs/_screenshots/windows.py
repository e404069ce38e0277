"""Windows on a screen that nobody sees (Xvfb), as images."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageGrab

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_S = 30
PREVIEW = """
import sys
from llpyspin.primary import PrimaryCamera

with PrimaryCamera(0, sdk="virtual", framerate=60, exposure=3000, primed=False) as camera:
    camera.prime()
    camera.trigger()
    preview = camera.display()
    while preview.alive and preview.status().shown < 20:
        camera.read()
    print("shown", flush=True)
    sys.stdin.readline()
    camera.stop()
"""


def missing() -> str:
    """What is not there to make windows with; empty if all is there."""
    if not shutil.which("Xvfb"):
        return "Xvfb (apt-get install xvfb)"
    gui = subprocess.run(
        [sys.executable, "-c", "import cv2; print(cv2.getBuildInformation())"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    line = next((line for line in gui.splitlines() if "GUI:" in line), "NONE")
    return "an OpenCV with windows (opencv-python)" if "NONE" in line else ""


@contextlib.contextmanager
def screen(size: str = "1000x800") -> Iterator[str]:
    """A screen; gives its name."""
    ours, theirs = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(theirs), "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
        pass_fds=[theirs],
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    try:
        with os.fdopen(ours) as told:
            yield f":{int(told.readline())}"  # it writes its number when it is ready
    finally:
        server.terminate()
        server.wait(WAIT_S)


def preview(environment: dict[str, str]) -> Image.Image:
    """The preview window of a virtual camera."""
    with screen() as display:
        program = subprocess.Popen(
            [sys.executable, "-c", PREVIEW],
            env={**environment, "DISPLAY": display},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert program.stdout is not None
            if program.stdout.readline().strip() != "shown":
                raise RuntimeError("the preview window showed nothing")
            return _trimmed(_drawn(display))
        finally:
            program.communicate("\n", timeout=WAIT_S)


def _drawn(display: str) -> Image.Image:
    """What is on the screen, as soon as there is anything."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        shot = ImageGrab.grab(xdisplay=display)
        if shot.getbbox():
            return shot
    raise RuntimeError("nothing is on the screen")


def _trimmed(shot: Image.Image) -> Image.Image:
    """Without the empty screen around the window."""
    empty = Image.new(shot.mode, shot.size, shot.getpixel((shot.width - 1, shot.height - 1)))
    return shot.crop(ImageChops.difference(shot, empty).getbbox())
