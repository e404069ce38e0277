"""Nodes by a part of their name, or of what the camera says about them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from llpyspin.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llpyspin.settings import NodeInfo

__all__ = ["find_nodes"]


class _Describes(Protocol):
    def node_names(self) -> list[str]: ...

    def node(self, name: str) -> NodeInfo: ...


def find_nodes(device: _Describes, text: str) -> list[NodeInfo]:
    """Nodes that the camera has, with ``text`` in their name; if there are none, in their description.

    Names that begin with it come first.

    Parameters
    ----------
    device : Device
    text : str
        Capitals, spaces, underscores and hyphens do not matter.
    """
    wanted = _plain(text)
    named = [name for name in device.node_names() if wanted in _plain(name)]
    named.sort(key=lambda name: not _plain(name).startswith(wanted))  # else as the camera lists them
    found = list(_described(device, named))
    if found:
        return found
    return [
        info
        for info in _described(device, device.node_names())
        if wanted in _plain(info.display_name) or wanted in _plain(info.description)
    ]


def _described(device: _Describes, names: list[str]) -> Iterator[NodeInfo]:
    for name in names:
        try:
            yield replace(device.node(name), name=name)  # with the prefix of its node map
        except SettingError:  # the camera names it and does not have it
            continue


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter not in " _-")
