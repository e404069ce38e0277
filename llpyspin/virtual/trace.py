"""A trace of all calls of a program into PySpin: each with its moment, its time, arguments and result.

It works on any module of PySpin's shape: the virtual one, and the real one.  Only calls of the program are
printed, also those from its event handlers and callbacks; not those that the module makes itself.
"""

from __future__ import annotations

import functools
import inspect
import reprlib
import sys
import threading
import time
import types
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

__all__ = ["trace"]

_MARK = "_llpyspin_traced"
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80
_PRINTED = (type(None), bool, int, float, str, bytes, list, tuple)


def trace(
    module: ModuleType, say: Callable[[str], Any] = sys.stderr.write, *, long_s: float | None = None
) -> None:
    """Print every call into a module from now on.

    Parameters
    ----------
    module : module
        PySpin, or one of its shape.
    say : callable, optional
        Gets each line, with its end; standard error by default.
    long_s : float, optional
        A call that takes longer is also told before it returns, for it may never.
    """
    tracer = _Tracer(module, say)
    for name in sorted(name for name in dir(module) if not name.startswith("_")):
        found = getattr(module, name)
        if isinstance(found, type):
            for owner in _classes(found):
                tracer.own(owner.__module__)
                _trace_methods(owner, tracer)
        elif _is_function(found):
            setattr(module, name, _traced(found, name, tracer, method=False))
    if long_s is not None:
        threading.Thread(target=tracer.watch, args=[long_s], name="trace", daemon=True).start()


def _classes(found: type) -> Iterator[type]:
    """A class and those that it is made of, as far as they have methods of PySpin's."""
    for owner in found.__mro__:
        if not issubclass(owner, (BaseException, int)) and owner.__module__.split(".")[0] not in (
            *("builtins", "typing", "abc", "enum"),
        ):
            yield owner


def _trace_methods(owner: type, tracer: _Tracer) -> None:
    for name, found in list(vars(owner).items()):
        if name.startswith("_") and name != "__call__":
            continue
        if isinstance(found, staticmethod) and _is_function(found.__func__):
            wrapped = _traced(found.__func__, f"{owner.__name__}.{name}", tracer, method=False)
            setattr(owner, name, staticmethod(wrapped))
        elif _is_function(found):
            setattr(owner, name, _traced(found, name, tracer, method=True))


def _is_function(found: Any) -> bool:
    return isinstance(found, (types.FunctionType, types.BuiltinFunctionType)) and not hasattr(found, _MARK)


def _traced(function: Callable[..., Any], name: str, tracer: _Tracer, *, method: bool) -> Any:
    """A function that does the same, and says so."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if tracer.from_inside(sys._getframe(1).f_globals):
            return function(*args, **kwargs)
        return tracer.reported(
            lambda: _written(name, args, kwargs, method=method), lambda: function(*args, **kwargs)
        )

    setattr(call, _MARK, True)
    return call


def _written(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], *, method: bool) -> str:
    """The call as a program would write it."""
    what = f"{_label(args[0])}.{name}" if method and args else name
    shown = [_short(value) for value in args[1 if method else 0 :]]
    shown += [f"{key}={_short(value)}" for key, value in kwargs.items()]
    return f"{what}({', '.join(shown)})"


class _Tracer:
    """Tells the calls of the program from those of the module, and prints the former."""

    def __init__(self, module: ModuleType, say: Callable[[str], Any]) -> None:
        self._say = say
        self._roots = {module.__name__.split(".")[0], "llpyspin"}
        self._thread = threading.local()
        self._running: dict[int, tuple[float, str]] = {}

    def own(self, module: str) -> None:
        """A module whose calls are not the program's."""
        self._roots.add(module.split(".")[0])

    def from_inside(self, caller: dict[str, Any]) -> bool:
        """Whether a call comes from the module itself, in the course of another; by the caller's globals."""
        if not getattr(self._thread, "depth", 0):
            return False
        return str(caller.get("__name__", "")).split(".")[0] in self._roots

    def reported(self, what: Callable[[], str], function: Callable[[], Any]) -> Any:
        """Call, and print what came of it, whatever it was."""
        depth = getattr(self._thread, "depth", 0)
        self._thread.depth = depth + 1
        before = self._running.get(threading.get_ident())
        outcome = "!! interrupted"
        text, moment, began = what(), datetime.now(), time.perf_counter()
        self._running[threading.get_ident()] = began, f"{_who()}  {text}"
        try:
            result = function()
            outcome = f"-> {_short(result)}"
        except Exception as error:
            outcome = f"!! {type(error).__name__}: {error}"
            raise
        finally:
            took_ms = (time.perf_counter() - began) * 1000
            self._say(f"{moment:%H:%M:%S.%f} {took_ms:10.3f} ms  {_who()}  {text} {outcome}\n")
            self._thread.depth = depth
            self._return_to(before)
        return result

    def _return_to(self, before: tuple[float, str] | None) -> None:
        """Note that this thread is in the call before again, or in none."""
        if before is None:
            self._running.pop(threading.get_ident(), None)
        else:
            self._running[threading.get_ident()] = before

    def watch(self, long_s: float) -> None:
        """Say which calls do not return, for as long as the program runs."""
        told: set[tuple[float, str]] = set()
        pause = threading.Event()
        while not pause.wait(long_s / 5):
            now = time.perf_counter()
            running = set(self._running.copy().values())
            told &= running
            for began, text in running - told:
                if now - began > long_s:
                    told.add((began, text))
                    self._say(f"# {text} has not returned for {long_s:g} s\n")


def _who() -> str:
    """The thread, with the process if it is a child."""
    thread = threading.current_thread().name
    started = sys.modules.get("multiprocessing.process")  # by the program, if at all
    process = "MainProcess" if started is None else started.current_process().name
    return thread if process == "MainProcess" else f"{process}/{thread}"


def _label(owner: Any) -> str:
    """A node by its name, a camera by its serial number, everything else by its class."""
    kind = type(owner).__name__
    for method, form in (("GetName", "{0}"), ("GetUniqueID", "{1} {0}")):
        try:
            return form.format(getattr(owner, method)(), kind)
        except Exception:  # noqa: BLE001 - whatever an object says that has no name, or has lost it
            continue
    return kind


def _short(value: Any) -> str:
    if isinstance(value, _PRINTED):
        return _SHORT.repr(value)
    if inspect.isclass(value):
        return value.__name__
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return f"<array {shape} {getattr(value, 'dtype', '')}>"
    label, kind = _label(value), type(value).__name__
    return f"<{label}>" if label.startswith(kind) else f"<{kind} {label}>"
