"""The process of one callback, seen from the main process."""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Protocol

from llpyspin.callbacks.child.figures import Figures
from llpyspin.callbacks.child.main import HUNG_STATUS
from llpyspin.callbacks.child.spec import SETUP_S
from llpyspin.callbacks.hearing import Hearing, receive_all
from llpyspin.deadlines import Deadline
from llpyspin.errors import CallbackError, CallbackHungError, CallbackProcessError, CameraError
from llpyspin.frames import StreamEnded
from llpyspin.processes.child import ChildProcess, how_ended
from llpyspin.processes.functions import with_source
from llpyspin.processes.messages import Channel

if TYPE_CHECKING:
    from llpyspin.callbacks.child.items import ItemQueue
    from llpyspin.callbacks.child.service import Started
    from llpyspin.callbacks.child.spec import CallbackSpec
    from llpyspin.system.descriptors import Open

__all__ = ["CallbackProcess", "Owner"]

PIECE = 8 << 20  # bytes of a function sent at once
START_S = 30.0


class Owner(Protocol):
    """The owner of a stage, which gets its messages; called by a thread of its own, one at a time."""

    def told(self, stage: CallbackProcess, message: tuple[Any, ...]) -> None:
        """Called with a log line, printed text, or an error of a call."""

    def died(self, stage: CallbackProcess, error: CallbackError) -> None:
        """Called when the process has ended without a request."""


class CallbackProcess(ChildProcess):
    """The child that calls the user's function.

    Parameters
    ----------
    spec : CallbackSpec
    figures : Figures
    name : str
        How messages call the function.
    """

    _module = "llpyspin.callbacks.child.main"
    _what = "callback process"
    _where = "callback process"
    _again = "process() starts another one"
    _stuck = "the callback process does not answer and was ended"

    def __init__(self, spec: CallbackSpec, figures: Figures, name: str) -> None:
        self.spec = spec
        self._figures = figures
        self.mourned = threading.Event()
        """Set when it is gone, and its owner has done about it what is to be done."""
        self.silent = threading.Event()
        """Set when it is known why no frames come from it: it is gone, or those of its camera are."""
        self._asked_to_end = False
        self._attended = False
        events_channel, events = Channel.pair()
        self.queue_channel, queue = Channel.pair()
        self._hearing = Hearing(name, events_channel, self.queue_channel)
        inherits: list[Open] = [figures, events, queue]
        numbers = [str(each.descriptor) for each in inherits]
        try:
            super().__init__(
                spec.camera,
                inherits=inherits,
                arguments=[*numbers, str(spec.timeout_s), str(int(spec.hosts))],
            )
        finally:
            events.close()
            queue.close()
        self._callback_name = name

    def begin(
        self, packed: bytes, queue_size: int, level: int, logs: dict[str, str], *, again: bool
    ) -> Started:
        """Hand over the function, and wait until it is ready to be called.

        From the first call on each has a row in the files that ``logs`` names; ``again``: they are gone on
        with, else replaced.

        Parameters
        ----------
        packed : bytes
            As :func:`llpyspin.processes.functions.pack_function` gives it.
        queue_size : int
        level : int
            From which on its log lines matter.

        Raises
        ------
        FunctionError, CallbackError
            It cannot be made there, or its ``setup`` raised.
        CallbackProcessError
            The process ended meanwhile.
        CallbackHungError
            ``setup`` takes longer than 300 s.
        StreamEnded
            There are no such frames any more.
        """
        try:
            for at in range(0, len(packed), PIECE):
                self.request("function", packed[at : at + PIECE])
            started: Started = self.request(
                "start", self.spec, queue_size, level, logs, again, timeout_s=START_S
            )
            deadline = Deadline(SETUP_S)
            while not self.request("ready"):
                if deadline.passed:
                    raise CallbackHungError(
                        f"camera {self.spec.camera}: setup of the callback {self._callback_name} is not done "
                        f"after {SETUP_S:.0f} s. Its process was ended",
                        camera=self.spec.camera,
                    )
        except StreamEnded:  # the camera's, not this process
            raise
        except CameraError as error:
            raise self.explained(error) from None
        return started

    def go(self) -> None:
        """Have the function called from now on."""
        self.request("go")

    def attend(self, owner: Owner, items: ItemQueue) -> threading.Thread:
        """Start a thread that receives the messages of the process until it ends."""
        self._attended = True
        thread = threading.Thread(
            target=_attend, args=(weakref.ref(owner), self, items), name="callback events", daemon=True
        )
        thread.start()
        return thread

    def end(self, timeout_s: float) -> bool:
        """Let the present call end, then ``close``, and end the process; whether that came in time."""
        self._asked_to_end = True
        ended = False
        with contextlib.suppress(CameraError):
            self.request("halt")
            deadline = Deadline(timeout_s)
            while not (ended := self.request("over", deadline.remaining())) and not deadline.passed:
                pass
        self.close()
        return ended

    def forsake(self) -> None:
        """Nobody wants it any more: it ends once it sees that."""
        self._asked_to_end = True
        self._channel.close()
        if not self._attended:
            self.hang_up()

    def close(self, *, timeout_s: float = 8.0) -> None:
        self._asked_to_end = True
        super().close(timeout_s=timeout_s)
        if not self._attended:  # else what it has said is still being received
            self.hang_up()

    def explained(self, error: CameraError) -> CallbackError:
        """What the death of the process, or its silence, means."""
        spec, figures = self.spec, self._figures
        code = getattr(error, "exitcode", None)
        began = figures[Figures.CALL_BEGAN_NS]
        where = f" at frame {figures[Figures.CALL_FRAME]}" if began else ""
        frame_id = figures[Figures.CALL_FRAME] if began else None
        frozen = began and time.monotonic_ns() - began > spec.timeout_s * 1e9
        if code == HUNG_STATUS or frozen:
            hung = CallbackHungError(
                f"camera {spec.camera}: the callback {self._callback_name} took longer than "
                f"{spec.timeout_s:g} s{where}. Its process was ended",
                camera=spec.camera,
                frame_id=frame_id,
            )
            hung.remote_traceback = with_source(self._hearing.hung_at or None)
            return hung
        how = how_ended(code)
        return CallbackProcessError(
            f"camera {spec.camera}: the process of the callback {self._callback_name} {how}{where}",
            camera=spec.camera,
            frame_id=frame_id,
            exitcode=code,
        )

    def unheard(self, error: Exception) -> CallbackError:
        """The error for an unexpected error in the thread that receives messages."""
        return CallbackProcessError(
            f"camera {self.spec.camera}: the process of the callback {self._callback_name} was ended: what "
            f"it said met an unexpected error: {type(error).__name__}: {error}",
            camera=self.spec.camera,
        )

    # -- for the thread that attends to it

    def hear(self, items: ItemQueue) -> tuple[Any, ...] | None:
        """Wait for the next thing that it says; None once it is gone."""
        return self._hearing.hear(items)

    def hang_up(self) -> None:
        """Close the channels, once it is gone and all its messages were received."""
        self._hearing.close()

    @property
    def asked_to_end(self) -> bool:
        return self._asked_to_end or self.closing


def _attend(ref: weakref.ref[Owner], stage: CallbackProcess, items: ItemQueue) -> None:
    try:
        _hear_all(ref, stage, items)
    except Exception as error:  # noqa: BLE001 - outermost line of the thread: the owner must hear of it
        stage.close()
        owner = ref()
        if owner is not None:
            owner.died(stage, stage.unheard(error))
    finally:
        stage.mourned.set()
        stage.silent.set()


def _hear_all(ref: weakref.ref[Owner], stage: CallbackProcess, items: ItemQueue) -> None:
    try:
        while (message := stage.hear(items)) is not None:
            owner = ref()
            if owner is not None:
                owner.told(stage, message)
            del owner
        receive_all(stage.queue_channel, items)
    finally:
        stage.hang_up()
    if stage.asked_to_end:
        return
    error = stage.explained(stage.died())
    owner = ref()
    if owner is not None:
        owner.died(stage, error)
