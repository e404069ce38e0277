"""What a virtual world keeps between processes: unplugged cameras, and hangs that wait for an opening.

The memory is a folder of empty or small files.  It holds only while a process of the world lives. Each
process has a shared lock on a file in the folder. The first one, which finds no other lock, starts with a
clean folder.  So however all processes of a world end, nothing of it stays behind.

Folders of programs that have ended are removed by the next program that makes one.
Only this user can look into the folder and can have made it, and nothing in it is a link.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from typing import TYPE_CHECKING, Any

from llpyspin.errors import SdkError
from llpyspin.system.locks import join, lock
from llpyspin.system.privatefolders import NotPrivate, PrivateFolder, runtime_folder
from llpyspin.system.programs import alive
from llpyspin.virtual.naming import program_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["WorldState"]

_held: dict[str, tuple[PrivateFolder, int]] = {}
"""By path: the folder, and the descriptor of the file with the lock."""
_held_lock = threading.Lock()
_MOST_BYTES = 65536  # of a note
_MOST_TRIES = 10
_MEMBERS = "members"


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
        return self._folder.has(f"note-unplugged-{serial}")

    def set_unplugged(self, serial: str, unplugged: bool) -> None:
        note = f"note-unplugged-{serial}"
        if unplugged:
            os.close(_opened(note, os.O_WRONLY | os.O_CREAT, self._folder))
            _remove(f"settings-{serial}", self._folder)  # the camera has lost its power
        else:
            _remove(note, self._folder)

    def leave_for_opening(self, serial: str, command: dict[str, Any]) -> None:
        """Leave a command for whoever opens the camera next."""
        draft = f"draft-{os.getpid()}-{threading.get_native_id()}-{serial}"
        with open(_opened(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, self._folder), "w") as file:
            json.dump(command, file)
        self._folder.rename(draft, f"note-opening-{serial}")

    def take_at_opening(self, serial: str) -> dict[str, Any] | None:
        """The command that was left, once."""
        note = f"note-opening-{serial}"
        try:
            with open(_opened(note, os.O_RDONLY, self._folder), "rb") as file:
                text = file.read(_MOST_BYTES)
            self._folder.remove(note)
        except FileNotFoundError:
            return None
        try:
            command: Any = json.loads(text)
        except (ValueError, RecursionError):
            return None  # nothing that we have left
        return command if isinstance(command, dict) else None


def _joined(path: Path) -> tuple[PrivateFolder, int]:
    """A world's folder, and the descriptor of its lock, which this process holds from now on."""
    if program_of(path.name) and not path.exists():
        _sweep(path.parent)
    for _ in range(_MOST_TRIES):
        joined = _try_to_join(path)
        if joined is not None:
            return joined
    raise SdkError(f"virtual cameras need the folder {path}, which is removed again and again")


def _try_to_join(path: Path) -> tuple[PrivateFolder, int] | None:
    """None if the folder was swept away just before this process had its lock."""
    folder = _own_folder(path)
    try:
        members = _opened(_MEMBERS, os.O_RDWR | os.O_CREAT, folder)
        join(members, lambda: _forget_all(folder))  # where others are, what they remember is there, too
    except FileNotFoundError:
        folder.close()
        return None
    except BaseException:
        folder.close()
        raise
    if folder.is_at(path):
        return folder, members
    os.close(members)
    folder.close()
    return None


def _sweep(parent: Path) -> None:
    """Remove the folders of programs that have ended, as far as nobody uses them."""
    for name in os.listdir(parent):
        program = program_of(name)
        if program and not alive(program):
            with contextlib.suppress(OSError):  # another program sweeps, too, or the folder is not as it was
                _remove_unused(parent / name)


def _remove_unused(path: Path) -> None:
    folder = PrivateFolder(path)
    try:
        members = folder.opened(_MEMBERS, os.O_RDWR | os.O_CREAT)
        try:
            if lock(members):
                _forget_all(folder)
                _remove(_MEMBERS, folder)
                path.rmdir()
        finally:
            os.close(members)
    finally:
        folder.close()


def _forget_all(folder: PrivateFolder) -> None:
    """Remove what processes that are gone remembered."""
    for name in folder.names():
        if name.startswith(("note-", "draft-")):
            _remove(name, folder)


def _opened(name: str, flags: int, folder: PrivateFolder) -> int:
    """A file in the folder itself; a link is refused."""
    try:
        return folder.opened(name, flags)
    except NotPrivate as error:
        raise SdkError(f"virtual cameras cannot use {name}: {error}. Remove it") from error


def _remove(name: str, folder: PrivateFolder) -> None:
    with contextlib.suppress(FileNotFoundError):
        folder.remove(name)


def _own_folder(path: Path) -> PrivateFolder:
    """This folder, made if needed, which only this user can use.

    Raises
    ------
    SdkError
        It is a link, another user's, or open to others.
    """
    try:
        return PrivateFolder(path)
    except NotPrivate as error:
        raise SdkError(
            f"virtual cameras need the folder {path} for themselves, but {error}. Remove it, or set "
            "XDG_RUNTIME_DIR to a folder of your own"
        ) from error
    except OSError as error:
        raise SdkError(f"virtual cameras need the folder {path}, which cannot be used: {error}") from error


def _runtime_folder() -> Path:
    """A folder that belongs to this user alone, by name."""
    folder = runtime_folder("llpyspin-virtual")
    _own_folder(folder).close()
    return folder
