"""Values that describe a camera and its settings.  The settings themselves are listed in device/table.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from llpyspin.errors import SettingRangeError
from llpyspin.naming.known import hinted, named
from llpyspin.tables.texttable import Tabular, TextTable

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "AUTOMATIC",
    "AccessMode",
    "AutomaticNumber",
    "AutomaticRatios",
    "CameraInfo",
    "Limits",
    "NodeInfo",
    "RestoreReport",
    "Roi",
    "brief",
    "given_again",
    "require",
]

_MOST_SHOWN = 60

AccessMode = Literal["NI", "NA", "WO", "RO", "RW"]
"""GenICam access mode: not implemented, not available, write only, read only, read and write."""


AUTOMATIC = {"auto": "auto", "continuous": "auto", "once": "once", "off": "off"}
"""What a setting that the camera can find by itself takes instead of a number, and how it is read again."""


def _is_mode(value: str, mode: str) -> bool:
    return AUTOMATIC.get(value.lower()) == mode


class AutomaticNumber(float):
    """A number that the camera chooses by itself: the one of the moment.

    It is a float for calculations.  It also equals the text ``"auto"`` (or ``"once"``), and ``repr`` shows
    both.

    Attributes
    ----------
    mode : str
        "auto": the camera goes on choosing.  "once": it is still looking for a value, which it then keeps.

    Examples
    --------
    >>> exposure = AutomaticNumber(1523.0, "auto")
    >>> exposure, exposure == "auto", exposure / 2
    (1523.0 (auto), True, 761.5)
    """

    __slots__ = ("mode",)
    mode: str

    def __new__(cls, value: float, mode: str) -> AutomaticNumber:
        made = super().__new__(cls, value)
        made.mode = mode
        return made

    def __eq__(self, other: object) -> bool:
        return _is_mode(other, self.mode) if isinstance(other, str) else float.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = float.__hash__

    def __repr__(self) -> str:
        return f"{float.__repr__(self)} ({self.mode})"

    def __str__(self) -> str:
        return float.__repr__(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return AutomaticNumber, (float(self), self.mode)


def given_again(value: Any) -> Any:
    """What sets a setting to a value that was read from it: an automatic goes on choosing."""
    return getattr(value, "mode", value)


class AutomaticRatios(tuple[float, ...]):
    """The same for the ratios (red, blue) of a white balance."""

    mode: str

    def __new__(cls, values: tuple[float, ...], mode: str) -> AutomaticRatios:
        made = super().__new__(cls, values)
        made.mode = mode
        return made

    def __eq__(self, other: object) -> bool:
        return _is_mode(other, self.mode) if isinstance(other, str) else tuple.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = tuple.__hash__

    def __repr__(self) -> str:
        return f"{tuple.__repr__(self)} ({self.mode})"

    def __reduce__(self) -> tuple[Any, ...]:
        return AutomaticRatios, (tuple(self), self.mode)


@hinted
class Roi(NamedTuple):
    """A region of interest in pixels of the (binned) image, in the order of array indices."""

    y: int
    x: int
    height: int
    width: int

    @classmethod
    def from_xywh(cls, x: int, y: int, width: int, height: int) -> Roi:
        """Make a region from OpenCV's order.

        Examples
        --------
        >>> Roi.from_xywh(300, 200, 640, 480)
        Roi(y=200, x=300, height=480, width=640)
        """
        return cls(y, x, height, width)

    @property
    def xywh(self) -> tuple[int, int, int, int]:
        """The same in OpenCV's order: (x, y, width, height)."""
        return self.x, self.y, self.width, self.height

    def __str__(self) -> str:
        return f"(y={self.y}, x={self.x}, height={self.height}, width={self.width})"


@named
@dataclass(frozen=True, repr=False)
class Limits:
    """What a setting accepts.

    ``min``, ``max`` and ``inc`` are None where they do not apply.  ``entries`` names the choices of an
    enumeration that are available now, or the words that a setting takes besides numbers.  ``unit`` is as the
    camera gives it ("us", "dB", "Hz", "%").
    For ``binsize`` and ``roi``, ``min``/``max``/``inc`` are tuples, one item an axis, in the setting's order.
    """

    min: Any = None
    max: Any = None
    inc: Any = None
    unit: str = ""
    entries: tuple[str, ...] = ()

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        choice = "one of " + ", ".join(self.entries)
        if self.entries and self.max is None:
            return choice
        step = f" in steps of {self.inc}" if self.inc not in (None, 0, 1) else ""
        return f"{self.min} to {self.max}{unit}{step}" + (f", or {choice}" if self.entries else "")

    def __repr__(self) -> str:
        shown = str(self) if self.entries or self.max is not None or self.min is not None else "none"
        return f"<Limits: {shown}>"


@named
@dataclass(frozen=True, repr=False)
class NodeInfo:
    """One GenICam node, as the camera describes it."""

    name: str
    type: str  # Integer, Float, Boolean, Enumeration, String, Command, Category, Register
    access: AccessMode
    value: Any = None
    limits: Limits = Limits()
    display_name: str = ""
    description: str = ""
    category: str = ""
    visibility: str = ""

    def __str__(self) -> str:
        unit = f" {self.limits.unit}" if self.limits.unit else ""
        lines = [f"{self.name} = {self.value!r}{unit}  ({self.type}, {self.access})"]
        if self.limits.entries or self.limits.max is not None:
            lines.append(f"  {self.limits}")
        if self.description:
            lines.append(f"  {self.description}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        unit = f" {self.limits.unit}" if self.limits.unit else ""
        return f"<NodeInfo {self.name} = {brief(self.value)}{unit} ({self.type}, {self.access})>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and Jupyter show."""
        printer.text("NodeInfo(...)" if cycle else str(self))


@named
@dataclass(frozen=True)
class CameraInfo:
    """Which camera this is."""

    serial: str
    model: str
    vendor: str
    interface: str  # "USB3" or "GigE"
    firmware: str
    color: bool
    sensor_size: tuple[int, int]  # (height, width)
    sdk: str  # "pyspin", "rotpy" or "virtual"
    sdk_version: str
    virtual: bool
    replay_of: str = ""  # path of the recording that a virtual camera replays


@named
@dataclass(frozen=True, repr=False)
class RestoreReport(Tabular):
    """What became of a snapshot of settings that was loaded into a camera.

    ``refused`` maps the node to why it did not take; ``changed`` maps the node to (asked for, got) where the
    camera rounded it; ``missing`` are nodes that this camera does not have.
    """

    applied: tuple[str, ...] = ()
    changed: dict[str, tuple[Any, Any]] | None = None
    refused: dict[str, str] | None = None
    missing: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the camera now holds every value of the snapshot exactly."""
        return not (self.changed or self.refused or self.missing)

    def table(self) -> TextTable:
        """How many took, and a row for each that did not take as it was asked for."""
        rows = [
            (n, brief(asked), f"rounded to {brief(got)}") for n, (asked, got) in (self.changed or {}).items()
        ]
        rows += [(n, "", f"refused: {why}") for n, why in (self.refused or {}).items()]
        rows += [(n, "", "this camera has no such node") for n in self.missing]
        return TextTable(("setting", "asked for", "what happened"), rows, before=[self._summary()])

    def _summary(self) -> str:
        counts = {
            "rounded": len(self.changed or {}),
            "refused": len(self.refused or {}),
            "missing": len(self.missing),
        }
        total = len(self.applied) + sum(counts.values())
        others = "".join(f", {count} {what}" for what, count in counts.items() if count)
        of_all = f" of {total}" if others else ""
        return f"{len(self.applied)}{of_all} settings applied{others}"

    def __str__(self) -> str:
        return str(self.table())

    def __repr__(self) -> str:
        return f"<RestoreReport: {self._summary()}>"


def brief(value: object, text: Callable[[object], str] = repr) -> str:
    """A value in a message, whatever it is: not much longer than a line lets it be."""
    try:
        shown = text(value)
    except ValueError:  # Python does not write out integers of more than 4300 digits
        return "a number of thousands of digits"
    return shown if len(shown) <= _MOST_SHOWN else shown[: _MOST_SHOWN - 3] + "..."


def require(name: str, value: object, holds: bool, what: str) -> None:
    """Refuse an argument.

    Raises
    ------
    SettingRangeError
    """
    if not holds:
        raise SettingRangeError(f"{name} must be {what}, not {value!r}", setting=name, value=value)
