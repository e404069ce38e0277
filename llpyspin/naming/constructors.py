"""Arguments that do not exist, of constructors, methods and functions: the error says which one was meant."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from llpyspin.errors import ArgumentTypeError, LlpyspinError, UnknownArgumentError
from llpyspin.naming.known import did_you_mean, named

__all__ = ["checked_arguments", "checked_call", "checked_methods", "guarded"]

_Class = TypeVar("_Class", bound=type)
_Function = TypeVar("_Function", bound=Callable[..., Any])


def _set_later(cls: type, name: str) -> str:
    """What to do instead, where it is an attribute that can be set."""
    there = inspect.getattr_static(cls, name, None)
    read_only = isinstance(there, property) and there.fset is None
    if read_only or not hasattr(type(there), "__set__"):
        return ""
    return f"Set {name} on the object once it is made."


def checked_arguments(cls: _Class) -> _Class:
    """Have the constructor say which argument was meant; a decorator of classes."""
    init: Any = cls.__init__  # type: ignore[misc]  # it is that of this class
    code = init.__code__
    known = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]

    @functools.wraps(init)
    def __init__(self: Any, *arguments: Any, **options: Any) -> None:
        for name in options:
            if name not in known:
                raise UnknownArgumentError(
                    f"{cls.__name__}() has no argument {name!r}. "
                    + (_set_later(cls, name) or did_you_mean(name, known, f"It has {', '.join(known)}."))
                )
        init(self, *arguments, **options)

    cls.__init__ = __init__  # type: ignore[misc]
    return cls


def checked_call(function: _Function) -> _Function:
    """Have a function say which argument was meant, or is missing; a decorator.

    It costs less than a microsecond a call.  Not for ``async`` functions.
    """
    code: Any = function.__code__  # it is one written in Python
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    shown = known[1:] if known[:1] == ("self",) else known
    takes_all = bool(code.co_flags & inspect.CO_VARKEYWORDS)

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        for name in () if takes_all else options:
            if name not in known:
                hint = did_you_mean(name, shown, f"It has {', '.join(shown)}.")
                raise UnknownArgumentError(f"{function.__name__}() has no argument {name!r}. {hint}")
        try:
            return function(*arguments, **options)
        except TypeError as error:
            trace = error.__traceback__
            if isinstance(error, LlpyspinError) or (trace is not None and trace.tb_next is not None):
                raise
            wrong = str(error)  # it was not called at all
        raise ArgumentTypeError(f"{wrong}. Its arguments: {', '.join(shown)}")

    return call  # type: ignore[return-value]


def _takes_more_than_self(method: Any) -> bool:
    return bool(method.__code__.co_argcount + method.__code__.co_kwonlyargcount > 1)


def checked_methods(*but: str) -> Callable[[_Class], _Class]:
    """Have the public methods of a class say which argument was meant; a decorator of classes.

    Methods in ``but`` stay as they are: those that are called for every frame.
    """

    def checked(cls: _Class) -> _Class:
        for name, value in list(vars(cls).items()):
            public = inspect.isfunction(value) and not name.startswith("_") and name not in but
            if public and not inspect.iscoroutinefunction(value) and _takes_more_than_self(value):
                setattr(cls, name, checked_call(value))
        return cls

    return checked


def guarded(*but: str) -> Callable[[_Class], _Class]:
    """:func:`named` and :func:`checked_methods` together, for the classes that users call most."""

    def both(cls: _Class) -> _Class:
        return checked_methods(*but)(named(cls))

    return both
