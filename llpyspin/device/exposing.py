"""What shifts the moment of exposure: trigger delay, filters, polarity, exposure mode."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from llpyspin.errors import SettingError
from llpyspin.roles import Edge, PulseTiming

if TYPE_CHECKING:
    from llpyspin.device.nodes import NodeMap
    from llpyspin.roles import Lines, Role

__all__ = ["by_width", "check_timed", "pulse_timing"]


def by_width(nodes: NodeMap) -> bool:
    """Whether each exposure is as long as the pulse that begins it (``ExposureMode`` "TriggerWidth")."""
    mode = nodes.usable("ExposureMode")
    return mode is not None and mode.get() == "TriggerWidth"


def check_timed(nodes: NodeMap, role: Role) -> None:
    """Refuse a camera whose exposures would never end.

    Raises
    ------
    SettingError
    """
    if by_width(nodes) and (role.kind != "secondary" or role.sync == "ptp"):
        raise SettingError(
            f"ExposureMode is TriggerWidth: only pulses at an input line end such an exposure, and a "
            f'{role.kind} camera with sync="{role.sync}" gets none. Set an exposure, which switches the mode '
            "to Timed",
            setting="ExposureMode",
            value="TriggerWidth",
        )


def pulse_timing(nodes: NodeMap, role: Role, lines: Lines) -> PulseTiming:
    """How the exposures of a camera that is armed like this stand to the pulses."""
    if role.kind == "free":
        return PulseTiming()
    if role.sync == "ptp":  # all cameras obey the same commands, the primary too
        return PulseTiming(delay_us=_delay_us(nodes))
    if role.kind == "primary":
        return PulseTiming(gives=_given(nodes, lines))
    falling = lines.activation in ("FallingEdge", "LevelLow")
    return PulseTiming(
        delay_us=_delay_us(nodes),
        filter_us=_filter_us(nodes, lines.input),
        by_width=by_width(nodes),
        takes=_edge(falling=falling != _inverted(nodes, lines.input)),
    )


def _given(nodes: NodeMap, lines: Lines) -> Edge:
    """The edge with which an exposure begins at the output; "" where something else drives that line."""
    if lines.output is None or lines.output_source != "ExposureActive":
        return ""
    return _edge(falling=_inverted(nodes, lines.output))


def _edge(*, falling: bool) -> Edge:
    return "falling" if falling else "rising"


def _delay_us(nodes: NodeMap) -> float:
    _select(nodes, "TriggerSelector", "FrameStart")
    node = nodes.first("TriggerDelay", "TriggerDelayAbs")
    enabled = nodes.usable("TriggerDelayEnabled")  # of older cameras
    if node is None or not node.readable or (enabled is not None and not enabled.get()):
        return 0.0
    return float(node.get())


def _inverted(nodes: NodeMap, line: str) -> bool:
    _select(nodes, "LineSelector", line)
    node = nodes.usable("LineInverter")
    return node is not None and bool(node.get())


def _filter_us(nodes: NodeMap, line: str) -> float:
    """How much later than the edge filters and debouncers of a line may let it through, at most."""
    _select(nodes, "LineSelector", line)
    kinds = nodes.usable("LineInputFilterSelector")
    width = nodes.first("LineFilterWidth", "LineDebouncerTime", "LineDebouncerTimeAbs")
    if width is None:
        return 0.0
    if kinds is None or not kinds.writable:
        return float(width.get()) if width.readable else 0.0
    before, total = kinds.get(), 0.0
    for kind in kinds.entries():
        kinds.put(kind)
        total += float(width.get()) if width.readable else 0.0
    kinds.put(before)
    return total


def _select(nodes: NodeMap, selector: str, entry: str) -> None:
    node = nodes.usable(selector)
    if node is not None:
        with contextlib.suppress(SettingError):  # a camera without that line has no setting of it
            node.put(entry)
