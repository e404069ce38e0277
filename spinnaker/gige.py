"""GigE cameras: large packets, receive buffers, and answers from other subnets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spinnaker import sysctl
from spinnaker.changes import Outlook, SetValue, WriteFile
from spinnaker.errors import InstallError

if TYPE_CHECKING:
    from spinnaker.changes import Change
    from spinnaker.machine import Machine

__all__ = [
    "DEFAULT_MTU",
    "DEFAULT_RECEIVE_MB",
    "MTUS",
    "check_interface",
    "mtu_at_boot",
    "mtu_now",
    "network",
]

DEFAULT_MTU = 9000
MTUS = range(1500, 16001)
DEFAULT_RECEIVE_MB = 32
RULES = "/etc/udev/rules.d/70-llpyspin-gige.rules"
SETTINGS = "/etc/sysctl.d/90-llpyspin-gige.conf"
_HEAD = "# Written by `python -m spinnaker.install`, which takes it back with --undo.\n"
_CLASS = "/sys/class/net"
_OTHERS = ("/etc/netplan", "/etc/NetworkManager/system-connections", "/etc/systemd/network", "/etc/network")


def check_interface(machine: Machine, name: str) -> None:
    """Refuse what is no network interface for cameras.

    Raises
    ------
    InstallError
    """
    there = [known for known in machine.names(_CLASS) if known != "lo"]
    if name not in there:
        raise InstallError(f"there is no network interface {name}; there are {', '.join(there) or 'none'}")
    if machine.exists(f"{_CLASS}/{name}/wireless") or machine.exists(f"{_CLASS}/{name}/phy80211"):
        raise InstallError(f"{name} is wireless: GigE cameras need a cable")


def mtu_now(machine: Machine, name: str, mtu: int) -> Outlook:
    """The running interface's largest packet. It is never made smaller."""
    place = f"{_CLASS}/{name}/mtu"
    present = int((machine.read(place) or "0").strip() or 0)
    if present >= mtu:
        return Outlook(because=f"{name} has an MTU of {present} now")
    note = (
        f"{name} may be down for some seconds; the switch and the camera must take packets of {mtu} bytes too"
    )
    return Outlook([SetValue(place, str(mtu))], notes=(note,))


def mtu_at_boot(machine: Machine, name: str, mtu: int) -> Outlook:
    """A udev rule that sets the MTU whenever the interface comes up, whoever configures it otherwise."""
    before = machine.read(RULES) or ""
    match = _interface_match(machine, name)
    rule = f'ACTION=="add", SUBSYSTEM=="net", {match}, ATTR{{mtu}}="{mtu}"'
    kept = [line for line in before.splitlines() if match not in line]
    same = [line for line in before.splitlines() if match in line]
    set_to = re.search(r'ATTR\{mtu\}="(\d+)"', same[-1]) if same else None
    if set_to and int(set_to[1]) >= mtu:
        return Outlook(because=f"{RULES} gives {name} an MTU of {set_to[1]}")
    text = "\n".join([*(kept or [_HEAD.rstrip()]), rule]) + "\n"
    return Outlook([WriteFile(RULES, text)], notes=_others_that_set_mtu(machine, name))


def _interface_match(machine: Machine, name: str) -> str:
    """Cards are known by their address, since udev may rename them; others have only a name."""
    address = (machine.read(f"{_CLASS}/{name}/address") or "").strip()
    if address and machine.exists(f"{_CLASS}/{name}/device"):
        return f'DRIVERS=="?*", ATTR{{address}}=="{address}"'
    return f'KERNEL=="{name}"'


def _others_that_set_mtu(machine: Machine, name: str) -> list[str]:
    notes = []
    for directory in _OTHERS:
        for file in machine.names(directory):
            where = f"{directory}/{file}"
            if machine.path(where).is_dir() or not machine.privileged:
                continue
            text = machine.read(where) or ""
            if name in text and re.search(r"\bmtu(bytes)?\b", text, re.IGNORECASE):
                notes.append(f"{where} names {name} and an MTU too: see that it says no smaller one")
    return notes


def network(machine: Machine, names: list[str], receive_mb: int) -> Outlook:
    """Receive buffers, and the filter that drops the answers of cameras in another subnet.

    The filter counts for an interface if it is on for that one *or* for all. So it is turned off for all, and
    on again for each of the others where it was on.
    """
    wanted = {**_buffers(receive_mb * 1024 * 1024), **_filters(machine, names)}
    changes: list[Change] = []
    for key, value in wanted.items():
        present = sysctl.current(machine, key)
        if present is not None and not _good(key, present, value):
            changes.append(SetValue(sysctl.place_of(key), str(value)))
    file = _file(machine, wanted)
    notes = []
    if file is not None:
        changes.append(WriteFile(SETTINGS, file))
        for key, value in wanted.items():
            said, where = sysctl.at_start(machine, key, (SETTINGS, file))
            if said is not None and said.isdigit() and not _good(key, int(said), value):
                notes.append(f"{where} is read later and sets {key} to {said}: take that line out")
    return Outlook(changes, because="buffers and filters are set", notes=notes)


def _buffers(size: int) -> dict[str, int]:
    return {"net/core/rmem_max": size, "net/core/rmem_default": size}


def _good(key: str, present: int, wanted: int) -> bool:
    """Buffers may be larger; a filter of the others stricter."""
    return present == wanted if wanted == 0 else present >= wanted


def _filters(machine: Machine, names: list[str]) -> dict[str, int]:
    """What each interface's filter has to be."""
    for_all = _filter(machine, "all")
    if for_all == 0 and all(_filter(machine, name) == 0 for name in names):
        return {_key(name): 0 for name in ["all", *names]}
    wanted = {_key("all"): 0}
    for other in machine.names("/proc/sys/net/ipv4/conf"):
        strict = max(for_all, _filter(machine, other))
        if other in names:
            wanted[_key(other)] = 0
        elif other not in ("all", "lo") and strict:
            wanted[_key(other)] = strict
    return wanted


def _key(name: str) -> str:
    return f"net/ipv4/conf/{name}/rp_filter"


def _filter(machine: Machine, name: str) -> int:
    return sysctl.current(machine, _key(name)) or 0


def _file(machine: Machine, wanted: dict[str, int]) -> str | None:
    """Our file as it must be for the next start; None if all is said already."""
    before = machine.read(SETTINGS)
    kept = {key: value for key, value in sysctl.settings_in(before or "") if value is not None}
    missing: dict[str, str] = {}
    for key, value in wanted.items():
        said, _ = sysctl.at_start(machine, key)
        if said is None or not said.isdigit() or not _good(key, int(said), value):
            missing[key] = str(value)
    if all(kept.get(key) == value for key, value in missing.items()):
        return None
    lines = [f"{key} = {value}" for key, value in {**kept, **missing}.items()]
    return _HEAD + "\n".join(lines) + "\n"
