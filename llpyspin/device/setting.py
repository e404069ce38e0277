"""What a setting is, and the numeric settings.

Each setting knows its nodes, the order in which they must be written, its unit and its limits.  Values are
read from the camera each time, never remembered.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

from llpyspin.device.automatic import Automatic
from llpyspin.device.rates import exposure_us, resulting_rate
from llpyspin.device.rollback import Rollback
from llpyspin.device.values import as_float, check, limits_text, refuse, show
from llpyspin.errors import SettingError, SettingLockedError
from llpyspin.settings import AutomaticNumber, Limits
from llpyspin.settings.applying import RATE_TOLERANCE

if TYPE_CHECKING:
    from llpyspin.device.nodes import Node, NodeMap

__all__ = [
    "Exposure",
    "FloatSetting",
    "FrameRate",
    "Gamma",
    "ReadOnly",
    "ResultingRate",
    "Setting",
    "required",
]


class Setting(Protocol):
    """One thing a user can set, or only read."""

    name: str

    def get(self) -> Any:
        """The camera's present value."""

    def set(self, value: Any) -> None:
        """Validate and write; on failure everything is as it was."""

    def limits(self) -> Limits:
        """What ``set`` accepts now."""

    def written(self, value: Any = ...) -> list[Node]:
        """The nodes that setting ``value`` (or anything) writes and that streaming may lock."""


def required(nodes: NodeMap, setting: str, *names: str) -> Node:
    """The first of the named nodes that the camera has, or an error in the setting's name."""
    node = nodes.first(*names)
    if node is None:
        raise SettingError(f"this camera has no {setting} (no node {' or '.join(names)})", setting=setting)
    return node


class FloatSetting:
    """A setting that is one Float node.

    Parameters
    ----------
    node : tuple of str
        Its names, the newest cameras' first.
    before : tuple of (node names, value)
        What must be written first where the camera has it: automatics off, selectors in place.
    why : str
        What sets the limits, for error texts.
    auto : tuple of str
        Names of the node that has the camera choose the value; it is off wherever a number is set.
    """

    unit = ""

    def __init__(
        self,
        nodes: NodeMap,
        name: str,
        node: tuple[str, ...],
        *,
        unit: str = "",
        before: tuple[tuple[tuple[str, ...], Any], ...] = (),
        why: str = "",
        auto: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.unit = unit
        self._why = why
        self._nodes = nodes
        self._names = node
        self._first = before
        self._before = ((auto, "Off"), *before) if auto else before
        self._auto = Automatic(nodes, name, auto, f"a number{f' of {unit}' if unit else ''}", unit)

    def get(self) -> Any:
        value, mode = self._node().get(), self._auto.mode
        return AutomaticNumber(value, mode) if mode else value

    def set(self, value: Any) -> None:
        if isinstance(value, str):
            self._automatic(value)
            return
        number = self._number(value)
        with Rollback() as rollback:
            self._prepare(rollback, self._before)
            # The preparation may have moved the limits; only now do they speak for the camera.
            self._check(number)
            rollback.put(self._node(), number, self.why())

    def fit(self, value: float) -> None:
        """Set ``value``, or the limit that is nearest to it."""
        with Rollback() as rollback:
            self._prepare(rollback, self._before)
            limits = self.limits()
            rollback.put(self._node(), float(min(max(value, limits.min), limits.max)), self.why())

    def _automatic(self, word: str) -> None:
        self._node()
        self._auto.check(word)
        with Rollback() as rollback:
            self._prepare(rollback, self._first)
            self._auto.put(rollback, word)

    def limits(self) -> Limits:
        found = self._node().limits()
        return Limits(found.min, found.max, found.inc, self.unit or found.unit, self._auto.words)

    def written(self, value: Any = ...) -> list[Node]:
        # An automatic that is on locks the node too; the lock that counts is then that of the automatic.
        word = isinstance(value, str)
        wanted = self._first if word else self._before
        first = [(self._nodes.first(*names), each) for names, each in wanted]
        open_ones = [node for node, each in first if node is not None and node.held() != each]
        auto = self._auto.node()
        if word and auto is not None:
            return [*open_ones, auto]
        return open_ones or [self._node()]

    def _node(self) -> Node:
        return required(self._nodes, self.name, *self._names)

    def _number(self, value: Any) -> float:
        number = as_float(self.name, value, self.unit)
        if self._node().readable:  # else its limits are not known before what locks it is off
            self._check(number)
        return number

    def _check(self, number: float) -> None:
        check(self.name, number, self.limits(), self.why())

    def why(self) -> str:
        """What sets the limits now."""
        return self._why

    def _prepare(self, rollback: Rollback, before: tuple[tuple[tuple[str, ...], Any], ...]) -> None:
        for names, value in before:
            node = self._nodes.first(*names)
            if node is not None and node.readable and node.held() != value:
                if node.kind == "Enumeration" and value not in node.entries():
                    continue
                rollback.put(node, value)


class FrameRate(FloatSetting):
    """``framerate`` in Hz; None or "max" is the most that the camera does with its present settings."""

    def __init__(self, nodes: NodeMap) -> None:
        super().__init__(
            nodes,
            "framerate",
            ("AcquisitionFrameRate",),
            unit="Hz",
            before=(  # older cameras lock Auto while Enabled is off
                (("AcquisitionFrameRateEnable", "AcquisitionFrameRateEnabled"), True),
                (("AcquisitionFrameRateAuto",), "Off"),
            ),
            why="at this image size, pixel format and exposure",
        )

    def get(self) -> Any:
        """Below the least that can be set the exposure alone makes the rate."""
        rate = super().get()
        if rate > self.limits().min * (1 + RATE_TOLERANCE):
            return rate
        return min(rate, resulting_rate(self._nodes))

    def set(self, value: Any) -> None:
        if value is not None and value != "max":
            self._set(as_float(self.name, value, self.unit))
            return
        with Rollback() as rollback:
            self._prepare(rollback, self._before)
            rollback.put(self._node(), self.limits().max, self.why())

    def _set(self, number: float) -> None:
        least = self.limits().min
        if not 0 < number < least:
            super().set(number)
            return
        if not math.isclose(resulting_rate(self._nodes), number, rel_tol=RATE_TOLERANCE):
            raise refuse(
                self.name,
                number,
                f"{show(least, up=True)} Hz is the minimum that can be set (allowed: "
                f"{limits_text(self.limits())}); to run slower, first set an exposure of "
                f"{1e6 / number:.6g} us",
                self.unit,
            )
        with Rollback() as rollback:
            self._prepare(rollback, self._before)
            rollback.put(self._node(), least, self.why())


class Exposure(FloatSetting):
    """``exposure`` in microseconds.

    On some cameras the frame rate, once it is set, bounds the exposure.  Then a longer one is refused with
    that limit: the frame rate is not changed behind the user's back.
    """

    def __init__(self, nodes: NodeMap) -> None:
        super().__init__(
            nodes,
            "exposure",
            ("ExposureTime", "ExposureTimeAbs"),
            unit="us",
            before=((("ExposureMode",), "Timed"),),
            auto=("ExposureAuto",),
        )

    def get(self) -> Any:
        """None while the pulses, and not the camera, end the exposure."""
        return exposure_us(self._nodes) if self._by_pulse() else super().get()

    def limits(self) -> Limits:
        if self._by_pulse() and not self._node().readable:
            raise SettingLockedError(
                "the exposure has no limits now: it is as long as each pulse (ExposureMode is TriggerWidth); "
                "set an exposure to have the camera time it",
                setting=self.name,
            )
        return super().limits()

    def _by_pulse(self) -> bool:
        mode = self._nodes.usable("ExposureMode")
        return mode is not None and mode.get() == "TriggerWidth"

    def why(self) -> str:
        rate = self._nodes.usable("AcquisitionFrameRate")
        if rate is None or self.limits().max > 1e6 / rate.get():
            return ""
        return f"at a frame rate of {rate.get():.6g} Hz, which bounds it: lower that first"


class ReadOnly:
    """A value that the camera reports and that cannot be set."""

    def __init__(self, nodes: NodeMap, name: str, *node: str) -> None:
        self.name = name
        self._nodes = nodes
        self._names = node

    def get(self) -> Any:
        return required(self._nodes, self.name, *self._names).get()

    def set(self, value: Any) -> None:
        raise SettingError(f"{self.name} can only be read", setting=self.name, value=value)

    def limits(self) -> Limits:
        return required(self._nodes, self.name, *self._names).limits()

    def written(self, value: Any = ...) -> list[Node]:
        return []


class ResultingRate(ReadOnly):
    """``resulting_framerate`` in Hz: what comes of frame rate, exposure and image size together."""

    def __init__(self, nodes: NodeMap) -> None:
        super().__init__(
            nodes, "resulting_framerate", "AcquisitionResultingFrameRate", "AcquisitionFrameRate"
        )

    def get(self) -> float:
        return resulting_rate(self._nodes)


class Gamma(FloatSetting):
    """``gamma``: exponent of the tone curve; None switches the curve off, which reads as 1.0 (linear)."""

    def __init__(self, nodes: NodeMap) -> None:
        super().__init__(nodes, "gamma", ("Gamma",))

    def get(self) -> Any:
        switch = self._switch()
        return 1.0 if switch is not None and not switch.get() else super().get()

    def set(self, value: Any) -> None:
        switch = self._switch()
        if value is None and switch is not None:
            with Rollback() as rollback:
                rollback.put(switch, False)
            return
        number = as_float(self.name, 1.0 if value is None else value, self.unit)
        with Rollback() as rollback:
            rollback.put(switch, True)
            self._check(number)
            rollback.put(self._node(), number)

    def written(self, value: Any = ...) -> list[Node]:
        switch = self._switch()
        return [switch] if switch is not None and not switch.get() else [self._node()]

    def _switch(self) -> Node | None:
        return self._nodes.first("GammaEnable", "GammaEnabled")
