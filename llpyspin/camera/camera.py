"""The proxy that every public camera class is made of: opening, asking and closing.

It runs in the user's process and touches no SDK; all it does is ask the camera process.
"""

from __future__ import annotations

import logging
import weakref
from typing import TYPE_CHECKING, Any, TypeVar

from llpyspin.applying import RATE_MOVERS, RATE_NODES
from llpyspin.camera.nodes import Nodes
from llpyspin.camera.notebook import html_of
from llpyspin.camera.prompt import show_lines
from llpyspin.camera.settable import Settable
from llpyspin.camera.which import which_camera
from llpyspin.display.preview import Preview
from llpyspin.display.showing import PreviewSpec
from llpyspin.processes.child import OPEN_S, REQUEST_S, CameraProcess
from llpyspin.reading.asynchronous import open_in_thread
from llpyspin.reading.methods import FrameMethods
from llpyspin.reading.threads import in_thread, until_done

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from llpyspin.callbacks.child.spec import OnError, Record, Where
    from llpyspin.callbacks.processing import Processing
    from llpyspin.camera.parts import Parts
    from llpyspin.display.overlay import Overlay
    from llpyspin.settings import CameraInfo

__all__ = ["Camera"]

logger = logging.getLogger("llpyspin")

_Self = TypeVar("_Self", bound="Camera")


class Camera(Settable, FrameMethods):
    """What all cameras have in common.  Users meet its subclasses, whose constructors choose its parts.

    Parameters
    ----------
    parts : llpyspin.camera.parts.Parts
    """

    _opening_line = "Opening the camera."
    _closing_line = "Releasing the camera."
    _closed_line = "The camera is closed."
    _open_line = "The camera is already open."

    def __init__(self, parts: Parts) -> None:
        self._source = parts.source
        self._frames = parts.frames
        self._callbacks = parts.callbacks
        self._previews = parts.previews
        self._requested = parts.requested
        self._first = parts.first
        self._access = parts.access
        self.strict = parts.access.strict
        show_lines(logger)
        self.open()

    # -- opening and closing ------------------------------------------------------------------------------

    def open(self, device: int | str | None = None) -> bool:
        """Open the camera (again); True when it is open.

        Blocks until the camera is ready: under 1 s with virtual cameras, 8 to 15 s with the real SDK, of
        which its start takes 5 s; 60 s at most.

        Raises
        ------
        CameraNotFoundError, CameraInUseError, CameraHungError, CameraProcessError, SdkNotFoundError
        """
        if self.isOpened():
            if device is None:
                logger.info(self._open_line)
                return True
            self.release()
        if device is not None:
            self._source.device = which_camera(device)
        self._drop()
        _say(self._opening_line)
        source = self._source
        process = CameraProcess(str(source.device))
        try:
            sdk, color, _ = self._access
            info, address = process.request("open", source.device, sdk, color, timeout_s=OPEN_S)
            process.name = info.serial
            source.begin(process, address, info)
            self._first.apply(self, source, self._requested)
            self._begin()
            self._frames.attach()
        except BaseException:
            source.process = None
            process.close()
            raise
        return True

    def isOpened(self) -> bool:
        """Whether the camera is open and its process alive."""
        return self._source.is_open

    def release(self) -> None:
        """Stop and close the camera; blocks under 1 s, 15 s at most with an SDK that hangs.

        Releasing twice is fine.
        """
        if self._source.process is None:
            logger.info(self._closed_line)
            return
        _say(self._closing_line)
        self._drop()

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError(
            f"{self.nickname} belongs to the process that opened it and cannot be copied or sent to another; "
            "send its serial number and open it there, or send images"
        )

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._source.process is not None:
            self.release()

    @classmethod
    async def aopen(cls: type[_Self], *arguments: Any, **options: Any) -> _Self:
        """Make and open a camera, for which the constructor takes the same arguments, in a thread.

        The constructor itself blocks until the camera is open, and an event loop with it: under 1 s with
        virtual cameras, 8 to 15 s with the real SDK.  A task that is cancelled meanwhile leaves no camera
        open.

        Examples
        --------
        >>> import asyncio
        >>> from llpyspin import VideoStream
        >>> async def shape():
        ...     async with await VideoStream.aopen(0, sdk="virtual") as cap:
        ...         ok, image = await cap.aread()
        ...         return image.shape
        >>> asyncio.run(shape())
        (1080, 1440)
        """
        return await open_in_thread(lambda: cls(*arguments, **options), cls.release)

    async def __aenter__(self: _Self) -> _Self:
        if not self.isOpened():
            await until_done(in_thread(self.open, name="llpyspin-open"))
        return self

    async def __aexit__(self, *exc: object) -> None:
        await until_done(in_thread(lambda: self.__exit__(*exc), name="llpyspin-release"))

    def __repr__(self) -> str:
        kind = type(self).__name__
        info = self._source.info
        if info is None or not self.isOpened():
            return f"<{kind} {self._source.device!r}, closed>"
        virtual = ", virtual" if info.virtual else ""
        sdk = f"sdk {info.sdk} {info.sdk_version}{virtual}"
        return f"<{kind} {info.serial}, {info.model} ({info.interface}), {sdk}>"

    def _repr_html_(self) -> str | None:
        """The newest frame and the settings; None, for ``repr()``, where the camera does not answer."""
        return html_of(self)

    # -- who it is ----------------------------------------------------------------------------------------

    @property
    def nickname(self) -> str:
        """A name for messages."""
        return self._source.name

    @nickname.setter
    def nickname(self, value: str) -> None:
        self._source.name = value

    @property
    def info(self) -> CameraInfo:
        """Which camera this is: serial, model, interface, SDK; kept after the camera is closed."""
        return self._source.identity()

    @property
    def nodes(self) -> Nodes:
        """Any GenICam node by name, see :class:`llpyspin.camera.nodes.Nodes`."""
        return Nodes(self._source.opened(), written=weakref.WeakMethod(self._node_written))

    # -- with its frames ----------------------------------------------------------------------------------

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

            ``buffer`` is a :class:`~llpyspin.callbacks.child.buffer.FrameBuffer`: ``buffer[-1]`` is the
            newest image, (height, width) or (height, width, 3) in BGR order, uint8 or uint16, read-only.

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
        self._ask("ping")  # raises what has become of the camera
        from llpyspin.callbacks.processing import Processing  # slow to import, and not for all

        callback = self._callbacks.start(
            function,
            nickname=self.nickname,
            address=self._source.address,
            camera=self.info.serial,
            name=name,
            color=self.convert,
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
            returns=returns,
            clock=self._source.clock_reader(),
        )
        return Processing(callback)

    def display(
        self, title: str | None = None, *, overlay: Overlay | None = None, rate: float = 30.0
    ) -> Preview:
        """Show the newest frames in a window, from now until it is closed or the camera released.

        The window lives in a process of its own, beside this program and its recordings: it shows what it
        has time for and never costs a frame.  Blocks until it is there, some 0.7 s.

        Parameters
        ----------
        title : str, optional
            Default: which camera it is.
        overlay : llpyspin.display.overlay.Overlay, optional
            What to write into the pictures that are shown.
        rate : float
            Pictures a second at most, above 0 up to 240.

        Returns
        -------
        Preview
            Closes the window: ``close()``, or the end of a ``with`` block.

        Raises
        ------
        MissingExtraError
            No window can be had here: no display, or an OpenCV without windows.
        CameraClosedError
            The camera is closed.
        """
        self._source.opened()
        title = self._source.title() if title is None else str(title)
        spec = PreviewSpec(self._source.address, title, self.info.serial, self.convert, overlay, rate)
        return self._previews.add(Preview(spec))

    # -- for subclasses -----------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Called once the camera is open and has its first settings."""

    @property
    def _process(self) -> CameraProcess | None:
        return self._source.process

    def _ask(self, operation: str, *arguments: Any, timeout_s: float | None = None) -> Any:
        timeout_s = REQUEST_S if timeout_s is None else timeout_s
        return self._source.opened().request(operation, *arguments, timeout_s=timeout_s)

    def _after(self, names: Iterable[str]) -> None:
        names = list(names)
        super()._after(names)
        if "framerate" in names:
            self._frames.expect(self.framerate)

    def _node_written(self, name: str, value: Any) -> None:
        """Called when the user has written a node."""
        if name == "AcquisitionFrameRate":
            self._requested.ask(value)
        if name in RATE_NODES:
            self._after(RATE_MOVERS)

    def _drop(self) -> None:
        """Close the camera.  Frames that are held stay as they are until the camera is closed."""
        self._frames.end(self._end_all)

    def _end_all(self) -> None:
        """In this order: whoever shows and works on frames first, then the camera."""
        self._previews.close()
        self._callbacks.end()
        self._source.end()


def _say(line: str) -> None:
    if line:
        logger.info(line)
