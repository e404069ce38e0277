"""Programs in a terminal of their own."""

from __future__ import annotations

import os
from typing import Any

import pytest

__all__ = ["terminals"]


def terminals() -> Any:
    """pexpect; skips the test where the system has no terminals to give, as a bare chroot."""
    pexpect = pytest.importorskip("pexpect")
    try:
        ends = os.openpty()
    except OSError as error:
        pytest.skip(f"no terminal to be had: {error}")
    for end in ends:
        os.close(end)
    return pexpect
