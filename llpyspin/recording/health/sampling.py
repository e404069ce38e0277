"""Samples the health of a recording while it goes on, in a thread of its own.

A failure here ends the samples, and nothing else.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import weakref
from typing import TYPE_CHECKING

from llpyspin.errors import LlpyspinError, without_traceback
from llpyspin.recording.health.healthfile import HealthFile, health_path
from llpyspin.recording.health.samples import sample_of_writers
from llpyspin.system.resources import CpuLoad

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from llpyspin.recording.health.samples import Sample
    from llpyspin.recording.recorder import Recorder

__all__ = ["Sampler", "sampler_of"]

logger = logging.getLogger("llpyspin")

EVERY_S = 1.0
JOIN_S = 2.0  # for a look that is under way at the end; a writer that hangs is not waited for
PATIENCE_S = 3600.0  # a writer that does not answer in time is ended, and never for a sample


class Sampler:
    """Looks once a second until :meth:`end`, and writes what it sees.

    Parameters
    ----------
    file : HealthFile
    look : callable
        Gives a sample of each camera now; none before the first frame; None: nobody is there any more.
        Called by the thread, and then once at the end.
    every_s : float
    """

    def __init__(
        self,
        file: HealthFile,
        look: Callable[[], Sequence[Sample] | None],
        *,
        every_s: float = EVERY_S,
    ) -> None:
        self._file = file
        self._look = look
        self._every_s = every_s
        self._cpu = CpuLoad()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="recording-health", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Take a last sample and write no more; calling it twice is fine."""
        self._over.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(JOIN_S)
        with self._lock:
            self._closed = True

    def drop(self) -> None:
        """The same for a recording that did not begin: the file goes."""
        self.end()
        with contextlib.suppress(OSError):
            self._file.remove()

    def _run(self) -> None:
        try:
            while self._take() and not self._over.wait(self._every_s):
                pass
            self._take()
            with self._lock:
                if not self._closed:
                    self._file.flush()
        except Exception as error:  # noqa: BLE001 - outermost line of the thread: the recording goes on
            what = f"{type(error).__name__}: {error}"
            logger.info("%s has no more samples of this recording: %s", self._file.path, what)
            without_traceback(error)

    def _take(self) -> bool:
        """Write one sample of each camera; whether there will be more."""
        samples = self._look()
        if samples is None:
            return False
        load = self._cpu.percent()
        if not samples:
            return True
        with self._lock:
            if not self._closed:
                self._file.add(each._replace(cpu_percent=load) for each in samples)
        return not self._closed


def sampler_of(recorder: Recorder, camera: str, recording: Path, wall_offset_ns: int) -> Sampler:
    """Sample the recording of one camera, as long as somebody holds its ``recorder``.

    Parameters
    ----------
    recorder : Recorder
    camera : str
        Its name.
    recording : Path
        The JSON file.
    wall_offset_ns : int
        Of the recording.
    """
    held = weakref.ref(recorder)

    def look() -> list[Sample] | None:
        present = held()
        if present is None:
            return None
        try:
            status = present.status(timeout_s=PATIENCE_S)
        except LlpyspinError:  # it is dead, or closed; others tell of it
            return None
        return [sample_of_writers(camera, [status], time.monotonic_ns())] if status.triggers else []

    return Sampler(HealthFile(health_path(recording), wall_offset_ns), look)
