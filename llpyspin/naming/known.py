"""Names that do not exist: assigning to one is refused, and every error says which name was meant.

A class gets this by :func:`named`.  Nothing is looked up for names that exist, so that reading costs nothing.
"""

from __future__ import annotations

import contextlib
import inspect
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from llpyspin.errors import LlpyspinError, UnknownNameError
from llpyspin.naming.aliases import ALIASES, LOOSE_ALIASES, squashed
from llpyspin.naming.nearest import CLOSE, nearest_words

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["did_you_mean", "hinted", "meant", "named"]

VERY_CLOSE = 0.8
"""How similar a name must be to be suggested that a user's own class may want for itself."""
FREE = "Names that begin with an underscore are free, and a subclass can have names of its own."

_MISSING: Any = object()
_ANNOTATED: weakref.WeakKeyDictionary[type, frozenset[str]] = weakref.WeakKeyDictionary()

_Class = TypeVar("_Class", bound=type)


def meant(name: str, known: Iterable[str], *, certain: bool = False) -> str | None:
    """The one of the ``known`` names that somebody who wrote ``name`` most likely meant.

    Spelling counts first, then what other libraries call it, then similarity.  ``certain``: nothing else can
    have been meant.
    """
    wanted = squashed(name)
    there = {squashed(each): each for each in known}
    if wanted in there:
        return there[wanted]
    for other in _aliases(wanted, certain=certain):
        if other in there.values():
            return other
    near = nearest_words(name, there.values(), close=VERY_CLOSE if certain else CLOSE)
    return near[0] if near else None


def _aliases(word: str, *, certain: bool = False) -> tuple[str, ...]:
    loose = () if certain else LOOSE_ALIASES.get(word, ())
    return (*ALIASES.get(word, ()), *loose)


def did_you_mean(name: object, known: Iterable[str], otherwise: str = "") -> str:
    """ "Did you mean 'exposure'?"; ``otherwise`` where no known name is like it."""
    near = meant(name, known) if isinstance(name, str) else None
    return otherwise if near is None else f"Did you mean {near!r}?"


def hinted(cls: _Class) -> _Class:
    """Have reading an unknown name say which one was meant; a decorator of classes."""

    def __getattr__(self: Any, name: str) -> NoReturn:
        """Called where nothing of this name was found."""
        _not_found(self, name)

    cls.__getattr__ = __getattr__  # type: ignore[attr-defined]
    return cls


def named(cls: _Class) -> _Class:
    """Have no object of the class get attributes by mistake; a decorator of classes.

    Names that may be assigned are those of the class: properties with a setter, attributes of the class body
    and names that it annotates.  Names that begin with an underscore are free.  A subclass of somebody else
    may also assign names that are not much like one of these.
    """
    before: Any = cls.__setattr__

    def __setattr__(self: Any, name: str, value: Any) -> None:
        if not name.startswith("_"):
            _check(self, name, value)
        before(self, name, value)

    cls.__setattr__ = __setattr__  # type: ignore[method-assign,assignment]
    return hinted(cls)


# -- reading ------------------------------------------------------------------------------------------


def _not_found(owner: Any, name: str) -> NoReturn:
    cls = type(owner)
    if name.startswith("_"):
        raise _error(f"{cls.__name__!r} object has no attribute {name!r}", name)
    if _static(cls, name) is not _MISSING:  # a property whose own code failed so: its error, not this one
        object.__getattribute__(owner, name)
    if name in _annotated(cls):
        raise _error(f"{name!r} of this {cls.__name__} has no value yet", name)
    hint = cls.__dict__.get("_elsewhere", {}).get(name, "")
    hint = hint or _hint(owner, name, _public(cls)) or _of_constructor(cls, name)
    raise _error(f"{cls.__name__} has no attribute {name!r}. {hint}".rstrip(), name)


def _hint(owner: Any, name: str, known: set[str]) -> str:
    """What was meant: an item, a node, or an attribute."""
    item = _item(owner, name)
    if item is not None:
        return f'Did you mean ["{item}"]?'
    near = meant(name, known, certain=True)
    spelt = near is not None and squashed(near) == squashed(name)
    if name[:1].isupper() and "nodes" in _public(type(owner)) and not spelt:
        node = f'nodes["{name}"]'
        return f"Did you mean {node}?" if near is None else f"Did you mean {near!r}, or {node}?"
    return did_you_mean(name, known) or _near_item(owner, name)


def _of_constructor(cls: type, name: str) -> str:
    """That the constructor has an argument of this name; "" where it has none."""
    arguments = inspect.signature(cls).parameters if _is_ours(cls) else {}
    return f"It is an argument: {cls.__name__}(..., {name}=...)" if name in arguments else ""


def _near_item(owner: Any, name: str) -> str:
    near = meant(name, _items(owner).values())
    return "" if near is None else f'Did you mean ["{near}"]?'


def _item(owner: Any, name: str) -> str | None:
    """A key of a mapping by that name, or a camera of a rig."""
    return _items(owner).get(squashed(name))


def _items(owner: Any) -> dict[str, str]:
    """The keys of a mapping, or the cameras of a rig, by how :func:`squashed` spells them."""
    keys: list[Any] = []
    with contextlib.suppress(LlpyspinError):  # its camera is closed
        if isinstance(owner, Mapping):
            keys = list(owner)
        elif isinstance(_static(type(owner), "names"), property):
            keys = owner.names
    return {squashed(key): key for key in keys if isinstance(key, str)}


# -- assigning ----------------------------------------------------------------------------------------


def _check(owner: Any, name: str, value: Any) -> None:
    """Refuse a name that cannot be assigned."""
    cls = type(owner)
    there = _static(cls, name)
    if there is not _MISSING:
        _check_settable(cls, name, there, value)
        return
    if name in _annotated(cls):
        return
    if _is_ours(cls):
        hint = _hint(owner, name, _settable(cls)) or _of_constructor(cls, name)
        hint = hint or _hint(owner, name, _public(cls)) or FREE
        raise _error(f"{cls.__name__} has no attribute {name!r}, and nothing was set. {hint}", name)
    near = meant(name, _settable(cls), certain=True)
    if near is not None:
        raise _error(
            f"{cls.__name__} has no attribute {name!r}, and nothing was set. Did you mean {near!r}? For an "
            f"attribute of your own, write {name} = None into the body of the class",
            name,
        )


def _check_settable(cls: type, name: str, there: Any, value: Any) -> None:
    if isinstance(there, property) and there.fset is None:
        settable = _settable(cls)
        instead = next((each for each in _aliases(squashed(name)) if each in settable), None)
        hint = "" if instead is None else f" Set {instead!r} instead."
        raise _error(f"{name!r} of {cls.__name__} can only be read.{hint}", name)
    if inspect.isroutine(there) and not callable(value):
        raise _error(f"{name!r} is a method of {cls.__name__}: call it, as in {name}(...)", name)


# -- what a class has ---------------------------------------------------------------------------------


def _static(cls: type, name: str) -> Any:
    """What the class has under a name, as it stands there."""
    return next((each.__dict__[name] for each in cls.__mro__ if name in each.__dict__), _MISSING)


def _is_ours(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == __name__.partition(".")[0]


def _annotated(cls: type) -> frozenset[str]:
    """Names that the class or one of its bases annotates."""
    known = _ANNOTATED.get(cls)
    if known is None:
        found: set[str] = set()
        for each in cls.__mro__:
            with contextlib.suppress(NameError):  # Python 3.14 evaluates annotations only now
                found.update(inspect.get_annotations(each))
        known = _ANNOTATED[cls] = frozenset(found)
    return known


def _public(cls: type) -> set[str]:
    return {name for name in {*dir(cls), *_annotated(cls)} if not name.startswith("_")}


def _settable(cls: type) -> set[str]:
    """Public names that can be assigned, methods left out."""
    return {name for name in _public(cls) if _takes_values(_static(cls, name))}


def _takes_values(there: Any) -> bool:
    if isinstance(there, property):
        return there.fset is not None
    return not inspect.isroutine(there)


def _error(text: str, name: str) -> UnknownNameError:
    # With the name, and without the object: Python would add a suggestion of its own, and keep the camera.
    return UnknownNameError(text, name=name)
