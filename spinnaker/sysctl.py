"""Kernel settings below /proc/sys: their values now, and at the next start by sysctl.d."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spinnaker.machine import Machine

__all__ = ["at_start", "current", "place_of", "settings_in"]

_DIRECTORIES = ("/usr/lib/sysctl.d", "/usr/local/lib/sysctl.d", "/run/sysctl.d", "/etc/sysctl.d")


def place_of(key: str) -> str:
    """The file in /proc of a setting, which is named with slashes (``net/core/rmem_max``)."""
    return f"/proc/sys/{key}"


def current(machine: Machine, key: str) -> int | None:
    """What the running kernel has; None if there is no such setting."""
    text = (machine.read(place_of(key)) or "").strip()
    return int(text) if text.lstrip("-").isdigit() else None


def _normal(key: str) -> str:
    """Keys may be written with dots or slashes; the first of either that is met decides."""
    dot, slash = key.find("."), key.find("/")
    if slash >= 0 and (dot < 0 or slash < dot):
        return key
    return key.translate(str.maketrans("./", "/."))


def settings_in(text: str) -> list[tuple[str, str | None]]:
    """The settings of one file, keys with slashes; None for a key that is only taken out of wildcards."""
    found: list[tuple[str, str | None]] = []
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if key.startswith(("#", ";")):
            continue
        if equals:
            found.append((_normal(key.strip().removeprefix("-")), value.strip()))
        elif key.startswith("-"):
            found.append((_normal(key.strip()[1:]), None))
    return found


def at_start(machine: Machine, key: str, own: tuple[str, str] | None = None) -> tuple[str | None, str]:
    """What a setting will be at the next start, and the file that says so; None where no file does.

    Parameters
    ----------
    machine : Machine
    key : str
        With slashes.
    own : (str, str), optional
        A file and its text, as if it were there.
    """
    by_name: dict[str, str] = {}
    for directory in _DIRECTORIES:
        for name in machine.names(directory):
            if name.endswith(".conf"):
                by_name[name] = f"{directory}/{name}"
    if own is not None:
        by_name[own[0].rpartition("/")[2]] = own[0]
    value: str | None = None
    origin, exact = "", False
    for where in [by_name[name] for name in sorted(by_name)] + ["/etc/sysctl.conf"]:
        text = own[1] if own is not None and where == own[0] else machine.read(where) or ""
        for name, said in settings_in(text):
            if name == key or (not exact and fnmatch.fnmatchcase(key, name)):
                value, origin, exact = said, where, exact or name == key
    return value, origin
