"""A recording, seen from the user's process: the owner of one writer process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraClosedError, CameraProcessError, LlpyspinError
from llpyspin.naming.known import named
from llpyspin.processes.child import OPEN_S, REQUEST_S, ChildProcess
from llpyspin.processes.closing import Closing
from llpyspin.processes.messages import WAIT_S

if TYPE_CHECKING:
    from llpyspin.recording.options import WriterSpec
    from llpyspin.recording.status import RecordedFile, WriterResult, WriterStatus

__all__ = ["HostedWriter", "Recorder", "WriterProcess"]

CLOSE_S = 30.0  # the writer takes 5 s for frames that wait, and then ends its files
EXIT_S = 5.0  # at the end of the program; after that the writer goes on by itself


class WriterProcess(ChildProcess):
    """The child that writes what one camera sees.

    Unlike a camera process it is never killed because it takes long, or because its owner has gone. It
    encodes what there is, and ends.
    """

    _module = "llpyspin.recording.writing.main"
    _what = "writer process"
    _again = "The written part can be played. To complete it: `llpyspin repair`"
    _stuck = "the writer process hangs and was ended. The written part can be played"
    _may_take_long = True

    def close(self, *, timeout_s: float = EXIT_S) -> None:
        """Have it finish; after ``timeout_s`` it goes on by itself, and this process does not wait."""
        if os.getpid() != self._pid_of_owner:
            return  # a forked copy of the owner does not own the child
        if self._failure is None and not self._finish(timeout_s):
            self._leave(
                CameraClosedError(
                    f"camera {self.name}: the recording is being completed without this program",
                    camera=self.name,
                )
            )
            return
        super().close(timeout_s=CLOSE_S)

    def _finish(self, timeout_s: float) -> bool:
        """Whether it is done within that time, or cannot be asked."""
        deadline = Deadline(timeout_s)
        try:
            while not self.request("leave", min(WAIT_S, deadline.remaining())):
                if deadline.passed:
                    return False
        except LlpyspinError:
            pass
        return True


class HostedWriter:
    """A writer that lives in the process of something else, which answers requests for it.

    Parameters
    ----------
    host : ChildProcess
        Hands the request ``writer``, with operation and arguments, to its writer.
    """

    def __init__(self, host: ChildProcess) -> None:
        self._host = host

    @property
    def alive(self) -> bool:
        return self._host.alive

    @property
    def pid(self) -> int:
        return self._host.pid

    def request(self, operation: str, *arguments: Any, timeout_s: float = REQUEST_S) -> Any:
        try:
            return self._host.request("writer", operation, arguments, timeout_s=timeout_s)
        except CameraProcessError as error:
            if self._host.alive:  # it is about the camera's process, whose frames have ended
                raise
            raise CameraProcessError(
                f"{error}. The recording was written there. To complete it: `llpyspin repair`",
                camera=error.camera,
                exitcode=error.exitcode,
            ) from None

    def close(self) -> None:
        """The process lives on."""


@named
class Recorder(Closing):
    """Records one camera to disk, from now (or from :meth:`begin`) until :meth:`finish`.

    Parameters
    ----------
    spec : WriterSpec
    host : HostedWriter, optional
        Where the writer is to live; by default in a process of its own.

    Raises
    ------
    RecordingError
        Whatever can be known beforehand: no such folder, no room on the disk, nothing that can encode (with
        what was tried), too many frames of pre-trigger, ...
    RecordingExistsError
        A file of that name exists.
    MissingExtraError
        A package that the codec needs is not installed.
    StreamEnded
        The camera process is gone.

    Notes
    -----
    Takes the time in which a Python with NumPy and the codec's library starts, some 0.3 s.  Any thread may
    call any method.
    """

    spec: WriterSpec
    sink: str
    notes: tuple[str, ...]

    def __init__(self, spec: WriterSpec, host: HostedWriter | None = None) -> None:
        self._final: WriterResult | None = None
        self._latest: WriterStatus | None = None
        self._process = WriterProcess(spec.serial or spec.address) if host is None else host
        try:
            opened = self._process.request("open", spec, timeout_s=OPEN_S)
        except BaseException:
            self._process.close()
            raise
        self.spec = spec
        self.sink = opened.sink
        """What encodes, for people."""
        self.notes = opened.notes
        """What was tried before that, and why it did not do."""
        self._files: tuple[RecordedFile, ...] = opened.files

    @property
    def files(self) -> list[RecordedFile]:
        """The videos and sidecars that are known of; :meth:`status` brings them up to date."""
        return list(self._files)

    @property
    def alive(self) -> bool:
        """Whether the writer process runs and can be asked."""
        return self._process.alive

    @property
    def pid(self) -> int:
        return self._process.pid

    def begin(self, trigger: int, index: int, first: int) -> None:
        """Begin a recording that holds with the frame of this index, which has this trigger number.

        The rows, and their ``seconds``, begin with trigger ``first``; the frames before this one were lost.

        Raises
        ------
        RecordingError
            It does not hold, or has begun.
        ValueError
            There is no such frame (any more).
        """
        self._process.request("begin", trigger, index, first)

    def follow(self, address: str) -> None:
        """Go on with frames of another process, which has taken the place of the one that gave them.

        For frames that a callback returned; they keep their indices.
        """
        self._process.request("follow", address)

    def halt(self, error: LlpyspinError) -> None:
        """Write no frame more: those to come are lost at the callback, and this error is why."""
        self._process.request("halt", error)

    @property
    def latest(self) -> WriterStatus | None:
        """What the last :meth:`status` was, whoever asked; nobody is asked, and nothing waits."""
        return self._latest if self._final is None else self._final.status

    def status(self, *, timeout_s: float = REQUEST_S) -> WriterStatus:
        """How it goes; takes milliseconds.

        Raises
        ------
        CameraHungError
            It did not answer in time, and was ended.
        CameraProcessError
            The writer process was killed.
        """
        if self._final is not None:
            return self._final.status
        status: WriterStatus = self._process.request("status", timeout_s=timeout_s)
        self._files, self._latest = status.files, status
        return status

    def end_with(self, trigger: int) -> None:
        """Have frames of later triggers than this one, which is still to come, left out; returns at once.

        :meth:`finish` follows, once it has come.
        """
        if self._final is None:
            self._process.request("end_with", trigger)

    def finish(
        self, *, published: int | None, last_trigger: int | None, end_lost_in: str = "transport"
    ) -> None:
        """Have the rest written and the files closed; returns at once.

        Parameters
        ----------
        published : int or None
            No frame of this index or above belongs to it; None: none that is published after now.
        last_trigger : int or None
            The last trigger there was, where that is known: those without a frame are lost.
        end_lost_in : str
            The place where those after the last frame were lost.
        """
        if self._final is None:
            self._process.request("finish", published, last_trigger, end_lost_in)

    def wait(self, timeout_s: float) -> bool:
        """Wait until all files are closed; whether they are."""
        deadline = Deadline(timeout_s)
        while self._final is None:
            remaining = deadline.remaining()
            if self._process.request("wait", min(WAIT_S, remaining)):
                self._keep(self._process.request("result"))
            elif remaining <= 0:
                return False
        return True

    def result(self) -> WriterResult:
        """What became of it, once it is done.

        Raises
        ------
        LlpyspinError
            Why it was not written to the end; :meth:`status` tells what is there all the same.
        """
        result = self._final
        if result is None:
            result = self._keep(self._process.request("result"))
        if result.status.error is not None:
            raise result.status.error
        return result

    def close(self) -> None:
        """End the writer process.

        What waits to be encoded gets 5 s; frames that still wait then are left in the spill file, where
        ``llpyspin repair`` finds them.  Closing twice is fine.
        """
        if self._final is None and self._process.alive:
            try:
                result = self._process.request("close", timeout_s=CLOSE_S)
            except LlpyspinError:
                result = None  # it is gone, or was ended; its files are what they are
            if result is not None:
                self._keep(result)
        self._process.close()

    def _keep(self, result: WriterResult) -> WriterResult:
        self._final = result
        self._files = result.status.files
        return result
