"""Says what a camera replays, for whoever records it."""

from __future__ import annotations

from llpyspin.virtual.world import load_world

__all__ = ["replay_of", "replay_waits"]


def replay_of(serial: str) -> str:
    """The path of what the camera of this serial number replays; "" if it replays nothing.

    It reads ``LLPYSPIN_VIRTUAL``, as the System does when it starts.
    """
    world = load_world()
    spec = world.camera(serial)
    return world.replay.path if spec is not None and spec.footage is not None else ""


def replay_waits(serial: str) -> bool:
    """Whether the camera of this serial number replays as fast as it is read, and waits for who reads it."""
    world = load_world()
    return bool(replay_of(serial)) and not world.replay.paced
