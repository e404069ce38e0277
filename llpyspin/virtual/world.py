"""Which virtual cameras exist and how they are wired: a small file, or text in an environment variable.

``LLPYSPIN_VIRTUAL`` is the path of a YAML or JSON file, or such text itself::

    cameras:
      - {serial: "12345678", model: BFS-U3-16S2M}
      - {serial: "87654321", model: BFS-U3-16S2M, clock_ppm: 0.8}
    wires:
      - "12345678:Line1 -> 87654321:Line3"
    faults:
      - {serial: "87654321", kind: lose, rate: 0.01}
    world: rig-a
    diary: /tmp/rig-a            # optional, see :mod:`llpyspin.virtual.diary`
    sockets: /run/rig-a          # optional, for containers and network namespaces

Cameras can replay a recording instead: ``replay: mouse-17``, see :mod:`llpyspin.virtual.replaying`.

Processes of the same named world (``world``, or the environment variable ``LLPYSPIN_WORLD``) see the same
cameras.  Without a name, each program has a world of its own, see :mod:`llpyspin.virtual.naming`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin.virtual.naming import name_of_world
from llpyspin.virtual.specs import CameraSpec, Replay, Wire
from llpyspin.virtual.state import WorldState
from llpyspin.yamlfile import YamlError, parse_yaml, read_yaml, word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llpyspin.virtual._seam import Model

__all__ = ["ENVIRONMENT", "CameraSpec", "Wire", "World", "load_world"]

ENVIRONMENT = "LLPYSPIN_VIRTUAL"
_DEFAULT = {
    "cameras": [
        {"serial": "12345678", "model": "BFS-U3-16S2M"},
        {"serial": "87654321", "model": "BFS-U3-16S2M"},
    ],
    "wires": ["12345678:Line1 -> 87654321:Line3"],
}
_SERIAL = re.compile(r"[A-Za-z0-9_.-]{1,32}")


@dataclass(frozen=True)
class World:
    """The cameras that the processes of a world see."""

    name: str
    specs: tuple[CameraSpec, ...]
    wires: tuple[Wire, ...] = ()
    faults: tuple[dict[str, Any], ...] = ()
    """From the opening of a camera on: its serial number, and the command for the fault."""
    diary: str = ""
    """Folder in which each camera writes down what it does; empty: nowhere."""
    replay: Replay = field(default_factory=Replay)
    sockets: str = ""
    """Folder of the cameras' sockets; empty: they have names, which only one network namespace sees."""
    given: str = ""
    """The name as the user gave it; "" where the world belongs to one program."""

    def camera(self, serial: str) -> CameraSpec | None:
        """The camera of this serial number, or None."""
        return next((camera for camera in self.specs if camera.serial == serial), None)

    def cameras(self) -> list[tuple[str, str]]:
        """Serial number and model name of the cameras that are plugged in."""
        return [(serial, model.name) for serial, model in self.models()]

    def models(self) -> list[tuple[str, Model]]:
        """Serial number and model of the cameras that are plugged in."""
        state = WorldState(self.name)
        return [(spec.serial, spec.model) for spec in self.specs if not state.unplugged(spec.serial)]

    def address(self, serial: str) -> str:
        """Name of the camera's socket in the abstract namespace, or its path."""
        if self.sockets:
            return os.path.join(self.sockets, serial)
        return f"llpyspin.virtual/{self.name}/{serial}"


def load_world(text: str | None = None) -> World:
    """Read the configuration.

    Parameters
    ----------
    text : str, optional
        Path or text, as in the environment variable ``LLPYSPIN_VIRTUAL``, which is read when it is not given.

    Raises
    ------
    ValueError
        The configuration is wrong; the text says where.
    """
    given = os.environ.get(ENVIRONMENT, "") if text is None else text
    if not given.strip():
        return _world(_DEFAULT, "default", "the default configuration")
    if "\n" not in given and "{" not in given and ": " not in given:
        if not os.path.isfile(given):
            raise ValueError(f"{ENVIRONMENT}: {given[:200]!r} is neither a file nor YAML or JSON text")
        repeated: list[YamlError] = []
        return _world(read_yaml(given, repeated=repeated), str(Path(given).resolve()), given, repeated)
    repeated = []
    return _world(parse_yaml(given, ENVIRONMENT, repeated), given, ENVIRONMENT, repeated)


def _world(config: Any, identity: str, where: str, repeated: Iterable[YamlError] = ()) -> World:
    from llpyspin.virtual.worldfile import read_parts  # what costs is imported late

    parts = read_parts(config, where, repeated)
    name = name_of_world(word(config, "world"), identity, where)
    return World(
        *(name.full, parts.cameras, parts.wires, parts.faults, parts.diary, parts.replay, parts.sockets),
        given=name.given,
    )
