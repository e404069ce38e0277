"""Private folders on Linux: owner, mode, and ``O_NOFOLLOW``."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path

from llpyspin.system.users import this_user

__all__ = ["NotPrivate", "PrivateFolder", "runtime_folder"]


class NotPrivate(OSError):
    """A folder is another user's, or open to others; the text says which, to follow "but"."""


class PrivateFolder:
    """One of them, made if need be; it stays the same whatever happens to its name.

    Raises
    ------
    NotPrivate
    OSError
        It cannot be made or opened, or is a link.
    """

    def __init__(self, path: Path) -> None:
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
        self._descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        found = os.fstat(self._descriptor)
        why = ""
        if found.st_uid != this_user():
            why = f"it belongs to another user ({found.st_uid})"
        elif stat.S_IMODE(found.st_mode) & 0o077:
            why = f"others may use it, too (its mode is {stat.S_IMODE(found.st_mode):o}, not 700)"
        if why:
            self.close()
            raise NotPrivate(why)

    def opened(self, name: str, flags: int) -> int:
        """A descriptor of a file in it; flags as of ``os.open``.

        Raises
        ------
        FileNotFoundError
        NotPrivate
            It is a link, or no plain file.
        """
        flags |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            return os.open(name, flags, 0o600, dir_fd=self._descriptor)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
                raise NotPrivate(f"it is no plain file ({error})") from error
            raise

    def has(self, name: str) -> bool:
        """Whether there is something of that name."""
        try:
            os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def names(self) -> list[str]:
        """Of all that lies in it."""
        return os.listdir(self._descriptor)

    def is_at(self, path: Path) -> bool:
        """Whether it is what has this path now."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), os.stat(path, follow_symlinks=False))
        except FileNotFoundError:
            return False

    def rename(self, name: str, new: str) -> None:
        """In one step, in the place of what has the new name."""
        os.replace(name, new, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def remove(self, name: str) -> None:
        """Remove a file; ``FileNotFoundError`` where there is none."""
        os.unlink(name, dir_fd=self._descriptor)

    def close(self) -> None:
        """Closing twice is fine."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def runtime_folder(name: str) -> Path:
    """Where processes of this user keep what they need only while they run: a path, nothing is made there."""
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    if own and _is_ours(own):
        return Path(own) / name
    return Path(tempfile.gettempdir()) / f"{name}-{this_user()}"


def _is_ours(folder: str) -> bool:
    """Whether it is this user's; not with ``sudo -E``, say."""
    try:
        return os.stat(folder).st_uid == this_user() and os.access(folder, os.W_OK)
    except OSError:
        return False
