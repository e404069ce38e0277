"""Options whose values have units: ``--every 1h30m``, ``--min-disk 50GB``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from llpyspin.errors import SettingRangeError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Size", "Span"]


class Span(click.ParamType[float]):
    """A time span, in seconds."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        from llpyspin.recording.amounts import seconds_of

        seconds: float = _converted(self, seconds_of, value, param, ctx)
        return seconds


class Size(click.ParamType[int]):
    """A size, in bytes."""

    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from llpyspin.recording.amounts import bytes_of

        size: int = _converted(self, bytes_of, value, param, ctx)
        return size


def _converted(
    kind: click.ParamType[Any],
    read: Callable[[object, str], Any],
    value: Any,
    param: click.Parameter | None,
    ctx: click.Context | None,
) -> Any:
    try:
        return read(value, "it")
    except SettingRangeError as error:
        kind.fail(f"{value}: {error}", param, ctx)
