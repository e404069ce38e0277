"""The user's function: which kinds are allowed, how it is called, and what its return value means."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from llpyspin.callbacks.child.latency import BOTH, DATA, IMAGE, PASSED
from llpyspin.errors import FunctionError
from llpyspin.processes.callables import (
    POSITIONAL,
    check_class,
    check_methods,
    check_returned,
    check_runs,
    name_of,
    needed,
    parameters,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

__all__ = ["Callback", "Result", "check_function", "image_of", "is_image", "result_of"]

_FORMS = "a callback takes (buffer), (buffer, queue) or (buffer, queue, logger)"
_OPTIONAL = ("queue", "cb_queue", "logger", "cb_logger", "log")
"""Names of arguments with a default value that are given all the same."""


class Callback:
    """A function, or an object with ``__call__`` and, if it has them, ``setup``, ``close`` and ``unchanged``.

    Parameters
    ----------
    function : callable
        A class is made an object here, in the process that calls it.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._takes = check_function(function)
        self.name = name_of(function)
        self._made: Any = function() if isinstance(function, type) else function

    def setup(self) -> None:
        self._ask("setup")

    def close(self) -> None:
        self._ask("close")

    def __call__(self, *arguments: Any) -> Any:
        return self._made(*arguments[: self._takes])

    def unchanged(self, image: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """What is published of a frame that the function was not called with, or failed at.

        The frame itself, or what the object's own ``unchanged(image)`` makes of it, as one has to that gives
        frames of another size.
        """
        method = None if inspect.isfunction(self._made) else getattr(self._made, "unchanged", None)
        return image if method is None else image_of(method(image))

    def _ask(self, name: str) -> None:
        method = None if inspect.isfunction(self._made) else getattr(self._made, name, None)
        if callable(method):
            method()


def check_function(function: Callable[..., Any]) -> int:
    """How many arguments a callback takes: 1 to 3.

    Raises
    ------
    FunctionError
        It cannot be a callback; the text says why.
    """
    what = f"the callback {name_of(function)}"
    if not callable(function):
        raise FunctionError(f"a callback must be something that can be called, not {function!r}")
    if isinstance(function, type):
        check_class(function, what, "__call__(self, buffer, queue, logger)")
    check_runs(function, what)
    check_methods(function, what)
    try:
        takes = parameters(function)
    except (TypeError, ValueError):  # built in, and does not say
        return 1
    return _count(takes, needed(function), what)


def _count(takes: list[inspect.Parameter], least: int, what: str) -> int:
    places = [each for each in takes if each.kind in POSITIONAL]
    several = any(each.kind is each.VAR_POSITIONAL for each in takes)
    missing = [each for each in takes if each.kind is each.KEYWORD_ONLY and each.default is each.empty]
    count = max(1, least, sum(each.default is each.empty for each in places))
    if missing or count > 3 or not (places or several):
        raise FunctionError(f"{what} takes {', '.join(map(str, takes)) or 'nothing'}; {_FORMS}")
    if several:
        return 3
    while count < min(3, len(places)) and places[count].name in _OPTIONAL:
        count += 1
    return count


class Result(NamedTuple):
    """What a call gave.

    Attributes
    ----------
    outcome : str
        As in :mod:`llpyspin.callbacks.child.latency`.
    image : ndarray or None
    data : str
        As JSON; "": none.
    """

    outcome: str
    image: npt.NDArray[Any] | None = None
    data: str = ""


def result_of(returned: Any) -> Result:
    """What the return value of a function means.

    None: the frame itself.  An array of two or three dimensions is an image. A tuple of two, an image or None
    first, is image and data. Everything else is data.

    Raises
    ------
    ValueError
        The image is not of a kind that can be published.
    TypeError
        It is a coroutine or a generator, whose code has not run.
    """
    check_returned(returned)
    if returned is None:
        return Result(PASSED)
    if is_image(returned):
        return Result(IMAGE, image_of(returned))
    if isinstance(returned, tuple) and len(returned) == 2 and (returned[0] is None or is_image(returned[0])):
        image, data = returned
        if image is None:
            return Result(PASSED) if data is None else Result(DATA, None, _json(data))
        if data is None:
            return Result(IMAGE, image_of(image))
        return Result(BOTH, image_of(image), _json(data))
    return Result(DATA, None, _json(returned))


def is_image(value: Any) -> bool:
    """Whether this is an array with the dimensions of an image."""
    return isinstance(value, np.ndarray) and value.ndim in (2, 3)


def image_of(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array as an image that can be published; masks become black and white."""
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    gray = array.ndim == 2 and array.dtype in (np.uint8, np.uint16)
    if array.size and (gray or (array.ndim == 3 and array.shape[2] == 3 and array.dtype == np.uint8)):
        return array
    raise ValueError(
        f"the callback returned an array of shape {array.shape} and dtype {array.dtype}. An image is "
        "(height, width) of uint8, uint16 or bool, or (height, width, 3) of uint8 in BGR order. To return "
        "other data, make it a list: array.tolist()"
    )


def _json(data: Any) -> str:
    try:
        return json.dumps(data, default=_plain, separators=(",", ":"))
    except (TypeError, ValueError):  # keys that JSON has not, or a circle
        return json.dumps(str(data))


def _plain(value: Any) -> Any:
    """What JSON has not."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    return str(value)
