"""Inspects a user's function: whether a call runs its code, and which arguments it takes."""

from __future__ import annotations

import functools
import inspect
import types
from typing import TYPE_CHECKING, Any

from llpyspin.errors import FunctionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "check_class",
    "check_methods",
    "check_plain",
    "check_returned",
    "check_runs",
    "check_takes",
    "is_cached",
    "name_of",
    "needed",
    "parameters",
]

_CACHED = type(functools.lru_cache(maxsize=1)(lambda: None))
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_METHODS = ("setup", "close", "unchanged")
"""Methods of the user's objects that are called besides ``__call__``."""


def name_of(function: Callable[..., Any]) -> str:
    """How error texts call a function, a class, or an object that can be called."""
    name = getattr(function, "__qualname__", None)
    return name if isinstance(name, str) else type(function).__qualname__


def is_cached(function: object) -> bool:
    """Whether it is what ``functools.lru_cache`` or ``functools.cache`` made."""
    return isinstance(function, _CACHED)


def check_runs(function: Callable[..., Any], what: str, instead: str = "a plain function is needed") -> None:
    """Refuse a function whose code a call does not run.

    Parameters
    ----------
    function : callable
        Of a class, its objects are what is called.
    what : str
        Begins error texts, as "the callback find".
    instead : str
        Ends them.

    Raises
    ------
    FunctionError
        It is ``async``, has a ``yield`` in it, or gives what it returned before for the same arguments.
    """
    for called in _layers(_called(function)):
        if is_cached(called):
            raise FunctionError(
                f"{what} is wrapped in functools.lru_cache, which does not call it again for the same "
                "arguments and accepts no arrays. Put the cache around a function that it calls"
            )
    check_plain(_called(function), what, instead)


def check_class(kind: type, what: str, call: str) -> None:
    """Refuse a class whose objects cannot be made here, or not be called.

    Raises
    ------
    FunctionError
    """
    if "__call__" not in {name for each in kind.__mro__[:-1] for name in vars(each)}:
        raise FunctionError(f"{what} is a class without {call}")
    try:
        inspect.signature(kind).bind()
    except TypeError as error:
        raise FunctionError(
            f"{what} is a class whose objects cannot be made without arguments ({error}); give an object"
        ) from None
    except ValueError:
        pass  # made in C, and does not say


def check_plain(function: Any, what: str, instead: str) -> None:
    """Refuse a function that is ``async`` or has a ``yield`` in it; see :func:`check_runs`."""
    while isinstance(function, functools.partial):
        function = function.func
    if not inspect.isroutine(function):
        function = type(function).__call__
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise FunctionError(f"{what} is an async function, which nobody would await; {instead}")
    if inspect.isgeneratorfunction(function):
        raise FunctionError(f"{what} is a generator (it contains 'yield'), which nobody would run; {instead}")


def check_methods(function: Callable[..., Any], what: str) -> None:
    """The same for the methods of an object, or of a class, that are called besides it."""
    if inspect.isroutine(function):
        return
    for name in _METHODS:
        method = getattr(function if isinstance(function, type) else type(function), name, None)
        if callable(method):
            check_plain(method, f"{name}() of {what}", "a plain method is needed")


def check_takes(function: Callable[..., Any], count: int, what: str, form: str) -> None:
    """Refuse a function that cannot be called with so many arguments."""
    try:
        signature = _signature(function)
    except (TypeError, ValueError):  # built in, and does not say
        return
    try:
        signature.bind(*[None] * count)
    except TypeError:
        takes = ", ".join(map(str, signature.parameters.values())) or "nothing"
        raise FunctionError(f"{what} takes {takes}; it is called as {form}") from None


def parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """What a call of a function, or of the objects of a class, takes.

    Of wrappers the outermost one counts that does not just pass on all that it gets, as ``*args``.

    Raises
    ------
    TypeError, ValueError
        It does not say, as what was made in C.
    """
    return list(_signature(function).parameters.values())


def needed(function: Callable[..., Any]) -> int:
    """How many positional arguments a call must have at least, whatever is behind a wrapper."""
    try:
        own = inspect.signature(_called(function), follow_wrapped=False).parameters.values()
    except (TypeError, ValueError):
        return 0
    places = sum(each.kind in POSITIONAL and each.default is each.empty for each in own)
    return places - isinstance(function, type)


def check_returned(returned: object) -> None:
    """Refuse what stands for code that has not run.

    Raises
    ------
    TypeError
    """
    if inspect.iscoroutine(returned):
        returned.close()  # or Python warns that nobody awaited it
        raise TypeError("a coroutine was returned, which nobody awaits: call asyncio.run() in the function")
    if inspect.isgenerator(returned) or inspect.isasyncgen(returned):
        raise TypeError("a generator was returned, whose code has not run: return a list of what it gives")


def _called(function: Any) -> Any:
    """What is called of a function, an object or a class."""
    return function.__call__ if isinstance(function, type) else function


def _layers(function: Any) -> Iterator[Any]:
    """A function, and what it passes its arguments on to."""
    for _ in range(100):
        yield function
        inner = _inner(function)
        if inner is None:
            return
        function = inner


def _inner(function: Any) -> Any:
    if isinstance(function, functools.partial):
        return function.func
    if isinstance(function, types.MethodType):
        return function.__func__
    if not inspect.isroutine(function) and not is_cached(function) and not hasattr(function, "__wrapped__"):
        method = _call_of(function)
        return method if inspect.isfunction(method) or is_cached(method) else None
    return getattr(function, "__wrapped__", None) if _passes_on(function) else None


def _call_of(value: Any) -> Any:
    """What Python calls of an object that is not a function."""
    return next((vars(kind)["__call__"] for kind in type(value).__mro__ if "__call__" in vars(kind)), None)


def _passes_on(function: Any) -> bool:
    """Whether a wrapper has no arguments of its own."""
    try:
        own = inspect.signature(function, follow_wrapped=False)
    except (TypeError, ValueError):
        return True
    return any(each.kind is each.VAR_POSITIONAL for each in own.parameters.values())


def _signature(function: Any) -> inspect.Signature:
    signature = inspect.signature(_declaring(_called(function)), follow_wrapped=False)
    if isinstance(function, type):  # without the object itself
        signature = signature.replace(parameters=list(signature.parameters.values())[1:])
    return signature


def _declaring(function: Any) -> Any:
    """The layer of a function that says what it takes."""
    if isinstance(function, functools.partial):
        return functools.partial(_declaring(function.func), *function.args, **function.keywords)
    if isinstance(function, types.MethodType):
        return types.MethodType(_declaring(function.__func__), function.__self__)
    if not inspect.isroutine(function) and not hasattr(function, "__wrapped__"):
        method = _call_of(function)
        if inspect.isfunction(method):
            return types.MethodType(_declaring(method), function)
    return inspect.unwrap(function, stop=lambda each: not _passes_on(each))
