"""Cameras as a prompt and a notebook show them: state, settings, and the newest frame.

Looking changes nothing: frames that :meth:`read` is to give are still given.  It never raises, and waits a
second at most, whatever the camera does.
"""

from __future__ import annotations

import threading
import time
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.deadlines import Deadline
from llpyspin.errors import LlpyspinError, SettingError
from llpyspin.frames.png import figure_of
from llpyspin.settings import Roi
from llpyspin.tables.texttable import TextTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.reading.request import HeldFrame

__all__ = ["BUSY", "CLOSED", "LOST", "STREAMING", "html_of", "html_of_cameras", "line_of", "text_of"]

CLOSED, LOST, STREAMING = "closed", "lost", "streaming"
BUSY = "its settings cannot be read now: the camera is busy"
WAIT_S = 1.0  # for all settings together
FRAME_S = 1.0  # for the first frame of a camera that streams
LOOK_S = 0.02
_UNITS = {
    "framerate": ("fps", 2),
    "exposure": ("us", 0),
    "gain": ("dB", 1),
    "binsize": ("", None),
    "roi": ("px", None),
    "pixel_format": ("", None),
    "black_level": ("%", 2),
    "gamma": ("", 2),
}
"""Settings that are shown, with unit and digits."""
_AXES = ("vertical", "horizontal")  # of a binsize


class _Look(NamedTuple):
    """What is shown of a camera: its settings, as text; None where it does not answer."""

    state: str
    settings: dict[str, str] | None


def line_of(camera: Any) -> str:
    """The camera in one line, for ``repr()``."""
    look = _look(camera)
    parts = [_head(camera), look.state]
    if look.settings is not None:
        parts += [f"{name} {value}" for name, value in look.settings.items()]
    elif look.state not in (CLOSED, LOST):
        parts.append(BUSY)
    return f"<{', '.join(parts)}>"


def text_of(camera: Any) -> str:
    """The camera with a line for each setting, for IPython."""
    look = _look(camera)
    head = f"{_head(camera)}: {look.state}"
    if look.settings is None:
        return head if look.state in (CLOSED, LOST) else f"{head}\n  {BUSY}"
    widest = max(map(len, look.settings), default=0)
    return "\n".join([head, *(f"  {name:{widest}}  {value}" for name, value in look.settings.items())])


def html_of(camera: Any) -> str | None:
    """The newest frame and the settings, for Jupyter; None, for text, where the camera is closed or lost."""
    look = _look(camera)
    if look.state in (CLOSED, LOST):
        return None
    picture, beside = "", f"<i>{BUSY}</i>"
    if look.settings is not None:
        try:
            picture = _picture(_newest(camera, look.state))
        except LlpyspinError:  # it has just gone
            return None
        beside = TextTable(("setting", "value"), look.settings.items()).html()
    return (
        f"<div><b>{escape(_head(camera))}</b>: {escape(look.state)}"
        "<div style='display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start'>"
        f"{picture}{beside}</div></div>"
    )


def html_of_cameras(cameras: Mapping[str, Any]) -> str | None:
    """Several cameras under their names; None where one is closed or lost, or there is none."""
    pages = {name: html_of(camera) for name, camera in cameras.items()}
    if None in pages.values() or not pages:
        return None
    return "".join(f"<h4>{escape(name)}</h4>{html}" for name, html in pages.items())


def _head(camera: Any) -> str:
    """Which camera it is; its nickname too, where somebody gave it one."""
    kind = type(camera).__name__
    try:
        info = camera.info
    except LlpyspinError:  # it was never open
        return kind
    virtual = ", virtual" if info.virtual else ""
    own = camera.nickname
    name = "" if own.startswith("camera[") or own == info.serial else f" {own!r}"
    return f"{kind}{name} {info.serial} ({info.model}, {info.interface}{virtual})"


def _look(camera: Any) -> _Look:
    """Ask the camera in a thread of its own, for whoever is asked may be busy, or hang."""
    state = camera.state
    if state in (CLOSED, LOST):
        return _Look(state, None)
    found: list[dict[str, str]] = []

    def ask() -> None:
        try:
            found.append(_settings_of(camera))
        except LlpyspinError:  # it has just gone, or somebody else asks it something long
            pass

    thread = threading.Thread(target=ask, name="llpyspin-look", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the program is ending
        return _Look(state, None)
    thread.join(WAIT_S)
    return _Look(camera.state, found[0] if found else None)


def _settings_of(camera: Any) -> dict[str, str]:
    """Settings as text; those that the camera has not, or has from others, are left out."""
    shown = {}
    for name, (unit, digits) in _UNITS.items():
        try:
            value = camera.value_of(name)
        except SettingError:  # this camera has none, or it cannot be read now
            continue
        if value is None:
            continue
        if digits is not None and isinstance(value, (int, float)):
            value = f"{value:.{digits}f}"
        elif isinstance(value, tuple):
            value = _named(name, value)
        shown[name] = f"{value} {unit}".strip()
    return shown


def _named(name: str, value: tuple[Any, ...]) -> str:
    """Several numbers, with the name of each: nobody has to know their order."""
    if name == "roi":
        return str(Roi(*value))
    return f"({', '.join(f'{axis}={each}' for axis, each in zip(_AXES, value, strict=True))})"


def _newest(camera: Any, state: str) -> list[HeldFrame]:
    """The newest frame; waits a moment for the first one of a camera that has just been opened."""
    deadline = Deadline(FRAME_S)
    frames: list[HeldFrame] = camera.recent(1)
    while not frames and state == STREAMING and not deadline.passed:
        time.sleep(LOOK_S)
        frames = camera.recent(1)
    return frames


def _picture(newest: list[HeldFrame]) -> str:
    if not newest:
        return "<i>no frame yet</i>"
    with newest[0] as frame:
        return figure_of(frame.image, f"frame {frame.info.frame_id}")
