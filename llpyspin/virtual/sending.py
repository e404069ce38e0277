"""From an exposure to the image in a buffer of the host, and what may become of it on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from llpyspin.virtual.footage import DAMAGED, LOST
from llpyspin.virtual.stream import Record, status_of_damage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np

    from llpyspin.virtual._seam import Model
    from llpyspin.virtual.clock import CameraClock
    from llpyspin.virtual.diary import Diary
    from llpyspin.virtual.faults import Faults
    from llpyspin.virtual.readings import Tag
    from llpyspin.virtual.scene import View
    from llpyspin.virtual.script import Shot
    from llpyspin.virtual.shutter import Exposure, Programme, Shutter
    from llpyspin.virtual.stream import Stream

__all__ = ["Scene", "Sender"]


class Scene(Protocol):
    """What a camera sees, and when: painted, or replayed."""

    paced: bool
    """False: a frame is exposed when the one before was read."""
    keeps: int | None
    """Most frames that wait in the camera for the host; None: as many as its memory holds."""
    rate: float | None
    """Frames per second, where the settings do not say."""

    def open(self) -> None:
        """The camera is opened; ``SpinnakerException`` if there is nothing to see."""

    def close(self) -> None: ...

    def paint(self, view: View) -> None:
        """An acquisition begins with these settings."""

    def repaint(self, view: View) -> None:
        """The settings have changed."""

    def prepare(self, views: Iterable[View]) -> None:
        """Frames will come by these settings in turn; none: by those that were painted last."""

    def end(self) -> None:
        """The acquisition is over."""

    def shutter(self, programme: Programme, at: int) -> Shutter: ...

    def shot(self, exposure: Exposure) -> Shot | None:
        """What is known of a recorded exposure; None: it is none."""

    def fill(self, out: np.ndarray[Any, Any], exposure: Exposure, tag: Tag, host_ns: int) -> bool:
        """Write the image of an exposure that began at ``host_ns``; whether it is whole."""


class Sender:
    """Sends the images of one camera.

    Parameters
    ----------
    stream, scene, diary, faults, clock, model
        Those of the camera.
    """

    def __init__(
        self,
        stream: Stream,
        scene: Scene,
        diary: Diary,
        faults: Faults,
        clock: CameraClock,
        model: Model,
    ) -> None:
        self._stream, self._scene, self._diary, self._faults = stream, scene, diary, faults
        self._clock, self._model = clock, model

    @property
    def waits(self) -> bool:
        """Whether frames wait in the camera now, because the host has no free buffer.

        A USB3 camera is asked for each image; a GigE camera sends whether there is a buffer or not.
        """
        return (self._model.interface == "USB3" or not self._scene.paced) and self._stream.full

    def frame_id(self, number: int) -> int:
        """USB3 counts from 0; GigE from 1, in 16 bit without 0; both from elsewhere as a fault."""
        usb3 = self._model.interface == "USB3"
        first = self._faults.first_id
        number += 0 if first is None else first - (0 if usb3 else 1)
        return number if usb3 else number % 65535 + 1

    def deliver(self, exposure: Exposure, tag: Tag, line_status: Callable[[int], int], *, gone: bool) -> None:
        """Bring the image of an exposure into a buffer.

        ``line_status(camera_ns)`` says the levels of all lines, ``gone`` whether the camera was unplugged.
        """
        shot = self._scene.shot(exposure)
        if gone or self._faults.loses(exposure.number) or (shot is not None and shot.fate == LOST):
            self._diary.note("lost", exposure)
            return
        buffer = self._stream.claim()
        if buffer is None:
            self._diary.note("dropped", exposure)
            return
        image = buffer.data[: tag.view.payload]
        whole = self._scene.fill(image, exposure, tag, self._clock.to_host(exposure.start))
        status = buffer.damage(self._model.interface) if self._faults.damages(exposure.number) else 0
        if not whole or (shot is not None and shot.fate == DAMAGED):
            status = status_of_damage(self._model.interface)
        self._diary.note("damaged" if status else "sent", exposure)
        assert exposure.end is not None
        lines = line_status(exposure.end) if tag.chunks else 0
        self._stream.deliver(buffer, self._record(exposure, tag, status, shot, lines))

    def _record(self, exposure: Exposure, tag: Tag, status: int, shot: Shot | None, lines: int) -> Record:
        view = tag.view
        assert exposure.end is not None
        exposure_us = (exposure.end - exposure.start) / 1000
        gain_db = view.gain_db
        if shot is not None:
            exposure_us = exposure_us if shot.exposure_us is None else shot.exposure_us
            gain_db = gain_db if shot.gain_db is None else shot.gain_db
            lines = lines if shot.line_status is None else shot.line_status
        return Record(
            self.frame_id(exposure.number),
            exposure.timestamp,
            view.width,
            view.height,
            view.stride,
            view.offset_x,
            view.offset_y,
            view.format,
            view.payload,
            status,
            exposure_us,
            gain_db,
            tag.black_level,
            lines,
            tag.chunks,
            tag.sequencer_set,
        )
