"""One recording of a ProcessedRecorder, from opening its cameras to releasing them."""

from __future__ import annotations

import contextlib
import logging
import pathlib
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from llpyspin.camera.defaults import DEFAULT_FRAMERATE
from llpyspin.errors import LlpyspinError, MissingExtraError
from llpyspin.primary import PrimaryCamera
from llpyspin.processed.adapting import Adapter, Shape, check_opencv
from llpyspin.processed.arguments import region
from llpyspin.processed.callbacklog import CallbackLog
from llpyspin.recording.plan import picture_of
from llpyspin.stereo import StereoCamera

if TYPE_CHECKING:
    import threading

    import numpy.typing as npt

    from llpyspin.callbacks.child.spec import OnError
    from llpyspin.callbacks.processing import Processing
    from llpyspin.display.preview import Preview
    from llpyspin.processed.arguments import Arguments
    from llpyspin.processed.devices import Devices
    from llpyspin.recording.account.account import Account

__all__ = ["Taking", "average", "previews_of", "say_average"]

logger = logging.getLogger("llpyspin")

LOOK_S = 0.5  # for a frame; then it is seen whether to stop
QUEUE_SIZE = 100_000  # items that wait for a program that does not look before the end
IN_ORDER = 4096  # frames
TOLERANCE = 0.05  # of the rate asked for


class Taking:
    """Opens the cameras, and is ready to be triggered.

    Parameters
    ----------
    arguments : Arguments
    devices : Devices

    Raises
    ------
    LlpyspinError
        Whatever keeps it from that; nothing is left open.
    """

    def __init__(self, arguments: Arguments, devices: Devices) -> None:
        self._arguments = arguments
        self._processing: Processing | None = None
        self._previews: list[Preview] = []
        self._log: CallbackLog | None = None
        self.account: Account | None = None
        self.camera = _opened(arguments, devices)
        try:
            self._set_up()
        except BaseException:
            self._release()
            raise

    @property
    def queue(self) -> Any:
        """The main process's end of the callback's queue; None without a callback."""
        return None if self._processing is None else self._processing.queue

    @property
    def framerate(self) -> float:
        """Frames a second (Hz) that were asked for, or that the camera has."""
        return float(self._arguments.framerate or self.camera.framerate)

    def take(self, stop: threading.Event) -> npt.NDArray[np.float64]:
        """Record until the time is over or ``stop`` is set; return what ``stop()`` of a camera returns.

        Cameras and files are in order and closed then, whatever is raised.
        """
        try:
            self.camera.trigger()
            self._wait(stop)
        finally:
            stamps = self._finish()
        return stamps

    # -- before

    def _set_up(self) -> None:
        arguments, camera = self._arguments, self.camera
        limits = camera.limits("roi")
        _, _, height, width = limits.max
        camera.assign("roi", region(arguments, (height, width), limits.inc))
        camera.assign("framerate", arguments.framerate or DEFAULT_FRAMERATE)
        if arguments.cb_log is not None:
            self._log = CallbackLog(arguments.cb_log)
        if arguments.needs_stage:
            self._process()
        if arguments.path is None:
            camera.prime(allow_lower_rate=True)  # nothing is written that could be slow; it was warned of
        else:
            camera.prime(
                arguments.path,
                codec="tiff",
                options=arguments.codec_options,
                overwrite=bool(arguments.overwrite),
                allow_lower_rate=bool(arguments.allow_lower_rate),
                metadata=arguments.metadata,
            )
        self._previews += previews_of(arguments, camera, self._processing)
        camera.timeout, camera.buffersize = LOOK_S, IN_ORDER

    def _process(self) -> None:
        arguments, camera = self._arguments, self.camera
        shape = self._shape()
        if shape.bgra or arguments.scale_factor != 1:
            check_opencv()
        self._processing = camera.process(
            Adapter(arguments.callback, shape, arguments.buffer_length),
            every=True,
            where=arguments.where,
            record="returned",
            returns=(shape.height, shape.width, 3) if shape.color else (shape.height, shape.width),
            queue_size=QUEUE_SIZE,
            on_error=cast("OnError", arguments.on_error),
            log_file=None if arguments.log_file is None else pathlib.Path(arguments.log_file).expanduser(),
            overlay=arguments.overlay,
        )

    def _shape(self) -> Shape:
        """What frames are after scaling, in the callback, and in the file."""
        arguments, camera = self._arguments, self.camera
        height, width = camera.size
        color = picture_of(camera.pixel_format, height, width, convert=camera.convert, rate=1.0).color
        bgra = bool(arguments.bgra) and arguments.callback is not None
        return Shape(
            height=max(1, int(height * arguments.scale_factor)),
            width=max(1, int(width * arguments.scale_factor)),
            color=color or bgra,
            bgra=bgra,
        )

    # -- while it goes

    def _wait(self, stop: threading.Event) -> None:
        camera = self.camera
        most_ns = self._arguments.rec_length * 1e9 - 0.5e9 / self.camera.rate
        first_ns: int | None = None
        while not stop.is_set() and not self._failed:
            if not camera.grab() or camera.frame_info is None:
                continue
            now_ns = camera.frame_info.camera_timestamp_ns
            first_ns = now_ns if first_ns is None else first_ns
            if now_ns - first_ns >= most_ns:
                return

    @property
    def _failed(self) -> bool:
        processing = self._processing
        return processing is not None and processing.error is not None and self._arguments.on_error == "stop"

    # -- after

    def _finish(self) -> npt.NDArray[np.float64]:
        """Stop, and close everything, whatever goes wrong meanwhile; that is raised then."""
        stamps = np.empty(0)
        with contextlib.ExitStack() as steps:  # from the last to the first
            steps.callback(self._release)
            if self._processing is not None:
                steps.callback(self._processing.stop)
            steps.callback(self._keep_account)
            if self.camera.primed:
                stamps = self.camera.stop()
        return stamps

    def _keep_account(self) -> None:
        if self._arguments.path is not None:
            self.account = self.camera.account

    def _release(self) -> None:
        for preview in self._previews:
            preview.close()
        if self._log is not None:
            self._log.close()
        with contextlib.suppress(LlpyspinError) if self.camera.primed else contextlib.nullcontext():
            self.camera.release()


def _opened(arguments: Arguments, devices: Devices) -> PrimaryCamera:
    chosen: dict[str, Any] = {
        "exposure": devices.exposure,
        "color": devices.color,
        "sdk": devices.sdk,
        "strict": True,
        "primed": False,
    }
    if arguments.stereo:
        return StereoCamera(*devices.pair, **chosen)
    return PrimaryCamera(devices.single, **chosen)


def previews_of(arguments: Arguments, camera: PrimaryCamera, processing: Processing | None) -> list[Preview]:
    """Open the window that was asked for, of the camera's frames or of what the callback returns."""
    if arguments.shows is None:
        return []
    try:
        if arguments.shows == "file_writer" and processing is not None:
            return [processing.display()]
        return [camera.display(overlay=arguments.overlay)]
    except MissingExtraError as error:
        logger.warning("nothing is displayed: %s", error)
        return []


def average(stamps: npt.NDArray[np.float64], account: Account | None = None) -> float | None:
    """Frames a second that the camera gave, whether they were written or not; None of fewer than two.

    Parameters
    ----------
    stamps : ndarray
        (n,) float64, timestamps in ms, NaN where there was no frame.
    account : Account, optional
        Of the recording, where there is one: it knows of those that came and were not written.
    """
    if account is not None:
        camera = account.cameras[0]
        absent = camera.lost["sensor"] + camera.lost["transport"]
        return None if camera.rate is None else camera.rate * (1 - absent / camera.triggers)
    there = stamps[~np.isnan(stamps)]
    if len(there) < 2 or there[-1] <= there[0]:
        return None
    return float((len(there) - 1) * 1000 / (there[-1] - there[0]))


def say_average(rate: float | None, asked: float) -> None:
    """The line that users of ProcessedPiRecorder look for."""
    if rate is None:
        return
    if rate < asked * (1 - TOLERANCE):
        logger.warning("Camera ONLY averaged %.3f Hz", rate)
    else:
        logger.info("Average Framerate: %.3f Hz", rate)
