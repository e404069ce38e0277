"""PrimaryCamera: a camera that runs by itself and triggers the other cameras."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.camera.defaults import DEFAULT_BINSIZE, DEFAULT_EXPOSURE, DEFAULT_FRAMERATE, FirstSettings
from llpyspin.camera.parts import Access, Parts
from llpyspin.camera.source import CameraSource
from llpyspin.camera.which import which_camera
from llpyspin.naming.constructors import checked_arguments, checked_methods
from llpyspin.naming.later import later_names
from llpyspin.reading.limits import READ_S, Limits
from llpyspin.recording.plan import plan_of
from llpyspin.sync.acquisition import Acquisition
from llpyspin.sync.camera import SynchronisedCamera
from llpyspin.sync.giving import OwnPulses

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    import numpy.typing as npt

    from llpyspin.roles import Lines

__all__ = ["PrimaryCamera"]

if not TYPE_CHECKING:
    __getattr__ = later_names(__name__, {})  # only for mistyped names

logger = logging.getLogger("llpyspin")


@checked_methods()
@checked_arguments
class PrimaryCamera(SynchronisedCamera):
    """A camera that runs at its frame rate after :meth:`trigger` and sends a trigger pulse with each frame.

    It is primed (ready for the trigger) as soon as it is open.  While it is primed its settings are locked
    (:class:`~llpyspin.errors.SettingLockedError`).  Pass them to the constructor, or call :meth:`stop`,
    change them, and call :meth:`prime` again.  You can ``read()`` frames while it records.

    Parameters
    ----------
    device, framerate, exposure, binsize, roi, color, sdk, strict, serial_number, device_index, dummy
        As in :class:`llpyspin.streaming.VideoStream`.
    nickname : str
        The camera's name in messages; default "primary-camera".
    lines : llpyspin.roles.Lines, optional
        GPIO lines; by default those of the camera's model.
    primed : bool
        False: only open the camera; call :meth:`prime` later.
    timeout, buffersize
        For ``read()``, as in :class:`llpyspin.streaming.VideoStream`.

    Examples
    --------
    >>> with PrimaryCamera(0, sdk="virtual", framerate=100) as cam:
    ...     cam.trigger()
    ...     ok, image = cam.read()
    ...     milliseconds = cam.stop()
    >>> ok, image.shape, milliseconds[:1]
    (True, (1080, 1440), array([0.]))
    """

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
        lines: Lines | None = None,
        primed: bool = True,
        timeout: float = READ_S,
        buffersize: int | None = None,
        serial_number: int | str | None = None,
        device_index: int | None = None,
        dummy: bool = False,
    ) -> None:
        parts = Parts(
            type(self).__name__,
            CameraSource(
                "primary-camera" if nickname is None else nickname,
                which_camera(device, serial_number, device_index),
            ),
            Limits(timeout, buffersize),
            FirstSettings(framerate=framerate, exposure=exposure, binsize=binsize, roi=roi),
            Access.of(sdk, color, strict=strict, dummy=dummy),
            records=True,
        )
        acquisition = Acquisition("primary", parts, lines=lines)
        super().__init__(parts, acquisition, OwnPulses(acquisition), primed=primed)

    # -- from priming to the end --------------------------------------------------------------------------

    def prime(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        pre_trigger: float | None = None,
        codec: str | None = None,
        container: str | None = None,
        quality: float | None = None,
        overflow: str | None = None,
        fill: bool | None = None,
        overwrite: bool | None = None,
        segment_seconds: float | None = None,
        segment_bytes: int | None = None,
        options: Mapping[str, Any] | None = None,
        spill_folder: str | None = None,
        line_status: bool | None = None,
        metadata: Mapping[str, Any] | None = None,
        backend: str | None = None,
        bitrate: float | None = None,
        timeout: float | None = None,
        allow_lower_rate: bool = False,
    ) -> None:
        """Get ready for :meth:`trigger`: lock the settings and, with a path, start the writer.

        You can prime a primed camera again for a recording, until it is triggered.  Blocks about 0.1 s, with
        a path about 1 s.  All errors that can be found before the trigger are raised here.

        Parameters
        ----------
        path : str or path-like, optional
            File of the video.  Without a suffix, that of the codec is added.  Beside ``NAME.mkv`` are
            ``NAME.csv``, with one row for each trigger, and ``NAME.json``, with the settings and the account
            (the numbers of written and lost frames).
        pre_trigger : float, optional
            Seconds before :meth:`trigger` at which the file begins.  The camera runs and sends pulses from
            now on, and its newest frames stay in memory.
        codec, container, quality, overflow, fill, overwrite, segment_seconds, segment_bytes, options, \
        spill_folder, line_status
            See :class:`llpyspin.recording.options.RecordingOptions`.
        metadata : mapping, optional
            What you want to keep with the recording, like ``{"subject": "m42"}``: text, numbers, lists and
            mappings.  It stands in ``NAME.json``, and in ``metadata`` of the session.
        backend, bitrate, timeout
            As in parallel-pyspin 1.0: ``backend`` "Spinnaker", "OpenCV" or "FFmpeg" is the codec "spinvideo",
            "opencv" or "h264"; ``bitrate`` is for "spinvideo" only; ``timeout`` has no effect.
        allow_lower_rate : bool
            True: run even if exposure, ROI, binning or pixel format allow only a lower frame rate than the
            requested one.  The account has both rates.

        Raises
        ------
        SettingRangeError
            The camera cannot run at :attr:`requested_framerate`, and ``allow_lower_rate`` is False.
        RecordingError, RecordingExistsError, SettingRangeError, ValueError, TypeError
            The recording is not possible with these arguments.
        CameraClosedError, CameraLostError, CameraHungError, CameraProcessError
        """
        plan = plan_of(
            path,
            pre_trigger=pre_trigger,
            codec=codec,
            container=container,
            quality=quality,
            overflow=overflow,
            fill=fill,
            overwrite=overwrite,
            segment_seconds=segment_seconds,
            segment_bytes=segment_bytes,
            options=options,
            spill_folder=spill_folder,
            line_status=line_status,
            metadata=metadata,
            backend=backend,
            bitrate=bitrate,
            timeout=timeout,
        )
        self._in_turn(lambda: self._prime_or_say(plan, allow_lower_rate=allow_lower_rate))

    @property
    def triggered(self) -> bool:
        """Whether the camera was triggered and has not been stopped since."""
        run = self._run
        return run is not None and run.begun

    def trigger(self) -> None:
        """Start the acquisition: the camera runs and sends pulses from now on.

        With ``pre_trigger`` the camera runs already, and the file begins.  Blocks for a few milliseconds.  If
        the camera is not primed, it only logs ``WARNING : camera is not primed``.

        Raises
        ------
        SettingRangeError
            A secondary of this program is primed for a recording and cannot follow the rate.  Nothing was
            started.
        """
        super().trigger()

    def stop(self, *, timeout: float | None = None) -> npt.NDArray[np.float64]:
        """End the acquisition and finish the recording.

        The pulses end.  The call waits for the last frames and for the writer, and shows the progress after
        1 s.  If you interrupt it (Ctrl-C), you can call it again.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait for the writer; by default as long as it makes progress.

        Returns
        -------
        ndarray
            (n,) float64: time of the exposure of each picture in ms since the first, on the camera's clock;
            NaN for blank pictures.  Without a recording, one for each frame that came.  Empty if the camera
            was not primed.

        Raises
        ------
        CameraLostError, CameraHungError, CameraProcessError
            The camera failed.  The file is finished and has all frames until then.
        RecordingError
            The file could not be finished.
        """
        logger.info("stopping video acquisition")
        if self._run is None:
            logger.info("video acquisition is already stopped")
            return np.empty(0)
        return super().stop(timeout=timeout)
