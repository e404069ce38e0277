"""Values of a test that stands for its kind with the first ones, and is slow with the others."""

from __future__ import annotations

from typing import Any

import pytest

__all__ = ["but_slow"]


def but_slow(first: list[Any], others: list[Any]) -> list[Any]:
    """For ``parametrize``: ``first`` in every run, ``others`` only where slow tests run."""
    return [*first, *(pytest.param(each, marks=pytest.mark.slow) for each in others)]
