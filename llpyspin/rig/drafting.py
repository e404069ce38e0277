"""A rig's YAML file for the cameras that are connected, with comments, for people to change."""

from __future__ import annotations

import contextlib
import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from llpyspin.errors import CameraNotFoundError, RecordingError, RecordingExistsError
from llpyspin.rig.parsing import load_config

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

__all__ = ["draft", "write_draft"]


class _Found(Protocol):
    """A camera that is connected; see :class:`~llpyspin.device.opening.FoundCamera`."""

    @property
    def serial(self) -> str: ...

    @property
    def model(self) -> str: ...

    @property
    def interface(self) -> str: ...

    @property
    def in_use(self) -> bool | None: ...


_HEAD = """\
# A rig of {what}, as connected on {day}.
# Written by: llpyspin init
# Record:     llpyspin record --config {name} --seconds 10
# In Python:  rig = llpyspin.Rig.from_yaml("{name}")
#
# A line that begins with # is a comment. To use it, remove the #.

{sdk}
# Who sends the trigger pulses: "primary" (the camera with that role), or "external" (a pulse generator).
# A pulse box at a serial port, which the rig starts and stops, is written as {{box: /dev/ttyACM0}}.
trigger: primary
framerate: 30         # pulses per second (Hz)
exposure: 1500        # microseconds, for each camera without its own
# gain: 0             # dB, for each camera without its own
# pixel_format: Mono8
{sync}
cameras:
"""
_CAMERA = """\
  - serial: "{serial}"  # {model}, {interface}{note}
    name: {name}          # used in files and messages
    role: {role}
"""
_OWN = """\
    # exposure: 3000        # microseconds
    # gain: 6               # dB
    # binsize: 2            # pixels
    # roi: [0, 0, 540, 720] # y, x, height, width in pixels of the (binned) image
"""
_TAIL = """
# If a camera or one of its processes fails during a recording: "recover", "continue" or "stop".
on_failure: recover

# How recordings are written. All of it is optional.
record:
  overflow: spill       # if the encoder is too slow: "spill" to disk, "drop" frames, or "stop"
  # codec: h264         # h264, h265, ffv1 (lossless), raw, tiff, hdf5 ...
  # container: mp4      # files for browsers and most programs; mkv by default
  # quality: 20         # the codec's own constant quality
  # segment_seconds: 600
  # pre_trigger: 2      # seconds before the trigger that are in the files
  # line_status: true   # the levels of the GPIO lines with each frame, to align other devices (GigE cameras)
"""


def draft(cameras: Sequence[_Found], *, sdk: str | None = None, name: str = "rig.yaml") -> str:
    """The text of a file that :meth:`Rig.from_yaml <llpyspin.rig.Rig.from_yaml>` reads.

    Parameters
    ----------
    cameras : sequence of FoundCamera
        In this order; the first one becomes the primary.
    sdk : str, optional
        What was asked for; None: the file names none, so the default holds.
    name : str
        Of the file, for the comments.

    Raises
    ------
    CameraNotFoundError
        There is none.
    """
    if not cameras:
        raise CameraNotFoundError("no camera is connected, so there is nothing to write")
    kind = "virtual camera" if sdk == "virtual" else "camera"
    what = f"1 {kind}" if len(cameras) == 1 else f"{len(cameras)} {kind}s"
    gige = all(camera.interface == "GigE" for camera in cameras)
    head = _HEAD.format(
        what=what,
        day=datetime.date.today().isoformat(),
        name=name,
        sdk=f"sdk: {sdk}\n" if sdk else "# sdk: pyspin        # pyspin, rotpy or virtual\n",
        sync="# sync: ptp           # synchronised by their clocks, without wires\n" if gige else "",
    )
    blocks = []
    for number, camera in enumerate(cameras):
        block = _CAMERA.format(
            serial=camera.serial,
            model=" ".join(camera.model.split()) or "unknown model",
            interface=camera.interface,
            note=", in use by another program" if camera.in_use else "",
            name=f"camera{number + 1}",
            role="secondary" if number else "primary         # its pulses trigger the others",
        )
        blocks.append(block if number else block + _OWN)
    return head + "\n".join(blocks) + _TAIL


def write_draft(path: str | os.PathLike[str], text: str, *, overwrite: bool = False) -> Path:
    """Write a file of :func:`draft`, and read it again to be sure.

    Raises
    ------
    RecordingExistsError
        There is such a file, and ``overwrite`` is False.
    RecordingError
        It cannot be written.
    """
    target = Path(path).expanduser()
    try:
        with target.open("w" if overwrite else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise RecordingExistsError(
            f"{target} already exists. Choose another name, or set overwrite=True (--overwrite)"
        ) from None
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and not overwrite:
            with contextlib.suppress(OSError):  # a disk that is full leaves a part of it
                target.unlink(missing_ok=True)
        raise RecordingError(f"{target} cannot be written: {getattr(error, 'strerror', error)}") from error
    load_config(target)
    return target
