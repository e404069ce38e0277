"""What happens in a forked copy of this process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["in_forked_copies"]


def in_forked_copies(function: Callable[[], object]) -> None:
    """Have every forked copy of this process call a function first; nothing where there is no ``fork``."""
    os.register_at_fork(after_in_child=function)
