"""What is known of a take at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.display.boards.cornerfinding import Found
    from llpyspin.display.boards.coverage import Coverage
    from llpyspin.display.boards.criteria import Criteria
    from llpyspin.display.boards.enough import CameraCoverage, PairCoverage, TakeVerdict

__all__ = ["Glance"]


@dataclass(frozen=True)
class Glance:
    """What was seen so far, and what is seen now.

    Attributes
    ----------
    cameras : tuple of CameraCoverage
    pairs : tuple of PairCoverage
    verdict : TakeVerdict
    criteria : Criteria
    together : dict
        Looks by the number of cameras that saw the board.
    trigger : int
        The one that was looked at last; -1 before the first.
    now : dict of str to int
        Corners in the pictures of that trigger, by camera.
    causes : tuple of str
        Why no camera sees the board, where that is asked.
    """

    cameras: tuple[CameraCoverage, ...]
    pairs: tuple[PairCoverage, ...]
    verdict: TakeVerdict
    criteria: Criteria
    together: Mapping[int, int] = field(default_factory=dict)
    trigger: int = -1
    now: Mapping[str, int] = field(default_factory=dict)
    causes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        coverage: Coverage,
        trigger: int = -1,
        found: Mapping[str, Found] | None = None,
        causes: tuple[str, ...] = (),
    ) -> Glance:
        """That of a moment."""
        now = {name: len(each.ids) if each.useful else 0 for name, each in (found or {}).items()}
        return cls(
            cameras=coverage.cameras(),
            pairs=coverage.pairs(),
            verdict=coverage.verdict(),
            criteria=coverage.criteria,
            together=dict(sorted(coverage.together.items())),
            trigger=trigger,
            now=now,
            causes=causes,
        )

    @property
    def seeing(self) -> int:
        """Cameras that see the board now."""
        return sum(count > 0 for count in self.now.values())

    def headline(self) -> str:
        """One line in words."""
        state = "ENOUGH" if self.verdict.enough else "not enough yet"
        return f"{state}, {self.seeing} of {len(self.cameras)} cameras see the board"

    def camera_line(self, camera: CameraCoverage) -> str:
        """The figures of one camera."""
        wanted = self.criteria
        return (
            f"{camera.views}/{wanted.views} views, {camera.share:.0%} covered, "
            f"{camera.tilts}/{wanted.tilts} tilts"
        )
