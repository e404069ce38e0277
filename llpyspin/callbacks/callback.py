"""One callback of a camera: its process, its part in recordings, and its latency account."""

from __future__ import annotations

import contextlib
import copy
import logging
import math
import os
from typing import TYPE_CHECKING, Any

from llpyspin.callbacks.child.account import LatencyAccount, Span, account_of_log, account_path
from llpyspin.callbacks.child.calling import check_function
from llpyspin.callbacks.child.figures import Figures
from llpyspin.callbacks.child.latency import log_path
from llpyspin.callbacks.child.output import image_kind
from llpyspin.callbacks.child.spec import CallbackSpec, check_queue_size
from llpyspin.callbacks.child.statuses import ProcessingStatus
from llpyspin.callbacks.life import CallbackLife
from llpyspin.deadlines import Deadline
from llpyspin.display.preview import Previews, preview_or_warn
from llpyspin.display.showing import PreviewSpec
from llpyspin.errors import LlpyspinError, RecordingError
from llpyspin.processes.callables import name_of
from llpyspin.processes.functions import pack_function

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llpyspin.callbacks.child.lately import LatelyFigures
    from llpyspin.frames import Layout
    from llpyspin.roles import ClockSample

__all__ = ["STOP_S", "CameraCallback", "begin_callback"]

logger = logging.getLogger("llpyspin")

STOP_S = 10.0


class CameraCallback:
    """A function that is called with a camera's frames, from :meth:`begin` until it is stopped.

    Parameters
    ----------
    life : CallbackLife
        Its process, which was not begun.
    record : {"camera", "returned", "both"}
        What recordings of the camera are to have.
    where : {"process", "writer"}
        Whether the writer of such recordings has a process of its own, or lives in that of the function.
    returns : Layout, optional
        Of what is returned, where that is not the camera's own.
    clock : callable
        Gives the camera's clock and the host's at one moment, or nothing: for the latency account.

    Attributes
    ----------
    life, record, where, returns
        As given.
    previews : Previews
        Of what the function returns.
    account : LatencyAccount or None
        Of the last recording, or of all that ``log_file`` has; None before the end.
    """

    def __init__(
        self,
        life: CallbackLife,
        *,
        record: str = "camera",
        where: str = "process",
        returns: Layout | None = None,
        clock: Callable[[], tuple[ClockSample, ...]] = tuple,
    ) -> None:
        self.life = life
        self.record = record
        self.where = where
        self.returns = returns
        self.previews = Previews()
        self.account: LatencyAccount | None = None
        self._clock = clock
        self._samples: dict[str, tuple[ClockSample, ...]] = {}
        self._log_file: str | None = None
        self._lately: LatelyFigures | None = None
        self._raised = False

    def begin(self, log_file: str | os.PathLike[str] | None = None) -> None:
        """Have the function called; ``log_file`` gets a row of each call, from now to the end.

        Raises
        ------
        FunctionError, CallbackError, CallbackProcessError, CallbackHungError
            The function cannot be called: see ``process()`` of a camera.
        StreamEnded
            There are no such frames.
        """
        logs = {}
        if log_file is not None:
            self._log_file = logs["log_file"] = os.path.abspath(os.path.expanduser(os.fspath(log_file)))
            self._samples["log_file"] = self._clock()
        self.life.begin(logs)

    def show(self) -> None:
        """Show what the function returns in a window; a warning where none can be had."""
        life = self.life
        preview = preview_or_warn(PreviewSpec(life.source.address, self.name, life.spec.camera))
        if preview is not None:
            self.previews.add(preview)

    # -- what one can ask ---------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return self.life.name

    @property
    def stops_recordings(self) -> bool:
        """Whether recordings end when the function fails."""
        return self.life.spec.on_error == "stop"

    def status(self) -> ProcessingStatus:
        """How it does now; takes a millisecond while it is called, and never raises."""
        with contextlib.suppress(LlpyspinError):
            now: LatelyFigures | None = self.life.ask("status")
            if now is not None and (now.called or self._lately is None):  # a new process knows nothing
                self._lately = now
        figures, lately = self.life.figures, self._lately
        nothing = (math.nan,) * 3
        return ProcessingStatus(
            alive=self.life.alive,
            frames=figures[Figures.SEEN],
            called=figures[Figures.CALLS],
            skipped=figures[Figures.SKIPPED],
            errors=figures[Figures.ERRORS],
            misses=0 if lately is None else lately.misses,
            copied=figures[Figures.COPIED],
            published=figures[Figures.PUBLISHED],
            queued=self.life.queue.qsize(),
            unread=0 if lately is None else lately.unread,
            wait_ms=nothing if lately is None else lately.wait_ms,
            call_ms=nothing if lately is None else lately.call_ms,
            total_ms=nothing if lately is None else lately.total_ms,
            error=self.life.error,
        )

    # -- recordings ---------------------------------------------------------------------------------------

    def begin_recording(
        self, video: str | os.PathLike[str], *, overwrite: bool, number: int | None = None
    ) -> None:
        """Have the rows of calls from now on beside a video, as ``NAME.callback.csv``.

        ``number`` is for a camera with several callbacks: ``NAME.callback2.csv``.
        """
        self.life.open_log("recording", str(log_path(video, number)), overwrite=overwrite)
        self._samples["recording"] = self._clock()

    def end_recording(self, clocks: Sequence[ClockSample] = ()) -> LatencyAccount | None:
        """Close the log of a recording, and write its account beside; None where there was none."""
        path = self.life.close_log("recording")
        if path is None:
            return None
        try:
            samples = (*self._samples.pop("recording", ()), *(clocks or self._clock()))
            account = self._account_of(path, samples)
            account.save(account_path(path))
            self.account = account
        except (LlpyspinError, OSError) as error:
            logger.warning("%s: there is no latency account: %s", self.name, error)
        return self.account

    def drop_recording(self) -> None:
        """Close the log of a recording that had nothing, and remove it."""
        path = self.life.close_log("recording")
        if path is not None:
            with contextlib.suppress(OSError):
                os.unlink(path)

    def _account_of(self, log: str | os.PathLike[str], samples: Sequence[ClockSample]) -> LatencyAccount:
        life = self.life
        return account_of_log(
            log, samples, deadline_s=life.spec.deadline_s, name=life.title, notes=self._notes()
        )

    def _notes(self) -> list[str]:
        return [] if self.life.error is None else [f"{self.life.error}."]

    # -- the end ------------------------------------------------------------------------------------------

    def stop(self, timeout_s: float = STOP_S) -> LatencyAccount:
        """End it, and raise why the function was not called any more; see ``Processing.stop``."""
        Deadline(timeout_s)
        life = self.life
        if life.hosts_writer:
            raise RecordingError(
                f"{life.title}: a recording is written in the process of {self.name}. End that first"
            )
        account = self._end(timeout_s)
        error = life.error
        if error is not None and life.spec.on_error != "continue" and not self._raised:
            self._raised = True
            raise copy.copy(error)
        return account

    def end_quietly(self, timeout_s: float = STOP_S) -> None:
        """The same without raising, for a camera that is released: what failed was said when it did."""
        try:
            self._end(timeout_s)
        except (LlpyspinError, OSError) as error:
            logger.error("%s: %s", self.name, error)

    def _end(self, timeout_s: float) -> LatencyAccount:
        life = self.life
        if life.stopped:
            life.figures.close()  # Ctrl-C may have broken the end off just before that
            return self.account or LatencyAccount(name=life.title)
        try:
            self.status()
            self.previews.close()
        finally:
            life.end(timeout_s)
        if self._log_file is not None and self.account is None:
            samples = (*self._samples["log_file"], *self._clock())
            self.account = self._account_of(self._log_file, samples)
        if self.account is None:
            self.account = self._brief_account()
        return self.account

    def _brief_account(self) -> LatencyAccount:
        """What is known where no log was kept."""
        status, lately = self.status(), self._lately
        known = lately if status.called else None
        return LatencyAccount(
            name=self.life.title,
            calls=status.called,
            errors=status.errors,
            skipped=status.skipped,
            deadline_s=self.life.spec.deadline_s,
            misses=status.misses,
            notes=("Times are of the last 1000 calls: nothing was recorded, and there was no log_file.",),
            wait=Span(*known.wait_ms) if known else None,
            call=Span(*known.call_ms) if known else None,
        )


def begin_callback(
    function: Callable[..., Any],
    *,
    name: str | None,
    record: str,
    where: str,
    returns: Any,
    queue_size: int,
    log_file: str | os.PathLike[str] | None,
    display: bool,
    clock: Callable[[], tuple[ClockSample, ...]],
    **told: Any,
) -> CameraCallback:
    """Have a function called.

    ``told`` goes to its process, see :class:`~llpyspin.callbacks.child.spec.CallbackSpec`.

    For the rest see ``process()`` of a camera.
    """
    layout = image_kind(returns)
    check_function(function)
    check_queue_size(queue_size)
    spec = CallbackSpec(name=name_of(function) if name is None else name, hosts=where == "writer", **told)
    life = CallbackLife(spec, pack_function(function, what="the callback"), queue_size)
    callback = CameraCallback(life, record=record, where=where, returns=layout, clock=clock)
    callback.begin(log_file)
    if display:
        callback.show()
    return callback
