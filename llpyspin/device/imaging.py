"""Settings of the picture: binning, region, pixel format, white balance."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from llpyspin.device.automatic import Automatic
from llpyspin.device.rollback import Rollback
from llpyspin.device.setting import required
from llpyspin.device.values import as_entry, as_float, as_int, check, refuse
from llpyspin.errors import SettingError, SettingRangeError
from llpyspin.settings import AutomaticRatios, Limits, Roi

if TYPE_CHECKING:
    from llpyspin.device.nodes import Node, NodeMap

__all__ = ["Binsize", "PixelFormat", "Region", "WhiteBalance"]

_AXES = ("y", "x", "height", "width")


class Region:
    """``roi``: (y, x, height, width) in pixels of the binned image; None is the full frame."""

    name = "roi"

    def __init__(self, nodes: NodeMap) -> None:
        self._nodes = nodes

    def get(self) -> Roi:
        return Roi(*(self._axis(axis).get() for axis in _AXES))

    def set(self, value: Any) -> None:
        wanted = self.full() if value is None else self._checked(value)
        y, x, height, width = (self._axis(axis) for axis in _AXES)
        size = (height.get(), width.get()) != wanted[2:]
        with Rollback() as rollback:
            if size:
                # Offset and size limit each other: from the corner every size is possible.
                rollback.put(y, 0)
                rollback.put(x, 0)
                rollback.put(height, wanted.height)
                rollback.put(width, wanted.width)
            rollback.put(y, wanted.y)
            rollback.put(x, wanted.x)

    def limits(self) -> Limits:
        """Of each of the four by itself; together they must also lie on the binned sensor."""
        tall, wide = self._side("height"), self._side("width")
        steps = (self._step("y"), self._step("x"), tall.inc, wide.inc)
        most = (tall.max - tall.min, wide.max - wide.min, tall.max, wide.max)
        return Limits((0, 0, tall.min, wide.min), most, steps, "px")

    def written(self, value: Any = ...) -> list[Node]:
        offsets, size = [self._axis("y"), self._axis("x")], [self._axis("height"), self._axis("width")]
        try:
            wanted = self.full() if value is None else Roi(*value) if value is not ... else None
        except TypeError:
            wanted = None
        moved_only = wanted is not None and wanted[2:] == tuple(node.get() for node in size)
        return offsets if moved_only else [*size, *offsets]

    def full(self) -> Roi:
        """The largest region that the camera takes at its present binning."""
        tall, wide = self._side("height"), self._side("width")
        return Roi(0, 0, tall.max, wide.max)

    def _axis(self, axis: str) -> Node:
        names = {"y": "OffsetY", "x": "OffsetX", "height": "Height", "width": "Width"}
        return required(self._nodes, self.name, names[axis])

    def _side(self, axis: str) -> Limits:
        """Limits of a side as they are with the offset at 0."""
        found, most = self._axis(axis).limits(), self._whole(axis)
        step = max(1, found.inc)
        return Limits(found.min, found.min + (most - found.min) // step * step, step, "px")

    def _whole(self, axis: str) -> int:
        """Pixels of the binned sensor along a side."""
        whole = self._nodes.usable("HeightMax" if axis == "height" else "WidthMax")
        if whole is not None:
            return int(whole.get())
        return int(self._axis(axis).limits().max + self._axis("y" if axis == "height" else "x").get())

    def _step(self, axis: str) -> int:
        return max(1, int(self._axis(axis).limits().inc))

    def _checked(self, value: Any) -> Roi:
        try:
            items = tuple(value)
        except TypeError:
            items = ()
        if len(items) != 4 or isinstance(value, (str, bytes, dict, set, frozenset)):
            raise refuse(
                self.name, value, "it is (y, x, height, width) in pixels, or None for the full frame"
            )
        roi = Roi(*(as_int(f"roi.{axis}", item) for axis, item in zip(_AXES, items, strict=True)))
        why = self._why_not(roi)
        if why is None:
            return roi
        turned = Roi.from_xywh(*roi)
        if self._why_not(turned) is not None:
            raise why
        raise refuse(
            self.name,
            tuple(roi),
            f"the order is (y, x, height, width), and {why}. Did you mean {tuple(turned)}, that is {turned}? "
            f"From OpenCV's order: Roi.from_xywh{tuple(roi)}",
        )

    def _why_not(self, roi: Roi) -> SettingRangeError | None:
        """What is wrong with a region; None: the camera takes it."""
        try:
            self._check_side("height", "y", roi.height, roi.y)
            self._check_side("width", "x", roi.width, roi.x)
        except SettingRangeError as error:
            return error
        return None

    def _check_side(self, axis: str, offset_axis: str, length: int, offset: int) -> None:
        side = self._side(axis)
        check(f"roi.{axis}", length, side, "at this binning")
        whole = self._whole(axis)
        room = Limits(0, whole - length, self._step(offset_axis), "px")
        check(f"roi.{offset_axis}", offset, room, f"with a {axis} of {length} on a sensor of {whole}")


class Binsize:
    """``binsize``: one int for both axes or a pair (vertical, horizontal); success resets the ROI."""

    name = "binsize"

    def __init__(self, nodes: NodeMap, region: Region) -> None:
        self._nodes = nodes
        self._region = region

    def get(self) -> int | tuple[int, int]:
        """One int where both axes are binned alike, else (vertical, horizontal)."""
        down, across = self._pair_now()
        return down if down == across else (down, across)

    def set(self, value: Any) -> None:
        down, across = self._checked(value)
        vertical, horizontal = self._axes()
        if (down, across) == self._pair_now():
            self._region.set(None)
            return
        with Rollback() as rollback:
            for name in ("OffsetX", "OffsetY", "Width", "Height"):
                rollback.remember(self._nodes.first(name))  # a binning camera shrinks its region by itself
            rollback.put(self._nodes.first("OffsetX"), 0)
            rollback.put(self._nodes.first("OffsetY"), 0)
            rollback.remember(horizontal, vertical)
            if vertical is not None:
                vertical.put(down)
            if horizontal is not None:
                horizontal.put(across)
            if self._pair_now() != (down, across):
                raise refuse(self.name, value, f"this camera couples its axes: it made it {self._pair_now()}")
            self._region.set(None)

    def limits(self) -> Limits:
        sides = [node.limits() if node is not None else Limits(1, 1, 1) for node in self._axes()]
        low, high, step = (tuple(getattr(side, what) for side in sides) for what in ("min", "max", "inc"))
        return Limits(low, high, step, "px")

    def written(self, value: Any = ...) -> list[Node]:
        nodes = [*self._axes(), *self._region.written()]
        return [node for node in nodes if node is not None]

    def _axes(self) -> tuple[Node | None, Node | None]:
        selector = self._nodes.usable("BinningSelector")
        if selector is not None and selector.writable and "All" in selector.entries():
            selector.put("All")
        return self._nodes.first("BinningVertical"), self._nodes.first("BinningHorizontal")

    def _pair_now(self) -> tuple[int, int]:
        down, across = (node.get() if node is not None else 1 for node in self._axes())
        return down, across

    def _checked(self, value: Any) -> tuple[int, int]:
        several = isinstance(value, (tuple, list)) or getattr(value, "ndim", 0) == 1
        pair = tuple(value) if several else (value, value)
        if len(pair) != 2 or isinstance(value, str):
            factors = re.fullmatch(r"\s*(\d+)\s*[x×*,]\s*(\d+)\s*", value) if isinstance(value, str) else None
            hint = "" if factors is None else f". Write ({int(factors[1])}, {int(factors[2])})"
            raise refuse(self.name, value, f"it is one whole number, or a pair (vertical, horizontal){hint}")
        limits = self.limits()
        numbers = []
        for number, low, high, step in zip(pair, limits.min, limits.max, limits.inc, strict=True):
            whole = as_int(self.name, number)
            check(self.name, whole, Limits(low, high, step, "px"))
            numbers.append(whole)
        return numbers[0], numbers[1]


class PixelFormat:
    """``pixel_format``: the GenICam name, as "Mono8"; "RGB8" also finds a camera's "RGB8Packed"."""

    name = "pixel_format"

    def __init__(self, nodes: NodeMap) -> None:
        self._nodes = nodes

    def get(self) -> str:
        return str(self._node().get())

    def set(self, value: Any) -> None:
        node = self._node()
        entries = node.entries()
        if isinstance(value, str) and value not in entries and value + "Packed" in entries:
            value += "Packed"
        with Rollback() as rollback:
            rollback.put(node, as_entry(self.name, value, entries))

    def limits(self) -> Limits:
        return self._node().limits()

    def written(self, value: Any = ...) -> list[Node]:
        return [self._node()]

    def bits_per_pixel(self) -> int:
        """Read from the camera's own code (PFNC), bits 16 to 23."""
        return (self._node().int_value() >> 16) & 0xFF

    def _node(self) -> Node:
        return required(self._nodes, self.name, "PixelFormat")


class WhiteBalance:
    """``white_balance``: the pair (red, blue) of ratios to green, or "auto" or "once" to let the camera find
    it, or "off".  Reading gives the ratios of the moment."""

    name = "white_balance"

    def __init__(self, nodes: NodeMap) -> None:
        self._nodes = nodes
        self._auto = Automatic(nodes, self.name, ("BalanceWhiteAuto",), "a pair (red, blue)")

    def get(self) -> tuple[float, ...]:
        mode, ratios = self._auto.mode, self._ratios()
        return AutomaticRatios(ratios, mode) if mode else ratios

    def set(self, value: Any) -> None:
        ratio = self._ratio("Red")
        if isinstance(value, str):
            before = self._ratios()
            with Rollback() as rollback:
                rollback.on_failure(f"{self.name} = {before}", lambda: self._write(*before))
                self._auto.put(rollback, value)
            return
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            raise refuse(self.name, value, 'it is a pair (red, blue), "auto", "once" or "off"')
        wanted = [as_float(self.name, number) for number in value]
        for number in wanted:
            check(self.name, number, ratio.limits())
        before = self._ratios()
        with Rollback() as rollback:
            self._auto.put(rollback, "off")
            rollback.on_failure(f"{self.name} = {before}", lambda: self._write(*before))
            self._write(*wanted)

    def limits(self) -> Limits:
        found = self._ratio("Red").limits()
        return Limits((found.min,) * 2, (found.max,) * 2, None, found.unit, self._auto.words)

    def written(self, value: Any = ...) -> list[Node]:
        auto = self._auto.node()
        return [auto] if isinstance(value, str) and auto is not None else [self._ratio("Red")]

    def _ratios(self) -> tuple[float, float]:
        return self._ratio("Red").get(), self._ratio("Blue").get()

    def _write(self, red: float, blue: float) -> None:
        self._ratio("Red").put(red)
        self._ratio("Blue").put(blue)

    def _ratio(self, color: str) -> Node:
        """The ratio's node with its selector at ``color``."""
        selector = self._nodes.usable("BalanceRatioSelector")
        node = self._nodes.first("BalanceRatio")
        if selector is None or node is None or not node.readable:
            raise SettingError("this camera has no white_balance: it is monochrome", setting=self.name)
        selector.put(color)
        return node
