"""What a world remembers between processes: which cameras are unplugged, and hangs that wait for an opening.

The memory is a folder of empty or small files.  It counts only as long as a process of the world lives: each
holds a shared lock on a file in it, and who comes when nobody else holds it starts with a clean folder.  So
however all processes of a world end, nothing of it stays behind.

The folder is this user's alone: nobody else may look into it or have made it, and what lies in it is never a
link to somewhere else.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import tempfile
import threading
from pathlib import Path
from typing import Any

from llpyspin.errors import SdkError
from llpyspin.system.locks import join
from llpyspin.system.users import this_user

__all__ = ["WorldState"]

_held: dict[str, tuple[int, int]] = {}
"""By folder: its descriptor, and that of the file with the lock."""
_held_lock = threading.Lock()
_MOST_BYTES = 65536  # of a note


class WorldState:
    """The shared memory of one world; this process becomes one of its members and stays it.

    Raises
    ------
    SdkError
        The folder is not this user's alone.
    """

    def __init__(self, name: str) -> None:
        path = _runtime_folder() / name
        with _held_lock:
            if str(path) not in _held:
                _held[str(path)] = _joined(path)
            self._folder = _held[str(path)][0]

    def unplugged(self, serial: str) -> bool:
        return self._is_there(f"note-unplugged-{serial}")

    def set_unplugged(self, serial: str, unplugged: bool) -> None:
        note = f"note-unplugged-{serial}"
        if unplugged:
            os.close(_opened(note, os.O_WRONLY | os.O_CREAT, self._folder))
        else:
            _remove(note, self._folder)

    def leave_for_opening(self, serial: str, command: dict[str, Any]) -> None:
        """Leave a command for whoever opens the camera next."""
        draft = f"draft-{os.getpid()}-{threading.get_native_id()}-{serial}"
        with open(_opened(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, self._folder), "w") as file:
            json.dump(command, file)
        os.replace(draft, f"note-opening-{serial}", src_dir_fd=self._folder, dst_dir_fd=self._folder)

    def take_at_opening(self, serial: str) -> dict[str, Any] | None:
        """The command that was left, once."""
        note = f"note-opening-{serial}"
        try:
            with open(_opened(note, os.O_RDONLY, self._folder), "rb") as file:
                text = file.read(_MOST_BYTES)
            os.unlink(note, dir_fd=self._folder)
        except FileNotFoundError:
            return None
        try:
            command: Any = json.loads(text)
        except (ValueError, RecursionError):
            return None  # nothing that we have left
        return command if isinstance(command, dict) else None

    def _is_there(self, note: str) -> bool:
        try:
            os.stat(note, dir_fd=self._folder, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True


def _joined(path: Path) -> tuple[int, int]:
    """Descriptors of a world's folder and of its lock, which this process holds from now on."""
    folder = _own_folder(path)
    try:
        lock = _opened("members", os.O_RDWR | os.O_CREAT, folder)
        join(lock, lambda: _forget_all(folder))  # where others are, what they remember is there, too
    except BaseException:
        os.close(folder)
        raise
    return folder, lock


def _forget_all(folder: int) -> None:
    """Remove what processes that are gone remembered."""
    for name in os.listdir(folder):
        if name.startswith(("note-", "draft-")):
            _remove(name, folder)


def _opened(name: str, flags: int, folder: int) -> int:
    """A file in the folder itself; a link is refused."""
    try:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
            raise SdkError(
                f"virtual cameras cannot use {name}: it is no plain file ({error}). Remove it"
            ) from error
        raise


def _remove(name: str, folder: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def _own_folder(path: Path) -> int:
    """A descriptor of this folder, made if need be, and of nobody else's use.

    Raises
    ------
    SdkError
        It is a link, another user's, or open to others.
    """
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise SdkError(f"virtual cameras need the folder {path}, which cannot be used: {error}") from error
    found = os.fstat(folder)
    why = ""
    if found.st_uid != this_user():
        why = f"it belongs to another user ({found.st_uid})"
    elif stat.S_IMODE(found.st_mode) & 0o077:
        why = f"others may use it, too (its mode is {stat.S_IMODE(found.st_mode):o}, not 700)"
    if why:
        os.close(folder)
        raise SdkError(
            f"virtual cameras need the folder {path} for themselves, but {why}. Remove it, or set "
            "XDG_RUNTIME_DIR to a folder of your own"
        )
    return folder


def _runtime_folder() -> Path:
    """A folder that belongs to this user alone, by name."""
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = Path(tempfile.gettempdir()) / f"llpyspin-virtual-{this_user()}"
    if own and _is_ours(own):
        folder = Path(own) / "llpyspin-virtual"
    os.close(_own_folder(folder))
    return folder


def _is_ours(folder: str) -> bool:
    """Whether it is this user's; not with ``sudo -E``, say."""
    try:
        return os.stat(folder).st_uid == this_user() and os.access(folder, os.W_OK)
    except OSError:
        return False
