"""Whose files these are: root runs a program, and believes a file, only if nobody else could have written it.

Looked at is every directory on the way, every symbolic link, and the file at its end. A directory that all
may write to is all right if it is sticky, as /tmp is: there nobody can replace what another has made.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from spinnaker.errors import InstallError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["check_roots", "runs_as", "strangers"]

_MANY_LINKS = 40
_STAFF = 50  # Debian: may write below /usr/local, and is as good as root
_CODE = ("lib", "lib64", "local/lib")


def check_roots(path: str, inside: str = "/") -> None:
    """Refuse, as root, what somebody else could have written.

    Raises
    ------
    InstallError
        With the file or directory, and its owner.
    """
    if os.geteuid() == 0:
        for where, status in _way(path, inside):
            if status.st_uid != 0 or _open_to_others(status):
                raise InstallError(f"{where} {_whose(status)}: root does not trust {path}")


def strangers(path: str, inside: str = "/") -> dict[int, tuple[str, int]]:
    """Users other than root who could have written what is at a path: number → where, and the group.

    Raises
    ------
    InstallError
        A group or everybody can write there, and it is root's.
    """
    return _strangers(_way(path, inside), path)


def runs_as(program: str, inside: str = "/") -> tuple[int, int]:
    """User and group that a Python has to run as: its owner, and root only if all of it is root's.

    All of it: the program and what it links to, the environment with its pyvenv.cfg, the Python that this is
    of, the packages, and the folders that .pth files add.

    Raises
    ------
    InstallError
        It belongs to several users, or anybody may change it: nobody can be trusted to run it.
    """
    found: dict[int, tuple[str, int]] = {}
    for path in _parts(program, inside):
        found |= strangers(path, inside)
    for tree in _trees(program, inside):
        found |= _strangers(_below(tree), program)
    if len(found) > 1:
        names = ", ".join(f"{where} of user {uid}" for uid, (where, _) in sorted(found.items()))
        raise InstallError(f"{program} belongs to several users, so it is not run: {names}")
    for uid, (_, gid) in found.items():
        return uid, gid
    return 0, 0


def _strangers(looked: Iterable[tuple[str, os.stat_result]], what: str) -> dict[int, tuple[str, int]]:
    found: dict[int, tuple[str, int]] = {}
    for where, status in looked:
        if status.st_uid != 0:
            found.setdefault(status.st_uid, (where, status.st_gid))
        elif _open_to_others(status):
            raise InstallError(f"{where} {_whose(status)}, so {what} is not run. `chmod go-w {where}`")
    return found


def _open_to_others(status: os.stat_result) -> bool:
    if stat.S_ISLNK(status.st_mode):
        return False
    if stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX:
        return False
    by_group = status.st_mode & stat.S_IWGRP and status.st_gid not in (0, _STAFF)
    return bool(by_group or status.st_mode & stat.S_IWOTH)


def _whose(status: os.stat_result) -> str:
    if status.st_uid != 0:
        return f"belongs to user {status.st_uid}"
    return "can be written by others than root"


def _way(path: str, inside: str) -> Iterator[tuple[str, os.stat_result]]:
    """Every directory, link and file that leads to a path, as far as there is something."""
    todo = [part for part in path.split("/") if part not in ("", ".")]
    here, links = inside.rstrip("/"), 0
    yield here or "/", os.lstat(here or "/")
    while todo:
        part = todo.pop(0)
        if part == "..":
            here = os.path.dirname(here) if here != inside.rstrip("/") else here
            continue
        step = f"{here}/{part}"
        try:
            status = os.lstat(step)
        except (FileNotFoundError, NotADirectoryError):
            return
        yield step, status
        if not stat.S_ISLNK(status.st_mode):
            here = step
            continue
        links += 1
        if links > _MANY_LINKS:
            raise InstallError(f"{path}: symbolic links go round in a circle")
        target = os.readlink(step)
        if target.startswith("/"):
            here = inside.rstrip("/")
        todo = [piece for piece in target.split("/") if piece not in ("", ".")] + todo


def _end(path: str, inside: str) -> str:
    """Where a path ends once its links are followed, as a name inside."""
    *_, (where, _) = _way(path, inside)
    return f"/{os.path.relpath(where, inside)}"


def _prefixes(program: str, inside: str) -> list[str]:
    """The environment of a Python, and the Python that it is of."""
    first = os.path.dirname(os.path.dirname(program))
    found = [first, os.path.dirname(os.path.dirname(_end(program, inside)))]
    home = _home(f"{inside.rstrip('/')}{first}/pyvenv.cfg")
    if home:
        found.append(os.path.dirname(home))
    return list(dict.fromkeys(found))


def _home(settings: str) -> str:
    text = _text(settings)
    match = re.search(r"^\s*home\s*=\s*(/.*?)/?\s*$", text, re.MULTILINE | re.IGNORECASE)
    return match[1] if match else ""


def _text(where: str) -> str:
    """A small file's text; nothing if it is none. Never waits, as a pipe would have it wait."""
    try:
        with open(os.open(where, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return ""
            return file.read(1 << 20).decode("utf-8", "replace")
    except OSError:
        return ""


def _parts(program: str, inside: str) -> Iterator[str]:
    yield program
    for prefix in _prefixes(program, inside):
        yield f"{prefix}/pyvenv.cfg"
    for tree in _trees(program, inside):
        name = f"/{os.path.relpath(tree, inside)}"
        yield name
        yield from _added(tree)


def _trees(program: str, inside: str) -> list[str]:
    """Directories with code that this Python imports."""
    found = []
    for prefix in _prefixes(program, inside):
        for library in _CODE:
            directory = f"{inside.rstrip('/')}{prefix.rstrip('/')}/{library}"
            try:
                names = sorted(os.listdir(directory))
            except OSError:
                continue
            found += [f"{directory}/{name}" for name in names if re.match(r"(python|pypy)\d", name)]
    return found


def _added(tree: str) -> Iterator[str]:
    """Folders that .pth files put on the path."""
    for packages in (f"{tree}/site-packages", f"{tree}/dist-packages", tree):
        try:
            names = [name for name in os.listdir(packages) if name.endswith(".pth")]
        except OSError:
            continue
        for name in names:
            for line in _text(f"{packages}/{name}").splitlines():
                if line.startswith("/"):
                    yield line.strip()


def _below(tree: str) -> Iterator[tuple[str, os.stat_result]]:
    """Everything in a directory; links are not followed."""
    waiting = [tree]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            yield entry.path, status
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
