"""Pictures of frames: one as a notebook shows it, and two cameras that record."""

from __future__ import annotations

import os
import pathlib
import tempfile

import matplotlib
import matplotlib.pyplot as plt
import terminal
from PIL import Image, ImageDraw, ImageFont

from llpyspin import VideoStream
from llpyspin import recording as recordings

FONTS = pathlib.Path(matplotlib.get_data_path()) / "fonts" / "ttf"
MONO, SANS = str(FONTS / "DejaVuSansMono.ttf"), str(FONTS / "DejaVuSans-Bold.ttf")
COMMAND = "llpyspin record --virtual --cameras 2 --exposure 4000 --seconds 5 --out mouse-17"
TRIGGER = 100
GAP = 12


def imshow(path: pathlib.Path) -> None:
    """What ``plt.imshow`` shows of a frame."""
    with VideoStream(0, sdk="virtual") as cap:
        _, image = cap.read()
        number = cap.frame_info.frame_id
    figure, axis = plt.subplots(figsize=(6.4, 4.8))
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set_title(f"frame {number}, {image.shape[1]} × {image.shape[0]}")
    figure.savefig(path, dpi=110, bbox_inches="tight")
    plt.close(figure)


def recording(path: pathlib.Path) -> None:
    """Two cameras that record: the terminal, and above it what both see at the same trigger."""
    with tempfile.TemporaryDirectory() as folder:
        text = terminal.image(terminal.run(COMMAND, pathlib.Path(folder), os.environ), MONO)
        with recordings.load(pathlib.Path(folder) / "mouse-17") as loaded:
            pictures = loaded.at(TRIGGER)
            frames = [_captioned(picture, name, text.width // 2) for name, picture in pictures.items()]
    height = frames[0].height + text.height + GAP
    whole = Image.new("RGB", (text.width, height), "white")
    for number, frame in enumerate(frames):
        whole.paste(frame, (number * (text.width - frame.width), 0))
    whole.paste(text, (0, frames[0].height + GAP))
    whole.save(path, optimize=True)


def _captioned(picture: object, name: str, half: int) -> Image.Image:
    """A frame with the camera's name and the trigger's number below it."""
    width = half - GAP // 2
    frame = Image.fromarray(picture).convert("RGB")
    frame = frame.resize((width, width * frame.height // frame.width), Image.Resampling.LANCZOS)
    whole = Image.new("RGB", (width, frame.height + 34), "white")
    whole.paste(frame, (0, 0))
    caption = f"camera {name}, trigger {TRIGGER}"
    ImageDraw.Draw(whole).text((4, frame.height + 8), caption, "#222222", ImageFont.truetype(SANS, 16))
    return whole
