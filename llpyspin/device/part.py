"""The nodes of each role, primary or secondary, and the order in which they are written."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from llpyspin.device.counting import EventCounter
from llpyspin.device.followlimit import RATE_SWITCH
from llpyspin.device.pacing import wait_for_lock
from llpyspin.device.undo import Changes
from llpyspin.errors import SettingError

if TYPE_CHECKING:
    from llpyspin.device.nodes import NodeMap
    from llpyspin.device.pacing import Pacer
    from llpyspin.device.supply import Supply
    from llpyspin.roles import Lines, Role

__all__ = ["ACTION_MASK", "Part"]

log = logging.getLogger(__name__)

ACTION_MASK = 1
_FRAME_START = ("TriggerSelector", "FrameStart")


class Part:
    """The nodes of one camera while it plays a part.

    Taking a part never makes the camera expose. Leaving it puts every node back, with the trigger off. Only
    the supply stays on.
    """

    def __init__(
        self, nodes: NodeMap, role: Role, lines: Lines, supply: Supply, pacer: Pacer | None = None
    ) -> None:
        self._nodes = nodes
        self._changes = Changes(nodes)
        self._triggered_changes = Changes(
            nodes
        )  # of nodes that some cameras have only while the trigger is on
        self._exposures: EventCounter | None = None
        self._pulses: EventCounter | None = None
        self._pacer = pacer  # of a primary whose group runs by action commands
        self._supply = supply
        self.supply_switched = False
        """Whether taking the part has switched the 3.3 V supply, which may look like a pulse to others."""
        self.role = role
        self.lines = lines

    def take(self) -> None:
        """Set triggers, lines and counters.  The camera must not be streaming.

        Raises
        ------
        SettingError
            The camera lacks a node, a line or an entry of it; everything is as it was.
        """
        try:
            if self.role.kind == "free":
                self._trigger_off()
            elif self.role.sync == "ptp":
                self._obey()
            elif self.role.kind == "primary":
                self._lead()
            else:
                self._follow()
            self._count()
        except BaseException:
            self.leave()
            if self.supply_switched:
                self._supply.off()
            raise

    def leave(self) -> None:
        """Switch the trigger off, then put lines, counters and frame rate back."""
        self.quiet()
        self._triggered_changes.undo()
        if self._nodes.usable("TriggerMode") is not None:
            self._trigger_off()
        self._changes.undo()
        self._exposures = self._pulses = None

    def quiet(self) -> None:
        """Forbid further exposures without writing to the camera; :meth:`hold` raises what went wrong."""
        if self._pacer is not None:
            self._pacer.cancel()

    # -- a primary

    def _lead(self) -> None:
        lines, changes = self.lines, self._changes
        self._trigger_off()
        if lines.output is not None:
            at = ("LineSelector", lines.output)
            changes.put("LineMode", "Output", *at)
            changes.put("LineSource", lines.output_source, *at)
        # Only now: the line that it pulls up is driven already.
        self.supply_switched = self._supply.need(lines.power)
        changes.put("TriggerSource", "Software", *_FRAME_START)
        self.hold()

    def fire(self) -> int:
        """Let a primary run; returns the host's monotonic time (ns) just before."""
        self._need("primary", "fire")
        if self._pacer is not None:
            return self._pacer.start()
        now = time.monotonic_ns()
        self._trigger_off()
        return now

    def hold(self) -> int:
        """Let a primary begin no further exposure; returns the host's monotonic time (ns) just after.

        With the trigger on and nothing that would trigger, a frame under way is finished and sent.
        """
        self._need("primary", "hold")
        if self._pacer is not None:
            return self._pacer.stop()
        self._nodes.node(_FRAME_START[0]).put(_FRAME_START[1])
        self._nodes.node("TriggerMode").put("On")
        return time.monotonic_ns()

    def pulse(self) -> None:
        """Have a primary on hold expose once, and so give one pulse."""
        self._need("primary", "give a pulse")
        if self._pacer is not None:
            self._pacer.once()
            return
        self._nodes.node("TriggerSoftware").execute()

    # -- a secondary

    def _follow(self) -> None:
        lines, changes, nodes = self.lines, self._changes, self._nodes
        self._trigger_off()
        self._no_rate_of_its_own()
        self.supply_switched = self._supply.need(None)
        changes.select("LineSelector", lines.input)
        mode = nodes.first("LineMode")
        if mode is not None and mode.readable and mode.held() != "Input":
            changes.put("LineMode", "Input", "LineSelector", lines.input)
        changes.put("TriggerSource", lines.input, *_FRAME_START)
        changes.put("TriggerActivation", lines.activation, *_FRAME_START)
        self._trigger_on()

    def _obey(self) -> None:
        """Expose at the times that action commands name, whichever part it plays."""
        changes, group = self._changes, self.role.group
        if self._nodes.first("GevIEEE1588") is None:
            raise SettingError(
                'this camera has no clock that it could share by PTP (node GevIEEE1588): sync="ptp" is for '
                'GigE cameras, others are synchronised by wires (sync="lines")',
                setting="sync",
                value="ptp",
            )
        self._trigger_off()
        self._no_rate_of_its_own()
        changes.put("GevIEEE1588", True)
        changes.put("ActionDeviceKey", group)
        changes.put("ActionGroupKey", group)
        changes.put("ActionGroupMask", ACTION_MASK)
        changes.put("TriggerSource", "Action0", *_FRAME_START)
        wait_for_lock(self._nodes)
        self._trigger_on()

    def _no_rate_of_its_own(self) -> None:
        switch = self._nodes.first(*RATE_SWITCH)
        if switch is not None:
            self._changes.put(switch.name, False)

    def _trigger_on(self) -> None:
        # Blackfly S wants the overlap before the trigger is on; Chameleon3 has it only then.
        overlapped = self._overlap(self._changes)
        self._nodes.node("TriggerMode").put("On")
        if not overlapped and not self._overlap(self._triggered_changes):
            log.warning("this camera has no TriggerOverlap, so it may follow only half its rate")

    def _overlap(self, changes: Changes) -> bool:
        node = self._nodes.first("TriggerOverlap")
        if node is None or not node.readable:
            return False
        changes.put("TriggerOverlap", self.lines.overlap, *_FRAME_START)
        return True

    # -- all

    def counts(self, about: int) -> tuple[int | None, int | None]:
        """Exposures and pulses since the part was taken, as the camera counted them."""
        exposures = self._exposures.count(about) if self._exposures is not None else None
        pulses = self._pulses.count(about if exposures is None else exposures) if self._pulses else None
        return exposures, self._pacer.sent if self._pacer is not None else pulses

    def _count(self) -> None:
        begin = EventCounter.begin
        self._exposures = begin(self._nodes, self._changes, "Counter0", "ExposureStart")
        if self.role.kind == "secondary" and self.role.sync == "lines":
            self._pulses = begin(self._nodes, self._changes, "Counter1", self.lines.input)

    def _trigger_off(self) -> None:
        self._nodes.node(_FRAME_START[0]).put(_FRAME_START[1])
        self._nodes.node("TriggerMode").put("Off")

    def _need(self, kind: str, doing: str) -> None:
        if self.role.kind != kind:
            raise SettingError(
                f"only a {kind} can {doing}; this camera is armed as {self.role.kind}", setting="kind"
            )
