"""One call that another process makes: which function, and what became of it."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.errors import ArgumentTypeError, LlpyspinError, RecordingError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Outcome", "Task", "call"]


@dataclass(frozen=True)
class Task:
    """A function of this package, by its name, and the options of each call."""

    function: str
    options: Mapping[str, Any] = field(default_factory=dict)


class Outcome(NamedTuple):
    """What became of the item at this place: a result or an error, and how long it took."""

    place: int
    result: Any
    error: LlpyspinError | None
    seconds: float


def call(function: str, path: bytes, options: Mapping[str, Any]) -> Any:
    """Call a function of this package for a path.

    Raises
    ------
    LlpyspinError
        What it raised.  Any other error becomes a :class:`RecordingError` that names it.
    """
    module, _, name = function.partition(":")
    if module.partition(".")[0] != "llpyspin":
        raise ArgumentTypeError(f"{function} is no function of llpyspin")
    try:
        return getattr(importlib.import_module(module), name)(os.fsdecode(path), **options)
    except LlpyspinError:
        raise
    except Exception as error:
        raise RecordingError(f"{os.fsdecode(path)}: {type(error).__name__}: {error}") from error
