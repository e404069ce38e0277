"""The verdict of a recording in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.recording.account.verdict import counted
from llpyspin.report.document import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llpyspin.report.document import Cause
    from llpyspin.report.evidence import CameraEvidence, Evidence

__all__ = ["GRADES", "length_of", "verdict_of_report"]

GRADES = {
    "complete": "Complete",
    "missing": "Frames are missing",
    "repaired": "Interrupted and repaired",
    "wrong": "Not reliable",
    "interrupted": "Interrupted, not repaired",
    "running": "Still running",
    "empty": "No pictures",
}
"""What the page calls each grade."""


def verdict_of_report(evidence: Evidence, causes: Sequence[Cause], seconds: float | None) -> Verdict:
    """Whether the recording is good: the worst that is known of it decides."""
    grade = _grade(evidence)
    return Verdict(grade, _HEADLINES[grade], tuple(_sentences(evidence, causes, seconds)))


_HEADLINES = {
    "complete": "This recording is complete. There is a whole picture of every trigger from every camera.",
    "missing": "It is known which frames are missing. The rest can be used.",
    "repaired": "This recording was interrupted and repaired. Nothing is missing up to the interruption.",
    "wrong": "Do not rely on this recording before you have read the causes below.",
    "interrupted": "This recording was interrupted and has no account yet. It can be repaired.",
    "running": "This recording is still running. This page shows what is there so far.",
    "empty": "There is no picture in this recording.",
}


def _grade(evidence: Evidence) -> str:
    if evidence.running:
        return "running"
    if evidence.killed and not evidence.repaired:
        return "interrupted"
    if not any(camera.written + camera.incomplete for camera in evidence.cameras):
        return "empty"
    if evidence.problems or evidence.findings or evidence.spills or not evidence.adds_up:
        return "wrong"
    if any(_missing(camera) or not camera.triggers for camera in evidence.cameras):
        return "missing"
    return "repaired" if evidence.killed else "complete"


def _missing(camera: CameraEvidence) -> int:
    return sum(camera.lost.values()) + camera.incomplete


def _sentences(evidence: Evidence, causes: Sequence[Cause], seconds: float | None) -> Iterator[str]:
    cameras = counted(len(evidence.cameras), "camera")
    length = "" if seconds is None else f" in {length_of(seconds)}"
    known = max((camera.triggers for camera in evidence.cameras), default=0)
    yield f"{cameras}, {counted(known, 'trigger')}{length}{_at_rate(evidence)}."
    for camera in evidence.cameras:
        if missing := _missing(camera):
            share = 100 * missing / max(camera.triggers, 1)
            yield (
                f"{camera.label} has no whole picture of {missing} of {counted(camera.triggers, 'trigger')} "
                f"({_percent(share)})."
            )
    if evidence.killed and evidence.repaired:
        yield "Nobody knows how many triggers came after the interruption."
    serious = [cause.title for cause in causes if cause.serious]
    if serious:
        yield f"{'Cause' if len(serious) == 1 else 'Causes'}: {'; '.join(serious)}."


def _at_rate(evidence: Evidence) -> str:
    rate = next((camera.rate for camera in evidence.cameras if camera.rate), None)
    return "" if rate is None else f", {rate:.5g} per second"


def _percent(share: float) -> str:
    return f"{share:.1f} %" if share >= 0.1 else "less than 0.1 %"


def length_of(seconds: float) -> str:
    """A length of time for people: "7.2 s", "4 min 5 s", "3 h 12 min"."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    if seconds < 7200:
        return f"{int(seconds) // 60} min {int(seconds) % 60} s"
    return f"{int(seconds) // 3600} h {int(seconds) % 3600 // 60} min"
