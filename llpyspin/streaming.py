"""VideoStream: a camera that is read like ``cv2.VideoCapture``."""

from __future__ import annotations

from llpyspin.camera.camera import DEFAULT_BINSIZE, DEFAULT_EXPOSURE, DEFAULT_FRAMERATE, Camera
from llpyspin.camera.opencv import get_property, set_property
from llpyspin.reading.limits import READ_S

__all__ = ["VideoStream"]


class VideoStream(Camera):
    """Live frames of one camera.

    Parameters
    ----------
    device, framerate, exposure, binsize, roi, color, sdk, nickname, strict
        As in :class:`llpyspin.camera.Camera`.
    timeout : float
        Seconds for which :meth:`read` waits for a frame before it gives ``(False, None)``.
    buffersize : int, optional
        How many unread frames :meth:`read` works off in order before it skips to the newest one; 1 means
        always the newest.  None (the default) skips frames only when they are over 50 ms older than the
        newest, so short stalls of the program cost nothing and the picture is never late.  What is skipped
        is counted in ``frame_info.missed``.

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
        super().__init__(
            device,
            framerate=framerate,
            exposure=exposure,
            binsize=binsize,
            roi=roi,
            color=color,
            sdk=sdk,
            nickname=nickname,
            strict=strict,
            timeout=timeout,
            buffersize=buffersize,
            serial_number=serial_number,
            device_index=device_index,
            dummy=dummy,
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
        self._expect_frames()
        self._ask("start")
