"""Arguments that do not exist: the error says which one was meant."""

from __future__ import annotations

import functools
import inspect
from typing import Any, TypeVar

from llpyspin.errors import UnknownArgumentError
from llpyspin.naming.known import did_you_mean

__all__ = ["checked_arguments"]

_Class = TypeVar("_Class", bound=type)


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
