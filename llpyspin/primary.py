"""PrimaryCamera: a camera that runs by itself and gives the others their pulses."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.camera.defaults import DEFAULT_BINSIZE, DEFAULT_EXPOSURE, DEFAULT_FRAMERATE, FirstSettings
from llpyspin.camera.parts import Access, Parts
from llpyspin.camera.source import CameraSource
from llpyspin.camera.which import which_camera
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

logger = logging.getLogger("llpyspin")


class PrimaryCamera(SynchronisedCamera):
    """A camera that runs at its frame rate from :meth:`trigger` on and gives a pulse with each frame.

    It is primed as soon as it is open.  While it is primed its settings are locked
    (:class:`~llpyspin.errors.SettingLockedError`): give them to the constructor, or :meth:`stop`, set, and
    :meth:`prime` again.  ``read()`` and the like show frames while it records, without disturbing that.

    Parameters
    ----------
    device, framerate, exposure, binsize, roi, color, sdk, strict, serial_number, device_index, dummy
        As in :class:`llpyspin.streaming.VideoStream`.
    nickname : str
        A name for messages; default "primary-camera".
    lines : llpyspin.roles.Lines, optional
        Which lines to use, by default those of the camera's model.
    primed : bool
        False: only open the camera; :meth:`prime` does the rest.
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
        exposure: float = DEFAULT_EXPOSURE,
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
        quality: float | None = None,
        overflow: str | None = None,
        fill: bool | None = None,
        overwrite: bool | None = None,
        segment_seconds: float | None = None,
        segment_bytes: int | None = None,
        options: Mapping[str, Any] | None = None,
        spill_folder: str | None = None,
        backend: str | None = None,
        bitrate: float | None = None,
        timeout: float | None = None,
        allow_lower_rate: bool = False,
    ) -> None:
        """Make ready for :meth:`trigger`: lock the settings and, with a path, start the writer.

        A camera that is primed and not triggered yet can be primed again for a recording.  Blocks about
        0.1 s, with a path about 1 s; everything that can be known to be wrong is an error here, before the
        trigger.

        Parameters
        ----------
        path : str or path-like, optional
            The video.  Without a suffix that of the codec is added.  Beside ``NAME.mkv`` come ``NAME.csv``,
            one row for each trigger, and ``NAME.json``, the settings and the account.
        pre_trigger : float, optional
            The file begins this many seconds before :meth:`trigger`: the camera runs, and gives pulses, from
            now on, and its newest frames are kept in memory.
        codec, quality, overflow, fill, overwrite, segment_seconds, segment_bytes, options, spill_folder
            See :class:`llpyspin.recording.options.RecordingOptions`.
        backend, bitrate, timeout
            As in parallel-pyspin 1.0: ``backend`` "Spinnaker", "OpenCV" or "FFmpeg" is the codec "spinvideo",
            "opencv" or "h264"; ``bitrate`` is for "spinvideo" only; ``timeout`` has no effect.
        allow_lower_rate : bool
            Whether to run although exposure, region, binning or pixel format allow only a lower frame rate
            than the one that was asked for.  The account has both.

        Raises
        ------
        SettingRangeError
            The camera cannot run at :attr:`requested_framerate`, and ``allow_lower_rate`` is False.
        RecordingError, RecordingExistsError, SettingRangeError, ValueError, TypeError
            The recording cannot be made as asked.
        CameraClosedError, CameraLostError, CameraHungError, CameraProcessError
        """
        plan = plan_of(
            path,
            pre_trigger=pre_trigger,
            codec=codec,
            quality=quality,
            overflow=overflow,
            fill=fill,
            overwrite=overwrite,
            segment_seconds=segment_seconds,
            segment_bytes=segment_bytes,
            options=options,
            spill_folder=spill_folder,
            backend=backend,
            bitrate=bitrate,
            timeout=timeout,
        )
        self._in_turn(lambda: self._prime_or_say(plan, allow_lower_rate=allow_lower_rate))

    @property
    def triggered(self) -> bool:
        """Whether the camera was triggered and not stopped since."""
        run = self._run
        return run is not None and run.begun

    def trigger(self) -> None:
        """Begin: the camera runs and gives pulses from now on; with ``pre_trigger``, the file begins.

        Blocks for some milliseconds.  Not primed, it only says so (``WARNING : camera is not primed``).

        Raises
        ------
        SettingRangeError
            A secondary of this program that is primed for a recording cannot follow the rate; nothing was
            begun.
        """
        super().trigger()

    def stop(self, *, timeout: float | None = None) -> npt.NDArray[np.float64]:
        """End the acquisition; finish the recording.

        No more pulses are given, the frames under way are waited for, the writer writes what it has, and says
        how far it is where that takes longer than 1 s.  Interrupted (Ctrl-C), it can be called again.

        Parameters
        ----------
        timeout : float, optional
            Seconds that the writer may take; by default as long as it makes progress.

        Returns
        -------
        ndarray
            (n,) float64: for each picture of the recording the time of its exposure in ms since the first, on
            the camera's clock, NaN for blank pictures.  Without a recording, for each frame that came.  Empty
            if the camera was not primed.

        Raises
        ------
        CameraLostError, CameraHungError, CameraProcessError
            The camera failed; what was recorded until then is in the file, which is finished.
        RecordingError
            The file could not be finished.
        """
        logger.info("stopping video acquisition")
        if self._run is None:
            logger.info("video acquisition is already stopped")
            return np.empty(0)
        return super().stop(timeout=timeout)
