"""The libraries of the Spinnaker SDK that are installed, and whether this session has what they need."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llpyspin.doctor.finding import Finding, note

if TYPE_CHECKING:
    from llpyspin.doctor.host import System

__all__ = ["Spinnaker", "check_session", "find_spinnaker"]

FOLDERS = ("/opt/spinnaker/lib", "/usr/lib", "/usr/local/lib", "/usr/lib/x86_64-linux-gnu")
_LIBRARY = re.compile(r"libSpinnaker\.so\.(\d+(?:\.\d+)*)")
_PROFILES = "/etc/profile.d"
_EXPORT = re.compile(r"^\s*export\s+(\w+)=", re.MULTILINE)


@dataclass(frozen=True)
class Spinnaker:
    """Libraries of the SDK: where, and their version (major, minor, ...), empty where no file says it."""

    folder: str
    version: tuple[int, ...]


def find_spinnaker(system: System) -> Spinnaker | None:
    """The installed libraries; None if there are none in the folders that FLIR's packages use."""
    for folder in FOLDERS:
        names = [name for name in system.names(folder) if name.startswith("libSpinnaker.so")]
        if names:
            found = [match[1] for match in map(_LIBRARY.fullmatch, names) if match]
            longest = max(found, key=len, default="")
            return Spinnaker(folder, tuple(int(part) for part in longest.split(".") if part))
    return None


def check_session(system: System) -> list[Finding]:
    """Whether the variables that FLIR's installation sets at log-in are set.

    Its scripts in ``/etc/profile.d`` tell the SDK where its transport layer is; in a session that is older
    than the installation the SDK loads and finds no camera.
    """
    missing: dict[str, str] = {}
    for name in system.names(_PROFILES):
        if "gentl" in name.lower():
            for variable in _EXPORT.findall(system.text(f"{_PROFILES}/{name}") or ""):
                if variable not in system.environment:
                    missing[variable] = f"{_PROFILES}/{name}"
    if not missing:
        return []
    return [
        note(
            "sdk-variables-not-set",
            f"{', '.join(missing)} is not set in this session, as the SDK's installation does at log-in: "
            "without it the SDK may load and find no camera.",
            "Log out and in again; or, for this shell only:",
            [f"source {script}" for script in sorted(set(missing.values()))],
            variables=sorted(missing),
        )
    ]
