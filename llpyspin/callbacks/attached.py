"""The callbacks of one camera: started by process(), kept when the camera is replaced, ended with it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from llpyspin.errors import SettingLockedError, SettingRangeError
from llpyspin.settings import require

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.callbacks.callback import CameraCallback
    from llpyspin.callbacks.recorded import CallbackFiles
    from llpyspin.recording.options import WriterSpec

__all__ = ["Callbacks"]


class Callbacks:
    """What ``process()`` of a camera has begun.

    Parameters
    ----------
    kind : str
        Name of the camera's class, for messages.
    records : bool
        Whether cameras of this kind make recordings.

    Attributes
    ----------
    files : CallbackFiles or None
        What callbacks add to the recording that the camera is primed for, if there is one.
    """

    def __init__(self, kind: str, *, records: bool) -> None:
        self.files: CallbackFiles | None = None
        self._kind = kind
        self._records = records
        self._all: tuple[CameraCallback, ...] = ()

    @property
    def running(self) -> tuple[CameraCallback, ...]:
        """Those that have not been stopped."""
        return tuple(each for each in self._all if not each.life.stopped)

    def start(self, function: Callable[..., Any], *, nickname: str, **options: Any) -> CameraCallback:
        """Begin one; for the options see :func:`llpyspin.callbacks.callback.begin_callback`."""
        from llpyspin.callbacks.callback import begin_callback  # it takes as long to import as all the rest

        self._check(nickname, options["record"], options["where"], every=options["every"])
        callback = begin_callback(function, **options)
        self._all = (*self.running, callback)
        try:
            if self.files is not None:
                self.files.add(callback)
        except BaseException:
            callback.end_quietly()
            raise
        return callback

    def begin_files(self, spec: WriterSpec) -> CallbackFiles:
        """What the callbacks add to a recording that is about to be made."""
        from llpyspin.callbacks.recorded import CallbackFiles

        self.files = CallbackFiles(self.running, spec)
        return self.files

    def lend(self) -> tuple[CameraCallback, ...]:
        """Those that run, for a camera that takes the place of this one: its release does not end them."""
        lent, self._all = self.running, ()
        return lent

    def adopt(self, lent: tuple[CameraCallback, ...], address: str) -> None:
        """Have callbacks that another camera has lent called with the frames at this address."""
        self._all = (*self.running, *lent)
        for callback in lent:
            callback.life.renew(address)

    def end(self) -> None:
        """End them all, also where Ctrl-C ends the end of one; what fails is logged."""
        ending, self._all = self._all, ()
        with contextlib.ExitStack() as all_of_them:
            for callback in ending:
                all_of_them.callback(callback.end_quietly)

    def _check(self, nickname: str, record: str, where: str, *, every: bool) -> None:
        from llpyspin.callbacks.child.spec import RECORDS, WHERES

        require("record", record, record in RECORDS, "'camera', 'returned' or 'both'")
        require("where", where, where in WHERES, "'process' or 'writer'")
        if where == "writer" and not every:
            raise SettingRangeError(
                "where='writer' needs every frame. Set every=True",
                setting="where",
                value=where,
            )
        if record != "camera":
            self._check_record(nickname, record)

    def _check_record(self, nickname: str, record: str) -> None:
        recorded = next((each for each in self.running if each.record != "camera"), None)
        if recorded is not None:
            raise SettingRangeError(
                f"record={record!r}: what {recorded.name} returns is recorded already. Call its stop() first",
                setting="record",
                value=record,
            )
        if not self._records:
            raise SettingRangeError(
                f"record={record!r}: a {self._kind} records nothing. Use a PrimaryCamera, a "
                "SecondaryCamera or a Rig",
                setting="record",
                value=record,
            )
        if self.files is not None:
            raise SettingLockedError(
                f"{nickname} is primed for a recording already. Call process() before prime(path)",
                setting="record",
                value=record,
            )
