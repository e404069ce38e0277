"""What one run does, as plain data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["BOX", "CameraPlan", "FaultPlan", "Plan"]

BOX = "29999999"
"""Serial number of the camera that plays the box which gives the pulses."""


@dataclass(frozen=True)
class CameraPlan:
    """One camera.  ``settings`` are those of the constructor."""

    serial: str
    name: str
    model: str
    clock_ppm: float
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FaultPlan:
    """One fault: what, to which camera (its place in the plan), and when.

    ``phase`` is "primed", "recording" or "stopping"; ``at`` is in seconds since that began.
    """

    kind: str
    camera: int
    phase: str
    at: float
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """One run."""

    seed: int
    shape: str
    cameras: tuple[CameraPlan, ...]
    framerate: float
    exposure: float
    codec: str
    suffix: str
    codec_options: dict[str, Any]
    options: dict[str, Any]
    on_failure: str
    seconds: float
    callback: str
    """What a callback has recorded: "", "camera", "returned" or "both"."""
    reads: bool
    """Whether the program looks at the frames meanwhile."""
    small_disk: bool
    faults: tuple[FaultPlan, ...]

    @property
    def signature(self) -> tuple[object, ...]:
        """What makes it another plan than others, apart from times and small numbers."""
        faults = tuple(sorted((fault.kind, fault.phase) for fault in self.faults))
        return self.shape, len(self.cameras), self.codec, self.suffix, self.on_failure, faults

    @property
    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> Plan:
        """From JSON."""
        tree = json.loads(text)
        cameras = tuple(CameraPlan(**each) for each in tree.pop("cameras"))
        faults = tuple(FaultPlan(**each) for each in tree.pop("faults"))
        return cls(cameras=cameras, faults=faults, **tree)

    def summary(self) -> str:
        """In one line."""
        faults = ", ".join(
            f"{fault.kind}({self.cameras[fault.camera].name}) {fault.phase}+{fault.at:.2f}"
            for fault in self.faults
        )
        return (
            f"{self.shape} of {len(self.cameras)}, {self.framerate:g} Hz, {self.codec}{self.suffix}, "
            f"{self.on_failure}{', callback ' + self.callback if self.callback else ''}: {faults}"
        )
