"""Whether a rig's recordings can be written here: its encoder, measured, against its rates; and the disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llpyspin.doctor.encoding import Encoded, measure
from llpyspin.doctor.finding import Finding, fine, note, problem, unknown
from llpyspin.doctor.planning import relief
from llpyspin.recording.sinks.kinds import FORMATS
from llpyspin.system.resources import processors

if TYPE_CHECKING:
    from llpyspin.doctor.demand import Demand, RigDemand
    from llpyspin.doctor.disk import Disk

__all__ = ["Written", "measure_rig", "plan_storing"]

AS_THEY_ARE = tuple(name for name, each in FORMATS.items() if each.own)
_NEARLY = 0.8  # cameras, transport and the user's program want the processor too
_MOST_AT_ONCE = 8


@dataclass(frozen=True)
class Written:
    """What a rig's recording makes.

    Attributes
    ----------
    wanted : float
        Pictures a second, as many as if all were as large as the largest.
    rate : float or None
        Of those, what the encoders make; None where nothing is encoded.
    encoder : str
    disk : float
        Bytes a second that go to the finished files.
    waiting : float
        Bytes a second that go to the disk raw beside them, to be encoded later.
    """

    wanted: float
    rate: float | None
    encoder: str
    disk: float
    waiting: float


def measure_rig(rig: RigDemand) -> Encoded | None:
    """Encode pictures like the rig's largest, with a writer for each camera; None where it encodes nothing.

    Blocks for some 3 s, 30 s at most.
    """
    if not rig.cameras or rig.options.codec in AS_THEY_ARE:
        return None
    options: dict[str, Any] = {}
    if rig.options.quality is not None:
        options["quality"] = rig.options.quality
    if rig.options.container is not None:
        options["suffix"] = rig.options.suffix_of("")
    if rig.options.options:
        options["options"] = dict(rig.options.options)
    writers = min(len(rig.cameras), _MOST_AT_ONCE)
    return measure(rig.options.codec, _largest(rig).picture, writers, options)


def _largest(rig: RigDemand) -> Demand:
    return max(rig.cameras, key=lambda each: each.picture.nbytes)


def written(rig: RigDemand, encoded: Encoded | None) -> Written:
    """The figures of a recording."""
    raw = sum(each.raw_bandwidth for each in rig.cameras)
    largest = _largest(rig).picture.nbytes
    wanted = raw / largest
    if encoded is None:
        return Written(wanted, None, str(rig.options.codec), raw, 0.0)
    behind = max(0.0, wanted - encoded.rate) if rig.options.overflow == "spill" else 0.0
    frame = max(each.payload for each in rig.cameras)
    files = min(wanted, encoded.rate) * encoded.picture_bytes
    return Written(wanted, encoded.rate, encoded.encoder, files, behind * frame)


def plan_storing(rig: RigDemand, encoded: Encoded | None, disk: Disk) -> list[Finding]:
    """Findings about encoders and disk for a rig with at least one camera."""
    if encoded is not None and encoded.why:
        return [
            problem(
                "plan-codec",
                f"Pictures of {_largest(rig).picture} cannot be encoded as the rig's file says: "
                f"{encoded.why}.",
                "Another codec or other options; `llpyspin doctor` lists the encoders that work here.",
            )
        ]
    figures = written(rig, encoded)
    findings = [] if figures.rate is None else [_encoder(rig, figures, disk)]
    return [*findings, _disk(rig, figures, disk)]


def _encoder(rig: RigDemand, figures: Written, disk: Disk) -> Finding:
    assert figures.rate is not None
    share = figures.rate / figures.wanted
    cameras = "1 camera" if len(rig.cameras) == 1 else f"{len(rig.cameras)} cameras"
    gives = "gives" if len(rig.cameras) == 1 else "give"
    text = (
        f"{figures.encoder}: {cameras} {gives} {figures.wanted:.0f} pictures a second of "
        f"{_largest(rig).picture}, and {figures.rate:.0f} were encoded here ({processors()} "
        "processors)"
    )
    data: dict[str, Any] = {
        "encoder": figures.encoder,
        "wanted_hz": figures.wanted,
        "measured_hz": figures.rate,
    }
    if share >= 1:
        if share * _NEARLY >= 1:
            return fine("plan-encoder", text, **data)
        return note(
            "plan-encoder-nearly",
            f"{text}: just enough, on a machine that did nothing else.",
            "Close other programs while recording; overflow spill keeps what comes too fast.",
            **data,
        )
    rate = max(each.rate for each in rig.cameras)
    fix = relief(rate, share * _NEARLY) + "; or codec raw, where the disk takes it"
    fix = fix[0].upper() + fix[1:] + "."
    if rig.options.overflow != "spill":
        what = "are marked as lost" if rig.options.overflow == "drop" else "end the recording with an error"
        return problem(
            "plan-encoder-too-slow",
            f"{text}: the rest {what} (overflow {rig.options.overflow}).",
            f"{fix} Or overflow spill, which keeps them raw and encodes them afterwards.",
            **data,
        )
    after = 60 * (1 / share - 1)
    return note(
        "plan-encoder-spills",
        f"{text}: the rest waits on the disk, {figures.waiting / 1e6:.0f} MB/s, and each minute of recording "
        f"takes {after:.0f} s more afterwards.",
        fix,
        **data,
        waiting_bytes_s=figures.waiting,
        disk_rate_bytes_s=disk.rate,
    )


def _disk(rig: RigDemand, figures: Written, disk: Disk) -> Finding:
    needed = figures.disk + figures.waiting
    data: dict[str, Any] = {
        "needed_bytes_s": needed,
        "rate_bytes_s": disk.rate,
        "free_bytes": disk.free,
        "folder": disk.folder,
    }
    text = f"{needed / 1e6:.0f} MB/s go to {disk.folder}"
    lasts = f"its free space lasts {_span(disk.free / needed)}"
    if disk.rate is None:
        return unknown("plan-disk-unmeasured", f"{text}; {lasts}. How fast it is was not measured.", **data)
    text += f", which takes {disk.rate / 1e6:.0f}"
    if needed > disk.rate:
        share = disk.rate / needed
        rate = max(each.rate for each in rig.cameras)
        fix = relief(rate, share)
        other = (
            "; or a codec that makes less (h264)" if figures.rate is None else "; or a faster encoder or disk"
        )
        return problem(
            "plan-disk-too-slow",
            f"{text}: frames will be lost once memory is full.",
            fix[0].upper() + fix[1:] + other + ".",
            **data,
        )
    if needed > _NEARLY * disk.rate:
        return note("plan-disk-nearly", f"{text}: nearly all of it; {lasts}.", "Use a faster disk.", **data)
    return fine("plan-disk", f"{text}; {lasts}", **data)


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.0f} hours" if seconds < 200 * 3600 else f"{seconds / 86400:.0f} days"
