"""The sequencer of a camera that acquires: each frame is exposed by the settings of its set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from llpyspin.virtual.sequencer import set_values, sets_in_turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.virtual._seam import Registers
    from llpyspin.virtual.readings import Tag
    from llpyspin.virtual.scene import View
    from llpyspin.virtual.shutter import Programme

__all__ = ["Sequence", "Step", "sequence_of"]


class Step(NamedTuple):
    """How a frame of one set is exposed, and what goes with it."""

    programme: Programme
    tag: Tag


class Sequence:
    """The steps of an acquisition in turn: one for ever, or those of a sequencer.

    Parameters
    ----------
    steps : dict
        By set.
    following : dict
        By set, the one of the next frame.
    active : int
        The first one; later the one of the next frame.
    """

    def __init__(self, steps: dict[int, Step], following: dict[int, int], active: int) -> None:
        self._steps, self._following, self.active = steps, following, active
        self.exposing = self.step
        """That of the latest frame."""

    @property
    def step(self) -> Step:
        """That of the next frame."""
        return self._steps[self.active]

    @property
    def views(self) -> list[View]:
        """How the frames look; empty if they all look alike."""
        views = [step.tag.view for step in self._steps.values()]
        return views if len(views) > 1 else []

    def frame_began(self) -> None:
        """The next frame has become the latest one."""
        self.exposing = self.step

    def turn(self) -> bool:
        """Go on to the next set; whether that is another."""
        before, self.active = self.active, self._following[self.active]
        return before != self.active

    def go_on_from(self, before: Sequence) -> None:
        """Take the place of the sequence that there was before the settings changed."""
        self.exposing = before.exposing
        if before.active in self._steps:
            self.active = before.active


class _WithSet:
    """Registers as they are with the values of a set."""

    def __init__(self, registers: Registers, values: dict[str, Any]) -> None:
        self._registers, self._values = registers, values

    def get(self, name: str, selector: str | None = None) -> Any:
        return self._values[name] if name in self._values else self._registers.get(name, selector)

    def has(self, name: str) -> bool:
        return bool(self._registers.has(name))


def sequence_of(registers: Registers, step_of: Callable[[Registers, int], Step]) -> Sequence:
    """What a camera runs through.

    ``step_of(registers, set)`` makes the step of registers that have the values of a set.
    """
    if registers.get("SequencerMode") == "Off":
        return Sequence({0: step_of(registers, 0)}, {0: 0}, 0)
    following = sets_in_turn(registers)
    steps = {
        n: step_of(cast("Registers", _WithSet(registers, set_values(registers, n))), n) for n in following
    }
    return Sequence(steps, following, int(registers.get("SequencerSetStart")))
