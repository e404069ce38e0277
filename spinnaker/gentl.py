"""The variable that tells the SDK where its GenTL producer is; without it nothing works (error -1012).

FLIR's own script sets it for every login; its packages do not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spinnaker.changes import Outlook, WriteFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spinnaker.debs import Deb
    from spinnaker.machine import Machine

__all__ = ["gentl_outlook", "producers"]

PROFILE = "/etc/profile.d/llpyspin-spinnaker.sh"
_LIBRARIES = "/opt/spinnaker/lib"
_HEAD = "# Written by `python -m spinnaker.install`, which takes it back with --undo.\n"


def producers(machine: Machine, debs: Sequence[Deb] = ()) -> dict[str, str]:
    """The variables that the SDK looks at, with the files that they have to name.

    Up to Spinnaker 3 it was ``FLIR_GENTL64_CTI``, since 4 it is ``SPINNAKER_GENTL64_CTI``, each called after
    its directory, ``flir-gentl`` and ``spinnaker-gentl``. Packages that are still to be installed count too.
    """
    there = [
        f"{_LIBRARIES}/{directory}/{name}"
        for directory in machine.names(_LIBRARIES)
        if directory.endswith("-gentl")
        for name in machine.names(f"{_LIBRARIES}/{directory}")
    ]
    coming = [name for deb in debs for name in deb.producers]
    found: dict[str, str] = {}
    for where in [*there, *coming]:
        match = re.fullmatch(rf"{_LIBRARIES}/(\w+)-gentl/\w+\.cti", where)
        if match:
            found[f"{match[1].upper()}_GENTL64_CTI"] = where
    return found


def gentl_outlook(machine: Machine, debs: Sequence[Deb]) -> Outlook:
    """What setting the variables would do now; what another file sets at login is left alone."""
    wanted = producers(machine, debs)
    missing = {name: where for name, where in wanted.items() if not _is_set(machine, name)}
    if not missing:
        names = ", ".join(wanted)
        return Outlook(because=f"{names} is set at login" if wanted else "the SDK has no producer of its own")
    kept = machine.read(PROFILE) or _HEAD
    text = kept + "".join(f"export {name}={where}\n" for name, where in missing.items())
    note = "programs see it after logging out and in again, or in a shell after `. " + PROFILE + "`"
    return Outlook([WriteFile(PROFILE, text)], notes=(note,))


def _is_set(machine: Machine, variable: str) -> bool:
    """Whether it is set for those who log in, by FLIR's script or somebody else."""
    places = [f"/etc/profile.d/{name}" for name in machine.names("/etc/profile.d") if name.endswith(".sh")]
    pattern = rf"^\s*(export\s+)?{variable}="
    texts = [machine.read(where) or "" for where in [*places, "/etc/profile", "/etc/environment"]]
    return any(re.search(pattern, text, re.MULTILINE) for text in texts)
