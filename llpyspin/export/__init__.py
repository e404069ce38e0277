"""Recordings for other programs: videos, tables and NWB files, checked after they were written.

>>> from llpyspin.export import export
>>> export("2026-11-21_mouse", "mp4").path          # doctest: +SKIP
PosixPath('2026-11-21_mouse_mp4')
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from llpyspin.export.exporter import export
    from llpyspin.export.outcome import ExportedVideo, ExportReport
    from llpyspin.export.targets import TARGETS

__all__ = ["TARGETS", "ExportReport", "ExportedVideo", "export"]

_HOMES = {"ExportReport": "outcome", "ExportedVideo": "outcome", "TARGETS": "targets", "export": "exporter"}


def __getattr__(name: str) -> Any:
    """The public names, imported when first used."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
