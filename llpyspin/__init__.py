"""Multi-camera video acquisition with FLIR (Teledyne) machine-vision cameras.

``VideoStream`` gives live frames as ``cv2.VideoCapture`` does; ``PrimaryCamera`` and ``SecondaryCamera``
record in step, ``StereoCamera`` is two of them side by side and ``Rig`` several as one; ``list_cameras``
tells which cameras there are.  ``load``, ``check`` and ``repair`` are for recordings.
Importing this package starts nothing and needs no SDK.
"""

import importlib
from typing import TYPE_CHECKING

from llpyspin.naming.later import later_names, unknown_in
from llpyspin.naming.moved import keep_old_paths
from llpyspin.system.programs import this_program

__version__ = "0.3.0"

keep_old_paths()
this_program()  # which child processes inherit from now on

if TYPE_CHECKING:
    from llpyspin.camera.inventory import open_cameras, release_all
    from llpyspin.camera.which import list_cameras
    from llpyspin.hosts.anyrig import open_rig
    from llpyspin.primary import PrimaryCamera
    from llpyspin.processed import ProcessedRecorder
    from llpyspin.recording import check, load, repair
    from llpyspin.rig import Rig
    from llpyspin.secondary import SecondaryCamera
    from llpyspin.settings import Roi
    from llpyspin.stereo import StereoCamera
    from llpyspin.streaming import VideoStream

__all__ = [
    "PrimaryCamera",
    "ProcessedRecorder",
    "Rig",
    "Roi",
    "SecondaryCamera",
    "StereoCamera",
    "VideoStream",
    "__version__",
    "check",
    "list_cameras",
    "load",
    "open_cameras",
    "open_rig",
    "release_all",
    "repair",
]

_HOMES = {
    "PrimaryCamera": "primary",
    "ProcessedRecorder": "processed",
    "Rig": "rig",
    "Roi": "settings",
    "SecondaryCamera": "secondary",
    "StereoCamera": "stereo",
    "VideoStream": "streaming",
    "check": "recording",
    "list_cameras": "camera.which",
    "load": "recording",
    "open_cameras": "camera.inventory",
    "open_rig": "hosts.anyrig",
    "release_all": "camera.inventory",
    "repair": "recording",
}

FOOTAGE = "llpyspin.recording.replayable:open_footage"
"""What reads recordings for virtual cameras, which know no file: see llpyspin/virtual/footage.py."""


def _module_or_hint(name: str) -> object:
    """A module of the package that was not imported, or an ``AttributeError`` that knows a similar name."""
    if not name.startswith("_"):
        try:  # llpyspin.errors without an import of its own
            return importlib.import_module(f"llpyspin.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"llpyspin.{name}":
                raise
    raise unknown_in(__name__, name)


# Most programs need only some of them, and the processes beside a camera none.
__getattr__ = later_names(__name__, _HOMES, _module_or_hint)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
