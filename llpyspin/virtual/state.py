"""What a world remembers between processes: which cameras are unplugged, and hangs that wait for an opening.

The memory is a folder of empty or small files.  It counts only as long as a process of the world lives: each
holds a shared lock on a file in it, and who comes when nobody else holds it starts with a clean folder.  So
however all processes of a world end, nothing of it stays behind.
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import threading
from pathlib import Path
from typing import Any

__all__ = ["WorldState"]

_held: dict[str, int] = {}
_held_lock = threading.Lock()


class WorldState:
    """The shared memory of one world; this process becomes one of its members and stays it."""

    def __init__(self, name: str) -> None:
        self._folder = _runtime_folder() / name
        self._join()

    def _join(self) -> None:
        with _held_lock:
            if str(self._folder) in _held:
                return
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._folder / "members", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # others are there, and so is what they remember
            else:
                for note in self._folder.glob("note-*"):
                    note.unlink(missing_ok=True)
            fcntl.flock(handle, fcntl.LOCK_SH)
            _held[str(self._folder)] = handle

    def _note(self, kind: str, serial: str) -> Path:
        return self._folder / f"note-{kind}-{serial}"

    def unplugged(self, serial: str) -> bool:
        return self._note("unplugged", serial).exists()

    def set_unplugged(self, serial: str, unplugged: bool) -> None:
        if unplugged:
            self._note("unplugged", serial).touch()
        else:
            self._note("unplugged", serial).unlink(missing_ok=True)

    def leave_for_opening(self, serial: str, command: dict[str, Any]) -> None:
        """Leave a command for whoever opens the camera next."""
        note = self._note("opening", serial)
        draft = note.with_name(f"draft-{os.getpid()}-{serial}")
        draft.write_text(json.dumps(command))
        draft.replace(note)

    def take_at_opening(self, serial: str) -> dict[str, Any] | None:
        """The command that was left, once."""
        note = self._note("opening", serial)
        try:
            command: dict[str, Any] = json.loads(note.read_text())
            note.unlink()
        except FileNotFoundError:
            return None
        return command


def _runtime_folder() -> Path:
    """A folder that belongs to this user alone."""
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    if own and os.access(own, os.W_OK):
        return Path(own) / "llpyspin-virtual"
    folder = Path(tempfile.gettempdir()) / f"llpyspin-virtual-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user")
    return folder
