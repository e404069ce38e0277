"""The configuration of a rig from what code gives: a file, a configuration, or cameras and settings."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from llpyspin.errors import RigConfigError
from llpyspin.rig.config import RigConfig
from llpyspin.rig.parsing import cameras_from, load_config

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["config_given", "config_of"]

OWN = frozenset(field.name for field in fields(RigConfig)) - {"cameras", "settings", "schedule"}
"""What is one of the rig; all else is a setting of its cameras."""


def config_of(cameras: Any, given: Mapping[str, Any]) -> RigConfig:
    """That of cameras, as :class:`llpyspin.rig.Rig` takes them, with its other arguments.

    Raises
    ------
    RigConfigError
    """
    own = {name: value for name, value in given.items() if name in OWN}
    settings = {name: value for name, value in given.items() if name not in OWN}
    return RigConfig(cameras_from(cameras), settings=settings, **own)


def config_given(rig: Any, given: Mapping[str, Any]) -> RigConfig:
    """That of a file, of a configuration, or of cameras; ``given`` replaces what a file says.

    Raises
    ------
    RigConfigError
        The text has all mistakes; or a setting of cameras is given beside a file.
    """
    if not isinstance(rig, (str, os.PathLike, RigConfig)):
        return config_of(rig, given)
    wrong = sorted(set(given) - OWN)
    if wrong:
        raise RigConfigError(
            f"{', '.join(wrong)}: settings of cameras cannot be given beside the file or configuration of a "
            "rig. Write them there"
        )
    return replace(rig if isinstance(rig, RigConfig) else load_config(rig), **given)
