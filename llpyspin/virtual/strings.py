"""``gcstring`` and the vectors of GenApi, which Python programs seldom need: texts and lists do as well."""

from __future__ import annotations

from typing import Any, Generic, NoReturn, TypeVar

from llpyspin.virtual.exceptions import SpinnakerException

__all__ = ["double_autovector_t", "gcstring", "int64_autovector_t", "node_vector", "value_vector"]

T = TypeVar("T")

_NPOS = 2**64 - 1
_MOST = 2**31 - 1


def _out_of_range(place: int, size: int) -> NoReturn:
    raise SpinnakerException(
        f"GenICam::OutOfRangeException= Index {place} is not below {size}. : OutOfRangeException thrown",
        -2002,
    )


class gcstring:
    """A text that can be changed: ``gcstring()``, ``gcstring(text)``, ``gcstring(count, character)``."""

    def __init__(self, *args: Any) -> None:
        self._text = _text_of(args)

    def append(self, *args: Any) -> gcstring:
        self._text += _text_of(args)
        return self

    def assign(self, *args: Any) -> gcstring:
        self._text = _text_of(args)
        return self

    def compare(self, str: Any) -> int:
        """Below, at or above 0: whether this sorts before, equals, or sorts after the other."""
        other = _text_of((str,))
        return (self._text > other) - (self._text < other)

    def c_str(self) -> str:
        return self._text

    def empty(self) -> bool:
        return not self._text

    def find(self, *args: Any) -> int:
        """``(text[, offset])``: where the text begins; npos if it is not there."""
        wanted, offset = args if len(args) == 2 else (*args, 0)
        return _or_npos(self._text.find(_text_of((wanted,)), offset))

    def length(self) -> int:
        return len(self._text)

    size = length

    def resize(self, n: int) -> None:
        self._text = self._text[:n].ljust(n, "\0")

    def max_size(self) -> int:
        return _MOST

    def substr(self, *args: int) -> gcstring:
        """``([offset[, count]])``."""
        offset, count = (*args, *(0, _NPOS)[len(args) :])
        if not 0 <= offset <= len(self._text):
            _out_of_range(offset, len(self._text))
        return gcstring(self._text[offset : offset + count])

    def find_first_of(self, str: Any, offset: int = 0) -> int:
        wanted = _text_of((str,))
        return next((i for i in range(offset, len(self._text)) if self._text[i] in wanted), _NPOS)

    def find_first_not_of(self, str: Any, offset: int = 0) -> int:
        unwanted = _text_of((str,))
        return next((i for i in range(offset, len(self._text)) if self._text[i] not in unwanted), _NPOS)

    @staticmethod
    def _npos() -> int:
        return _NPOS

    def swap(self, Right: gcstring) -> None:
        self._text, Right._text = Right._text, self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (str, gcstring)) and str(self) == str(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, str: Any) -> bool:
        return self.compare(str) < 0

    def __gt__(self, str: Any) -> bool:
        return self.compare(str) > 0

    def __hash__(self) -> int:
        return hash(self._text)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"gcstring({self._text!r})"


def _text_of(args: tuple[Any, ...]) -> str:
    if not args:
        return ""
    if len(args) == 1 and isinstance(args[0], (str, gcstring)):
        return str(args[0])
    if len(args) == 2 and isinstance(args[0], int) and isinstance(args[1], str):
        return args[1] * args[0]
    raise TypeError("Wrong number or type of arguments for overloaded function of gcstring.")


def _or_npos(place: int) -> int:
    return _NPOS if place < 0 else place


class _Vector(Generic[T]):
    """A list with the methods of C++; where those want an iterator, this wants an index."""

    def __init__(self, *args: Any) -> None:
        count = args[0] if args else 0
        value = args[1] if len(args) == 2 else None
        self._items: list[Any] = list(count) if not isinstance(count, int) else [value] * count

    def assign(self, n: int, val: T) -> None:
        self._items = [val] * n

    def clear(self) -> None:
        self._items.clear()

    def at(self, *args: int) -> T:
        (place,) = args
        if not 0 <= place < len(self._items):
            _out_of_range(place, len(self._items))
        found: T = self._items[place]
        return found

    def front(self, *args: Any) -> T:
        del args
        return self.at(0)

    def back(self, *args: Any) -> T:
        del args
        return self.at(len(self._items) - 1)

    def begin(self, *args: Any) -> int:
        del args
        return 0

    def end(self, *args: Any) -> int:
        del args
        return len(self._items)

    def size(self) -> int:
        return len(self._items)

    def capacity(self) -> int:
        return len(self._items)

    def max_size(self) -> int:
        return _MOST

    def empty(self) -> bool:
        return not self._items

    def push_back(self, val: T) -> None:
        self._items.append(val)

    def pop_back(self) -> None:
        if not self._items:
            _out_of_range(0, 0)
        self._items.pop()

    def reserve(self, uiSize: int) -> None:
        """Nothing: Python's lists grow by themselves."""

    def erase(self, *args: int) -> None:
        """``(index)`` or ``(first, last)``."""
        first, last = args if len(args) == 2 else (args[0], args[0] + 1)
        del self._items[first:last]

    def insert(self, *args: Any) -> None:
        """``(index, value)`` or ``(index, count, value)``."""
        place, count, value = args if len(args) == 3 else (args[0], 1, args[1])
        self._items[place:place] = [value] * count

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, i: int) -> T:
        found: T = self._items[i]
        return found


class node_vector(_Vector[Any]):
    """Nodes."""

    def resize(self, uiSize: int) -> None:
        self._items = (self._items + [None] * uiSize)[:uiSize]


class value_vector(_Vector[Any]):
    """Nodes as values."""

    def assign(self, n: int, obj: Any) -> None:
        self._items = [obj] * n

    def resize(self, uiSize: int, val: Any) -> None:
        self._items = (self._items + [val] * uiSize)[:uiSize]


class int64_autovector_t(_Vector[int]):
    """Whole numbers, as GetListOfValidValues returns them in C++."""


class double_autovector_t(_Vector[float]):
    """Numbers, as GetListOfValidValues returns them in C++."""
