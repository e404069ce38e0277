"""Files of settings, as ``save_settings()`` writes them and people edit them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llpyspin.errors import SettingError
from llpyspin.yamlfile import YamlError, read_yaml

if TYPE_CHECKING:
    import os

    from llpyspin.yamlfile.validating import Scope

__all__ = ["read_settings"]


def read_settings(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Values by the names of nodes, in the order of the file.

    Raises
    ------
    SettingError
        The file cannot be read, or is not one of settings; the text has all mistakes and their places.
    """
    from llpyspin.camera.settingstypes import SettingsFileTypes  # what costs is imported late
    from llpyspin.yamlfile.validating import Report, Scope

    repeated: list[YamlError] = []
    try:
        document = read_yaml(path, repeated=repeated)
    except YamlError as error:
        raise SettingError(str(error)) from error
    if not (isinstance(document, Mapping) and isinstance(document.get("settings"), Mapping)):
        raise SettingError(f"{path} has no 'settings': it is not a file of save_settings()")
    report = Report(str(path))
    for each in repeated:
        report.repeated(each)
    scope = Scope(report, document)
    scope.unknown(SettingsFileTypes.__struct_fields__)
    settings = _values(scope.inside("settings", document["settings"]))
    if report:
        raise SettingError(str(report))
    return settings


def _values(scope: Scope) -> dict[str, Any]:
    from llpyspin.yamlfile.commontypes import Scalar

    for name, value in scope.given.items():
        scope.check(name, value, Scalar, finite=False)
    return dict(scope.given)
