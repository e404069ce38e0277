"""What shows each cause of :mod:`.causes`: functions that look at the evidence and tell what they see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.recording.account.verdict import counted
from llpyspin.settings.applying import RATE_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llpyspin.report.evidence import CameraEvidence, Evidence

    Signs = Iterator[str]

USB3_MB, GIGE_MB = 380.0, 118.0
"""What a USB3 host controller and a cable of 1 Gbit/s carry, MB/s."""
APART_US = 100.0
LATE_MS, LATE_PERIODS = 100.0, 3.0
LOW_DISK = 5 << 30
HOT_C = 75.0
_FULL = ("is full", "No space left", "nearly full")
_CODECS_WITHOUT_WORK = ("raw", "tiff", "hdf5")


# -- the recording as a whole


def running(evidence: Evidence) -> Signs:
    if evidence.running:
        yield "A process is writing its files just now."


def killed(evidence: Evidence) -> Signs:
    if evidence.killed and not evidence.running:
        if evidence.repaired:
            yield "The recording was killed, and repaired later. What came after its last rows is not known."
        else:
            yield "The recording was killed or the computer stopped: it has no account of its own."


def not_encoded(evidence: Evidence) -> Signs:
    for spill in evidence.spills:
        yield f"{spill} has frames that are not in the video yet."


def damaged(evidence: Evidence) -> Signs:
    yield from evidence.problems


def found(evidence: Evidence) -> Signs:
    yield from evidence.findings


def does_not_add_up(evidence: Evidence) -> Signs:
    yield from evidence.reasons


def no_trigger(evidence: Evidence) -> Signs:
    without = [camera.label for camera in evidence.cameras if not camera.triggers]
    if without:
        yield f"No trigger is known of {', '.join(without)}."


def unassigned(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        if camera.unassigned:
            pictures = counted(camera.unassigned, "picture")
            yield f"{camera.label}: {pictures} at the end of its files have no row."


# -- where frames were lost


def away(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        gone = [event for event in camera.events if event.kind == "lost"]
        if gone or camera.away:
            told = gone[0].text if gone else "the camera gave no frames for a time"
            yield f"{camera.label}: {told}. {counted(camera.away, 'frame')} were lost meanwhile."


def rebooted(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        if camera.clock_restarts:
            yield f"{camera.label}: its clock began anew during the recording."


def network(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        if camera.interface.startswith("GigE"):
            yield from _transport(camera)
            if camera.in_transport + camera.incomplete and (camera.megabytes or 0) > GIGE_MB:
                sent = f"{camera.megabytes:.0f} MB/s"
                yield f"{camera.label} sends {sent}. A cable of 1 Gbit/s carries {GIGE_MB:.0f} MB/s."


def usb(evidence: Evidence) -> Signs:
    cameras = [camera for camera in evidence.cameras if camera.interface.startswith("USB")]
    for camera in cameras:
        yield from _transport(camera)
    sent = sum(camera.megabytes or 0.0 for camera in cameras)
    if any(camera.in_transport + camera.incomplete for camera in cameras) and sent > USB3_MB:
        yield (
            f"The USB cameras send {sent:.0f} MB/s together. "
            f"One USB3 controller carries about {USB3_MB:.0f} MB/s."
        )


def unknown_cable(evidence: Evidence) -> Signs:
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


def held(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        if camera.dropped:
            frames = counted(camera.dropped, "frame")
            yield f"{camera.label}: {frames} found no free memory: programs held it."


def busy(evidence: Evidence) -> Signs:
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


def disk_full(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        for text in camera.texts:
            if any(word in text for word in _FULL):
                yield f"{camera.label}: {text}."


def writer_ended(evidence: Evidence) -> Signs:
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


def encoder(evidence: Evidence) -> Signs:
    yield from _behind(evidence, encoding=True)


def slow_disk(evidence: Evidence) -> Signs:
    yield from _behind(evidence, encoding=False)


def cut_off(evidence: Evidence) -> Signs:
    if evidence.killed:
        for camera in evidence.cameras:
            if losses := _writer_losses(camera):
                yield f"{losses} The writer ended before it wrote them."


def callback(evidence: Evidence) -> Signs:
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


def exposure(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        if camera.lost.get("sensor", 0) and (why := _too_long(camera)):
            yield f"{_not_exposed(camera)} {why}"


def pulses(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        if not camera.lost.get("sensor", 0) or _too_long(camera):
            continue
        text = _not_exposed(camera)
        if camera.pulses is not None and evidence.triggers:
            if camera.pulses < evidence.triggers:
                text += f" Its input saw {camera.pulses} of {evidence.triggers} pulses."
            else:
                text += f" Its input saw all {camera.pulses} pulses: the cable is not the cause."
        yield text


def _not_exposed(camera: CameraEvidence) -> str:
    return f"{camera.label}: the sensor did not expose for {counted(camera.lost['sensor'], 'trigger')}."


# -- not lost, but worth knowing


def apart(evidence: Evidence) -> Signs:
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


def rate(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        asked, rate = camera.requested_rate, camera.rate
        if asked and rate and abs(rate / asked - 1) > RATE_TOLERANCE:
            yield f"{camera.label}: {asked:.5g} Hz were requested, and triggers came at {rate:.5g} Hz."


def late(evidence: Evidence) -> Signs:
    for camera in evidence.cameras:
        delay = camera.delay_ms
        if delay is None:
            continue
        much = max(LATE_MS, LATE_PERIODS * 1e3 / camera.rate if camera.rate else 0.0)
        if delay.p99 > much:
            yield f"{camera.label}: 1 % of its frames arrived more than {delay.p99:.0f} ms late."


def low_disk(evidence: Evidence) -> Signs:
    if evidence.least_disk is not None and evidence.least_disk < LOW_DISK:
        yield f"Only {evidence.least_disk / 1e9:.1f} GB of the disk were free."


def hot(evidence: Evidence) -> Signs:
    if evidence.hottest is not None and evidence.hottest[1] > HOT_C:
        yield f"{evidence.hottest[0]} reached {evidence.hottest[1]:.0f} °C."


def events(evidence: Evidence) -> Signs:
    for event in evidence.events:
        if event.kind in ("stopped", "budget", "failed"):
            yield f"{event.text[:1].upper()}{event.text[1:]}."
    for camera in evidence.cameras:
        for event in camera.events:
            if event.kind in ("stopped", "budget", "failed", "late", "doubt"):
                yield f"{camera.label}: {event.text}."
