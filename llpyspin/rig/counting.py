"""How often a camera has exposed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llpyspin.roles import Armed, Tally

__all__ = ["exposures_of"]


def exposures_of(tally: Tally, armed: Armed) -> int:
    """Exposures since the camera was armed, by its counter, else by the frames and the steps in their ids."""
    if tally.exposures is not None:
        return tally.exposures
    return tally.published - armed.published + tally.lost
