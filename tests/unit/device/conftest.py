"""A stand-in for a camera, and a device that has opened it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llpyspin.device import Device
from tests.unit.fake_sdk import FakeCamera, FakeSdk

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def camera() -> FakeCamera:
    return FakeCamera()


@pytest.fixture
def device(camera: FakeCamera) -> Iterator[Device]:
    with Device(FakeSdk(camera), 0) as opened:
        camera.log.clear()
        yield opened
