"""VideoStream: a camera that is read like ``cv2.VideoCapture``."""

from __future__ import annotations

from llpyspin.camera.camera import Camera
from llpyspin.camera.captureprops import get_property, set_property
from llpyspin.camera.defaults import DEFAULT_BINSIZE, DEFAULT_EXPOSURE, DEFAULT_FRAMERATE, FirstSettings
from llpyspin.camera.parts import Access, Parts
from llpyspin.camera.source import CameraSource
from llpyspin.camera.which import which_camera
from llpyspin.reading.limits import READ_S, Limits

__all__ = ["VideoStream"]


class VideoStream(Camera):
    """Live frames of one camera.

    Parameters
    ----------
    device : int or str
        Index among the connected cameras, or serial number.
    framerate, exposure, binsize, roi
        Settings to begin with, see the properties of these names; their order does not matter.  One that
        the camera refuses is treated like a refused assignment; the default is used then.  Where the camera
        cannot have a default, it gets the nearest value that it can.
    color : bool, optional
        True: colour images, in BGR order as in OpenCV.  False: monochrome.  None: what the sensor is.
    sdk : {"pyspin", "rotpy", "virtual"}, optional
        Which SDK drives the camera.  Default: environment variable ``LLPYSPIN_SDK``, else FLIR's PySpin if
        it is installed, else rotpy; never virtual cameras unless asked for.
    nickname : str, optional
        A name for messages.
    strict : bool
        Whether a refused setting raises :class:`llpyspin.errors.SettingError` instead of logging a warning.
        Either way the camera keeps the old value.
    timeout : float
        Seconds for which :meth:`read` waits for a frame before it gives ``(False, None)``.
    buffersize : int, optional
        How many unread frames :meth:`read` works off in order before it skips to the newest one; 1 means
        always the newest.  None (the default) skips frames only when they are over 50 ms older than the
        newest, so short stalls of the program cost nothing and the picture is never late.  What is skipped
        is counted in ``frame_info.missed``.
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

    def __init__(
        self,
        device: int | str | None = None,
        *,
        framerate: float | str | None = DEFAULT_FRAMERATE,
        exposure: float = DEFAULT_EXPOSURE,
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
        super().__init__(
            Parts(
                type(self).__name__,
                CameraSource(f"camera[{which}]" if nickname is None else nickname, which),
                Limits(timeout, buffersize),
                FirstSettings(framerate=framerate, exposure=exposure, binsize=binsize, roi=roi),
                Access.of(sdk, color, strict=strict, dummy=dummy),
            )
        )

    # -- OpenCV's habits ----------------------------------------------------------------------------------

    def get(self, propId: int) -> float:
        """A property by its ``cv2.CAP_PROP_*`` number; 0.0 for those that a camera does not have.

        Exposure is in microseconds, gain in dB, as the properties of this class are.
        """
        return get_property(self, propId)

    def set(self, propId: int, value: float) -> bool:
        """Set a property by its ``cv2.CAP_PROP_*`` number; False when it was refused or is not there."""
        return set_property(self, propId, value)

    def getBackendName(self) -> str:
        """The SDK in use: "PYSPIN", "ROTPY" or "VIRTUAL"."""
        return self.info.sdk.upper()

    def setExceptionMode(self, enable: bool) -> None:
        """As in OpenCV: whether refused settings raise.  The same as :attr:`strict`."""
        self.strict = bool(enable)

    def getExceptionMode(self) -> bool:
        return self.strict

    # -- internals ----------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._frames.restart()
        self._source.expect_frames()
        self._ask("start")
