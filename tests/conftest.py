"""Options of the whole test run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-rig",
        action="store_true",
        help="fail, instead of skipping, where the real SDK or the rig of virtual GigE cameras is missing",
    )
