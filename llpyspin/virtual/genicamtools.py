"""Small functions of GenICam: texts, environment, folders, access modes combined."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, unquote

from llpyspin.virtual.exceptions import NOT_AVAILABLE, SpinnakerException, raise_error
from llpyspin.virtual.nodes import NA, NI, RO, RW, WO

__all__ = [
    "Combine",
    "DoesEnvironmentVariableExist",
    "GetFiles",
    "GetGenICamCLProtocolFolder",
    "GetGenICamCacheFolder",
    "GetGenICamLogConfig",
    "GetValueOfEnvironmentVariable",
    "ReplaceEnvironmentVariables",
    "SetGenICamCLProtocolFolder",
    "SetGenICamCacheFolder",
    "SetGenICamLogConfig",
    "ThrowBadAlloc",
    "Tokenize",
    "UrlDecode",
    "UrlEncode",
]

_VARIABLE = re.compile(r"\$\(([^)]+)\)")
_folders: dict[str, str] = {}


def Combine(*args: int) -> int:
    """The access that two access modes allow together."""
    left, right = args
    modes = {left, right}
    if NI in modes:
        return NI
    if NA in modes or modes == {RO, WO}:
        return NA
    return next((mode for mode in (WO, RO) if mode in modes), RW)


def Tokenize(str: Any, delimiters: str = " ") -> list[str]:
    """The parts of a text between any of the delimiters; C++ fills a vector, this returns a list."""
    return [part for part in re.split(f"[{re.escape(delimiters)}]+", f"{str}") if part]


def UrlEncode(Input: Any) -> str:
    return quote(str(Input), safe="")


def UrlDecode(Input: Any) -> str:
    return unquote(str(Input))


def DoesEnvironmentVariableExist(VariableName: Any) -> bool:
    return str(VariableName) in os.environ


def GetValueOfEnvironmentVariable(*args: Any) -> str:
    """``(name)``; an error if there is no such variable."""
    value = os.environ.get(str(args[0]))
    if value is None:
        raise SpinnakerException(
            f"GenICam::RuntimeException= Variable {args[0]} is not set. : RuntimeException thrown",
            -2004,
        )
    return value


def ReplaceEnvironmentVariables(Buffer: Any, ReplaceBlankBy20: bool = False) -> str:
    """The text with each ``$(NAME)`` replaced; C++ changes the buffer, this returns the new text."""
    text = _VARIABLE.sub(lambda match: GetValueOfEnvironmentVariable(match[1]), str(Buffer))
    return text.replace(" ", "%20") if ReplaceBlankBy20 else text


def GetFiles(FileTemplate: Any, DirectoriesOnly: bool = False) -> list[str]:
    """Names that fit a template with ``*`` and ``?``, sorted."""
    found = sorted(glob.glob(str(FileTemplate)))
    return [name for name in found if not DirectoriesOnly or Path(name).is_dir()]


def SetGenICamCacheFolder(path: Any) -> None:
    _folders["cache"] = str(path)


def GetGenICamCacheFolder() -> str:
    return _folder("cache", "GENICAM_CACHE_V3_0")


def SetGenICamLogConfig(path: Any) -> None:
    _folders["log"] = str(path)


def GetGenICamLogConfig() -> str:
    return _folder("log", "GENICAM_LOG_CONFIG_V3_0")


def SetGenICamCLProtocolFolder(path: Any) -> None:
    _folders["clprotocol"] = str(path)


def GetGenICamCLProtocolFolder() -> str:
    return _folder("clprotocol", "GENICAM_CLPROTOCOL")


def _folder(which: str, variable: str) -> str:
    """The folder that was set, else that of an environment variable."""
    found = _folders.get(which, os.environ.get(variable))
    if found is None:
        raise_error(f"No folder was set, neither here nor by {variable}.", NOT_AVAILABLE)
    return found


def ThrowBadAlloc() -> NoReturn:
    """Raise GenICam's error for memory that cannot be had."""
    raise SpinnakerException("GenICam::BadAllocException= bad allocation : BadAllocException thrown", -2010)
