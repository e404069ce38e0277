"""One recording of one camera: its writer, its end, and its JSON file."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import pathlib
import time
from typing import TYPE_CHECKING

import numpy as np

from llpyspin.deadlines import MOST_S, Deadline
from llpyspin.errors import (
    CameraHungError,
    CameraProcessError,
    LlpyspinError,
    RecordingError,
    RecordingExistsError,
)
from llpyspin.recording.ahead import ahead_of
from llpyspin.recording.finishing import SHOW_S, await_written
from llpyspin.recording.foreign import exists
from llpyspin.recording.health.sampling import sampler_of
from llpyspin.recording.names import beside
from llpyspin.recording.progress import progress_of_writer, shown
from llpyspin.recording.recorder import Recorder
from llpyspin.recording.session import Event, FileRecord, Session, local_time, versions
from llpyspin.recording.settling import concluded
from llpyspin.recording.sidecar import lines_of_file
from llpyspin.recording.timekeeper import milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from llpyspin.recording.account.account import Account
    from llpyspin.recording.health.sampling import Sampler
    from llpyspin.recording.marking import Mark
    from llpyspin.recording.options import WriterSpec
    from llpyspin.recording.plan import Plan
    from llpyspin.recording.progress import CameraProgress
    from llpyspin.recording.recorder import HostedWriter
    from llpyspin.recording.session import CameraRecord, Pulse
    from llpyspin.recording.status import RecordedFile
    from llpyspin.roles import ClockSample, Tally

__all__ = ["StillWriting", "Take", "stamps_of"]

logger = logging.getLogger("llpyspin")


class StillWriting(RecordingError):
    """The writer needs more time; ``stop()`` can be called again."""


class Take:
    """A recording from the moment its writer is ready.

    Parameters
    ----------
    plan : Plan
    spec : WriterSpec
        What the writer is told.
    camera : CameraRecord
        What is known of the camera; files, sink and notes are added.
    sdk : tuple of str
        Name and version.
    host : HostedWriter, optional
        See :class:`llpyspin.recording.recorder.Recorder`.

    Raises
    ------
    LlpyspinError
        The writer cannot begin; nothing is left behind.
    """

    def __init__(
        self,
        plan: Plan,
        spec: WriterSpec,
        camera: CameraRecord,
        sdk: tuple[str, str],
        host: HostedWriter | None = None,
    ) -> None:
        self.plan = plan
        self.recorder = Recorder(spec, host)
        self.waits = spec.hold
        self._first = spec.next_trigger
        self.period_ns = spec.period_ns
        self._pid = os.getpid()
        self.account: Account | None = None
        self.beside: Take | None = None  # another recording of the same triggers, which ends before this one
        self._finishing = False
        self._health: Sampler | None = None
        try:
            path = pathlib.Path(self.recorder.files[0].path)
            self.path = path
            if exists(beside(path, ".json")) and not plan.options.overwrite:
                raise RecordingExistsError(f"{beside(path, '.json')} already exists. Choose another name")
            self._json = beside(path, ".json")
            sidecar = pathlib.Path(self.recorder.files[0].sidecar).name
            self._camera = dataclasses.replace(
                camera,
                files=(FileRecord(path.name, sidecar),),
                sink=self.recorder.sink,
                notes=tuple(self.recorder.notes),
            )
            self._session = Session(
                cameras=(self._camera,),
                name=path.stem,
                id=spec.session,
                started=spec.started or local_time(),
                fill=plan.options.fill,
                options=_plain(plan),
                versions=versions(*sdk),
                metadata=dict(plan.metadata),
            ).recorded_here(path.parent, spec.wall_offset_ns)
            self._session.save(self._json)
        except BaseException:
            self.discard()
            raise
        logger.info("recording to %s with %s%s", path, self.recorder.sink, _instead(self.recorder.notes))

    def sample(self) -> None:
        """Note the health of the recording over time, from its first frame on."""
        name = self._camera.name or self._camera.serial
        self._health = sampler_of(self.recorder, name, self._json, self._session.wall_offset_ns)

    def begin(self, mark: Mark) -> None:
        """Have the file begin there, after a pre-trigger."""
        self.recorder.begin(mark.trigger, mark.index, mark.first)
        self._first = mark.first
        self.waits = False

    @property
    def json_path(self) -> pathlib.Path:
        """The file with the settings and, in the end, the account."""
        return self._json

    def discard(self) -> None:
        """End the writer and remove the files, which have nothing in them."""
        self._check_owner()
        if self._health is not None:
            self._health.drop()
        files = self.recorder.files
        self.recorder.close()
        paths = [path for file in files for path in (file.path, file.sidecar, ahead_of(file.sidecar))]
        for each in [*paths, *([str(self._json)] if hasattr(self, "_json") else [])]:
            with contextlib.suppress(FileNotFoundError):
                pathlib.Path(each).unlink()

    def settle(
        self,
        tally: Tally | None,
        *,
        last_trigger: int | None,
        begun: bool,
        failure: LlpyspinError | None,
        clocks: tuple[ClockSample, ...],
        pulse: Pulse | None,
        events: Sequence[tuple[str, str]],
        timeout: float | None,
        show: bool,
    ) -> npt.NDArray[np.float64]:
        """Finish the files and make the account; return what ``stop()`` returns.

        Parameters
        ----------
        tally : Tally or None
            The counters at the end; None where the camera failed.
        last_trigger : int or None
            Number of the last pulse; None where nobody knows.
        begun : bool
            Whether there was a trigger.  A recording without any row is removed if not.
        failure : LlpyspinError or None
            How the camera failed.
        clocks : tuple of ClockSample
        pulse : Pulse or None
            The last one, as the primary knows it.
        events : sequence of (str, str)
            Kind and text of what happened.
        timeout : float or None
            Seconds that the writer may take; None: as long as it makes progress.
        show : bool
            Whether to show how far it is.

        Raises
        ------
        RecordingError
            The writer failed, or is stuck; the text says what is on the disk.
        """
        self._check_owner()
        told = [*events, *([("lost", str(failure))] if failure is not None else [])]
        session = self._session.replace(
            cameras=(dataclasses.replace(self._camera, tally=tally, clocks=clocks, pulse=pulse),),
        )
        try:
            if not self._finishing:
                published = None if tally is None else tally.published
                where = "transport" if tally is None else tally.end_lost_in(self.recorder.spec.first_id)
                self.recorder.finish(published=published, last_trigger=last_trigger, end_lost_in=where)
                self._finishing = True
            self._wait(timeout, show=show)
        except (CameraProcessError, CameraHungError) as error:
            self._end_health()
            # The writer is gone.  The file keeps saying "recording", by which repairing knows what to do.
            self._noted(session, last_trigger, self._first, [*told, ("writer", str(error))]).save(self._json)
            raise
        return self._concluded(session, last_trigger, told, begun=begun or failure is not None)

    def _concluded(
        self, session: Session, last_trigger: int | None, told: Sequence[tuple[str, str]], *, begun: bool
    ) -> npt.NDArray[np.float64]:
        """Make the account of a writer that is done."""
        self._end_health()
        try:
            result = self.recorder.result()
        except LlpyspinError as error:
            self._account(self._noted(session, last_trigger, self._first, [*told, ("writer", str(error))]))
            raise
        finally:
            self.recorder.close()
        if result.first is None and not begun:
            self.discard()
            logger.info("nothing was recorded; %s is removed", self.path)
            return np.empty(0)
        first = self._first if result.first is None else result.first.trigger
        (camera,) = session.cameras
        files = camera.files if result.files else ()  # without a row the writer leaves no file
        session = session.replace(cameras=(camera.replace(doubts=result.status.doubts, files=files),))
        self._account(self._noted(session, last_trigger, first, told))
        return milliseconds(stamps_of(result.files))

    def _check_owner(self) -> None:
        """A forked copy of the program must not touch what the program records."""
        if os.getpid() != self._pid:
            raise CameraProcessError(
                f"{self.recorder.spec.path} is recorded by the process that this one is a fork of",
                camera=self.recorder.spec.serial,
            )

    # -- the writer's end

    def _end_health(self) -> None:
        if self._health is not None:
            self._health.end()

    def _wait(self, timeout: float | None, *, show: bool) -> None:
        """Wait for the writer, as long as it gets on."""
        deadline = Deadline(MOST_S if timeout is None else timeout)
        progress = shown(self._look, title="writing", after_s=SHOW_S) if show else contextlib.nullcontext()
        with progress:
            status = await_written(self.recorder, deadline)
        if status is not None:
            raise StillWriting(
                f"{self.path}: {status.backlog} frames were not written yet after {deadline.seconds:g} s; "
                "stop() again waits for them"
            )

    def _look(self) -> list[CameraProgress]:
        status = self.recorder.status()
        left_s = status.backlog / status.rate if status.rate else None
        state = "done" if status.done else "finishing"
        return [progress_of_writer(self._camera.name, status, state=state, left_s=left_s)]

    # -- the account

    def _noted(
        self, session: Session, last_trigger: int | None, first: int, told: Sequence[tuple[str, str]]
    ) -> Session:
        """With what is known at the end."""
        now = time.monotonic_ns()
        return session.replace(
            events=tuple(Event(kind, text, self._camera.serial, now) for kind, text in told),
            first_trigger=first,
            triggers=None if last_trigger is None else max(0, last_trigger + 1 - first),
        )

    def _account(self, session: Session) -> None:
        """Write what became of the recording, and say what is missing."""
        folder = self._json.parent
        session = concluded(session, folder, None if self.beside is None else self.beside.account)
        self.account = session.account
        session.save(self._json)
        assert self.account is not None
        self._say(self.account)

    def _say(self, account: Account) -> None:
        camera = account.cameras[0]
        lost = ", ".join(f"{place} {count}" for place, count in camera.lost.items() if count)
        missing = [f"{camera.all_lost} lost ({lost})"] if camera.all_lost else []
        missing += [f"{camera.incomplete} incomplete"] if camera.incomplete else []
        text = f"{self.path.name}: {camera.written} of {camera.triggers} frames written"
        if missing:
            sidecar = self._camera.files[0].sidecar
            logger.warning("%s, %s. %s names them", text, ", ".join(missing), sidecar)
        else:
            logger.info("%s", text)
        for reason in account.reasons:
            logger.warning("%s: the account does not add up: %s", self.path.name, reason)


def stamps_of(files: tuple[RecordedFile, ...]) -> Iterator[int | None]:
    """The camera's timestamp in ns of each picture of a recording, in order; None for blank pictures."""
    for file in files:
        try:
            lines = lines_of_file(file.sidecar)
        except FileNotFoundError:  # somebody has deleted it, and the account says so
            continue
        for line in lines:
            if not line.startswith(","):
                stamp = line.split(",", 6)[5]
                yield int(stamp) if stamp else None


def _plain(plan: Plan) -> dict[str, object]:
    """The options, and the pre-trigger, as values that JSON has."""
    return {**dataclasses.asdict(plan.options), "pre_trigger": plan.pre_trigger}


def _instead(notes: Sequence[str]) -> str:
    """Which encoders would have been preferred, shortly; why they do not work is in the notes."""
    tried = [note.partition(":")[0] for note in notes]
    return f" (not available: {', '.join(tried)})" if tried else ""
