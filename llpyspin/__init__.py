"""Multi-camera video acquisition with FLIR (Teledyne) machine-vision cameras.

``VideoStream`` gives live frames as ``cv2.VideoCapture`` does; ``PrimaryCamera`` and ``SecondaryCamera``
record in step, ``StereoCamera`` is two of them side by side and ``Rig`` several as one; ``list_cameras``
tells which cameras there are.
Importing this package starts nothing and needs no SDK.
"""

import importlib
from typing import TYPE_CHECKING

__version__ = "0.3.0"

from llpyspin.camera import list_cameras
from llpyspin.streaming import VideoStream

if TYPE_CHECKING:
    from llpyspin.primary import PrimaryCamera
    from llpyspin.processed import ProcessedRecorder
    from llpyspin.rig import Rig
    from llpyspin.secondary import SecondaryCamera
    from llpyspin.stereo import StereoCamera

__all__ = [
    "PrimaryCamera",
    "ProcessedRecorder",
    "Rig",
    "SecondaryCamera",
    "StereoCamera",
    "VideoStream",
    "__version__",
    "list_cameras",
]

_LATER = {
    "PrimaryCamera": "llpyspin.primary",
    "ProcessedRecorder": "llpyspin.processed",
    "Rig": "llpyspin.rig",
    "SecondaryCamera": "llpyspin.secondary",
    "StereoCamera": "llpyspin.stereo",
}
"""Names whose modules are imported when they are first asked for: most programs need only some of them."""


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(_LATER[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
