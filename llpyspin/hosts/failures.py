"""Errors as plain data, by their names in :mod:`llpyspin.errors`, and back."""

from __future__ import annotations

import traceback
from typing import Any

import msgspec

from llpyspin import errors
from llpyspin.errors import HostError, LlpyspinError, SeveralError
from llpyspin.hosts.envelopes import Failure

__all__ = ["error_of", "failure_of"]

_APART = {"failures", "remote_traceback", "host"}


def failure_of(error: Exception) -> Failure:
    """What travels of an error; one that is not ours goes as a :class:`HostError`, with its text."""
    ours = error if isinstance(error, LlpyspinError) else HostError(f"{type(error).__name__}: {error}")
    several = ours.failures if isinstance(ours, SeveralError) else {}
    text = ours.remote_traceback or "".join(traceback.format_exception(error)).rstrip()
    return Failure(
        kind=_known_name(type(ours)),
        text=str(ours),
        attributes={name: value for name, value in vars(ours).items() if _travels(name, value)},
        failures={name: failure_of(each) for name, each in several.items()},
        traceback=text,
    )


def error_of(failure: Failure, host: str) -> LlpyspinError:
    """The error that a host has told of; a :class:`HostError` where this version has none of that name."""
    kind = getattr(errors, failure.kind, None)
    if isinstance(kind, type) and issubclass(kind, LlpyspinError):
        error: LlpyspinError = kind(failure.text)
    else:
        error = HostError(f"{failure.kind}: {failure.text}")
    for name, value in failure.attributes.items():
        if name in vars(error):  # which this version knows, too
            setattr(error, name, value)
    if isinstance(error, SeveralError):
        error.failures = {name: error_of(each, host) for name, each in failure.failures.items()}
    if isinstance(error, HostError):
        error.host = error.host or host
    error.remote_traceback = failure.traceback or None
    return error


def _known_name(kind: type[LlpyspinError]) -> str:
    """Of the class, or of the nearest one above it that everybody has."""
    names = (each.__name__ for each in kind.__mro__ if getattr(errors, each.__name__, None) is each)
    return next(names, LlpyspinError.__name__)


def _travels(name: str, value: Any) -> bool:
    if name in _APART:
        return False
    try:
        told = msgspec.msgpack.decode(msgspec.msgpack.encode(value))
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError):
        return False  # such as the processes that hold a camera: the text names them
    return bool(told == (list(value) if isinstance(value, tuple) else value))
