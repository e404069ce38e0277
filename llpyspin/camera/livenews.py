"""What a live view shows of a single camera: its status as plain values, and where its frames are."""

from __future__ import annotations

import contextlib
import math
import weakref
from typing import TYPE_CHECKING, Any, Protocol

from llpyspin.camera.notebook import LOST, STREAMING
from llpyspin.camera.temperatures import Temperatures
from llpyspin.errors import LlpyspinError
from llpyspin.web.newsteller import News
from llpyspin.web.notebookview import LiveView

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.camera.source import CameraSource
    from llpyspin.recording.recorder import Recorder
    from llpyspin.recording.status import WriterStatus

__all__ = ["live_view", "news_of"]

CALM = (STREAMING, "recording", "triggered")  # trigger() waits for no answer about a temperature
_TO = " to "


class Watched(Protocol):
    """What is watched: a camera."""

    @property
    def nickname(self) -> str: ...

    @property
    def state(self) -> str: ...

    def value_of(self, name: str) -> Any: ...


def live_view(camera: Watched, source: CameraSource, rate: float, edge: int) -> LiveView:
    """A view of one camera; ``rate`` and ``edge`` as for :meth:`llpyspin.camera.camera.Camera.live`."""
    return LiveView("camera", news_of(camera, source), rate=rate, edge=edge)


def news_of(camera: Watched, source: CameraSource) -> Callable[[], News | None]:
    """What gives the news of a camera; None once nobody uses it any more, for it does not keep it."""
    known, known_source, name = weakref.ref(camera), weakref.ref(source), camera.nickname

    def ask(_: str) -> float | None:
        camera = known()
        return None if camera is None else _temperature(camera)

    temperatures = Temperatures(ask)

    def news() -> News | None:
        camera, source = known(), known_source()
        if camera is None or source is None:
            return None
        state, folder = _words(camera.state)
        writer = _writer_status(camera)
        if writer is not None and writer.state == "finishing":
            state = writer.state
        if state in CALM:
            temperatures.catch_up((name,))
        tree = {
            "name": name,
            "serial": "" if source.info is None else source.info.serial,
            "role": getattr(camera, "kind", ""),
            "state": state,
            "temperature": temperatures.known.get(name),
            "failure": _failure(source) if state == LOST else "",
            **_figures(writer),
        }
        status = {"state": state, "seconds": 0.0, "triggers": 0, "folder": folder, "sync": None}
        return News({**status, "cameras": [tree], "events": []}, {name: source.address})

    return news


def _words(state: str) -> tuple[str, str]:
    """The state of a camera in a word or two, and the file that it is about: "recording to a.mkv"."""
    word, _, path = state.partition(_TO)
    if not path:
        return word, ""
    word = word.removesuffix(" to record")
    return (word, path.removeprefix("record to ")) if word in ("recording", "primed") else (state, "")


def _failure(source: CameraSource) -> str:
    """What became of the camera."""
    try:
        source.check_open()
    except LlpyspinError as error:
        return str(error)
    return ""


def _temperature(camera: Watched) -> float | None:
    """°C; None of a camera that has no thermometer, or that is gone."""
    with contextlib.suppress(LlpyspinError, TypeError, ValueError):
        value = float(camera.value_of("temperature"))
        return value if math.isfinite(value) else None
    return None


def _writer_status(camera: Watched) -> WriterStatus | None:
    """How the recording goes; None without one."""
    recorder: Recorder | None = getattr(camera, "recording", None)  # some kinds of cameras only look
    if recorder is None:
        return None
    with contextlib.suppress(LlpyspinError):  # it has just ended
        return recorder.status()
    return None


def _figures(writer: WriterStatus | None) -> dict[str, Any]:
    """Of the files; without a recording nobody counts frames."""
    if writer is None:
        return {
            "rate": 0.0,
            "frames": 0,
            "away": 0,
            "incomplete": 0,
            "lost": {},
            "backlog": 0,
            "spilled": 0,
            "disk_free": None,
        }
    return {
        "rate": round(writer.rate, 2),
        "frames": writer.written,
        "away": 0,
        "incomplete": writer.incomplete,
        "lost": {str(place): count for place, count in writer.lost.items() if count},
        "backlog": writer.backlog,
        "spilled": writer.spilled,
        "disk_free": writer.disk_free,
    }
