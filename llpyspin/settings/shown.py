"""The settings of a camera as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.naming.known import named
from llpyspin.tables.texttable import Tabular, TextTable

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Snapshot"]

MOST_ROWS = 20  # in a terminal


@named
class Snapshot(Tabular, dict[str, Any]):
    """All settings of a camera: a dict by the name of the node, which shows itself as a table.

    PyYAML writes it like any other dict.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        from yaml.representer import Representer, SafeRepresenter  # not at the start of every program

        for kind in (SafeRepresenter, Representer):
            kind.add_representer(Snapshot, SafeRepresenter.represent_dict)

    def table(self) -> TextTable:
        rows = [
            (name, f"{value:.6g}" if isinstance(value, float) else str(value)) for name, value in self.items()
        ]
        before = [f"{len(self)} settings"]
        after = [
            "one of them: settings()['ExposureTime']; nodes with a word in their name: nodes.find('exposure')"
        ]
        return TextTable(("setting", "value"), rows, before=before, after=after, most=MOST_ROWS)
