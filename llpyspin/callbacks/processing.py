"""The object that ``process()`` of a camera returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.callbacks.callback import STOP_S
from llpyspin.display.preview import Preview
from llpyspin.display.showing import PreviewSpec
from llpyspin.naming.known import named
from llpyspin.reading.methods import FrameMethods

if TYPE_CHECKING:
    from types import TracebackType

    from llpyspin.callbacks.callback import CameraCallback
    from llpyspin.callbacks.child.account import LatencyAccount
    from llpyspin.callbacks.child.items import ItemQueue
    from llpyspin.callbacks.child.statuses import ProcessingStatus
    from llpyspin.display.overlay import Overlay
    from llpyspin.errors import CallbackError
    from llpyspin.frames import Layout

__all__ = ["Processing"]


@named
class Processing(FrameMethods):
    """A function that is called with frames, until :meth:`stop`.  ``process()`` of a camera returns it.

    What it returns can be read, shown and recorded as frames of a camera are: :meth:`read`, :meth:`grab`,
    :meth:`retrieve`, :meth:`borrow`, :meth:`display`.
    """

    def __init__(self, callback: CameraCallback) -> None:
        self._callback = callback
        self._frames = callback.life.frames

    # -- what one can ask

    @property
    def name(self) -> str:
        """How log lines call it."""
        return self._callback.name

    @property
    def queue(self) -> ItemQueue:
        """The main process's end of the queue: ``put``, ``get``, ``qsize``, ``full`` as of
        ``multiprocessing.Queue``.  ``get`` raises the callback's error once nothing will come any more.
        """
        return self._callback.life.queue

    @property
    def record(self) -> str:
        """What recordings of the camera have: "camera", "returned" or "both"."""
        return self._callback.record

    @property
    def where(self) -> str:
        """ "writer": such recordings are written in the process of the function; else "process"."""
        return self._callback.where

    @property
    def returns(self) -> Layout | None:
        """Layout of the results, if it differs from that of the camera."""
        return self._callback.returns

    @property
    def alive(self) -> bool:
        """Whether the function is still called with new frames."""
        return self._callback.life.alive

    @property
    def error(self) -> CallbackError | None:
        """Error of the last failed call, or None."""
        return self._callback.life.error

    @property
    def address(self) -> str:
        """Address of the results, for your own reader."""
        return self._callback.life.source.address

    @property
    def layout(self) -> Layout | None:
        """Layout of the results, if it is fixed because they can be recorded."""
        return self._callback.life.spec.layout

    @property
    def stopped(self) -> bool:
        """Whether the callback was stopped."""
        return self._callback.life.stopped

    @property
    def pid(self) -> int:
        """Process id of the callback's process."""
        return self._callback.life.pid

    @property
    def account(self) -> LatencyAccount | None:
        """The latency account of the last recording, or of all that ``log_file`` has; None before the end."""
        return self._callback.account

    def status(self) -> ProcessingStatus:
        """Return counts, queue depths and times; takes a millisecond and never raises."""
        return self._callback.status()

    def display(
        self, title: str | None = None, *, overlay: Overlay | None = None, rate: float = 30.0
    ) -> Preview:
        """Show what the function returns in a window; see ``display()`` of a camera."""
        camera = self._callback.life.spec.camera
        spec = PreviewSpec(self.address, str(title or self.name), camera, overlay=overlay, rate=rate)
        return self._callback.previews.add(Preview(spec))

    def __repr__(self) -> str:
        state = "stopped" if self.stopped else "running" if self.alive else "not called any more"
        return f"<Processing {self.name} of camera {self._callback.life.spec.camera}, {state}>"

    # -- the end

    def stop(self, timeout_s: float = STOP_S) -> LatencyAccount:
        """Wait for the present call, call ``close``, and end the process.

        Parameters
        ----------
        timeout_s : float
            Seconds to wait; then the process is killed.

        Returns
        -------
        LatencyAccount
            Account of the last recording, or else of ``log_file``, or else of the last 1000 calls.

        Raises
        ------
        CallbackError, CallbackHungError, CallbackProcessError
            The reason why the function was no longer called, unless ``on_error="continue"``.  Everything is
            closed nevertheless, and a second call does nothing.
        RecordingError
            Its process is still writing a recording (``where="writer"``).
        """
        return self._callback.stop(timeout_s)

    def end_quietly(self, timeout_s: float = STOP_S) -> None:
        """Stop without raising an error; errors were logged when they happened."""
        self._callback.end_quietly(timeout_s)

    def __enter__(self) -> Processing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            self.stop()
        else:
            self.end_quietly()
