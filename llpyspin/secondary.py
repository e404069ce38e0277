"""SecondaryCamera: a camera that takes a frame with each pulse on its input line."""

from __future__ import annotations

import logging
import math
import weakref
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from llpyspin.camera.defaults import DEFAULT_BINSIZE, PulsedSettings
from llpyspin.camera.parts import Access, Parts
from llpyspin.camera.source import CameraSource
from llpyspin.camera.which import which_camera
from llpyspin.errors import ArgumentTypeError, SettingRangeError
from llpyspin.naming.constructors import checked_arguments, checked_methods
from llpyspin.naming.later import later_names
from llpyspin.reading.limits import READ_S, Limits
from llpyspin.recording.plan import is_number, plan_of
from llpyspin.settings.applying import SHAPERS
from llpyspin.sync.acquisition import Acquisition
from llpyspin.sync.camera import SynchronisedCamera
from llpyspin.sync.following import LeaderPulses
from llpyspin.sync.station import station_of

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from llpyspin.recording.plan import Plan
    from llpyspin.roles import Lines

__all__ = ["SecondaryCamera"]

if not TYPE_CHECKING:
    __getattr__ = later_names(__name__, {})  # only for mistyped names

logger = logging.getLogger("llpyspin")


@checked_methods()
@checked_arguments
class SecondaryCamera(SynchronisedCamera):
    """A camera that exposes at each trigger pulse, from a :class:`PrimaryCamera` or another source.

    It is primed (waits for pulses) as soon as it is open.  ``framerate`` and ``exposure`` are None and cannot
    be set.  The pulses set the rate; pass the exposure time to the constructor.

    Parameters
    ----------
    device, binsize, roi, color, sdk, strict, serial_number, device_index, dummy
        As in :class:`llpyspin.streaming.VideoStream`.
    exposure : float, optional
        Exposure time in microseconds, default 1500.  Each pulse begins an exposure of this length.
    primary : PrimaryCamera or None, optional
        The camera that sends the pulses.  Its rate is checked, and missing frames are found by it.  Default:
        the :class:`PrimaryCamera` of this program, if exactly one is open.  None: an external source.
    nickname : str
        The camera's name in messages; default "secondary-camera".
    lines, primed, timeout, buffersize
        As in :class:`llpyspin.primary.PrimaryCamera`.

    Examples
    --------
    >>> from llpyspin.primary import PrimaryCamera
    >>> with PrimaryCamera("12345678", sdk="virtual") as primary:
    ...     with SecondaryCamera("87654321", sdk="virtual") as secondary:
    ...         primary.trigger()
    ...         ok, image = secondary.read()
    ...         pulses, frames = len(primary.stop()), len(secondary.stop())
    >>> ok, frames == pulses
    (True, True)
    """

    def __init__(
        self,
        device: int | str | None = None,
        *,
        exposure: float | str | None = None,
        primary: SynchronisedCamera | Literal["auto"] | None = "auto",
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
        if not (primary is None or primary == "auto" or getattr(primary, "kind", None) == "primary"):
            raise ArgumentTypeError(f"primary must be a PrimaryCamera or None, not {primary!r}")
        self._named = weakref.ref(primary) if isinstance(primary, SynchronisedCamera) else None
        parts = Parts(
            type(self).__name__,
            CameraSource(
                "secondary-camera" if nickname is None else nickname,
                which_camera(device, serial_number, device_index),
            ),
            Limits(timeout, buffersize),
            PulsedSettings(exposure=exposure, binsize=binsize, roi=roi),
            Access.of(sdk, color, strict=strict, dummy=dummy),
            records=True,
        )
        acquisition = Acquisition("secondary", parts, lines=lines, elsewhere=("framerate", "exposure"))
        leader = None if self._named is None else station_of(self._named())
        self._pulses = LeaderPulses(
            acquisition, None if leader is None else weakref.ref(leader), alone=primary is None
        )
        super().__init__(parts, acquisition, self._pulses, primed=primed)

    def _after(self, names: Iterable[str]) -> None:
        """Pulses give the rate, and whether the camera can follow them is found out when it is primed."""
        if not SHAPERS.isdisjoint(names):
            self._frames.skip_before(self._source.changed())

    # -- priming ------------------------------------------------------------------------------------------

    def prime(
        self,
        path: str | os.PathLike[str] | None = None,
        framerate: float | None = None,
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
        primary_camera_framerate: float | None = None,
    ) -> None:
        """Get ready for pulses: lock the settings and, with a path, start the writer.

        Prime secondaries before you trigger the primary.  Other parameters and errors are those of
        :meth:`PrimaryCamera.prime <llpyspin.primary.PrimaryCamera.prime>`.

        Parameters
        ----------
        framerate : float, optional
            Expected pulses per second (Hz), if the primary is not in this program.  The video plays at this
            rate, and a pulse without a frame is noticed.  A rate that the camera cannot follow is refused.
        primary_camera_framerate : float, optional
            The same argument with its name in parallel-pyspin 1.0.
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
        rate = _rate_of(framerate, primary_camera_framerate)
        self._in_turn(lambda: self._expect_and_prime(rate, plan))

    @property
    def triggered(self) -> bool:
        """Whether pulses have come since the camera was primed."""
        return self.count_of_frames() > 0

    def trigger(self) -> None:
        """With ``pre_trigger``: begin the file, if no primary of this program does.

        A secondary cannot start the pulses.  Without ``pre_trigger`` this only logs a warning.
        """
        super().trigger()

    def stop(self, *, timeout: float | None = None) -> npt.NDArray[np.float64]:
        """End the acquisition after the last pulse, and finish the recording.

        Stop the primary first.  If pulses still come, this waits a few periods, 2 s at most, and warns that
        the frames of later pulses will be missing.  Parameters, result and errors are those of
        :meth:`PrimaryCamera.stop <llpyspin.primary.PrimaryCamera.stop>`.
        """
        if self._run is None:
            logger.info("video acquisition is already stopped")
            return np.empty(0)
        return super().stop(timeout=timeout)

    @property
    def leader(self) -> SynchronisedCamera | None:
        """The :class:`PrimaryCamera` that was passed as ``primary``, or None."""
        return None if self._named is None else self._named()

    # -- internals ----------------------------------------------------------------------------------------

    def _expect_and_prime(self, rate: float | None, plan: Plan | None) -> None:
        if rate is not None or self._run is None or plan is not None:
            self._pulses.expected = rate
        self._prime_or_say(plan)


def _rate_of(framerate: float | None, alias: float | None) -> float | None:
    if framerate is not None and alias is not None:
        raise ArgumentTypeError("pass framerate or primary_camera_framerate, not both")
    rate = framerate if framerate is not None else alias
    if rate is None:
        return None
    if not is_number(rate) or not 0 < rate < math.inf:
        raise SettingRangeError(
            f"framerate must be a number of pulses per second above 0, not {rate!r}",
            setting="framerate",
            value=rate,
        )
    return float(rate)
