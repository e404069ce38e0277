"""Findings about encoders: which of them work here, and how many pictures a second they make of one size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.doctor.encoding import Encoded, Tried, measure, try_encoders
from llpyspin.doctor.finding import Finding, fine, note, problem, unknown
from llpyspin.recording.sinks.encoders import ENCODERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llpyspin.recording.sinks import Picture

__all__ = ["check_encoders", "look_at_encoders"]

_GET = "pip install 'llpyspin[record]'"


def look_at_encoders(picture: Picture, *, measured: bool) -> tuple[list[Tried], list[Encoded]]:
    """Try every encoder that llpyspin knows, and measure those that work: 2 s each."""
    tried = try_encoders(picture)
    return tried, [measure(each.name, picture) for each in tried if measured and not each.why]


def check_encoders(
    picture: Picture, tried: Sequence[Tried], rates: Sequence[Encoded], wanted: float | None
) -> list[Finding]:
    """A line for each that works, and one for those that do not.

    Parameters
    ----------
    picture : Picture
    tried, rates
        As :func:`look_at_encoders` gives them.
    wanted : float or None
        Pictures a second that were asked for.
    """
    findings: list[Finding] = []
    works = [each.name for each in tried if not each.why]
    if not works:
        reasons = sorted({each.why for each in tried})
        text = f"No encoder works here: {'; '.join(reasons)}. Recordings can be raw only."
        return [problem("no-encoder", text, "What videos need is an extra:", [_GET], reasons=reasons)]
    how = "Measured, one at a time," if rates else "Tried"
    findings.append(fine("encoder-pictures", f"{how} with noisy pictures of {picture}"))
    measured = {each.encoder: each for each in rates}
    for name in works:
        findings.append(_one(name, measured.get(name), wanted))
    enough = [each for each in rates if wanted is not None and each.rate >= wanted]
    if rates and wanted is not None and not enough:
        best = max(rates, key=lambda each: each.rate)
        findings.append(
            problem(
                "encoders-too-slow",
                f"No encoder makes {wanted:g} pictures a second of {picture}; the fastest, {best.encoder}, "
                f"makes {best.rate:.0f}.",
                "Record raw (codec raw, tiff or hdf5) if the disk takes it, or with overflow spill, which "
                "encodes the rest afterwards; or smaller pictures, or a graphics card that encodes.",
                wanted_hz=wanted,
                best_hz=best.rate,
            )
        )
    findings += _absent(tried)
    return findings


def _one(name: str, rate: Encoded | None, wanted: float | None) -> Finding:
    kind = ENCODERS[name].family
    title = kind if kind == name else f"{kind} ({name})"
    if rate is None:
        return fine("encoder", f"{title} works", encoder=name)
    if rate.why:
        return unknown(
            "encoder-failed", f"{title} opens, but encoding with it {rate.why}", encoder=name, reason=rate.why
        )
    data: dict[str, Any] = {"encoder": name, "rate_hz": rate.rate, "picture_bytes": rate.picture_bytes}
    text = f"{title} makes {rate.rate:.0f} pictures a second of {rate.picture_bytes / 1024:.0f} KiB"
    if wanted is not None and rate.rate < wanted:
        return note("encoder", f"{text}, fewer than {wanted:g}", **data)
    return fine("encoder", text, **data)


def _absent(tried: Sequence[Tried]) -> list[Finding]:
    """Encoders that do not work, told once; those of a graphics card by the kind of card."""
    reasons: dict[str, dict[str, None]] = {}
    for each in tried:
        if each.why:
            kind = each.name.rpartition("_")[2] if ENCODERS[each.name].family != each.name else each.name
            reasons.setdefault(each.why, {})[kind] = None
    if not reasons:
        return []
    text = "; ".join(f"{', '.join(kinds)}: {why}" for why, kinds in reasons.items())
    return [
        fine(
            "encoders-absent",
            f"Not here: {text}",
            reasons={each.name: each.why for each in tried if each.why},
        )
    ]
