"""Objects that a ``with`` block closes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeVar

__all__ = ["Closing"]

_Self = TypeVar("_Self")


class Closing(ABC):
    """Has a ``close()``, which may be called twice."""

    @abstractmethod
    def close(self) -> None:
        """See the subclasses."""

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
