"""Named causes of what went wrong: one table of rules, each with its signs and with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llpyspin.report import signs
from llpyspin.report.document import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llpyspin.report.evidence import Evidence

    Signs = Iterator[str]

__all__ = ["RULES", "Rule", "causes_of"]


class Rule(NamedTuple):
    """What shows a cause (``look``), and what helps.

    ``serious``: frames are missing or wrong by it; else it is worth knowing.
    """

    key: str
    title: str
    look: Callable[[Evidence], Signs]
    remedies: tuple[str, ...]
    serious: bool = True


def causes_of(evidence: Evidence) -> tuple[Cause, ...]:
    """All causes that the evidence shows, serious ones first."""
    found = []
    for rule in RULES:
        seen = tuple(rule.look(evidence))
        if seen:
            found.append(Cause(rule.key, rule.title, rule.serious, seen, rule.remedies))
    return tuple(sorted(found, key=lambda cause: not cause.serious))


RULES = (
    Rule(
        "running",
        "The recording is still running",
        signs.running,
        ("Make the report again when the recording is over.",),
    ),
    Rule(
        "killed",
        "The recording was interrupted",
        signs.killed,
        (
            "Run `llpyspin repair` if it was not repaired. It completes the videos and makes the account.",
            "Look for the reason in the system's log: power, memory (OOM killer), a person.",
        ),
    ),
    Rule(
        "not_encoded",
        "Frames wait on the disk",
        signs.not_encoded,
        ("Run `llpyspin repair` to encode them.",),
    ),
    Rule(
        "damaged",
        "Files are missing or damaged",
        signs.damaged,
        ("Restore the files from a copy. What is left can be used: triggers are numbered.",),
    ),
    Rule(
        "check",
        "The check of all pictures found faults",
        signs.found,
        ("Do not rely on the pictures that are named. Run `llpyspin repair` if the recording was killed.",),
    ),
    Rule(
        "account",
        "The numbers contradict each other",
        signs.does_not_add_up,
        (
            "Do not rely on the trigger numbers of the named camera before you know why.",
            "Run `llpyspin check`. It compares every picture with its row.",
        ),
    ),
    Rule(
        "no_trigger",
        "A camera got no trigger",
        signs.no_trigger,
        ("Check the trigger cable and the input line with `rig.check_wiring()`.",),
    ),
    Rule(
        "unassigned",
        "Pictures without a trigger number",
        signs.unassigned,
        ("Do not use these pictures together with those of other cameras.",),
    ),
    Rule(
        "camera_away",
        "A camera was disconnected, or its process ended",
        signs.away,
        (
            "Check plugs, screw locks, the length of the cable, and the power of the hub or switch.",
            "Run `llpyspin doctor`. It looks for power saving and for errors of the bus.",
        ),
    ),
    Rule(
        "camera_restarted",
        "A camera lost its power",
        signs.rebooted,
        ("Give the camera its own power supply, or a hub with more power.",),
    ),
    Rule(
        "network",
        "Frames were lost on the network (GigE)",
        signs.network,
        (
            "Use jumbo frames (MTU 9000) on the adapter, the switch and the camera.",
            "Give each camera its own network port, or limit `DeviceLinkThroughputLimit`.",
            "Run `llpyspin doctor`. It looks at receive buffers and the adapter.",
        ),
    ),
    Rule(
        "usb",
        "Frames were lost on the USB cable or bus",
        signs.usb,
        (
            "Give each camera its own USB3 controller. Use short cables with screw locks.",
            "Lower the rate, the region or the bit depth, if all cameras together send too much.",
            "Run `llpyspin doctor`. It looks at `usbfs_memory_mb` and at the ports.",
        ),
    ),
    Rule(
        "transport",
        "Frames were lost between camera and computer",
        signs.unknown_cable,
        ("Check cable, hub, switch and the load of the computer. Run `llpyspin doctor`.",),
    ),
    Rule(
        "memory_held",
        "Programs held all the memory for frames",
        signs.held,
        ("Release borrowed frames sooner. Use fewer readers, or copy frames with `read()`.",),
    ),
    Rule(
        "busy",
        "The computer was too busy",
        signs.busy,
        (
            "Close other programs during a recording. Use fewer cameras, a lower rate, or a smaller region.",
            "Run `llpyspin doctor`. It measures how much the machine can record.",
        ),
    ),
    Rule(
        "disk_full",
        "The disk was full",
        signs.disk_full,
        ("Free space before the recording. Record to a larger disk, or with a codec that needs less.",),
    ),
    Rule(
        "writer_ended",
        "The process that writes a video ended",
        signs.writer_ended,
        ("Look for the reason in the system's log, such as too little memory.",),
    ),
    Rule(
        "encoder",
        "The encoder was too slow",
        signs.encoder,
        (
            "Choose a faster codec or preset, a lower rate, or a smaller region.",
            'Use `overflow="spill"`. Frames then wait on the disk and none is lost.',
        ),
    ),
    Rule(
        "slow_disk",
        "The disk was too slow",
        signs.slow_disk,
        (
            "Record to an internal SSD. Network disks and USB sticks are often too slow.",
            "Choose a codec that writes less, or a lower rate.",
        ),
    ),
    Rule(
        "cut_off",
        "The last frames were not written",
        signs.cut_off,
        ("They cannot be brought back. All frames before them are there.",),
    ),
    Rule(
        "callback",
        "A function on frames failed or was too slow",
        signs.callback,
        ("Look at the error and at the delays in the callback's CSV file. Let the function do less.",),
    ),
    Rule(
        "exposure",
        "The exposure is too long for the rate",
        signs.exposure,
        (
            "Shorten the exposure, or lower the rate. Add light or gain instead.",
            "With automatic exposure, set an upper limit below the period of the triggers.",
        ),
    ),
    Rule(
        "pulses",
        "Trigger pulses were missed",
        signs.pulses,
        (
            "Check the trigger cable, the ground and the pull-up resistor. Run `rig.check_wiring()`.",
            "Make the pulses longer than the filter of the input line (`LineFilterWidth`).",
            "Lower the rate, if pulses came while the camera was still reading out.",
        ),
    ),
    Rule(
        "not_in_step",
        "The cameras are not exactly in step",
        signs.apart,
        (
            "Use the same exposure time for all cameras: a timestamp marks the end of the exposure.",
            "Check that all cameras use the same edge of the pulse.",
        ),
        serious=False,
    ),
    Rule(
        "rate",
        "The rate was another one than requested",
        signs.rate,
        ("Set a shorter exposure, a smaller region or fewer bits, or request a lower rate.",),
        serious=False,
    ),
    Rule(
        "late",
        "Frames arrived late",
        signs.late,
        ("No frame is lost by this. For live feedback, close other programs and see the page on latency.",),
        serious=False,
    ),
    Rule(
        "low_disk",
        "Little disk space was left",
        signs.low_disk,
        ("Free space before the next recording, or record to a larger disk.",),
        serious=False,
    ),
    Rule(
        "hot",
        "A camera became hot",
        signs.hot,
        ("Mount the camera on metal, or cool it. Heat adds noise and may end the stream.",),
        serious=False,
    ),
    Rule(
        "events",
        "The recording was disturbed or ended early",
        signs.events,
        ("See the list of events below.",),
        serious=False,
    ),
)
"""In the order of a frame's way."""
