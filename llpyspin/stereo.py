"""StereoCamera: two cameras in step whose pictures lie side by side, used as if they were one."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from typing import TYPE_CHECKING, Any

from llpyspin.camera.camera import DEFAULT_BINSIZE, DEFAULT_EXPOSURE, DEFAULT_FRAMERATE
from llpyspin.camera.source import CameraSource
from llpyspin.errors import LlpyspinError, SettingError
from llpyspin.frames import Layout, StreamEnded
from llpyspin.joining.spec import JoinSpec, JoinStatus, SideSpec
from llpyspin.primary import PrimaryCamera
from llpyspin.processes.child import ChildProcess
from llpyspin.reading.limits import READ_S
from llpyspin.recording.plan import depth, picture_of, spare_memory
from llpyspin.secondary import SecondaryCamera
from llpyspin.sync.acquisition import ArmedCamera

if TYPE_CHECKING:
    from typing import NoReturn

    import numpy as np
    import numpy.typing as npt

    from llpyspin.recording.options import WriterSpec
    from llpyspin.recording.plan import Plan
    from llpyspin.recording.session import CameraRecord
    from llpyspin.recording.sinks import Picture
    from llpyspin.roles import Armed, Lines
    from llpyspin.sync.acquisition import Run

__all__ = ["StereoCamera"]

logger = logging.getLogger("llpyspin")

SIDES = ("left", "right")


class _JoiningProcess(ChildProcess):
    """The child that puts the frames of two cameras side by side."""

    _module = "llpyspin.joining.joiner"
    _what = "joining process"
    _again = "Open the cameras again"
    _stuck = "the joining process hangs, so it was ended. Open the cameras again"


class _PairSource(CameraSource):
    """The joint pictures of two cameras."""

    joining: _JoiningProcess | None = None

    def ended(self, error: Exception, seconds: float) -> NoReturn:
        if isinstance(error, StreamEnded) and self.joining is not None:
            self.joining.request("status")  # raises what became of the joining process, if it was that
        super().ended(error, seconds)


class StereoCamera(PrimaryCamera):
    """Two cameras that expose together, as one camera whose pictures have both side by side.

    The left one is a :class:`~llpyspin.primary.PrimaryCamera`, and its pulses, over the wire, trigger the
    right one, :attr:`right`, a :class:`~llpyspin.secondary.SecondaryCamera`.  Frames are put together by
    their triggers, in a process of its own.  Where one camera has no frame of a trigger, its half is black
    with a white cross, and the picture counts as incomplete.  Everything else is as with one camera:
    ``read``, ``prime``, ``trigger``, ``stop``, ``account``, ...

    Parameters
    ----------
    left, right : int or str
        Index or serial number of the camera whose pictures are on that side.
    framerate, exposure, binsize, roi, color, sdk, strict
        As in :class:`llpyspin.camera.camera.Camera`, for both cameras; ``roi`` is of each of them.
    nickname, lines, primed, timeout, buffersize
        As in :class:`llpyspin.primary.PrimaryCamera`.
    right_lines : llpyspin.roles.Lines, optional
        Which lines the right camera uses, by default those of its model.

    Notes
    -----
    Assigning a setting sets it in both cameras; ``nodes``, ``settings``, ``limits`` and ``info`` are those of
    the left one, and ``right.nodes`` and so on those of the other.

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
        exposure: float = DEFAULT_EXPOSURE,
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
        self._right: SecondaryCamera | None = None
        self._finished: Run | None = None
        super().__init__(
            left,
            framerate=framerate,
            exposure=exposure,
            binsize=binsize,
            roi=roi,
            color=color,
            sdk=sdk,
            nickname=nickname if nickname is not None else "stereo-camera",
            strict=strict,
            lines=lines,
            primed=primed,
            timeout=timeout,
            buffersize=buffersize,
        )

    def _new_source(self, nickname: str, device: int | str) -> CameraSource:
        return _PairSource(nickname, device)

    @property
    def right(self) -> SecondaryCamera:
        """The camera on the right.

        Raises
        ------
        CameraClosedError
            They are closed.
        """
        if self._right is None:
            raise self._source.closed_error()
        return self._right

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
        """What was joined since the cameras were primed: pictures, and which half was missing how often."""
        status: JoinStatus = self._asked("status")
        return status

    def assign(self, name: str, value: Any) -> bool:
        taken = super().assign(name, value)
        if taken and name != "framerate" and self._right is not None:
            return ArmedCamera.assign(self._right, name, value)  # whose own assign leaves it to its primary
        return taken

    # -- opening and closing ------------------------------------------------------------------------------

    def open(self, device: int | str | None = None) -> bool:
        try:
            return super().open(device)
        except BaseException:
            self._drop_partner()
            raise

    def _begin(self) -> None:
        self._sides_address = self._source.address
        self._right = SecondaryCamera(
            self._right_device,
            primary=self,
            exposure=self.exposure,
            binsize=self.binsize,
            roi=self._first_roi,
            color=self._color,
            sdk=self._sdk,
            nickname=f"{self.nickname} right",
            strict=self.strict,
            lines=self._right_lines,
            primed=False,
        )
        self._pair.joining = _JoiningProcess(self.nickname)
        self._source.address = self._asked("open", self.nickname)
        super()._begin()

    def _drop(self) -> None:
        super()._drop()
        self._drop_partner()

    def _drop_partner(self) -> None:
        right, self._right = self._right, None
        pair = self._pair
        joining, pair.joining = pair.joining, None
        try:
            if right is not None:
                right.release()
        finally:
            if joining is not None:
                joining.close()

    @property
    def _pair(self) -> _PairSource:
        source = self._source
        assert isinstance(source, _PairSource)
        return source

    def _asked(self, operation: str, *arguments: Any) -> Any:
        joining = self._pair.joining
        if joining is None:
            raise self._source.closed_error()
        return joining.request(operation, *arguments)

    # -- priming ------------------------------------------------------------------------------------------

    def _depth(self, plan: Plan | None) -> int:
        pre_trigger = plan.pre_trigger if plan is not None else None
        return depth(
            self._joint_picture().nbytes, self.rate, pre_trigger=pre_trigger, available=spare_memory()
        )

    def _arm(self, *, buffer_count: int | None = None, **role: Any) -> Armed:
        slots = self._depth(None) if buffer_count is None else buffer_count
        right = self.right
        if right.primed:  # for pulses that meant nothing
            right.stop()
        first = int(self._asked("published"))
        armed = super()._arm(buffer_count=super()._depth(None), **role)
        run = self._run
        assert run is not None
        try:
            right.prime()
            self._joint = self._joint_picture()
            self._asked("begin", self._join_spec(armed, slots))
        except BaseException:
            with contextlib.suppress(LlpyspinError):
                self._disarm()
            self._end_run()
            raise
        # From here on the frames of this camera are the joint ones, which are numbered by their triggers.
        run.armed = dataclasses.replace(armed, published=first, first_id=0, buffers=slots)
        run.asked = slots
        return run.armed

    def _join_spec(self, armed: Armed, slots: int) -> JoinSpec:
        right = self.right
        other = right._run
        assert other is not None
        assert armed.period_ns is not None  # it is the primary
        sides = (
            SideSpec(self._sides_address, self.info.serial, armed.published, armed.first_id, self.roi.width),
            SideSpec(
                right._source.address,
                right.info.serial,
                other.armed.published,
                other.armed.first_id,
                right.roi.width,
            ),
        )
        return JoinSpec(sides, _layout(self._joint), armed.period_ns, color=self.convert, slots=slots)

    def _joint_picture(self) -> Picture:
        """What both pictures together are.

        Raises
        ------
        SettingError
            They cannot lie side by side.
        """
        left, right = (
            picture_of(
                each.pixel_format, each.roi.height, each.roi.width, convert=self.convert, rate=self.rate
            )
            for each in (self, self.right)
        )
        kinds = [(one.height, one.color, one.bits) for one in (left, right)]
        if kinds[0] != kinds[1]:
            raise SettingError(
                f"the pictures of the two cameras cannot lie side by side: {left} and {right}; give both the "
                "same height and pixel format",
                setting="roi",
                value=(left.height, right.height),
            )
        if left.color and left.bits > 8:
            raise SettingError(
                f"colour pictures of two cameras are joined with 8 bits, not {left.bits}",
                setting="pixel_format",
                value=self.pixel_format,
            )
        return dataclasses.replace(left, width=left.width + right.width)

    def _published(self) -> int:
        published: int = self._asked("published")
        return published

    def _spec(self, plan: Plan, run: Run) -> WriterSpec:
        picture = dataclasses.replace(self._joint, rate=self.rate)
        return dataclasses.replace(super()._spec(plan, run), picture=picture)

    def _describe(self, run: Run, spec: WriterSpec) -> CameraRecord:
        record = super()._describe(run, spec)
        info = self.right.info
        other = {
            "serial": info.serial,
            "model": info.model,
            "interface": info.interface,
            "nodes": self.right.settings(),
        }
        return record.replace(settings={**record.settings, "right": other})

    def _trigger(self) -> None:
        run = self._run
        if run is not None and not run.begun and run.take is not None:
            self.right.check_follows(run.armed.framerate, records=True)
        super()._trigger()

    # -- the end ------------------------------------------------------------------------------------------

    def _settle(self, run: Run, timeout: float | None, *, show: bool) -> npt.NDArray[np.float64]:
        if self._finished is not run:
            self._finish_partner(run)
            self._finished = run
        return super()._settle(run, timeout, show=show)

    def _finish_partner(self, run: Run) -> None:
        """Stop the right camera, have the rest joined, and count pictures instead of one camera's frames."""
        try:
            if self.right.primed:
                self.right.stop()
        except LlpyspinError as error:
            run.events.append(("lost", f"the camera on the right: {error}"))
            run.failure = run.failure or error
        try:
            status: JoinStatus = self._asked("finish")
        except LlpyspinError as error:
            run.failure = run.failure or error
            return
        for side, missing, which in zip(SIDES, status.missing, status.which, strict=True):
            if missing:
                text = f"no {side} half in {missing} of the pictures, of triggers {_some(which, missing)}"
                logger.warning("%s: %s", self.nickname, text)
                run.events.append(("incomplete", text))
        if run.tally is not None:
            run.tally = dataclasses.replace(
                run.tally,
                published=status.published,
                since=status.first,
                incomplete=status.incomplete,
                lost=status.lost,
                dropped=status.dropped,
            )


def _layout(picture: Picture) -> Layout:
    """How joint pictures lie in memory."""
    kind = "BGR8" if picture.color else f"Mono{picture.bits}"
    return Layout(kind, picture.width, picture.height, picture.nbytes // picture.height, picture.nbytes)


def _some(triggers: tuple[int, ...], count: int) -> str:
    more = ", ..." if count > len(triggers) else ""
    return ", ".join(map(str, triggers)) + more
