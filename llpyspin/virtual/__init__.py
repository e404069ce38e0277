"""PySpin with virtual cameras: ``import llpyspin.virtual as PySpin``.

Every name of FLIR's module (Spinnaker 4.0) is here: constants with their values, classes, methods,
functions; and those of 4.2 to 4.4 that public documents tell.  Built is what a program needs to drive
cameras: ``System``, lists, cameras and their life cycle, the four node maps and the QuickSpin attributes,
node pointers and callbacks, acquisition, buffers, images, chunk data, events.

Not built, and therefore refused with ``SpinnakerException`` [-1003] when it is *used*:

- ``GetNextImageSync`` and ``ImageListEventHandler`` (a Blackfly S has one stream), colour correction, heat
  maps of Mono16, ``InferenceBoundingBoxResult``
- node maps that are not a camera's (``NodeMap``, ``INodeMapDyn``, ``CNodeMapDynPtr``); a node's own
  ``RegisterCallback`` (but ``RegisterNodeCallback`` works)
- firmware updates

The manual's page on fidelity lists all of it, and says of each node that can be written whether it acts.

The environment variable ``LLPYSPIN_VIRTUAL`` names the cameras (see :mod:`llpyspin.virtual.world`). Without
it there are two mono BFS-U3-16S2M, 12345678 and 87654321. Line1 of the first is wired to Line3 of the second.

>>> import llpyspin.virtual as PySpin
>>> system = PySpin.System.GetInstance()
>>> cameras = system.GetCameras()
>>> cameras.Clear()
>>> del cameras
>>> system.ReleaseInstance()
"""

from __future__ import annotations

from importlib import import_module as _import_module
from typing import Any

from llpyspin.virtual import api as _api

_constants = _api.constants()
globals().update(_constants)

_names = {*_api.names(), "fault", "read_stamp", "replay_of", "replay_waits"}

__all__ = sorted(name for name in _names if not name.startswith("_"))  # noqa: PLE0605  (made from data)


def __getattr__(name: str) -> Any:
    """Make classes and functions when they are first asked for: genicam and numpy are imported only then."""
    if name not in _names:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = _import_module("llpyspin.virtual.assemble").make(name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
