"""What a recording may use up before it ends by itself: disk space, bytes, heat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from llpyspin.errors import SettingRangeError
from llpyspin.naming.known import did_you_mean, named
from llpyspin.recording.amounts import bytes_of, bytes_text
from llpyspin.settings import brief

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BUDGET", "NAMES", "Budget", "budget_mistakes", "budget_of"]

BUDGET = "budget"
"""The kind of the event of a recording that its budget ended."""
LEAST_BYTES = 10**6
"""Less is a number whose unit was forgotten."""
COLDEST, HOTTEST = 0.0, 150.0
LOW = 1.25
"""Times ``min_disk``: below this, a notice says that the disk gets full."""


@named
@dataclass(frozen=True)
class Budget:
    """Limits at which a recording ends; None: no limit.

    Attributes
    ----------
    min_disk : int or None
        Bytes that stay free on the disk of the videos.
    max_size : int or None
        Bytes of all videos together.
    max_temperature : float or None
        Of each camera, in °C, read before a recording begins and every 15 s.
    """

    min_disk: int | None = None
    max_size: int | None = None
    max_temperature: float | None = None

    def __bool__(self) -> bool:
        return (self.min_disk, self.max_size, self.max_temperature) != (None, None, None)

    def disk_reason(self, free: int | None) -> str:
        """Why a recording must not go on with so many bytes free; "" where it may, or nobody knows."""
        if free is None or self.min_disk is None or free >= self.min_disk:
            return ""
        return f"{bytes_text(free)} are free on the disk, and min_disk is {bytes_text(self.min_disk)}"

    def size_reason(self, written: int) -> str:
        """Why it must not go on after so many bytes."""
        if self.max_size is None or written < self.max_size:
            return ""
        return f"the videos have {bytes_text(written)}, and max_size is {bytes_text(self.max_size)}"

    def heat_reason(self, camera: str, temperature: float | None) -> str:
        """Why it must not go on with a camera that is so hot."""
        if temperature is None or self.max_temperature is None or temperature <= self.max_temperature:
            return ""
        return f"camera {camera} has {temperature:.1f} °C, and max_temperature is {self.max_temperature:g} °C"

    def is_low(self, free: int | None) -> bool:
        """Whether the disk will soon have too little room."""
        return free is not None and self.min_disk is not None and free < LOW * self.min_disk

    def less(self, written: int) -> Budget:
        """What is left of it after so many bytes."""
        return self if self.max_size is None else replace(self, max_size=max(0, self.max_size - written))


NAMES = tuple(Budget.__dataclass_fields__)


def budget_of(given: object) -> Budget:
    """A budget from a mapping, whose sizes may have units; None is one without limits.

    Raises
    ------
    SettingRangeError
        The text has all mistakes.
    """
    if isinstance(given, Budget):
        return given
    mistakes = [text for _, text in budget_mistakes(given)]
    if mistakes:
        raise SettingRangeError("\n".join(mistakes), setting="budget", value=given)
    assert given is None or isinstance(given, Mapping)
    values: dict[str, Any] = {
        name: _value(name, value) for name, value in (given or {}).items() if value is not None
    }
    return Budget(**values)


def budget_mistakes(given: object) -> Iterator[tuple[str, str]]:
    """The key and a sentence, for each thing that is wrong with a budget."""
    if given is None or isinstance(given, Budget):
        return
    if not isinstance(given, Mapping):
        yield "", f"budget must be a mapping with {', '.join(NAMES)}, not {brief(given)}"
        return
    for name, value in given.items():
        if name not in NAMES:
            meant = did_you_mean(name, NAMES, f"There are {', '.join(NAMES)}.")
            yield str(name), f"budget: {name!r} is not known. {meant}"
        elif value is not None:
            try:
                _value(name, value)
            except SettingRangeError as error:
                yield str(name), str(error)


def _value(name: str, value: Any) -> int | float:
    if name != "max_temperature":
        size = bytes_of(value, name)
        if size < LEAST_BYTES:
            raise SettingRangeError(
                f"{name} is {size} bytes, and at least 1 MB is needed. Write the unit, like 50GB",
                setting=name,
                value=value,
            )
        return size
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not COLDEST < value <= HOTTEST:
        raise SettingRangeError(
            f"max_temperature must be a number of °C, above {COLDEST:g} and up to {HOTTEST:g}, "
            f"not {brief(value)}",
            setting=name,
            value=value,
        )
    return float(value)
