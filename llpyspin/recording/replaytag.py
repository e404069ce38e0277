"""What a video says of the recording that its virtual camera replayed."""

from __future__ import annotations

__all__ = ["REPLAY_OF", "replay_tag"]

REPLAY_OF = "llpyspin_replay_of"
_LONGEST = 500


def replay_tag(path: str) -> dict[str, str]:
    """The tag with the path, of a long one its end; none if nothing was replayed."""
    if not path:
        return {}
    return {REPLAY_OF: path if len(path) <= _LONGEST else f"…{path[-_LONGEST:]}"}
