"""The writers of one camera of a rig: one for each segment, and those of what a callback returned."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin.errors import LlpyspinError
from llpyspin.recording.ahead import ahead_of
from llpyspin.recording.foreign import exists
from llpyspin.recording.recorder import Recorder
from llpyspin.recording.session import FileRecord
from llpyspin.sync.station import acquisition_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llpyspin.callbacks.recorded import CallbackFiles
    from llpyspin.recording.options import WriterSpec
    from llpyspin.roles import ClockSample
    from llpyspin.sync.camera import SynchronisedCamera

__all__ = ["Writers"]


class Writers:
    """Those of one recording; a camera without a recording has none.

    Attributes
    ----------
    current : Recorder or None
        Of the present segment.
    finished : list of Recorder
        Of earlier segments; some may still be writing.
    returned : list of Recorder
        Of what a callback returned, beside the camera's own.
    callbacks : CallbackFiles or None
    """

    def __init__(self) -> None:
        self.current: Recorder | None = None
        self.finished: list[Recorder] = []
        self.returned: list[Recorder] = []
        self.callbacks: CallbackFiles | None = None
        self._kept: dict[Path, FileRecord] = {}
        self._doubts: list[str] = []

    @property
    def segments(self) -> list[Recorder]:
        """The camera's own, in the order of their files."""
        return [*self.finished, *([self.current] if self.current is not None else [])]

    @property
    def all(self) -> list[Recorder]:
        """The camera's own, and those of what a callback returned."""
        return [*self.segments, *self.returned]

    @property
    def present(self) -> list[Recorder]:
        """Those of the present segment."""
        return [*([self.current] if self.current is not None else []), *self.returned[-1:]]

    def start(self, camera: SynchronisedCamera, spec: WriterSpec, *, same_stream: bool = False) -> None:
        """Have a writer process whose files are open, and a second one where a callback's results need it.

        The second one of the segment before writes on where the frames are of the ``same_stream``: only the
        camera's own writer was lost.
        """
        callbacks = self.callbacks
        if callbacks is None:
            callbacks = self.callbacks = acquisition_of(camera).callbacks.begin_files(spec)
        else:  # another segment, after the camera or a writer was lost
            callbacks.go_on(spec)
        main = callbacks.main_spec()
        recorder = Recorder(main, callbacks.host(main))
        if self.current is not None:
            self.finished.append(self.current)
        self.current = recorder
        callbacks.watch(recorder)
        if same_stream and self.returned and self.returned[-1].alive:
            callbacks.watch(self.returned[-1])
            return
        second = callbacks.second_spec()
        if second is not None:
            self.returned.append(Recorder(second, callbacks.host(second)))
            callbacks.watch(self.returned[-1])

    def follow_no_more(self) -> None:
        """Have no writer go on with what a callback returns of another stream, which begins a segment."""
        if self.callbacks is not None:
            self.callbacks.follow_no_more()

    def begin(self, trigger: int, index: int, first: int) -> None:
        """Have the files, which wait for that, begin with a frame; see :meth:`Recorder.begin`."""
        assert self.callbacks is not None
        for recorder in self.present:
            self.callbacks.before_the_beginning(recorder.spec, index)
            recorder.begin(trigger, index, first)

    def keep_files(self, recorder: Recorder) -> None:
        """Take note of what a writer of the camera's own has written."""
        for file in recorder.files:
            sidecar = Path(file.sidecar)
            self._kept[sidecar] = FileRecord(Path(file.path).name, sidecar.name, file.part)

    def keep_doubts(self, doubts: Sequence[str]) -> None:
        """Take note of where a writer was not certain of triggers."""
        self._doubts += doubts

    def written(self) -> dict[str, Any]:
        """Fields of :class:`~llpyspin.recording.session.CameraRecord` that change as the recording goes."""
        for recorder in self.segments:
            self.keep_files(recorder)
        # A writer removes files that it has nothing for.
        there = [record for sidecar, record in self._kept.items() if exists(sidecar)]
        return {
            "files": tuple(sorted(there, key=lambda record: record.part)),
            "sink": self.current.sink if self.current is not None else "",
            "notes": self.current.notes if self.current is not None else (),
            "doubts": tuple(self._doubts),
            "callback": self._callback(),
        }

    def _callback(self) -> str:
        """Whose results the camera's own files have, if not what the camera gave."""
        returned = self.current is not None and self.current.spec.returned
        return self.callbacks.returned_by if returned and self.callbacks is not None else ""

    def let_go_of_finished(self) -> None:
        """End the processes that have written an earlier segment to its end; asks, and does not wait."""
        for recorder in list(self.finished):
            with contextlib.suppress(LlpyspinError):  # it was killed; the end of the recording tells of it
                if recorder.alive and recorder.wait(0.0):
                    recorder.close()

    def close(self) -> None:
        """End those that are still there, whatever state they are in."""
        for recorder in self.all:
            recorder.close()

    def end(self, clocks: Sequence[ClockSample]) -> None:
        """The same when the recording is over, with the accounts of the callbacks."""
        self.close()
        if self.callbacks is not None:
            self.callbacks.after_the_end(clocks)

    def drop(self) -> None:
        """The same for a recording that did not begin: files and logs are removed."""
        for recorder in self.all:
            files = recorder.files
            recorder.close()
            for file in files:
                for path in (file.path, file.sidecar, ahead_of(file.sidecar)):
                    with contextlib.suppress(OSError):
                        os.unlink(path)
        if self.callbacks is not None:
            self.callbacks.drop()
