"""JSON schemas of the files that people write, for editors; and of ``report.json``, for its readers.

``python -m llpyspin.rig.schemas rig`` prints one.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from llpyspin.errors import ArgumentError
from llpyspin.naming.known import did_you_mean

__all__ = ["NAMES", "schema_of", "schema_text"]

NAMES = ("rig", "settings", "world", "report")
"""The files that have a schema: of a rig, of a camera's settings, of a virtual world, of a report."""

_TITLES = {
    "rig": "Rig of llpyspin",
    "settings": "Settings of a camera, as llpyspin saves them",
    "report": "Report of llpyspin about a recording, version 1",
    "world": "World of llpyspin's virtual cameras",
}


def schema_of(name: str = "rig") -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a kind of file.

    Parameters
    ----------
    name : {"rig", "settings", "world", "report"}

    Raises
    ------
    ArgumentError
        There is no schema of this name.
    """
    if name not in NAMES:
        near = did_you_mean(name, NAMES, f"There are {', '.join(NAMES)}")
        raise ArgumentError(f"there is no schema {name!r}. {near}")
    from msgspec import json as msgspec_json

    schema = msgspec_json.schema(_types_of(name))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _TITLES[name],
        **schema,
    }


def schema_text(name: str = "rig") -> str:
    """The same as text, as it is published."""
    return json.dumps(schema_of(name), indent=2, ensure_ascii=False) + "\n"


def _types_of(name: str) -> Any:
    if name == "rig":
        from llpyspin.rig.filetypes import RigTypes

        return RigTypes
    if name == "settings":
        from llpyspin.camera.settingstypes import SettingsFileTypes

        return SettingsFileTypes
    if name == "report":
        from llpyspin.report.document import Document

        return Document
    from llpyspin.virtual.worldtypes import WorldTypes

    return WorldTypes


if __name__ == "__main__":
    try:
        sys.stdout.write(schema_text(*sys.argv[1:2]))
    except ArgumentError as error:
        sys.exit(str(error))
