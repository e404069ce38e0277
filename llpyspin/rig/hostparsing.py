"""``hosts`` of a rig's YAML file, with the places of mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llpyspin.rig.hostconfig import HOST_KEYS, HostConfig, HostsConfig

if TYPE_CHECKING:
    from llpyspin.yamlfile.validating import Scope

__all__ = ["hosts_in"]

FORM = "a mapping of names to hosts, as left: {worker: rig-left, folder: /data}"


def hosts_in(scope: Scope, own: dict[str, Any]) -> HostsConfig | None:
    """The hosts that a file names; None where it names none.

    Takes their keys out of ``own``, the values of the rig's keys that are right.
    """
    more = {name: own.pop(name) for name in HOST_KEYS if own.get(name) is not None}
    more |= {"collect_to": to} if (to := _collect_to(scope)) else {}
    given = scope.given.get("hosts")
    if given is None:
        for key in HOST_KEYS:
            if key in scope.given:
                scope.mistake(f"{key} is for a rig of several hosts, and there are no hosts", key)
        return None
    if not isinstance(given, Mapping):
        scope.refuse(
            "hosts", given, "a mapping of names to hosts, as left: {worker: rig-left, folder: /data}"
        )
        return None
    inner = scope.inside("hosts", given)
    return HostsConfig(
        hosts={str(name): _host(inner, str(name), each) for name, each in given.items()}, **more
    )


def _collect_to(scope: Scope) -> str:
    from llpyspin.rig.filetypes import CollectTypes

    given = scope.given.get("collect")
    if given is None:
        return ""
    if not isinstance(given, Mapping):
        scope.refuse("collect", given, "a mapping of keys to values, as {to: /server}")
        return ""
    inner = scope.inside("collect", given)
    inner.unknown(CollectTypes.__struct_fields__)
    return str(inner.fields(CollectTypes).get("to", ""))


def _host(scope: Scope, name: str, given: object) -> HostConfig:
    from llpyspin.rig.filetypes import HostTypes

    if given is None:  # a host process of this computer, of which nothing else needs to be said
        return HostConfig()
    if not isinstance(given, Mapping):
        scope.refuse(name, given, "a mapping of keys to values, as {worker: rig-left, folder: /data}")
        return HostConfig()
    inner = scope.inside(name, given)
    inner.unknown(HostTypes.__struct_fields__)
    good = inner.fields(HostTypes)
    return HostConfig(**{key: value for key, value in good.items() if value is not None})
