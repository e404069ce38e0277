"""Sends a user's function to another process, with the values that it uses.

They travel by value where the other process could not import them (the main script, a notebook, closures,
lambdas), and by name where it can.
"""

from __future__ import annotations

import linecache
import re
import types
from typing import TYPE_CHECKING, Any

from llpyspin.errors import FunctionError
from llpyspin.processes.byvalue import pack
from llpyspin.processes.callables import is_cached, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["pack_function", "unpack_function", "with_source"]

_DEEPEST = 6
_FRAME = re.compile(r'(\s*)File "(.+)", line (\d+), in .*')
_PLAIN = (types.ModuleType, type, str, bytes, int, float, complex, type(None))


def pack_function(function: Callable[..., Any], *, what: str = "the function") -> bytes:
    """A function, a class or an object that can be called, as bytes for :func:`unpack_function`.

    Parameters
    ----------
    function : callable
    what : str
        What it is for, to begin error texts with.

    Raises
    ------
    FunctionError
        It cannot be called, or there is something in it that cannot leave this process.  The text names that
        and where it is.
    """
    if not callable(function):
        raise FunctionError(f"{what} must be something that can be called, not {_described(function)}")
    try:
        return pack(function)
    except Exception as error:  # noqa: BLE001 - whatever it is that the values' classes raise
        raise _cannot_travel(function, what, error) from None


def unpack_function(packed: bytes) -> Callable[..., Any]:
    """What :func:`pack_function` packed, in another process.

    Raises
    ------
    FunctionError
        Something that it needs cannot be imported or made here; ``remote_traceback`` tells how it failed.
    """
    import cloudpickle

    try:
        function: Callable[..., Any] = cloudpickle.loads(packed)
    except Exception as error:
        raise FunctionError(
            f"the function cannot be made in its process: {type(error).__name__}: {error}"
        ) from error
    return function


def with_source(trace: str | None) -> str | None:
    """A traceback with lines of code that only this process has: those of cells of notebooks and IPython."""
    if trace is None:
        return None
    lines = trace.split("\n")
    told = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        told.append(line)
        match = _FRAME.fullmatch(line)
        if match is not None and not following.startswith(match[1] + "  "):
            code = linecache.getline(match[2], int(match[3])).strip()
            told += [f"{match[1]}  {code}"] if code else []
    return "\n".join(told)


def _cannot_travel(function: Callable[..., Any], what: str, error: Exception) -> FunctionError:
    path, value = _culprit(function)
    whole = (
        f"{what} {name_of(function)}()" if not isinstance(function, type) else f"{what} {name_of(function)}"
    )
    why = f"{type(error).__name__}: {error}"
    if not path:
        return FunctionError(f"{whole} cannot be sent to another process ({why}). {_ADVICE}")
    return FunctionError(
        f"{whole} uses {' of '.join(reversed(path))}, {_described(value)}, which cannot be sent to another "
        f"process ({why}). {_ADVICE}"
    )


_ADVICE = (
    "Cameras, open files, locks, windows and sockets belong to this process and cannot be sent. Pass a class "
    "that makes its own in setup(), and use the queue for what is to come back"
)


def _culprit(value: object) -> tuple[list[str], object]:
    """The way from a value to what is in it that cannot be packed, as names, and that; no names if it is
    the value itself."""
    path: list[str] = []
    seen = {id(value)}
    while len(path) < _DEEPEST:
        for name, part in _parts(value):
            if id(part) not in seen and not _can_be_packed(part):
                seen.add(id(part))
                path.append(name)
                value = part
                break
        else:
            break
    return path, value


def _can_be_packed(value: object) -> bool:
    if isinstance(value, _PLAIN) and not isinstance(value, type):
        return True
    try:
        pack(value)
    except Exception:  # noqa: BLE001 - the same
        return False
    return True


def _parts(value: object) -> Iterator[tuple[str, object]]:
    """What a value is made of, as far as a user would know it by name."""
    if type(value).__module__.startswith("llpyspin."):
        return
    if isinstance(value, types.MethodType):
        yield f"the object that {value.__name__}() belongs to", value.__self__
        value = value.__func__
    if is_cached(value):
        value = getattr(value, "__wrapped__", value)
    if isinstance(value, types.FunctionType):
        yield from _parts_of_function(value)
    elif isinstance(value, type):
        yield from ((f"{value.__name__}.{name}", part) for name, part in vars(value).items())
    elif isinstance(value, dict):
        yield from ((f"item {key!r}", part) for key, part in value.items())
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from ((f"item {place}", part) for place, part in enumerate(value))
    else:
        wrapped = [getattr(value, name, None) for name in ("func", "args", "keywords")]  # functools.partial
        yield from (
            (f"'{name_of(part)}'" if callable(part) else "an argument", part) for part in wrapped if part
        )
        if not isinstance(value, _PLAIN):
            yield from (
                (f"attribute '{name}'", part) for name, part in getattr(value, "__dict__", {}).items()
            )
            yield f"its class {type(value).__name__}", type(value)


def _parts_of_function(function: types.FunctionType) -> Iterator[tuple[str, object]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        try:
            yield f"'{name}'", cell.cell_contents
        except ValueError:
            pass  # not set yet
    for name in _names_used(function.__code__):
        if name in function.__globals__:
            yield f"'{name}'", function.__globals__[name]
    yield from (("a default argument", part) for part in function.__defaults__ or ())
    yield from ((f"'{name}'", part) for name, part in (function.__kwdefaults__ or {}).items())


def _names_used(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names_used(constant)


def _described(value: object) -> str:
    kind = type(value)
    whence = "" if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}."
    name = f"{whence}{kind.__qualname__}"
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
