"""ProcessedRecorder: the class that scripts written for ProcessedPiRecorder look for."""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING, Any

from llpyspin.camera.defaults import DEFAULT_EXPOSURE
from llpyspin.camera.prompt import show_lines
from llpyspin.deadlines import MOST_S
from llpyspin.errors import ArgumentTypeError, CameraProcessError, LlpyspinError, RecordingError
from llpyspin.naming.constructors import checked_arguments
from llpyspin.naming.known import named
from llpyspin.processed.arguments import Arguments
from llpyspin.processed.devices import Devices
from llpyspin.processed.taking import Taking, average, say_average

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.recording.account.account import Account

__all__ = ["ProcessedRecorder"]

logger = logging.getLogger("llpyspin")


@checked_arguments
@named
class ProcessedRecorder:
    """Records a camera to a BigTIFF file for some seconds, with a callback on every frame.

    The arguments have the names and the order of ProcessedPiRecorder's, so scripts need only another import.
    Those after ``log_file`` are new.  It is made of :class:`PrimaryCamera <llpyspin.primary.PrimaryCamera>`,
    its ``process()`` and ``display()``: new programs use these.

    Parameters
    ----------
    tif_path : str or path-like, optional
        The file, ``.tif`` or ``.tiff``; None: nothing is written.  Beside it come ``NAME.csv`` and
        ``NAME.json``, as with every recording.
    x_resolution, y_resolution : int
        Pixels of the sensor, in its middle, rounded up to multiples of 16 (``x_resolution`` of two cameras
        together: of 32); 0: all of it.
    scale_factor : float
        Frames are resized to this part of that before anything else.
    framerate : float
        Hz; 0: 30, or the most that the camera does.
    rec_length : float
        Seconds; 0: until the first frame.
    display : bool
        Whether to show frames in a window; where none can be had a warning says so.
    display_proc : {"camera_reader", "file_writer"} or None
        Which: those of the camera, or those that are written.
    stereo : bool
        Two cameras, the right one triggered by the left one, side by side in one file: see
        :class:`llpyspin.stereo.StereoCamera`.
    timestamp, report_Hz, monitor_qs : bool
        Write time, frame rate, and what waits for the callback and in its queue, into the frames that are
        written, after the callback.
    callback : callable, class or None
        Called with ``(buffer, cb_queue, logger)``, or as many of these as it takes.  ``buffer`` is a deque of
        the last frames, (height, width, 4) uint8 in the order B, G, R, 255; ``buffer[-1]`` is the newest, and
        may be drawn into.  What it returns is written: (height, width), or with 3 or 4 channels, of the size
        of the frames; None: the frame itself.
    cb_type : {"3Proc", "2Proc"} or None
        Whether the callback has a process of its own (also None), or runs in that of the writer.
    blocking : bool
        Whether :meth:`recordVid` returns when the recording is over, else at once.
    write_vid : bool
        False: write nothing, whatever ``tif_path`` says.
    tif_compression : int
        Level of deflate from 1 to 9; 0: none.
    buffer_length : int
        Frames in the buffer.
    Hz_buffer : int
        Frames over which ``report_Hz`` takes the mean.
    log_file : str or path-like, optional
        A row of CSV for each frame: when it came and was done with, and what waited.  It is replaced.
    device : int, str or tuple of two
        Index or serial number, by default 0; with ``stereo`` ``(left, right)``, by default ``(0, 1)``.
    sdk, exposure, color
        As of every camera, see :class:`llpyspin.camera.Camera`.
    latency_log, cb_log, aquisition_log : str or path-like, optional
        As ProcessedPiRecorder 0.3 had them: the same as ``log_file``; a file for what the callback logs,
        which is replaced; nothing.
    bgra : bool
        False: callbacks get frames as the camera gives them, (height, width) or (height, width, 3), and the
        file is gray where the camera is, which is several times less to copy and to write.
    on_error : {"stop", "end", "continue"}
        What a callback that raises ends: the recording, which is in order up to there; the callback, and
        frames are written without it; or nothing but that call.
    overwrite : bool
        Whether a file that exists is replaced.
    allow_lower_rate : bool
        Whether to record although the camera allows only a lower frame rate than ``framerate``.
    metadata : mapping, optional
        What to keep with the recording, as for :meth:`PrimaryCamera.prime
        <llpyspin.primary.PrimaryCamera.prime>`.

    Raises
    ------
    SettingRangeError, FunctionError, RecordingError, RecordingExistsError, TypeError
        Whatever can be known to be wrong before a camera is opened.

    Attributes
    ----------
    cb_queue
        The callback's queue in this process, once :meth:`recordVid` has begun: ``get``, ``put``, ``empty``,
        ...; None without a callback.

    Examples
    --------
    >>> recorder = ProcessedRecorder("a.tif", 640, 480, rec_length=2, framerate=30)  # doctest: +SKIP
    >>> recorder.recordVid()  # doctest: +SKIP
    """

    cb_queue: Any
    average_framerate: float | None
    account: Account | None

    def __init__(
        self,
        tif_path: str | os.PathLike[str] | None = None,
        x_resolution: int = 0,
        y_resolution: int = 0,
        scale_factor: float = 1,
        framerate: float = 0,
        rec_length: float = 0,
        display: bool = True,
        display_proc: str | None = "camera_reader",
        stereo: bool = False,
        timestamp: bool = False,
        report_Hz: bool = False,
        monitor_qs: bool = False,
        callback: Any = None,
        cb_type: str | None = None,
        blocking: bool = True,
        write_vid: bool = True,
        tif_compression: int = 6,
        buffer_length: int = 1,
        Hz_buffer: int = 10,
        log_file: str | os.PathLike[str] | None = None,
        *,
        device: int | str | tuple[int | str, int | str] | None = None,
        sdk: str | None = None,
        exposure: float | str = DEFAULT_EXPOSURE,
        color: bool | None = None,
        latency_log: str | os.PathLike[str] | None = None,
        cb_log: str | os.PathLike[str] | None = None,
        aquisition_log: str | os.PathLike[str] | None = None,
        bgra: bool = True,
        on_error: str = "stop",
        overwrite: bool = False,
        allow_lower_rate: bool = False,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        show_lines(logger)
        if log_file is not None and latency_log is not None:
            raise ArgumentTypeError("log_file and latency_log are two names of one argument. Pass only one")
        if aquisition_log is not None:
            logger.warning("aquisition_log has no effect, as in ProcessedPiRecorder")
        self._arguments = Arguments(
            tif_path=tif_path,
            x_resolution=x_resolution,
            y_resolution=y_resolution,
            scale_factor=scale_factor,
            framerate=framerate,
            rec_length=rec_length,
            display=display,
            display_proc=display_proc,
            stereo=stereo,
            timestamp=timestamp,
            report_Hz=report_Hz,
            monitor_qs=monitor_qs,
            callback=callback,
            cb_type=cb_type,
            blocking=blocking,
            write_vid=write_vid,
            tif_compression=tif_compression,
            buffer_length=buffer_length,
            Hz_buffer=Hz_buffer,
            log_file=latency_log if log_file is None else log_file,
            cb_log=cb_log,
            bgra=bgra,
            on_error=on_error,
            overwrite=overwrite,
            allow_lower_rate=allow_lower_rate,
            metadata=metadata,
        )
        self._devices = Devices(device, bool(stereo), sdk, exposure, color)
        self._pid = os.getpid()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._busy = threading.Lock()
        self._error: BaseException | None = None
        self.cb_queue = None
        self.average_framerate = None
        """Of the last recording, in Hz; None before its end, and of fewer than two frames."""
        self.account = None
        """What became of every frame of the last recording; None before its end, or without a file."""

    @property
    def recording(self) -> bool:
        """Whether a recording goes on."""
        return self._busy.locked()

    def recordVid(self) -> None:
        """Open the camera and record.

        With ``blocking`` until the recording is over and the file closed.  Else until it has begun, about
        1 s; a program that ends then does so when the recording is over.

        Raises
        ------
        LlpyspinError
            The camera cannot be opened or set so; with ``blocking`` also whatever went wrong later, once the
            files are in order.
        RecordingError
            A recording goes on already.
        """
        self._check_owner()
        if not self._busy.acquire(blocking=False):
            raise RecordingError("a recording is already running. Call stopVid() to end it")
        try:
            self._stop.clear()
            self._error = self.account = self.average_framerate = None
            taking = Taking(self._arguments, self._devices)
            self.cb_queue = taking.queue
        except BaseException:
            self._busy.release()
            raise
        if self._arguments.blocking:
            self._take(taking)
        else:
            self._thread = threading.Thread(target=self._take_aside, args=(taking,), name="recordVid")
            self._thread.start()

    def stopVid(self) -> None:
        """End the recording before its time; waits until the file is closed.

        Any thread may call it, and a signal handler.  Without a recording it does nothing.

        Raises
        ------
        LlpyspinError
            What went wrong in a recording that ``recordVid`` has not waited for; it is raised once.
        """
        self._check_owner()
        self._stop.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(MOST_S)
        error, self._error = self._error, None
        if error is not None:
            raise error

    # -- internals

    def _take(self, taking: Taking) -> None:
        asked = taking.framerate
        try:
            stamps = taking.take(self._stop)
            self.average_framerate = average(stamps, taking.account)
            say_average(self.average_framerate, asked)
        finally:
            self.account = taking.account
            self._busy.release()

    def _take_aside(self, taking: Taking) -> None:
        try:
            self._take(taking)
        except (LlpyspinError, OSError) as error:
            logger.error("%s", error)
            self._error = error
        except Exception as error:
            logger.exception("the recording ended with an unexpected error")
            self._error = RecordingError(f"the recording ended: {type(error).__name__}: {error}")

    def _check_owner(self) -> None:
        if os.getpid() != self._pid:
            raise CameraProcessError(
                "this recorder belongs to the process that made it, and this is a fork of that process"
            )
