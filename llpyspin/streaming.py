"""VideoStream: live frames of one camera, with the interface of ``cv2.VideoCapture``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from llpyspin.camera.camera import Camera
from llpyspin.camera.captureprops import get_property, set_property
from llpyspin.camera.defaults import DEFAULT_BINSIZE, DEFAULT_EXPOSURE, DEFAULT_FRAMERATE, FirstSettings
from llpyspin.camera.notebook import STREAMING
from llpyspin.camera.parts import Access, Parts
from llpyspin.camera.source import CameraSource
from llpyspin.camera.which import which_camera
from llpyspin.naming.constructors import checked_arguments, checked_methods
from llpyspin.naming.later import later_names
from llpyspin.reading.limits import READ_S, Limits

if TYPE_CHECKING:
    import os

    from llpyspin.recording.recorder import Recorder
    from llpyspin.recording.session import Session
    from llpyspin.recording.take import Take
    from llpyspin.sync.alone import FreeRecorder

__all__ = ["VideoStream"]

if not TYPE_CHECKING:
    __getattr__ = later_names(__name__, {})  # only for mistyped names


@checked_methods("set", "get")
@checked_arguments
class VideoStream(Camera):
    """Live frames of one camera.

    Parameters
    ----------
    device : int or str
        Index among the connected cameras, or serial number.
    framerate, exposure, binsize, roi
        First settings, see the properties of these names; their order does not matter.  A value that the
        camera refuses is treated like a refused assignment, and the default is used.  If the camera cannot
        use a default, it gets the nearest allowed value.
    color : bool, optional
        True: colour images, in BGR order as in OpenCV.  False: monochrome.  None: as the sensor is.
    sdk : {"pyspin", "rotpy", "virtual"}, optional
        The SDK.  Default: environment variable ``LLPYSPIN_SDK``, else FLIR's PySpin if it is installed, else
        rotpy.  Virtual cameras are used only if you ask for them.
    nickname : str, optional
        The camera's name in messages.
    strict : bool
        True: a refused setting raises :class:`llpyspin.errors.SettingError`.  False: it logs a warning.
        In both cases the camera keeps the old value.
    timeout : float
        Seconds that :meth:`read` waits for a frame.  Then it returns ``(False, None)``.
    buffersize : int, optional
        Number of unread frames that :meth:`read` returns in order.  If more wait, it skips to the newest
        one; 1 means always the newest.  None (the default) skips frames only when they are over 50 ms older
        than the newest.  Short stalls of the program then lose nothing, and the picture is never late.
        Skipped frames are counted in ``frame_info.missed``.
    serial_number, device_index, dummy
        The constructor arguments of parallel-pyspin 1.0; ``dummy=True`` is ``sdk="virtual"``.

    Examples
    --------
    >>> cap = VideoStream(device=0, sdk="virtual")
    >>> ok, image = cap.read()
    >>> ok, image.shape, image.dtype
    (True, (1080, 1440), dtype('uint8'))
    >>> cap.release()
    """

    _opening_line = "Opening the video stream."
    _closing_line = "Releasing the video stream."
    _closed_line = "The video stream is closed."
    _open_line = "The video stream is already open."
    _elsewhere: ClassVar[dict[str, str]] = {
        **dict.fromkeys(
            ("prime", "trigger"), "PrimaryCamera, SecondaryCamera and Rig have it. A VideoStream runs freely"
        ),
        "stop": "release() closes the camera; Ctrl-C, or seconds=..., ends record()",
    }

    def __init__(
        self,
        device: int | str | None = None,
        *,
        framerate: float | str | None = DEFAULT_FRAMERATE,
        exposure: float | str = DEFAULT_EXPOSURE,
        binsize: int | tuple[int, int] = DEFAULT_BINSIZE,
        roi: tuple[int, int, int, int] | None = None,
        color: bool | None = None,
        sdk: str | None = None,
        nickname: str | None = None,
        strict: bool = False,
        timeout: float = READ_S,
        buffersize: int | None = None,
        serial_number: int | str | None = None,
        device_index: int | None = None,
        dummy: bool = False,
    ) -> None:
        which = which_camera(device, serial_number, device_index)
        parts = Parts(
            type(self).__name__,
            CameraSource(f"camera[{which}]" if nickname is None else nickname, which),
            Limits(timeout, buffersize),
            FirstSettings(framerate=framerate, exposure=exposure, binsize=binsize, roi=roi),
            Access.of(sdk, color, strict=strict, dummy=dummy),
        )
        self._parts = parts
        super().__init__(parts)

    @property
    def state(self) -> str:
        take, state = self._take, super().state
        return state if take is None or state != STREAMING else f"recording to {take.path}"

    @property
    def recording(self) -> Recorder | None:
        """Writer process of the present recording, or None."""
        take = self._take
        return None if take is None else take.recorder

    @property
    def _take(self) -> Take | None:
        free: FreeRecorder | None = vars(self).get("_recorder")
        run = None if free is None else free.run
        return None if run is None else run.take

    def record(
        self,
        path: str | os.PathLike[str],
        seconds: float | None = None,
        *,
        frames: int | None = None,
        progress: bool = True,
        allow_lower_rate: bool = False,
        **options: Any,
    ) -> Session:
        """Record for a number of seconds or frames, and wait until the file is complete.

        The stream restarts at the beginning and at the end; other threads can read meanwhile.  Ctrl-C,
        SIGTERM and a closed terminal end the recording early; the file is complete until then.  Then
        ``KeyboardInterrupt`` or ``SystemExit`` is raised.

        Parameters
        ----------
        path : path-like
            File of the video.  Without a suffix, that of the codec is added.  Beside ``NAME.mkv`` are
            ``NAME.csv`` with a row for each frame, and ``NAME.json`` with the settings and the account.
        seconds : float, optional
            Length.  Without ``seconds`` and ``frames``, Ctrl-C is the normal end, and nothing is raised.
        frames : int, optional
            Exact number of frames in the file, instead of ``seconds``; a lost frame counts.
        progress : bool
            Whether to show the progress, on standard error or in the notebook.
        allow_lower_rate : bool
            As for :meth:`PrimaryCamera.prime <llpyspin.primary.PrimaryCamera.prime>`.
        options
            Fields of :class:`llpyspin.recording.options.RecordingOptions`: ``codec``, ``quality``,
            ``overwrite`` ...

        Returns
        -------
        Session
            The files and the account; ``print`` it.  :func:`llpyspin.recording.load` opens the video.

        Raises
        ------
        RecordingError, RecordingExistsError, SettingRangeError, TypeError
            The recording is not possible with these arguments.
        CameraClosedError, CameraLostError, CameraHungError, CameraProcessError
            The camera failed; the file has all frames until then.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder, VideoStream(0, sdk="virtual") as cap:
        ...     session = cap.record(folder + "/mouse.mkv", frames=20, progress=False)
        >>> session.account.triggers, session.account.complete
        (20, True)
        """
        from llpyspin.sync.alone import FreeRecorder  # with all that records: most programs only look
        from llpyspin.sync.length import Length

        recorder: FreeRecorder = vars(self).setdefault("_recorder", FreeRecorder(self._parts))
        return recorder.record(
            path,
            Length(seconds, frames),
            self._begin,
            progress=progress,
            allow_lower_rate=allow_lower_rate,
            **options,
        )

    # -- as in OpenCV -------------------------------------------------------------------------------------

    def get(self, propId: int | str) -> Any:
        """Return a property by its ``cv2.CAP_PROP_*`` number or name; 0.0 if the camera does not have it.

        Exposure is in microseconds and gain in dB, as in the properties of this class.
        """
        if not self.isOpened():
            self._source.say_closed()
        return get_property(self, propId)

    def set(self, propId: int | str, value: Any) -> bool:
        """Set a property by its ``cv2.CAP_PROP_*`` number or name; False if it was refused or cannot be set.

        Names are those of OpenCV and of the settings: ``cap.set("fps", 60)``, ``cap.set("gain", 6)``.
        A name that does not exist raises :class:`llpyspin.errors.SettingError` with the nearest ones.
        """
        if not self.isOpened():
            self._source.say_closed()
        return set_property(self, propId, value)

    def getBackendName(self) -> str:
        """The SDK in use: "PYSPIN", "ROTPY" or "VIRTUAL"."""
        return self.info.sdk.upper()

    def setExceptionMode(self, enable: bool) -> None:
        """Set whether a refused setting raises an exception, like :attr:`strict`."""
        self.strict = bool(enable)

    def getExceptionMode(self) -> bool:
        return self.strict

    # -- internals ----------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._frames.restart()
        self._source.expect_frames()
        self._ask("start")
