"""StereoCamera: two cameras in step whose pictures lie side by side, used as if they were one."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from typing import TYPE_CHECKING, Any

from llpyspin.camera.camera import Camera
from llpyspin.camera.defaults import DEFAULT_BINSIZE, DEFAULT_EXPOSURE, DEFAULT_FRAMERATE, FirstSettings
from llpyspin.camera.opened import taken_by
from llpyspin.camera.parts import Access, Parts
from llpyspin.camera.source import CameraSource
from llpyspin.camera.which import which_camera
from llpyspin.errors import LlpyspinError, SettingError
from llpyspin.frames import Layout, StreamEnded
from llpyspin.joining.spec import JoinSpec, JoinStatus, SideSpec
from llpyspin.naming.constructors import checked_arguments
from llpyspin.primary import PrimaryCamera
from llpyspin.processes.child import ChildProcess
from llpyspin.reading.change import Change
from llpyspin.reading.limits import READ_S, Limits
from llpyspin.secondary import SecondaryCamera
from llpyspin.settings import Roi, given_again
from llpyspin.sync.acquisition import Acquisition, Finish
from llpyspin.sync.camera import SynchronisedCamera
from llpyspin.sync.giving import OwnPulses
from llpyspin.sync.station import acquisition_of, settle, station_of

if TYPE_CHECKING:
    from typing import NoReturn

    from llpyspin.recording.sinks import Picture
    from llpyspin.roles import Armed, Lines, Tally

__all__ = ["StereoCamera"]

logger = logging.getLogger("llpyspin")
SIDES = ("left", "right")


class _JoiningProcess(ChildProcess):
    """The child that puts the frames of two cameras side by side."""

    _module = "llpyspin.joining.joiner"
    _what = "joining process"
    _again = "Open the cameras again"
    _stuck = "the joining process hangs and was ended. Open the cameras again"


class _PairSource(CameraSource):
    """The joint pictures of two cameras."""

    joining: _JoiningProcess | None = None

    def joiner(self) -> _JoiningProcess:
        """The process that joins."""
        if self.joining is None:
            raise self.closed_error()
        return self.joining

    def changed(self) -> Change:
        joining = self.joining  # None while the pair is being opened
        return super().changed() if joining is None else Change(self.address, joining.request("published"))

    def ended(self, error: Exception, seconds: float) -> NoReturn:
        if isinstance(error, StreamEnded) and self.joining is not None:
            self.joining.request("status")  # raises what became of the joining process, if it was that
        super().ended(error, seconds)


class _PairAcquisition(Acquisition):
    """Left, right and the joiner behind the steps of one camera.

    Attributes
    ----------
    right : SecondaryCamera or None
    sides_address : str
        Of the left camera's own frames.
    """

    source: _PairSource

    def __init__(self, parts: Parts, source: _PairSource, *, lines: Lines | None) -> None:
        super().__init__("primary", parts, lines=lines)
        self.source = source
        self.right: SecondaryCamera | None = None
        self.sides_address = ""

    def partner(self) -> SecondaryCamera:
        """The camera on the right."""
        if self.right is None:
            raise self.source.closed_error()
        return self.right

    # -- what both pictures together are ------------------------------------------------------------------

    def picture(self, rate: float) -> Picture:
        """The joint one.

        Raises
        ------
        SettingError
            They cannot lie side by side.
        """
        left, right = super().picture(rate), acquisition_of(self.partner()).picture(rate)
        kinds = [(one.height, one.color, one.bits) for one in (left, right)]
        if kinds[0] != kinds[1]:
            raise SettingError(
                f"the pictures of the two cameras cannot lie side by side: {left} and {right}. "
                "Set both to the same height and pixel format",
                setting="roi",
                value=(left.height, right.height),
            )
        if left.color and left.bits > 8:
            raise SettingError(
                f"colour pictures of two cameras are joined with 8 bits, not {left.bits}",
                setting="pixel_format",
                value=self.value_of("pixel_format"),
            )
        return dataclasses.replace(left, width=left.width + right.width)

    def payload(self) -> int:
        return self.picture(1.0).nbytes

    def described(self) -> dict[str, Any]:
        right = self.partner()
        info = right.info
        other = {
            "serial": info.serial,
            "model": info.model,
            "interface": info.interface,
            "nodes": dict(right.settings()),
        }
        return {**super().described(), "right": other}

    # -- steps --------------------------------------------------------------------------------------------

    def arm(self, *, buffer_count: int | None = None, **role: Any) -> Armed:
        right, joiner = self.partner(), self.source.joiner()
        rate = float(self.ask("get", "resulting_framerate"))
        buffers = self.buffers(rate, None) if buffer_count is None else buffer_count
        if right.primed:  # for pulses that meant nothing
            right.stop()
        first = int(joiner.request("published"))
        armed = super().arm(buffer_count=self.buffers(rate, None, payload=super().payload()), **role)
        try:
            right.prime()
            joiner.request("begin", self._join_spec(armed, buffers, rate))
        except BaseException:
            with contextlib.suppress(LlpyspinError):
                self.disarm()
            raise
        # From here on the frames of this camera are the joint ones, which are numbered by their triggers.
        self.armed = dataclasses.replace(armed, published=first, first_id=0, buffers=buffers)
        self.asked = buffers
        return self.armed

    def _join_spec(self, armed: Armed, buffers: int, rate: float) -> JoinSpec:
        other = acquisition_of(self.partner())
        assert other.armed is not None
        assert armed.period_ns is not None  # it is the primary
        sides = (
            SideSpec(
                self.sides_address, self.info.serial, armed.published, armed.first_id, self._width_of(self)
            ),
            SideSpec(
                other.address,
                other.info.serial,
                other.armed.published,
                other.armed.first_id,
                self._width_of(other),
            ),
        )
        convert = self.frames.limits.convert
        return JoinSpec(sides, _layout(self.picture(rate)), armed.period_ns, color=convert, buffers=buffers)

    @staticmethod
    def _width_of(acquisition: Acquisition) -> int:
        return Roi(*acquisition.value_of("roi")).width

    def began(self) -> Armed:
        """Joint frames are numbered by their triggers."""
        assert self.armed is not None
        return self.armed

    def published(self) -> int:
        return int(self.source.joiner().request("published"))

    def finish(self, tally: Tally | None) -> Finish:
        """Stop the right camera, have the rest joined, and count pictures instead of one camera's frames."""
        events: list[tuple[str, str]] = []
        failure: LlpyspinError | None = None
        try:
            if self.partner().primed:
                self.partner().stop()
        except LlpyspinError as error:
            events.append(("lost", f"the camera on the right: {error}"))
            failure = error
        try:
            status: JoinStatus = self.source.joiner().request("finish")
        except LlpyspinError as error:
            return Finish(None, failure or error, tuple(events))
        for side, missing, which in zip(SIDES, status.missing, status.which, strict=True):
            if missing:
                text = f"no {side} half in {missing} of the pictures, of triggers {_some(which, missing)}"
                logger.warning("%s: %s", self.source.name, text)
                events.append(("incomplete", text))
        return Finish(None if tally is None else _joint_tally(tally, status), failure, tuple(events))


@checked_arguments
class StereoCamera(PrimaryCamera):
    """Two cameras that expose together, used as one camera with both pictures side by side.

    The left camera is a :class:`~llpyspin.primary.PrimaryCamera`.  Its pulses trigger the right one,
    :attr:`right`, a :class:`~llpyspin.secondary.SecondaryCamera`, over a wire.  A separate process joins the
    frames of each trigger.  If one camera has no frame for a trigger, its half is black with a white cross,
    and the picture counts as incomplete.  Everything else works as with one camera: ``read``, ``prime``,
    ``trigger``, ``stop``, ``account``, ...

    Parameters
    ----------
    left, right : int or str
        Index or serial number of the camera on that side.
    framerate, exposure, binsize, roi, color, sdk, strict
        As in :class:`llpyspin.streaming.VideoStream`, for both cameras; each camera has this ``roi``.
    nickname, lines, primed, timeout, buffersize
        As in :class:`llpyspin.primary.PrimaryCamera`.
    right_lines : llpyspin.roles.Lines, optional
        GPIO lines of the right camera; by default those of its model.

    Assigning a setting sets it in both cameras.  ``nodes``, ``settings``, ``limits`` and ``info`` are
    those of the left camera; use ``right.nodes`` and so on for the right one.

    Examples
    --------
    >>> with StereoCamera("12345678", "87654321", sdk="virtual") as cam:
    ...     cam.trigger()
    ...     ok, image = cam.read()
    >>> ok, image.shape
    (True, (1080, 2880))
    """

    def __init__(
        self,
        left: int | str = 0,
        right: int | str = 1,
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
        right_lines: Lines | None = None,
        primed: bool = True,
        timeout: float = READ_S,
        buffersize: int | None = None,
    ) -> None:
        self._right_device = right
        self._first_roi = roi
        self._right_lines = right_lines
        source = _PairSource("stereo-camera" if nickname is None else nickname, which_camera(left))
        parts = Parts(
            type(self).__name__,
            source,
            Limits(timeout, buffersize),
            FirstSettings(framerate=framerate, exposure=exposure, binsize=binsize, roi=roi),
            Access.of(sdk, color, strict=strict),
            records=True,
        )
        self._pair = _PairAcquisition(parts, source, lines=lines)
        # its parts are others than those that PrimaryCamera chooses
        SynchronisedCamera.__init__(self, parts, self._pair, OwnPulses(self._pair), primed=primed)

    @property
    def right(self) -> SecondaryCamera:
        """The camera on the right.

        Raises
        ------
        CameraClosedError
            The cameras are closed.
        """
        return self._pair.partner()

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels of both pictures together."""
        return self.height, self.width

    @property
    def width(self) -> int:
        """Columns of both pictures together."""
        return self.roi.width + self.right.roi.width

    @property
    def join_status(self) -> JoinStatus:
        """Number of pictures joined since the cameras were primed, and how often each half was missing."""
        status: JoinStatus = self._pair.source.joiner().request("status")
        return status

    def assign(self, name: str, value: Any) -> bool:
        taken = super().assign(name, value)
        right = self._pair.right
        if taken and name != "framerate" and right is not None:
            return Camera.assign(right, name, value)  # whose own assign leaves it to its primary
        return taken

    def update(self, **settings: Any) -> dict[str, Any]:
        right = self._pair.right
        before = {name: given_again(self.value_of(name)) for name in settings}
        got = super().update(**settings)
        shared = {name: value for name, value in settings.items() if name != "framerate"}
        if right is None or not shared:
            return got
        try:
            Camera.update(right, **shared)  # whose own update leaves some to its primary
        except SettingError:
            super().update(**before)
            raise
        return got

    # -- opening and closing ------------------------------------------------------------------------------

    def open(self, device: int | str | None = None) -> bool:
        try:
            return super().open(device)
        except BaseException:
            self._drop_partner()
            raise

    def _begin(self) -> None:
        settle(self, self._station)
        self._pair.sides_address = self._source.address
        with taken_by(self._keeper):
            self._pair.right = SecondaryCamera(
                self._right_device,
                primary=self,
                exposure=self.exposure,
                binsize=self.binsize,
                roi=self._first_roi,
                color=self._access.color,
                sdk=self._access.sdk,
                nickname=f"{self.nickname} right",
                strict=self.strict,
                lines=self._right_lines,
                primed=False,
            )
        self._pair.source.joining = _JoiningProcess(self.nickname)
        self._source.address = self._pair.source.joiner().request("open", self.nickname)
        super()._begin()

    def _drop(self) -> None:
        super()._drop()
        self._drop_partner()

    def _drop_partner(self) -> None:
        pair = self._pair
        right, pair.right = pair.right, None
        joining, pair.source.joining = pair.source.joining, None
        try:
            if right is not None:
                right.release()
        finally:
            if joining is not None:
                joining.close()

    def _trigger(self) -> None:
        run, right = self._run, station_of(self._pair.right)
        if run is not None and not run.begun and run.take is not None and right is not None:
            assert right.run is not None
            right.run.check_follows(run.armed.framerate, records=True)
        super()._trigger()


def _layout(picture: Picture) -> Layout:
    """How joint pictures lie in memory."""
    kind = "BGR8" if picture.color else f"Mono{picture.bits}"
    return Layout(kind, picture.width, picture.height, picture.nbytes // picture.height, picture.nbytes)


def _joint_tally(tally: Tally, status: JoinStatus) -> Tally:
    return dataclasses.replace(
        tally,
        published=status.published,
        since=status.first,
        incomplete=status.incomplete,
        lost=status.lost,
        dropped=status.dropped,
    )


def _some(triggers: tuple[int, ...], count: int) -> str:
    return ", ".join(map(str, triggers)) + (", ..." if count > len(triggers) else "")
