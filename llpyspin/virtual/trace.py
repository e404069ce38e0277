"""A trace of all calls of a program into PySpin: each with its arguments, its result and its time.

It works on any module of PySpin's shape: the virtual one, and the real one.  Only calls from outside are
printed, not those that the module makes itself.
"""

from __future__ import annotations

import functools
import inspect
import reprlib
import sys
import threading
import time
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

__all__ = ["trace"]

_MARK = "_llpyspin_traced"
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80
_inside = threading.local()


def trace(module: ModuleType, say: Callable[[str], Any] = sys.stderr.write) -> None:
    """Print every call into a module from now on.

    Parameters
    ----------
    module : module
        PySpin, or one of its shape.
    say : callable, optional
        Gets each line, with its end; standard error by default.
    """
    for name in sorted(name for name in dir(module) if not name.startswith("_")):
        found = getattr(module, name)
        if isinstance(found, type):
            for owner in _classes(found):
                _trace_methods(owner, say)
        elif _is_function(found):
            setattr(module, name, _traced(found, name, say, method=False))


def _classes(found: type) -> Iterator[type]:
    """A class and those that it is made of, as far as they have methods of PySpin's."""
    for owner in found.__mro__:
        if not issubclass(owner, (BaseException, int)) and owner.__module__.split(".")[0] not in (
            *("builtins", "typing", "abc", "enum"),
        ):
            yield owner


def _trace_methods(owner: type, say: Callable[[str], Any]) -> None:
    for name, found in list(vars(owner).items()):
        if name.startswith("_") and name != "__call__":
            continue
        if isinstance(found, staticmethod):
            wrapped = _traced(found.__func__, f"{owner.__name__}.{name}", say, method=False)
            setattr(owner, name, staticmethod(wrapped))
        elif _is_function(found):
            setattr(owner, name, _traced(found, name, say, method=True))


def _is_function(found: Any) -> bool:
    return isinstance(found, (types.FunctionType, types.BuiltinFunctionType)) and not hasattr(found, _MARK)


def _traced(function: Callable[..., Any], name: str, say: Callable[[str], Any], *, method: bool) -> Any:
    """A function that does the same, and says so."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if getattr(_inside, "call", False):
            return function(*args, **kwargs)
        _inside.call = True
        try:
            return _reported(function, name, args, kwargs, say, method=method)
        finally:
            _inside.call = False

    setattr(call, _MARK, True)
    return call


def _reported(
    function: Callable[..., Any],
    name: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    say: Callable[[str], Any],
    *,
    method: bool,
) -> Any:
    what = f"{_label(args[0])}.{name}" if method and args else name
    shown = [_short(value) for value in args[1 if method else 0 :]]
    shown += [f"{key}={_short(value)}" for key, value in kwargs.items()]
    began = time.perf_counter()
    outcome = "!! interrupted"
    try:
        result = function(*args, **kwargs)
        outcome = f"-> {_short(result)}"
    except Exception as error:
        outcome = f"!! {type(error).__name__}: {error}"
        raise
    finally:
        took_ms = (time.perf_counter() - began) * 1000
        thread = threading.current_thread().name
        say(f"{took_ms:10.3f} ms  {thread}  {what}({', '.join(shown)}) {outcome}\n")
    return result


def _label(owner: Any) -> str:
    """A node by its name, everything else by its class."""
    try:
        return str(owner.GetName())
    except Exception:  # noqa: BLE001 - whatever an object says that has no name, or has lost its node
        return type(owner).__name__


def _short(value: Any) -> str:
    if value is None or isinstance(value, (bool, int, float, str, bytes, list, tuple)):
        return _SHORT.repr(value)
    if inspect.isclass(value):
        return value.__name__
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return f"<array {shape} {getattr(value, 'dtype', '')}>"
    label = _label(value)
    kind = type(value).__name__
    return f"<{kind}>" if label == kind else f"<{kind} {label}>"
