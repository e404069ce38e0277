"""Types of files of settings, and their JSON schema for editors; see :mod:`llpyspin.yamlfile.validating`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from llpyspin.yamlfile.commontypes import Scalar

__all__ = ["SettingsFileTypes"]


class SettingsFileTypes(Struct, forbid_unknown_fields=True, kw_only=True):
    """Settings of a camera, as save_settings() writes them."""

    settings: Annotated[
        dict[str, Scalar],
        Meta(description="GenICam nodes and their values, in the order in which they are set."),
    ]
    camera: Annotated[
        dict[str, Scalar | None] | None,
        Meta(description="Which camera the settings were read from; it is not compared."),
    ] = None
