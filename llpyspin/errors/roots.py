"""What all errors of the package have in common."""

from __future__ import annotations

from typing import Any

from llpyspin.errors.tracebacks import rendered

__all__ = ["LlpyspinError", "without_traceback"]


def _rebuild(cls: type[LlpyspinError], args: tuple[Any, ...], state: dict[str, Any]) -> LlpyspinError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class LlpyspinError(Exception):
    """Base class of all errors of this package."""

    __module__ = "llpyspin.errors"

    remote_traceback: str | None = None
    """Traceback text from the camera process, if the error was raised there; else None."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, dict(self.__dict__))

    def _render_traceback_(self) -> list[str]:
        """What IPython and Jupyter show, see :mod:`llpyspin.errors.tracebacks`."""
        return rendered(self)


def without_traceback(error: BaseException) -> None:
    """Remove tracebacks from an error that is kept: they keep the local variables alive."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        link = waiting.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            link.__traceback__ = None
            waiting += [link.__cause__, link.__context__]
