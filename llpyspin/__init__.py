"""Multi-camera video acquisition with FLIR (Teledyne) machine-vision cameras.

``VideoStream`` gives live frames as ``cv2.VideoCapture`` does; ``PrimaryCamera`` and ``SecondaryCamera``
record in step, and ``Rig`` is several of them as one; ``list_cameras`` tells which cameras there are.
Importing this package starts nothing and needs no SDK.
"""

import importlib
from typing import TYPE_CHECKING

__version__ = "0.3.0"

from llpyspin.camera import list_cameras
from llpyspin.streaming import VideoStream

if TYPE_CHECKING:
    from llpyspin.primary import PrimaryCamera
    from llpyspin.rig import Rig
    from llpyspin.secondary import SecondaryCamera

__all__ = ["PrimaryCamera", "Rig", "SecondaryCamera", "VideoStream", "__version__", "list_cameras"]

_LATER = {
    "PrimaryCamera": "llpyspin.primary",
    "Rig": "llpyspin.rig",
    "SecondaryCamera": "llpyspin.secondary",
}
"""Names whose modules are imported when they are first asked for: most programs need only some of them."""


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(_LATER[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
