"""What a camera of a named world remembers between programs: its settings, and its user sets.

A real camera keeps its settings until it loses power, and its user sets for good.  A virtual camera of a
named world keeps both in the folder of the world.  Unplugging it is its loss of power: the settings go, and
it starts with the user set that ``UserSetDefault`` names.  Cameras of worlds without a name begin anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from typing import TYPE_CHECKING, Any

from llpyspin.system.privatefolders import NotPrivate, PrivateFolder, runtime_folder
from llpyspin.system.users import this_user

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llpyspin.virtual.registers import RegisterMemory
    from llpyspin.virtual.world import World

__all__ = ["Keeping"]

_MOST_BYTES = 1 << 22
_PASSING = frozenset({"TLParamsLocked", "DeviceSerialNumber", "DeviceID", "DeviceModelName"})
Values = dict[tuple[str, int], Any]


class Keeping:
    """The memory of one camera that lasts longer than a program.

    Parameters
    ----------
    world : World
    serial : str
    memory : RegisterMemory
    """

    def __init__(self, world: World, serial: str, memory: RegisterMemory) -> None:
        self._named = world.name.startswith(f"{this_user()}.")
        self._path = runtime_folder("llpyspin-virtual") / world.name
        self._serial = serial
        self._memory = memory

    @property
    def lasts(self) -> bool:
        """Whether anything is kept: the world has a name."""
        return self._named

    def settings(self) -> Values | None:
        """The settings that the last program left; None after a loss of power."""
        found = self._read("settings")
        return None if found is None else self._merged(found)

    def keep_settings(self) -> None:
        """Leave the present settings to the next program."""
        self._write("settings", self._listed(self._memory.snapshot()))

    def user_sets(self) -> tuple[dict[str, Values], str]:
        """The user sets by name, and the one with which the camera starts."""
        found = self._read("usersets")
        if not isinstance(found, dict) or not isinstance(found.get("sets"), dict):
            return {}, "Default"
        sets = {name: self._merged(values) for name, values in found["sets"].items()}
        return sets, str(found.get("default", "Default"))

    def keep_user_sets(self, sets: Mapping[str, Values], default: str) -> None:
        """Keep all user sets, and which is the default."""
        listed = {name: self._listed(values) for name, values in sets.items()}
        self._write("usersets", {"sets": listed, "default": default})

    def files(self) -> dict[str, bytes]:
        """The files in the camera by name."""
        found = self._read("files")
        if not isinstance(found, dict):
            return {}
        return {name: bytes.fromhex(data) for name, data in found.items() if isinstance(data, str)}

    def keep_files(self, files: Mapping[str, bytes]) -> None:
        """Keep all files for good."""
        self._write("files", {name: data.hex() for name, data in files.items()})

    # -- inside

    def _merged(self, listed: Any) -> Values:
        """Factory values, and in their place those of the list that this model understands."""
        values = self._memory.factory_values()
        for entry in listed if isinstance(listed, list) else ():
            if not isinstance(entry, list) or len(entry) != 3:
                continue
            name, index, value = entry
            value = bytes.fromhex(value["hex"]) if isinstance(value, dict) and "hex" in value else value
            known = values.get((name, index), values.get((name, 0)))  # elements may share a factory value
            if known is not None and type(known) is type(value):
                values[name, index] = value
        return values

    def _listed(self, values: Values) -> list[list[Any]]:
        """Values as JSON has them; only what the client can set."""
        return [
            [name, index, {"hex": value.hex()} if isinstance(value, bytes) else value]
            for (name, index), value in values.items()
            if name not in _PASSING and self._memory.is_setting(name)
        ]

    @contextlib.contextmanager
    def _folder(self) -> Iterator[PrivateFolder | None]:
        """The folder of the world; None where it cannot be used, or the world has no name."""
        if not self._named:
            yield None
            return
        try:
            folder = PrivateFolder(self._path)
        except (OSError, NotPrivate):
            yield None  # WorldState says so to whoever opens a camera
            return
        try:
            yield folder
        finally:
            folder.close()

    def _read(self, what: str) -> Any:
        with self._folder() as folder:
            if folder is None:
                return None
            try:
                with open(folder.opened(f"{what}-{self._serial}", os.O_RDONLY), "rb") as file:
                    return json.loads(file.read(_MOST_BYTES))
            except (FileNotFoundError, NotPrivate, ValueError, RecursionError):
                return None  # nothing that a camera has left

    def _write(self, what: str, content: Any) -> None:
        with self._folder() as folder:
            if folder is None:
                return
            draft = f"draft-{what}-{os.getpid()}-{threading.get_native_id()}-{self._serial}"
            with open(folder.opened(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "w") as file:
                json.dump(content, file)
            folder.rename(draft, f"{what}-{self._serial}")
