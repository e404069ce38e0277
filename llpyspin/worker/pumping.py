"""The acquisition thread of a camera process: reads images from the SDK, publishes frames."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraHungError, LlpyspinError, SdkError
from llpyspin.processes.messages import portable_error
from llpyspin.worker.patience import Patience

if TYPE_CHECKING:
    from llpyspin.device import Device
    from llpyspin.frames import FrameWriter

__all__ = ["Acquisition"]

SLICE_S = (
    0.1  # one wait inside the SDK; EndAcquisition cannot wake GetNextImage, so stopping costs up to this
)
STOP_S = 5.0  # what a call into the SDK may take to come back when the stream is stopped


class Acquisition:
    """Runs ``device.pump`` in a thread of its own between :meth:`start` and :meth:`stop`.

    ``start`` and ``stop`` are called by the request thread alone.  An error of the device ends the stream:
    readers get it after the frames that are there, and so does every later request.
    """

    def __init__(self, device: Device, writer: FrameWriter) -> None:
        self._device = device
        self._writer = writer
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._entered: float | None = None
        self.ended = threading.Event()
        """Set when the thread has ended, by an error or because it was asked to."""
        self.error: LlpyspinError | None = None

    @property
    def running(self) -> bool:
        return self._thread is not None

    def start(self) -> None:
        if self._thread is not None:
            return
        self._raise_error()
        self._stopping.clear()
        self.ended.clear()
        self._device.start(self._writer)
        self._thread = threading.Thread(target=self._run, name="acquisition", daemon=True)
        self._thread.start()

    def resume(self) -> None:
        """Start again after a pause; if that fails the stream is over, for nothing would start it later."""
        try:
            self.start()
        except Exception as error:
            self.fail(_failure(error, "starting the stream again"))
            raise

    def stop(self) -> None:
        """End the stream; blocks until the SDK has come back, 5 s at most."""
        if self._thread is None:
            return
        self._stopping.set()
        self._writer.stop_waiting()
        deadline = Deadline(SLICE_S + STOP_S)
        self._thread.join(deadline.remaining())
        if self._thread.is_alive():
            raise CameraHungError("the SDK did not return from waiting for an image")
        self._thread = None
        if self.error is None:
            self._device.stop()
            self._writer.end()

    def stuck_for(self) -> float:
        """Seconds for which the present call into the SDK is over its time; 0 when all is well."""
        entered = self._entered
        return 0.0 if entered is None else max(0.0, time.monotonic() - entered - SLICE_S)

    def fail(self, error: LlpyspinError) -> None:
        """Tell all readers that no more frames will come, and why."""
        self.error = error
        self._writer.fail(error)

    def _raise_error(self) -> None:
        if self.error is not None:
            raise self.error

    def _run(self) -> None:
        pump, stopping = self._device.pump, self._stopping.is_set
        patience = Patience(self._writer, self._device.info.serial) if self._device.waits else None
        try:
            while not stopping():
                if patience is not None and not patience.over(SLICE_S):
                    continue
                self._entered = time.monotonic()
                pump(SLICE_S)
                self._entered = None
        except Exception as error:  # noqa: BLE001 - outermost line of the thread: the readers must hear of it
            self.fail(_failure(error, "the acquisition"))
        finally:
            self._entered = None
            self.ended.set()


def _failure(error: Exception, during: str) -> LlpyspinError:
    portable = portable_error(error)
    if isinstance(portable, LlpyspinError):
        return portable
    return SdkError(f"{type(error).__name__} in {during}: {error}")
