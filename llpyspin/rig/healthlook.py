"""The health of a rig's recording over time: one sample of each camera."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from llpyspin.recording.health.healthfile import HealthFile, health_path
from llpyspin.recording.health.samples import sample_of_writers
from llpyspin.recording.health.sampling import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from llpyspin.recording.health.samples import Sample
    from llpyspin.recording.recorder import Recorder
    from llpyspin.recording.status import WriterStatus
    from llpyspin.rig.member import Member

__all__ = ["sampler_of_rig"]


def sampler_of_rig(
    members: Mapping[str, Member], recording: Path, wall_offset_ns: int, begun: Callable[[], bool]
) -> Sampler:
    """Sample the recording of a rig; nobody is asked: the rig's watch asks the writers often enough.

    Parameters
    ----------
    members : mapping
    recording : Path
        The JSON file.
    wall_offset_ns : int
        Of the recording.
    begun : callable
        Whether it is triggered: there are no samples before that.
    """

    def look() -> list[Sample]:
        """Of the cameras that have a writer which lives, or is done."""
        if not begun():
            return []
        found = {name: _known(member.writers.segments) for name, member in members.items()}
        now = time.monotonic_ns()
        return [sample_of_writers(name, writers, now) for name, writers in found.items() if writers]

    return Sampler(HealthFile(health_path(recording), wall_offset_ns), look)


def _known(recorders: Iterable[Recorder]) -> list[WriterStatus]:
    """What is known of writers; one that was killed has nothing waiting any more."""
    known = [(recorder, recorder.latest) for recorder in recorders]
    return [status for each, status in known if status is not None and (each.alive or status.done)]
