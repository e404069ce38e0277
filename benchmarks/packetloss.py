"""GigE cameras that lose packets: what a recording through the real SDK keeps, with resends and without.

``python -m benchmarks.packetloss``, as root, with rotpy: two GVCP/GVSP test devices of 1.6 MP on a virtual
wire.  Each way is recorded by camera processes of its own.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from llpyspin.rig import Rig
from tests.rig.losses import lost_triggers, missing_triggers
from tests.rig.rig import WireRig, why_not

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = "top", "left"


class Outcome(NamedTuple):
    """What became of the frames of one camera."""

    camera: str
    triggers: int
    blocks: int
    """Frames that the device sent; on a busy machine it does not send all."""
    packets: int
    lost: int
    resent: int
    hit: int
    ends: int
    """Of these, frames that lost their first or last packet."""
    missing: int
    unexplained: int
    """Frames that are missing though they lost no packet, or are there though they did and it never came."""
    adds_up: bool


def record(wire: WireRig, args: argparse.Namespace, folder: Path, *, resends: bool) -> Iterator[Outcome]:
    """Record both cameras; what became of their frames."""
    for serial in wire.serials:
        wire.command("restore", serial)
    cameras = [{"serial": serial, "name": name} for serial, name in zip(wire.serials, NAMES, strict=True)]
    with Rig(cameras, framerate=args.fps, exposure=3000, sdk="rotpy") as rig:
        for serial in wire.serials:
            wire.command("loss", serial, args.loss)
            wire.command("resends", serial, int(resends))
        session = rig.record(args.seconds, folder, codec=args.codec, progress=False)
    assert session is not None
    assert session.account is not None
    assert session.triggers is not None
    print(session.account)
    for serial, name in zip(wire.serials, NAMES, strict=True):
        hit, ends = lost_triggers(wire, serial, session.triggers)
        missing = missing_triggers(folder, name)
        after = {trigger + 1 for trigger in ends}
        wrong = missing - ends - after if resends else (missing - hit - after) | (hit - missing)
        counts = wire.command("counts", serial)
        yield Outcome(
            *(name, session.triggers, counts["blocks"], counts["packets"], counts["lost"], counts["resent"]),
            *(len(hit), len(ends), len(missing), len(wrong), session.account.adds_up),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fps", type=float, default=40)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--loss", type=float, default=0.001, help="share of the packets")
    parser.add_argument("--codec", default="raw")
    args = parser.parse_args()
    reason = why_not()
    if reason:
        raise SystemExit(f"no rig: {reason}")
    wire = WireRig(len(NAMES))
    try:
        with wire.inside(), tempfile.TemporaryDirectory() as folder:
            for resends in (True, False):
                for outcome in record(wire, args, Path(folder, str(resends)), resends=resends):
                    print("resent" if resends else "refused", outcome, flush=True)
    finally:
        wire.stop()


if __name__ == "__main__":
    main()
