"""Named causes of what went wrong: one table of rules, each with its signs and with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llpyspin.applying import RATE_TOLERANCE
from llpyspin.recording.account.verdict import counted
from llpyspin.report.document import Cause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llpyspin.report.evidence import CameraEvidence, Evidence

    Signs = Iterator[str]

__all__ = ["RULES", "Rule", "causes_of"]

USB3_MB, GIGE_MB = 380.0, 118.0
"""What a USB3 host controller and a cable of 1 Gbit/s carry, MB/s."""
APART_US = 100.0
LATE_MS, LATE_PERIODS = 100.0, 3.0
LOW_DISK = 5 << 30
HOT_C = 75.0
_FULL = ("is full", "No space left", "nearly full")
_CODECS_WITHOUT_WORK = ("raw", "tiff", "hdf5")


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
        signs = tuple(rule.look(evidence))
        if signs:
            found.append(Cause(rule.key, rule.title, rule.serious, signs, rule.remedies))
    return tuple(sorted(found, key=lambda cause: not cause.serious))


# -- the recording as a whole


def _running(evidence: Evidence) -> Signs:
    if evidence.running:
        yield "A process is writing its files just now."


def _killed(evidence: Evidence) -> Signs:
    if evidence.killed and not evidence.running:
        if evidence.repaired:
            yield "The recording was killed, and repaired later. What came after its last rows is not known."
        else:
            yield "The recording was killed or the computer stopped: it has no account of its own."


def _not_encoded(evidence: Evidence) -> Signs:
    for spill in evidence.spills:
        yield f"{spill} has frames that are not in the video yet."


def _damaged(evidence: Evidence) -> Signs:
    yield from evidence.problems


def _found(evidence: Evidence) -> Signs:
    yield from evidence.findings


def _does_not_add_up(evidence: Evidence) -> Signs:
    yield from evidence.reasons


def _no_trigger(evidence: Evidence) -> Signs:
    without = [camera.label for camera in evidence.cameras if not camera.triggers]
    if without:
        yield f"No trigger is known of {', '.join(without)}."


def _unassigned(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        if camera.unassigned:
            pictures = counted(camera.unassigned, "picture")
            yield f"{camera.label}: {pictures} at the end of its files have no row."


# -- where frames were lost


def _away(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        gone = [event for event in camera.events if event.kind == "lost"]
        if gone or camera.away:
            told = gone[0].text if gone else "the camera gave no frames for a time"
            yield f"{camera.label}: {told}. {counted(camera.away, 'frame')} were lost meanwhile."


def _rebooted(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        if camera.clock_restarts:
            yield f"{camera.label}: its clock began anew during the recording."


def _network(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        if camera.interface.startswith("GigE"):
            yield from _transport(camera)
            if camera.in_transport + camera.incomplete and (camera.megabytes or 0) > GIGE_MB:
                sent = f"{camera.megabytes:.0f} MB/s"
                yield f"{camera.label} sends {sent}. A cable of 1 Gbit/s carries {GIGE_MB:.0f} MB/s."


def _usb(evidence: Evidence) -> Signs:
    cameras = [camera for camera in evidence.cameras if camera.interface.startswith("USB")]
    for camera in cameras:
        yield from _transport(camera)
    sent = sum(camera.megabytes or 0.0 for camera in cameras)
    if any(camera.in_transport + camera.incomplete for camera in cameras) and sent > USB3_MB:
        yield (
            f"The USB cameras send {sent:.0f} MB/s together. "
            f"One USB3 controller carries about {USB3_MB:.0f} MB/s."
        )


def _unknown_cable(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        if not camera.interface.startswith(("USB", "GigE")):
            yield from _transport(camera)


def _transport(camera: CameraEvidence) -> Signs:
    if camera.in_transport:
        text = f"{camera.label}: {counted(camera.in_transport, 'frame')} left the sensor and never arrived."
        if camera.unnumbered:
            text += f" {camera.unnumbered} of them came damaged."
        yield text
    if camera.incomplete:
        yield f"{camera.label}: {counted(camera.incomplete, 'frame')} arrived incomplete."


def _held(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        if camera.dropped:
            frames = counted(camera.dropped, "frame")
            yield f"{camera.label}: {frames} found no free memory: programs held it."


def _busy(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        if count := camera.lost.get("ring", 0):
            yield (
                f"{camera.label}: {counted(count, 'frame')} reached the computer and were overwritten before "
                "the writer read them."
            )


def _writer_losses(camera: CameraEvidence) -> str:
    count = camera.lost.get("writer", 0)
    return (
        f"{camera.label}: {counted(count, 'frame')} reached the writer and are not in the video."
        if count
        else ""
    )


def _is_full(camera: CameraEvidence) -> bool:
    return any(word in text for text in camera.texts for word in _FULL)


def _writer_died(camera: CameraEvidence) -> bool:
    return any(event.kind == "writer" for event in camera.events)


def _disk_full(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        for text in camera.texts:
            if any(word in text for word in _FULL):
                yield f"{camera.label}: {text}."
    if evidence.least_disk is not None and evidence.least_disk < LOW_DISK:
        yield f"Only {evidence.least_disk / 1e9:.1f} GB of the disk were free."


def _writer_ended(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        if _writer_died(camera) and not _is_full(camera):
            texts = [event.text for event in camera.events if event.kind == "writer"]
            yield f"{camera.label}: its file {texts[0]}. {_writer_losses(camera)}".strip()


def _behind(evidence: Evidence, *, encoding: bool) -> Signs:
    """Losses in the writer that no death, no full disk and no kill explains."""
    if evidence.killed:
        return
    for camera in evidence.cameras:
        works = not camera.sink.startswith(_CODECS_WITHOUT_WORK)
        if works == encoding and not (_is_full(camera) or _writer_died(camera)) and _writer_losses(camera):
            yield f"{_writer_losses(camera)} It was written by {camera.sink or 'an unknown encoder'}."


def _encoder(evidence: Evidence) -> Signs:
    yield from _behind(evidence, encoding=True)


def _slow_disk(evidence: Evidence) -> Signs:
    yield from _behind(evidence, encoding=False)


def _cut_off(evidence: Evidence) -> Signs:
    if evidence.killed:
        for camera in evidence.cameras:
            if losses := _writer_losses(camera):
                yield f"{losses} The writer ended before it wrote them."


def _callback(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        if count := camera.lost.get("callback", 0):
            yield f"{camera.label}: your function gave no result for {counted(count, 'frame')}."
        for event in camera.events:
            if event.kind == "callback":
                yield f"{camera.label}: {event.text}."


# -- triggers that a sensor did not answer


def _too_long(camera: CameraEvidence) -> str:
    """Why the camera cannot answer each trigger at this rate; "" where it can."""
    if not camera.rate:
        return ""
    period_us = 1e6 / camera.rate
    if camera.exposure_us is not None and camera.exposure_us > 0.98 * period_us:
        return f"It exposed {camera.exposure_us:.0f} us, and triggers came every {period_us:.0f} us."
    if camera.most_framerate is not None and camera.rate > camera.most_framerate * (1 + RATE_TOLERANCE):
        return f"It can follow {camera.most_framerate:.1f} triggers per second, and {camera.rate:.1f} came."
    return ""


def _exposure(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        if camera.lost.get("sensor", 0) and (why := _too_long(camera)):
            yield f"{_not_exposed(camera)} {why}"


def _pulses(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        if not camera.lost.get("sensor", 0) or _too_long(camera):
            continue
        text = _not_exposed(camera)
        if camera.pulses is not None and evidence.triggers:
            if camera.pulses < evidence.triggers:
                text += f" Its input saw {camera.pulses} of {evidence.triggers} pulses."
            else:
                text += f" Its input saw {counted(camera.pulses, 'pulse')}: they came while it was not ready."
        yield text


def _not_exposed(camera: CameraEvidence) -> str:
    return f"{camera.label}: the sensor did not expose for {counted(camera.lost['sensor'], 'trigger')}."


# -- not lost, but worth knowing


def _apart(evidence: Evidence) -> Signs:
    spread = evidence.spread
    if spread is None or not spread.clocks_read:
        return
    exposures = [camera.exposure_us or 0.0 for camera in evidence.cameras]
    explained = max(exposures) - min(exposures)
    if spread.median_us > APART_US + explained:
        yield f"The frames of one trigger are {spread.median_us:.0f} us apart (median)."
    elif spread.most_us > 10 * APART_US + explained:
        most, median = f"{spread.most_us:.0f} us", f"{spread.median_us:.1f} us"
        yield f"Frames of one trigger are up to {most} apart (median {median})."


def _rate(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        asked, rate = camera.requested_rate, camera.rate
        if asked and rate and abs(rate / asked - 1) > RATE_TOLERANCE:
            yield f"{camera.label}: {asked:.5g} Hz were requested, and triggers came at {rate:.5g} Hz."


def _late(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        delay = camera.delay_ms
        if delay is None:
            continue
        much = max(LATE_MS, LATE_PERIODS * 1e3 / camera.rate if camera.rate else 0.0)
        if delay.p99 > much:
            yield f"{camera.label}: 1 % of its frames arrived more than {delay.p99:.0f} ms late."


def _hot(evidence: Evidence) -> Signs:
    if evidence.hottest is not None and evidence.hottest[1] > HOT_C:
        yield f"{evidence.hottest[0]} reached {evidence.hottest[1]:.0f} °C."


def _events(evidence: Evidence) -> Signs:
    for event in evidence.events:
        if event.kind in ("stopped", "failed"):
            yield f"{event.text[:1].upper()}{event.text[1:]}."
    for camera in evidence.cameras:
        for event in camera.events:
            if event.kind in ("stopped", "failed", "late", "doubt"):
                yield f"{camera.label}: {event.text}."


RULES = (
    Rule(
        "running",
        "The recording is still running",
        _running,
        ("Make the report again when the recording is over.",),
    ),
    Rule(
        "killed",
        "The recording was interrupted",
        _killed,
        (
            "Run `llpyspin repair` if it was not repaired. It completes the videos and makes the account.",
            "Look for the reason in the system's log: power, memory (OOM killer), a person.",
        ),
    ),
    Rule(
        "not_encoded", "Frames wait on the disk", _not_encoded, ("Run `llpyspin repair`. It encodes them.",)
    ),
    Rule(
        "damaged",
        "Files are missing or damaged",
        _damaged,
        ("Restore the files from a copy. What is left can be used: triggers are numbered.",),
    ),
    Rule(
        "check",
        "The check of all pictures found faults",
        _found,
        ("Do not rely on the pictures that are named. Run `llpyspin repair` if the recording was killed.",),
    ),
    Rule(
        "account",
        "The numbers contradict each other",
        _does_not_add_up,
        (
            "Do not rely on the trigger numbers of the named camera before you know why.",
            "Run `llpyspin check`. It compares every picture with its row.",
        ),
    ),
    Rule(
        "no_trigger",
        "A camera got no trigger",
        _no_trigger,
        ("Check the trigger cable and the input line with `rig.check_wiring()`.",),
    ),
    Rule(
        "unassigned",
        "Pictures without a trigger number",
        _unassigned,
        ("Do not use these pictures together with those of other cameras.",),
    ),
    Rule(
        "camera_away",
        "A camera was disconnected, or its process ended",
        _away,
        (
            "Check plugs, screw locks, the length of the cable, and the power of the hub or switch.",
            "Run `llpyspin doctor`. It looks for power saving and for errors of the bus.",
        ),
    ),
    Rule(
        "camera_restarted",
        "A camera lost its power",
        _rebooted,
        ("Give the camera its own power supply, or a hub with more power.",),
    ),
    Rule(
        "network",
        "Frames were lost on the network (GigE)",
        _network,
        (
            "Use jumbo frames (MTU 9000) on the adapter, the switch and the camera.",
            "Give each camera its own network port, or limit `DeviceLinkThroughputLimit`.",
            "Run `llpyspin doctor`. It looks at receive buffers and the adapter.",
        ),
    ),
    Rule(
        "usb",
        "Frames were lost on the USB cable or bus",
        _usb,
        (
            "Give each camera its own USB3 controller. Use short cables with screw locks.",
            "Lower the rate, the region or the bit depth, if all cameras together send too much.",
            "Run `llpyspin doctor`. It looks at `usbfs_memory_mb` and at the ports.",
        ),
    ),
    Rule(
        "transport",
        "Frames were lost between camera and computer",
        _unknown_cable,
        ("Check cable, hub, switch and the load of the computer. Run `llpyspin doctor`.",),
    ),
    Rule(
        "memory_held",
        "Programs held all the memory for frames",
        _held,
        ("Release borrowed frames sooner. Use fewer readers, or copy frames with `read()`.",),
    ),
    Rule(
        "busy",
        "The computer was too busy",
        _busy,
        (
            "Close other programs during a recording. Use fewer cameras, a lower rate, or a smaller region.",
            "Run `llpyspin doctor`. It measures how much the machine can record.",
        ),
    ),
    Rule(
        "disk_full",
        "The disk was full, or nearly",
        _disk_full,
        ("Free space before the recording. Record to a larger disk, or with a codec that needs less.",),
    ),
    Rule(
        "writer_ended",
        "The process that writes a video ended",
        _writer_ended,
        ("Look for the reason in the system's log, such as too little memory.",),
    ),
    Rule(
        "encoder",
        "The encoder was too slow",
        _encoder,
        (
            "Choose a faster codec or preset, a lower rate, or a smaller region.",
            'Use `overflow="spill"`. Frames then wait on the disk and none is lost.',
        ),
    ),
    Rule(
        "slow_disk",
        "The disk was too slow",
        _slow_disk,
        (
            "Record to an internal SSD. Network disks and USB sticks are often too slow.",
            "Choose a codec that writes less, or a lower rate.",
        ),
    ),
    Rule(
        "cut_off",
        "The last frames were not written",
        _cut_off,
        ("They cannot be brought back. All frames before them are there.",),
    ),
    Rule(
        "callback",
        "A function on frames failed or was too slow",
        _callback,
        ("Look at the error and at the delays in the callback's CSV file. Let the function do less.",),
    ),
    Rule(
        "exposure",
        "The exposure is too long for the rate",
        _exposure,
        (
            "Shorten the exposure, or lower the rate. Add light or gain instead.",
            "With automatic exposure, set an upper limit below the period of the triggers.",
        ),
    ),
    Rule(
        "pulses",
        "Trigger pulses were missed",
        _pulses,
        (
            "Check the trigger cable, the ground and the pull-up resistor. Run `rig.check_wiring()`.",
            "Make the pulses longer than the filter of the input line (`LineFilterWidth`).",
            "Lower the rate, if pulses came while the camera was still reading out.",
        ),
    ),
    Rule(
        "not_in_step",
        "The cameras are not exactly in step",
        _apart,
        (
            "Use the same exposure time for all cameras: a timestamp marks the end of the exposure.",
            "Check that all cameras use the same edge of the pulse.",
        ),
        serious=False,
    ),
    Rule(
        "rate",
        "The rate was another one than requested",
        _rate,
        ("Set a shorter exposure, a smaller region or fewer bits, or request a lower rate.",),
        serious=False,
    ),
    Rule(
        "late",
        "Frames arrived late",
        _late,
        ("No frame is lost by this. For live feedback, close other programs and see the page on latency.",),
        serious=False,
    ),
    Rule(
        "hot",
        "A camera became hot",
        _hot,
        ("Mount the camera on metal, or cool it. Heat adds noise and may end the stream.",),
        serious=False,
    ),
    Rule(
        "events",
        "The recording was disturbed or ended early",
        _events,
        ("See the list of events below.",),
        serious=False,
    ),
)
"""In the order of a frame's way."""
