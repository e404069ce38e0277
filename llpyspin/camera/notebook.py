"""Cameras as Jupyter shows them: the newest frame, and the settings beside it.

Looking changes nothing: frames that :meth:`read` is to give are still given.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from llpyspin.errors import LlpyspinError
from llpyspin.frames.png import figure_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.reading.request import HeldFrame

__all__ = ["html_of", "html_of_cameras"]

_SETTINGS = (
    ("framerate", "fps", 2),
    ("exposure", "us", 0),
    ("gain", "dB", 1),
    ("binsize", "", None),
    ("roi", "", None),
    ("pixel_format", "", None),
)
_CELL = "text-align:left;padding:1px 10px 1px 0;vertical-align:top"


def html_of(camera: Any) -> str | None:
    """The newest frame and the settings; None where the camera does not answer."""
    if not camera.isOpened():
        return None
    try:
        rows = "".join(
            f"<tr><th style='{_CELL}'>{name}</th><td style='{_CELL}'>{escape(value)}</td></tr>"
            for name, value in _table_of(camera)
        )
        picture = _picture(camera.recent(1))
    except LlpyspinError:  # it has just gone, or somebody else is asking it something long
        return None
    return (
        f"<div><b>{escape(repr(camera).strip('<>'))}</b>"
        "<div style='display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start'>"
        f"{picture}<table style='margin:0'>{rows}</table></div></div>"
    )


def _table_of(camera: Any) -> list[tuple[str, str]]:
    """Settings with their units; those that the camera has not, or has from others, are left out."""
    rows = []
    for name, unit, digits in _SETTINGS:
        value = getattr(camera, name)
        if value is None:
            continue
        if digits is not None:
            value = f"{value:.{digits}f}"
        elif isinstance(value, tuple):
            value = f"({', '.join(map(str, value))})"
        rows.append((name, f"{value} {unit}".strip()))
    return rows


def _picture(newest: list[HeldFrame]) -> str:
    if not newest:
        return "<i>no frame yet</i>"
    with newest[0] as frame:
        return figure_of(frame.image, f"frame {frame.info.frame_id}")


def html_of_cameras(cameras: Mapping[str, Any]) -> str | None:
    """Several cameras under their names; None where one does not answer, or there is none."""
    pages = {name: html_of(camera) for name, camera in cameras.items()}
    if None in pages.values() or not pages:
        return None
    return "".join(f"<h4>{name}</h4>{html}" for name, html in pages.items())
