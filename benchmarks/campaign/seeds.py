"""The plan of a run, which follows from its seed alone."""

from __future__ import annotations

import random
from typing import Any

from benchmarks.campaign.kinds import KINDS
from benchmarks.campaign.plan import CameraPlan, FaultPlan, Plan

__all__ = ["plan_of"]

SHAPES = {"rig": 8, "record": 4, "external": 2, "ptp": 2, "pair": 3, "single": 2}
"""How it records, and how often: a rig by hand, ``Rig.record()``, a rig that a box triggers, a rig on a
common clock, a primary and a secondary by hand, a primary alone."""
CODECS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("raw", ".raw", {}),
    ("raw", ".raw", {}),
    ("libx264", ".mkv", {"preset": "ultrafast"}),
    ("libx264", ".mkv", {"preset": "ultrafast"}),
    ("libx264", ".mp4", {"preset": "ultrafast"}),
    ("libx264", ".mov", {"preset": "ultrafast"}),
    ("libx265", ".mkv", {"preset": "slow"}),  # slower than the camera: frames wait on disk
    ("mjpeg", ".avi", {}),
    ("mjpeg", ".mkv", {}),
    ("ffv1", ".mkv", {}),
    ("ffv1", ".avi", {}),
    ("tiff", ".tif", {}),
    ("tiff", ".tif", {"compression": "zstd"}),
    ("hdf5", ".h5", {}),
    ("hdf5", ".h5", {"compression": "lzf"}),
)
DEEP = ("raw", "ffv1", "tiff", "hdf5")
NAMES = ("top", "side", "back", "front", "left-eye", "Käfig", "cam.1", "cam_002", "x")
USB3 = ("BFS-U3-16S2M", "BFS-U3-16S2M", "BFS-U3-16S2C", "BFS-U3-04S2M", "BFS-U3-51S5M")
GIGE = ("BFS-PGE-16S2M", "BFS-PGE-16S2C")
SIZES = ((64, 320), (64, 320), (96, 160), (240, 320), (480, 640))
RATES = (25.0, 40.0, 60.0, 100.0, 100.0, 150.0)
PTP_BEGINS_S = 0.7
"""From ``trigger()`` to the first exposure on a common clock, and a little more."""
FIRST_SERIAL = 20000001


def plan_of(seed: int) -> Plan:
    """The plan of a seed; the same one each time."""
    chance = random.Random(f"campaign {seed}")
    shape = chance.choices(list(SHAPES), list(SHAPES.values()))[0]
    codec, suffix, codec_options = chance.choice(CODECS)
    height, width = chance.choice(SIZES)
    rate = chance.choice(RATES) if (height, width) != SIZES[-1] else 40.0
    cameras = _cameras(chance, shape, (height, width), codec)
    if shape in ("rig", "record", "external", "ptp"):
        suffix = {"libx264": ".mkv", "mjpeg": ".avi", "ffv1": ".mkv"}.get(codec, suffix)
    callback = chance.choice(("camera", "returned", "both")) if chance.random() < 0.25 else ""
    bare = Plan(
        seed=seed,
        shape=shape,
        cameras=cameras,
        framerate=rate,
        exposure=float(chance.choice((200, 1000, 2000))),
        codec=codec,
        suffix=suffix,
        codec_options=codec_options,
        options=_options(chance, shape),
        on_failure=chance.choices(("recover", "continue", "stop"), (6, 2, 1))[0],
        seconds=round(chance.uniform(1.0, 3.0), 2),
        callback=callback,
        reads=chance.random() < 0.3,
        small_disk=False,
        faults=(),
    )
    faults = _faults(chance, bare)
    small = any(KINDS[fault.kind].small_disk for fault in faults)
    lasts = max((fault.at for fault in faults if fault.phase == "recording"), default=0.0)
    seconds = max(bare.seconds, round(lasts + chance.uniform(0.2, 1.2), 2))
    if any(KINDS[fault.kind].comes_back for fault in faults):
        seconds += 1.5
    return Plan(**{**bare.__dict__, "faults": faults, "small_disk": small, "seconds": seconds})


def _cameras(chance: random.Random, shape: str, size: tuple[int, int], codec: str) -> tuple[CameraPlan, ...]:
    count = {"single": 1, "pair": 2}.get(shape) or chance.choices((1, 2, 3, 4), (1, 6, 3, 1))[0]
    names = chance.sample(NAMES, count)
    models = GIGE if shape == "ptp" else USB3 + GIGE
    deep = codec in DEEP and chance.random() < 0.3
    cameras = []
    for place, name in enumerate(names):
        settings: dict[str, Any] = {"roi": [0, 0, *size]}
        model = chance.choice(models)
        if deep and not model.endswith("C"):
            settings["pixel_format"] = "Mono16"
        if place and shape in ("rig", "record") and chance.random() < 0.2:
            settings["nodes"] = {"TriggerDelay": float(chance.choice((100, 1000, 3000)))}
        ppm = round(chance.uniform(-60, 60), 2)
        cameras.append(CameraPlan(str(FIRST_SERIAL + place), name, model, ppm, settings))
    return tuple(cameras)


def _options(chance: random.Random, shape: str) -> dict[str, Any]:
    options: dict[str, Any] = {"overflow": chance.choices(("spill", "drop", "stop"), (6, 2, 1))[0]}
    if chance.random() < 0.4:
        options["fill"] = chance.random() < 0.5
    if chance.random() < 0.2:
        options["segment_seconds"] = round(chance.uniform(0.3, 1.0), 2)
    if chance.random() < 0.15 and shape not in ("ptp", "external"):
        options["pre_trigger"] = round(chance.uniform(0.1, 0.6), 2)
    return options


def _faults(chance: random.Random, plan: Plan) -> tuple[FaultPlan, ...]:
    suitable = [kind for kind in KINDS.values() if kind.suits(plan)]
    count = chance.choices((1, 2, 3, 4), (5, 4, 2, 1))[0]
    faults = []
    for _ in range(count):
        kind = chance.choice(suitable)
        phase = chance.choices(("recording", "primed", "stopping"), (10, 1, 1))[0]
        phase = phase if phase in kind.phases else kind.phases[0]
        if phase == "stopping" and plan.shape == "record":
            phase = "recording"  # its end is its own affair
        at = {
            "primed": chance.uniform(0.0, 0.2),
            "recording": chance.uniform(0.05, plan.seconds),
            "stopping": chance.uniform(0.0, 0.3),
        }[phase]
        if kind.name.startswith("miss") and plan.shape == "ptp":
            at += PTP_BEGINS_S  # as everywhere: not the very first ones, see the limits in the manual
        camera = chance.randrange(len(plan.cameras))
        faults.append(FaultPlan(kind.name, camera, phase, round(at, 3), kind.draw(chance)))
        if kind.ends_program:
            suitable = [each for each in suitable if not each.ends_program]
    return tuple(sorted(faults, key=lambda fault: (fault.phase, fault.at)))
