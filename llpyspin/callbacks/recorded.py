"""What callbacks add to a recording of their camera: their logs, and the frames that they returned."""

from __future__ import annotations

import dataclasses
import functools
import logging
from typing import TYPE_CHECKING

from llpyspin.callbacks.child.latency import log_path
from llpyspin.errors import CallbackError, LlpyspinError, RecordingError, RecordingExistsError
from llpyspin.frames import Layout
from llpyspin.frames.buffers import recording_buffers
from llpyspin.recording.foreign import exists
from llpyspin.recording.names import beside, returned
from llpyspin.system.resources import spare_memory

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Sequence

    from llpyspin.callbacks.callback import CameraCallback
    from llpyspin.recording.options import WriterSpec
    from llpyspin.recording.recorder import HostedWriter, Recorder
    from llpyspin.recording.sinks import Picture
    from llpyspin.roles import ClockSample

__all__ = ["CallbackFiles"]

logger = logging.getLogger("llpyspin")


class CallbackFiles:
    """Callbacks during one recording of their camera.

    Parameters
    ----------
    callbacks : sequence of CameraCallback
        Those that run now.
    spec : WriterSpec
        Of the recording, as it would be without them.

    Raises
    ------
    RecordingError
        What a callback returned cannot be recorded now.
    RecordingExistsError
        A log of that name exists.
    """

    def __init__(self, callbacks: Sequence[CameraCallback], spec: WriterSpec) -> None:
        self._callbacks = list(callbacks)
        self._spec = spec
        self._recorders: list[Recorder] = []
        self.waited = False
        """Whether the callbacks have had all their frames."""
        self.events: list[tuple[str, str]] = []
        """Kind and text of what the account is to tell."""
        self._begun: list[CameraCallback] = []
        try:
            for callback in self._callbacks:
                self._begin(callback)
        except BaseException:
            self.drop()
            raise

    def go_on(self, spec: WriterSpec) -> None:
        """Another writer, after the camera or the writer before was lost: the logs go on."""
        self._spec = spec
        for callback in self._callbacks:
            callback.life.forget_recording()
        self._recorders.clear()

    def follow_no_more(self) -> None:
        """The camera is lost: what is returned of its next stream is for other writers."""
        for callback in self._callbacks:
            callback.life.follow_no_more()

    def add(self, callback: CameraCallback) -> None:
        """Have one more, in the middle of the recording."""
        self._begin(callback)
        self._callbacks.append(callback)
        for recorder in self._recorders:
            callback.life.stop_with(functools.partial(_halt, recorder))

    def _begin(self, callback: CameraCallback) -> None:
        spec, number = self._spec, len(self._begun) + 1
        callback.begin_recording(
            spec.path, overwrite=spec.options.overwrite, number=number if number > 1 else None
        )
        self._begun.append(callback)

    @property
    def logs(self) -> list[pathlib.Path]:
        """Those that are written."""
        numbers = range(1, len(self._begun) + 1)
        return [log_path(self._spec.path, number if number > 1 else None) for number in numbers]

    @property
    def recorded(self) -> CameraCallback | None:
        """The callback whose returned frames are recorded."""
        return next((each for each in self._callbacks if each.record != "camera"), None)

    @property
    def returned_by(self) -> str:
        """Name of that one; empty if there is none."""
        return "" if self.recorded is None else self.recorded.name

    def main_spec(self) -> WriterSpec:
        """The settings of the first writer."""
        recorded = self.recorded
        return self._spec if recorded is None or recorded.record == "both" else self._returned(recorded)

    def second_spec(self) -> WriterSpec | None:
        """The settings of a second writer; None if there is none."""
        recorded = self.recorded
        if recorded is None or recorded.record != "both":
            return None
        path = returned(self._spec.path)
        there = next((each for each in (path, beside(path, ".csv")) if exists(each)), None)
        if there is not None and not (self._spec.options.overwrite or self._spec.part):
            raise RecordingExistsError(f"{there} already exists. Choose another name, or set overwrite=True")
        return dataclasses.replace(self._returned(recorded), path=str(path))

    def host(self, spec: WriterSpec) -> HostedWriter | None:
        """Where the writer with these settings lives; None: in a process of its own."""
        for callback in self._begun:
            if (
                callback.where == "writer"
                and callback.life.alive
                and (callback.record != "camera") == spec.returned
            ):
                return callback.life.host()
        return None

    def watch(self, recorder: Recorder) -> None:
        """Tell a writer when the frames come from another process, or when to stop."""
        self._recorders.append(recorder)
        for callback in self._callbacks:
            if recorder.spec.returned and callback is self.recorded:
                callback.life.follow_with(recorder.follow)
            callback.life.stop_with(functools.partial(_halt, recorder))

    def before_the_beginning(self, spec: WriterSpec, index: int) -> None:
        """Wait until a writer can begin with the frame of this index."""
        if spec.returned and self.recorded is not None:
            self.recorded.life.catch_up(index)

    def before_the_end(self, published: int | None) -> None:
        """Wait until the callbacks have had their frames, for a bounded time."""
        for callback in self._callbacks:
            if published is not None:
                callback.life.catch_up(published)  # interrupted, it is waited for again by the next stop()
        self.waited = True
        for callback in self._callbacks:
            if callback.life.error is not None and not callback.stops_recordings:  # the writer tells then
                self.events.append(("callback", str(callback.life.error)))

    def after_the_end(self, clocks: Sequence[ClockSample] = ()) -> None:
        """Close the logs, and make the latency accounts."""
        for callback in self._begun:
            callback.life.forget_recording()
            self._release(callback)
            callback.end_recording(clocks)

    def drop(self) -> None:
        """The recording has nothing, or was not begun: leave nothing behind."""
        for callback in self._begun:
            callback.life.forget_recording()
            self._release(callback)
            callback.drop_recording()

    def _release(self, callback: CameraCallback) -> None:
        if callback is self.recorded:
            try:
                callback.life.fix(None)
            except LlpyspinError as error:
                logger.debug("%s: %s", callback.name, error)

    def _returned(self, callback: CameraCallback) -> WriterSpec:
        spec = self._spec
        layout = callback.returns or _layout_of(spec.picture)
        kept = spec.held / spec.picture.rate if spec.hold else None
        rate, spare = spec.picture.rate, spare_memory()
        buffers = recording_buffers(layout.payload, rate, pre_trigger=kept, available=spare)
        if not callback.life.alive:
            raise RecordingError(
                f"camera {spec.serial}: {callback.name} is not called any more, so there is nothing to "
                "record of it. Stop it with stop(), and start it again with process()"
            ) from callback.life.error
        callback.life.fix(layout, buffers)
        if spec.since is not None and not callback.life.catch_up(spec.since):
            raise RecordingError(
                f"camera {spec.serial}: {callback.name} has not worked off the frames that came before"
            )
        color = layout.pixel_format == "BGR8"
        bits = 8 if color else int(layout.pixel_format.removeprefix("Mono"))
        picture = dataclasses.replace(
            spec.picture, height=layout.height, width=layout.width, color=color, bits=bits
        )
        return dataclasses.replace(spec, address=callback.life.source.address, picture=picture, returned=True)


def _layout_of(picture: Picture) -> Layout:
    """The layout of the frames that a callback gets, and may return."""
    sample = 3 if picture.color else 1 if picture.bits == 8 else 2
    name = "BGR8" if picture.color else f"Mono{picture.bits}"
    stride = picture.width * sample
    return Layout(name, picture.width, picture.height, stride, stride * picture.height)


def _halt(recorder: Recorder, error: CallbackError) -> None:
    try:
        recorder.halt(error)
    except LlpyspinError as failure:
        logger.debug("%s", failure)  # a writer that is gone writes nothing more either
