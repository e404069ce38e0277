"""A callback's part in recordings of its camera: its logs, its accounts, and what it is to publish."""

from __future__ import annotations

import contextlib
import logging
import os
from typing import TYPE_CHECKING

from llpyspin.callbacks.child.account import LatencyAccount, write_account
from llpyspin.callbacks.child.latency import log_path
from llpyspin.callbacks.keeping import StageKeeping
from llpyspin.deadlines import Deadline
from llpyspin.errors import CallbackError, CameraError, LlpyspinError
from llpyspin.recording.recorder import HostedWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llpyspin.frames import Layout
    from llpyspin.roles import ClockSample

__all__ = ["StageRecording"]

logger = logging.getLogger("llpyspin")

BEHIND_S = 30.0  # for frames that wait for the function when a recording ends


class StageRecording(StageKeeping):
    """The half of a :class:`~llpyspin.callbacks.processing.Processing` that recordings need."""

    def _prepare_recording(self, clock: Callable[[], tuple[ClockSample, ...]]) -> None:
        """Called by constructors."""
        self._clock = clock
        self._samples: dict[str, tuple[ClockSample, ...]] = {}
        self._account: LatencyAccount | None = None
        self._hosting = False

    def fix(self, layout: Layout | None, slots: int = 0) -> None:
        """Publish only frames of this layout, in so many slots of memory, because they are recorded."""
        with self._changing:
            self._spec = self._spec.replace(layout=layout, slots=slots)
            stage = self._stage
            if stage is not None and stage.alive:
                stage.request("fix", layout, slots)

    def begin_recording(
        self, video: str | os.PathLike[str], *, overwrite: bool, number: int | None = None
    ) -> None:
        """Have the rows of calls from now on beside a video, as ``NAME.callback.csv``.

        ``number`` is for a camera with several callbacks: ``NAME.callback2.csv``.
        """
        path = log_path(video, number)
        with self._changing:
            self._open_log("recording", str(path), overwrite=overwrite)

    def catch_up(self, index: int) -> bool:
        """Wait until the frames before this index are done with, 30 s at most; whether they are."""
        deadline = Deadline(BEHIND_S)
        while not deadline.passed:
            stage = self._stage
            if stage is None or self._stopped:
                return False
            if not stage.alive:  # another one may come in its place
                if not stage.mourned.wait(deadline.remaining()) or self._stage is stage:
                    return False
                continue
            try:
                if stage.request("wait", index, min(0.25, deadline.remaining())):
                    return True
            except LlpyspinError:
                continue  # it has died, and may come again
        logger.warning(
            "%s: frames still waited for the callback after %.0f s; it gets them no more", self.name, BEHIND_S
        )
        return False

    def end_recording(self, clocks: Sequence[ClockSample] = ()) -> LatencyAccount | None:
        """Close the log of a recording, and write its account beside; None where there was none."""
        with self._changing:
            path = self._close_log("recording")
        if path is None:
            return None
        try:
            samples = (*self._samples.pop("recording", ()), *(clocks or self._clock()))
            self._account = write_account(
                path, samples, deadline_s=self._spec.deadline_s, name=self._title, notes=self._notes()
            )
        except (LlpyspinError, OSError) as error:
            logger.warning("%s: there is no latency account: %s", self.name, error)
        return self._account

    def drop_recording(self) -> None:
        """Close the log of a recording that had nothing, and remove it."""
        with self._changing:
            path = self._close_log("recording")
        if path is not None:
            with contextlib.suppress(OSError):
                os.unlink(path)

    def follow_with(self, follower: Callable[[str], object]) -> None:
        """Have somebody told the new address, should the frames come from another process."""
        self._following.append(follower)

    def follow_no_more(self) -> None:
        """Nobody is to be told a new address any more."""
        self._following.clear()

    def stop_with(self, stopper: Callable[[CallbackError], object]) -> None:
        """Have somebody told when the function has failed, for ``on_error="stop"``."""
        self._on_stop.append(stopper)

    def host(self) -> HostedWriter:
        """A place for the writer of a recording in the process of the function."""
        assert self._stage is not None
        self._hosting = True
        return HostedWriter(self._stage)

    def forget_recording(self) -> None:
        """Nobody is to be told any more, and no writer lives here."""
        self._hosting = False
        self._following.clear()
        self._on_stop.clear()

    def _notes(self) -> list[str]:
        return [] if self._error is None else [f"{self._error}."]

    # -- logs of calls

    def _open_log(self, name: str, path: str, *, overwrite: bool) -> None:
        stage = self._stage
        if stage is not None and stage.alive:
            stage.request("log", name, path, overwrite)
            self._logs[name] = path
        self._samples[name] = self._clock()

    def _close_log(self, name: str) -> str | None:
        path = self._logs.pop(name, None)
        stage = self._stage
        if path is None or stage is None:
            return path
        with contextlib.suppress(CameraError):  # what it had written until it died is there
            forgotten, why = stage.request("end_log", name)
            if forgotten:
                logger.warning("%s: %d rows are not in %s: %s", self.name, forgotten, path, why)
        return path
