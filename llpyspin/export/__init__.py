"""Recordings for other programs: videos, tables and NWB files, checked after they were written.

>>> from llpyspin.export import export
>>> export("2026-11-21_mouse", "mp4").path          # doctest: +SKIP
PosixPath('2026-11-21_mouse_mp4')
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.naming.later import later_names

if TYPE_CHECKING:
    from llpyspin.export.exporter import export
    from llpyspin.export.outcome import ExportedVideo, ExportReport
    from llpyspin.export.targets import TARGETS

__all__ = ["TARGETS", "ExportReport", "ExportedVideo", "export"]

_HOMES = {"ExportReport": "outcome", "ExportedVideo": "outcome", "TARGETS": "targets", "export": "exporter"}

__getattr__ = later_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
