"""Settings that a camera can find by itself: the node that switches this on and off, and the words for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.device.values import refuse
from llpyspin.errors import SettingError
from llpyspin.naming.known import did_you_mean
from llpyspin.settings import AUTOMATIC
from llpyspin.settings.units import hint_of_unit

if TYPE_CHECKING:
    from llpyspin.device.nodes import Node, NodeMap
    from llpyspin.device.rollback import Rollback

__all__ = ["Automatic"]

_ENTRIES = {"auto": "Continuous", "once": "Once", "off": "Off"}
_MODES = {entry: mode for mode, entry in _ENTRIES.items()}


class Automatic:
    """The automatic of one setting.

    Parameters
    ----------
    setting : str
        Name of the setting, for errors.
    names : tuple of str
        Names of the node, the newest cameras' first; none for a setting without an automatic.
    instead : str
        What the setting takes besides the words, for errors.
    unit : str
        That of the setting.
    """

    def __init__(
        self, nodes: NodeMap, setting: str, names: tuple[str, ...], instead: str, unit: str = ""
    ) -> None:
        self._nodes = nodes
        self._setting = setting
        self._names = names
        self._instead = instead
        self._unit = unit

    @property
    def mode(self) -> str:
        """ "auto" or "once" while the camera chooses, else ""."""
        node = self.node()
        mode = "" if node is None else _MODES.get(str(node.held()), "")
        return "" if mode == "off" else mode

    @property
    def words(self) -> tuple[str, ...]:
        """The words that the camera takes now."""
        node = self.node()
        there = () if node is None else node.entries()
        return tuple(mode for mode, entry in _ENTRIES.items() if entry in there)

    def node(self) -> Node | None:
        """The node; None where the camera has no such automatic."""
        return self._nodes.first(*self._names)

    def put(self, rollback: Rollback, word: str) -> None:
        """Switch it as the word says.

        Raises
        ------
        SettingError
            This is no such word, or the camera cannot do it; the text has what there is.
        """
        entry = self._entry(word)
        if entry is not None:
            rollback.put(self.node(), entry)

    def check(self, word: str) -> None:
        """Refuse a word that :meth:`put` would refuse."""
        self._entry(word)

    def _entry(self, word: str) -> str | None:
        """The entry for a word; None where the camera is so already, as it has no automatic."""
        mode = AUTOMATIC.get(word.strip().lower())
        node = self.node()
        if mode is None or not self._names:
            words = ', "auto", "once" or "off"' if self._names else ""
            near = hint_of_unit(word, self._unit) or did_you_mean(word, self.words)
            raise refuse(self._setting, word, f"it is {self._instead}{words}. {near}".rstrip(". "))
        if node is None:
            if mode == "off":
                return None
            raise SettingError(
                f"{self._setting} {word!r} refused: this camera has no automatic {self._setting} "
                f"(no node {' or '.join(self._names)})",
                setting=self._setting,
                value=word,
            )
        if _ENTRIES[mode] not in node.entries():
            there = ", ".join(repr(each) for each in self.words)
            raise refuse(self._setting, word, f"of the automatics this camera has only {there}")
        return _ENTRIES[mode]
