"""The log lines of the virtual SDK, for logging event handlers."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any

from llpyspin.virtual import api
from llpyspin.virtual.events import told
from llpyspin.virtual.pointers import Pointer, passing_on

if TYPE_CHECKING:
    from llpyspin.virtual.events import LoggingEventHandler

__all__ = ["Logbook", "LoggingEventData", "LoggingEventDataPtr"]

_START = "SPINNAKER_LOG_LEVEL_"


class LoggingEventData:
    """One line of the log."""

    def __init__(self, priority: int, category: str, message: str) -> None:
        self._priority = priority
        self._category = category
        self._message = message
        self._thread = threading.current_thread().name
        self._time = datetime.now().isoformat(sep=" ", timespec="milliseconds")

    def GetCategoryName(self) -> str:
        return self._category

    def GetLogMessage(self) -> str:
        return self._message

    def GetNDC(self) -> str:
        return ""

    def GetPriority(self) -> int:
        return self._priority

    def GetPriorityName(self) -> str:
        names = {v: n.removeprefix(_START) for n, v in api.constants().items() if n.startswith(_START)}
        return names.get(self._priority, "NOTSET")

    def GetThreadName(self) -> str:
        return self._thread

    def GetTimestamp(self) -> str:
        return self._time


class LoggingEventDataPtr(Pointer):
    """A pointer to a line of the log."""

    def __init__(self, data: Any = None, /) -> None:
        self._target = data if isinstance(data, LoggingEventData) else None


for _name, _method in passing_on("_SWIG_LogPtr", LoggingEventData).items():
    setattr(LoggingEventDataPtr, _name, _method)


class Logbook:
    """Tells handlers what is as important as they want or more; less is more important."""

    def __init__(self) -> None:
        self.handlers: list[LoggingEventHandler] = []
        self.level: int = api.constants()["SPINNAKER_LOG_LEVEL_ERROR"]

    def note(self, level: str, category: str, message: str) -> None:
        """Tell all handlers, in this thread: ``note("INFO", "Camera", "...")``."""
        priority = api.constants()[_START + level]
        if priority > self.level:
            return
        for handler in list(self.handlers):
            told(handler.OnLogEvent, LoggingEventDataPtr(LoggingEventData(priority, category, message)))
