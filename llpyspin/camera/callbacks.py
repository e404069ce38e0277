"""Cameras whose frames a function of the user's can be called with, in a process of its own."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from llpyspin.camera.camera import Camera
from llpyspin.errors import LlpyspinError, SettingRangeError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from llpyspin.callbacks.child.options import OnError, Record, Where
    from llpyspin.callbacks.processing import Processing
    from llpyspin.display.overlay import Overlay
    from llpyspin.roles import ClockSample

__all__ = ["ProcessingCamera"]


class ProcessingCamera(Camera):
    """A camera with :meth:`process`."""

    _convert = True
    _processings: tuple[Processing, ...] = ()

    def process(
        self,
        function: Callable[..., Any],
        *,
        buffer_length: int = 1,
        every: bool = False,
        where: Where = "process",
        record: Record = "camera",
        returns: Any = None,
        writable: bool = False,
        queue_size: int = 100,
        on_error: OnError = "end",
        timeout_s: float = 10.0,
        deadline_s: float | None = None,
        log_file: str | os.PathLike[str] | None = None,
        overlay: Overlay | None = None,
        display: bool = False,
        name: str | None = None,
    ) -> Processing:
        """Have a function called with frames, from now on, in a process of its own.

        However long it takes, the camera and its recordings do not notice.  Blocks until the function is
        ready to be called, some 0.5 s and what its ``setup`` takes, 300 s at most.  Ends with the camera's
        ``release()``, or with ``stop()`` of what this returns.

        Parameters
        ----------
        function : callable
            ``function(buffer)``, ``function(buffer, queue)`` or ``function(buffer, queue, logger)``: it is
            given as many as it takes.  Or an object with ``__call__`` like that, and with ``setup()`` and
            ``close()`` if it likes, and with ``unchanged(image)``, which gives what is published of frames
            that it is not called with; a class is made an object in the process that calls it.  What it
            needs travels with it, from scripts, notebooks and closures too.

            ``buffer`` is a :class:`~llpyspin.callbacks.child.buffer.FrameBuffer`: ``buffer[-1]`` is the newest
            image, (height, width) or (height, width, 3) in BGR order, uint8 or uint16, read-only.

            It returns None (the frame passes as it is), an image (uint8, uint16 or bool), data (anything
            that JSON has, and arrays of one dimension), or both as a tuple ``(image, data)``.
        buffer_length : int
            Frames in the buffer, 1 to 1000; fewer in the first calls.
        every : bool
            False: the newest frame each time; those that are skipped are counted.  True: every frame in
            order, for as long as the camera's memory reaches back.
        where : {"process", "writer"}
            "writer": the recording that it is about (see ``record``) is written in the process of the
            function, too, which saves a process.  Then they share Python's lock, and a call that hangs, or
            ends its process, ends the recording as a kill does: ``llpyspin repair`` completes it.  Needs
            ``every=True``.
        record : {"camera", "returned", "both"}
            What ``prime(path)`` records: what the camera gives, what the function returned, or both, as
            ``NAME.mkv`` and ``NAME_returned.mkv``.  Either way each call has a row in ``NAME.callback.csv``.
        returns : tuple of int or ndarray, optional
            Shape of the images that are returned (uint8), or an array like them, where they are recorded and
            not of the camera's own size and kind.
        writable : bool
            Whether ``buffer[-1]`` is a copy that may be written to.
        queue_size : int
            Items that may wait in each direction of the queue.
        on_error : {"end", "continue", "stop"}
            When a call raises, takes too long, or its process ends: the function is called no more and
            recordings go on; or it is called again; or the recording ends too.
        timeout_s : float
            Seconds after which a call counts as hung: its process is killed.
        deadline_s : float, optional
            Calls that end later than this after their frame's arrival are counted as misses.
        log_file : path-like, optional
            A row of each call goes there too, from now to the end; a file that exists is replaced.
        overlay : llpyspin.display.overlay.Overlay, optional
            What to write into the images that are returned.
        display : bool
            Whether to show what is returned in a window.
        name : str, optional
            How messages call it; by default the function's name.

        Returns
        -------
        Processing

        Raises
        ------
        FunctionError
            It cannot be a callback, or something in it cannot be sent to another process; the text says what.
        CallbackError
            Its ``setup``, or what is run when it is imported there, raised.
        SettingRangeError
            An argument makes no sense.
        CameraClosedError
            The camera is closed.

        Examples
        --------
        >>> from llpyspin.streaming import VideoStream
        >>> def mean(buffer, queue):
        ...     queue.put(float(buffer[-1].mean()))
        >>> with VideoStream(0, sdk="virtual") as cap, cap.process(mean) as processing:
        ...     type(processing.queue.get(timeout=5))
        <class 'float'>
        """
        from llpyspin.callbacks.child.options import RECORDS, WHERES, require
        from llpyspin.callbacks.child.output import image_kind
        from llpyspin.callbacks.processing import (
            Processing,  # all that it needs takes as long to import as the rest
        )

        self._ask("ping")  # raises what has become of the camera
        require("record", record, record in RECORDS, "'camera', 'returned' or 'both'")
        require("where", where, where in WHERES, "'process' or 'writer'")
        if where == "writer" and not every:
            raise SettingRangeError(
                "where='writer': whoever writes wants every frame; say every=True",
                setting="where",
                value=where,
            )
        recorded = next((each for each in self._running() if each.record != "camera"), None)
        if record != "camera" and recorded is not None:
            raise SettingRangeError(
                f"record={record!r}: what {recorded.name} returns is recorded already; stop() that first",
                setting="record",
                value=record,
            )
        self._check_processing(record)
        processing = Processing(
            self._address,
            function,
            camera=self.info.serial,
            name=name,
            color=self._convert,
            buffer_length=buffer_length,
            every=every,
            writable=writable,
            queue_size=queue_size,
            on_error=on_error,
            timeout_s=timeout_s,
            deadline_s=deadline_s,
            log_file=log_file,
            overlay=overlay,
            display=display,
            record=record,
            where=where,
            returns=image_kind(returns),
            clock=_clock_of(self),
        )
        self._processings = (*self._running(), processing)
        try:
            self._join_recording(processing)
        except BaseException:
            processing.end_quietly()
            raise
        return processing

    _records = False
    """Whether this kind of camera makes recordings."""

    def _check_processing(self, record: str) -> None:
        """Refuse what this camera cannot do."""
        if record != "camera" and not self._records:
            raise SettingRangeError(
                f"record={record!r}: a {type(self).__name__} records nothing; use a PrimaryCamera, a "
                "SecondaryCamera or a Rig",
                setting="record",
                value=record,
            )

    def _join_recording(self, processing: Processing) -> None:
        """Have its calls noted beside the recording that is being made, if there is one."""

    def _running(self) -> tuple[Processing, ...]:
        """The callbacks that have not been stopped."""
        return tuple(each for each in self._processings if not each.stopped)

    def _lend_callbacks(self) -> tuple[Processing, ...]:
        """Those that run, for a camera that takes the place of this one: its release does not end them."""
        lent, self._processings = self._running(), ()
        return lent

    def _adopt_callbacks(self, lent: tuple[Processing, ...]) -> None:
        """Have callbacks that another camera has lent called with the frames of this one."""
        for processing in lent:
            processing.renew(self._address)
        self._processings = (*self._running(), *lent)

    def _drop(self) -> None:
        processings, self._processings = self._processings, ()
        for processing in processings:
            processing.end_quietly()
        super()._drop()


def _clock_of(camera: ProcessingCamera) -> Callable[[], tuple[ClockSample, ...]]:
    """What reads the camera's clock and the host's together, and does not keep the camera."""
    ref = weakref.ref(camera)

    def read() -> tuple[ClockSample, ...]:
        camera = ref()
        try:
            return () if camera is None else (camera._ask("clock"),)  # noqa: SLF001 - a camera's own
        except LlpyspinError:  # it has no clock that can be read, or is gone
            return ()

    return read
