"""Base of all public camera classes: opening, requests and closing.

It runs in the user's process, uses no SDK, and only sends requests to the camera process.
"""

from __future__ import annotations

import logging
import weakref
from typing import TYPE_CHECKING, Any, TypeVar

from llpyspin.camera.callers import from_here
from llpyspin.camera.nodes import Nodes
from llpyspin.camera.notebook import CLOSED, LOST, STREAMING, html_of, line_of, text_of
from llpyspin.camera.opened import Keeper, present_keeper
from llpyspin.camera.prompt import one_block, say, show_lines
from llpyspin.camera.settable import Settable
from llpyspin.camera.which import which_camera
from llpyspin.display.preview import Preview
from llpyspin.display.showing import PreviewSpec
from llpyspin.errors import NotSendableError
from llpyspin.naming.constructors import guarded
from llpyspin.processes.child import REQUEST_S, CameraProcess
from llpyspin.reading.asynchronous import open_in_thread
from llpyspin.reading.methods import FrameMethods
from llpyspin.reading.threads import in_thread, until_done
from llpyspin.settings.applying import RATE_MOVERS, RATE_NODES, SHAPERS

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from llpyspin.callbacks.child.spec import OnError, Record, Where
    from llpyspin.callbacks.processing import Processing
    from llpyspin.camera.parts import Parts
    from llpyspin.display.overlay import Overlay
    from llpyspin.settings import CameraInfo
    from llpyspin.web.notebookview import LiveView

__all__ = ["Camera"]

logger = logging.getLogger("llpyspin")
_Self = TypeVar("_Self", bound="Camera")


@guarded()
class Camera(Settable, FrameMethods):
    """Methods that all cameras have.  Users use its subclasses.

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
        self._keeper = present_keeper() or self._new_keeper()
        self.strict = parts.access.strict
        show_lines(logger)
        self.open()

    # -- opening and closing ------------------------------------------------------------------------------

    def open(self, device: int | str | None = None) -> bool:
        """Open the camera (again); True if it is open.

        Blocks until the camera is ready: under 1 s with virtual cameras, 8 to 15 s with the real SDK, 60 s at
        most.  At a prompt and in notebooks it takes the camera over from an object that does not record.

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
        with one_block(self.nickname):
            self._open_now()
        return True

    def _open_now(self) -> None:
        say(self._opening_line)
        source = self._source
        process = CameraProcess(str(source.device))
        try:
            info, address = self._keeper.open(process, source, self._access)
            process.name = info.serial
            source.begin(process, address, info)
            self._first.apply(self, source, self._requested)
            self._begin()
            self._frames.attach(aside=bool(info.replay_of))
        except BaseException:
            source.process = None
            process.close()
            raise

    def isOpened(self) -> bool:
        """Whether the camera is open and its process alive."""
        return self._source.is_open

    def release(self) -> None:
        """Stop and close the camera; blocks under 1 s, or 15 s at most if the SDK hangs.

        You may call it twice.
        """
        if self._source.process is None:
            logger.info(self._closed_line)
            return
        say(self._closing_line)
        self._drop()

    def __reduce_ex__(self, protocol: object) -> str:
        raise NotSendableError(
            f"{self.nickname} belongs to its process and cannot be copied or sent to another. Send its "
            "serial number and open it there, or send images"
        )

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._source.process is not None:
            self.release()

    @classmethod
    async def aopen(cls: type[_Self], *arguments: Any, **options: Any) -> _Self:
        """Create and open a camera in a thread; the arguments are those of the constructor.

        The constructor itself would block the event loop until the camera is open: under 1 s with virtual
        cameras, 8 to 15 s with the real SDK.  If the task is cancelled, no camera stays open.
        """
        return await open_in_thread(from_here(lambda: cls(*arguments, **options)), cls.release)

    async def __aenter__(self: _Self) -> _Self:
        if not self.isOpened():
            await until_done(in_thread(self.open, name="llpyspin-open"))
        return self

    async def __aexit__(self, *exc: object) -> None:
        await until_done(in_thread(lambda: self.__exit__(*exc), name="llpyspin-release"))

    def __repr__(self) -> str:
        return line_of(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython shows: the state, and a line for each setting."""
        printer.text(f"{type(self).__name__}(...)" if cycle else text_of(self))

    def _repr_html_(self) -> str | None:
        """What Jupyter shows: the newest frame and the settings; None, for text, of a closed camera."""
        return html_of(self)

    @property
    def state(self) -> str:
        """What the camera does now: "streaming", "primed", "recording to x.mkv", "closed", "lost" ..."""
        if self._source.process is None:
            return CLOSED
        return STREAMING if self._source.is_open else LOST

    # -- who it is ----------------------------------------------------------------------------------------

    @property
    def nickname(self) -> str:
        """The camera's name in messages."""
        return self._source.name

    @nickname.setter
    def nickname(self, value: str) -> None:
        self._source.name = value

    @property
    def info(self) -> CameraInfo:
        """Serial number, model, interface and SDK of the camera; also available after it is closed."""
        return self._source.identity()

    @property
    def nodes(self) -> Nodes:
        """All GenICam nodes by name, see :class:`llpyspin.camera.nodes.Nodes`."""
        return Nodes(self._source.opened(), written=weakref.WeakMethod(self._node_written))

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
        """Call a function (the callback) with frames, from now on, in a separate process.

        A slow function does not disturb the camera or its recordings.  Blocks until the function is ready:
        about 0.5 s plus the time of its ``setup``, 300 s at most.  The callback ends with the camera's
        ``release()``, or with ``stop()`` of the returned object.

        Parameters
        ----------
        function : callable
            ``function(buffer)``, ``function(buffer, queue)`` or ``function(buffer, queue, logger)``.  Or an
            object with such a ``__call__``, and optionally ``setup()``, ``close()`` and ``unchanged(image)``.
            The last one makes the published image of each frame that the function did not get.  Of a class,
            the callback's process makes an object.  The function may come from a script, a notebook or a
            closure.

            ``buffer`` is a :class:`~llpyspin.callbacks.child.buffer.FrameBuffer`: ``buffer[-1]`` is the
            newest image, (height, width) or (height, width, 3) in BGR order, uint8 or uint16, read-only.

            The result is None (the frame itself is used), an image (uint8, uint16 or bool), data (anything
            that JSON supports, and arrays of one dimension), or both as a tuple ``(image, data)``.
        buffer_length : int
            Frames in the buffer, 1 to 1000; fewer in the first calls.
        every : bool
            False: the newest frame each time; skipped frames are counted.  True: every frame in order, as
            long as the camera's memory has it.
        where : {"process", "writer"}
            "writer": the callback's process also writes the recording (see ``record``), which saves a
            process.  Both then share Python's global lock.  A call that hangs or ends its process ends the
            recording like a kill; ``llpyspin repair`` completes it.  Needs ``every=True``.
        record : {"camera", "returned", "both"}
            What ``prime(path)`` records: frames of the camera, results of the function, or both, as
            ``NAME.mkv`` and ``NAME_returned.mkv``.  In each case every call has a row in
            ``NAME.callback.csv``.
        returns : tuple of int or ndarray, optional
            Shape of the returned images (uint8), or an array like them.  Needed if they are recorded and have
            another size or type than the camera's images.
        writable : bool
            True: ``buffer[-1]`` is a copy that you may change.
        queue_size : int
            Maximum number of items that wait in each direction of the queue.
        on_error : {"end", "continue", "stop"}
            What happens if a call raises, takes too long, or its process ends.  "end": the function is not
            called again, and recordings continue.  "continue": it is called again.  "stop": the recording
            ends too.
        timeout_s : float
            Seconds after which a call counts as hung: its process is killed.
        deadline_s : float, optional
            A call that ends later than this after its frame's arrival counts as too late.
        log_file : path-like, optional
            File for a row of each call, from now to the end; an existing file is replaced.
        overlay : llpyspin.display.overlay.Overlay, optional
            Text to write into the returned images.
        display : bool
            Whether to show the results in a window.
        name : str, optional
            Name of the callback in messages; by default the function's name.

        Returns
        -------
        Processing

        Raises
        ------
        FunctionError
            The function cannot be a callback, or a part of it cannot be sent to another process.
        CallbackError
            Its ``setup``, or its import in the callback's process, raised an exception.
        SettingRangeError
            An argument is not allowed.
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
        """Show the newest frames in a window until the window is closed or the camera is released.

        The window has its own process.  It skips frames if it is slow, and never costs other readers a frame.
        Blocks until the window is open, about 0.7 s.  A ``with`` block or ``close()`` closes it.

        Parameters
        ----------
        title : str, optional
            Title of the window.  Default: name and serial number of the camera.
        overlay : llpyspin.display.overlay.Overlay, optional
            Text to write into the shown pictures.
        rate : float
            Maximum number of pictures per second, above 0 up to 240.

        Raises
        ------
        MissingExtraError
            There is no display, or OpenCV has no windows.
        CameraClosedError
            The camera is closed.
        """
        self._source.opened()
        title = self._source.title() if title is None else str(title)
        spec = PreviewSpec(self._source.address, title, self.info.serial, self.convert, overlay, rate)
        return self._previews.add(Preview(spec))

    def live(self, *, rate: float = 15.0, edge: int = 480) -> LiveView:
        """Show live pictures and figures below the cell of a notebook; they end with the camera.

        ``rate``: maximum number of pictures per second, up to 30.  ``edge``: longest edge of the pictures,
        pixels.  A slow browser gets fewer pictures.  It never costs a reader or a recording a frame.

        Raises
        ------
        NotInNotebookError, MissingExtraError, CameraClosedError, SettingRangeError
        """
        self._ask("ping")  # raises what has become of the camera
        from llpyspin.camera.livenews import live_view  # only for notebooks

        return self._previews.add(live_view(self, self._source, rate, edge))

    def _begin(self) -> None: ...  # called once the camera is open

    _process = property(lambda self: self._source.process)

    def _ask(self, operation: str, *arguments: Any, timeout_s: float | None = None) -> Any:
        return self._source.opened().request(operation, *arguments, timeout_s=timeout_s or REQUEST_S)

    def _after(self, names: Iterable[str]) -> None:
        if not SHAPERS.isdisjoint(names := list(names)):
            self._frames.skip_before(self._source.changed())
        super()._after(names)
        if "framerate" in names:
            self._frames.expect(self.framerate)

    def _node_written(self, name: str, value: Any) -> None:
        self._frames.skip_before(self._source.changed())
        if name == "AcquisitionFrameRate":
            self._requested.ask(value)
        if name in RATE_NODES:
            self._after(RATE_MOVERS)

    def _new_keeper(self) -> Keeper:
        return Keeper(self)

    def _drop(self) -> None:
        """Close the camera; frames that are held stay as they are until then."""
        self._frames.end(self._end_all)

    def _end_all(self) -> None:
        """In this order: whoever shows and works on frames first, then the camera."""
        self._previews.close()
        self._callbacks.end()
        self._source.end()
