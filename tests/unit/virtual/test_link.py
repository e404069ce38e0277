"""Commands to virtual cameras that are open in some process."""

from __future__ import annotations

import os
import tempfile
import threading
import uuid

import pytest

from llpyspin.system.mailboxes import Mailbox
from llpyspin.virtual.link import ask


@pytest.fixture(params=["name", "path"])
def address(request):
    if request.param == "name":
        yield f"llpyspin-test-{uuid.uuid4()}"
    else:
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            yield os.path.join(folder, "1001")


def test_camera_that_nobody_has_open_does_not_answer(address):
    assert ask(address, {"kind": "plug"}, 1.0) is None


def test_camera_that_ends_before_its_answer_is_not_open(address):
    camera = Mailbox(address)

    def die() -> None:
        camera.receive(10.0)
        camera.close()

    dying = threading.Thread(target=die)
    dying.start()
    assert ask(address, {"kind": "plug"}, 0.5) is None
    dying.join(10)


def test_camera_that_hangs_is_a_timeout(address):
    with Mailbox(address), pytest.raises(TimeoutError, match=address):
        ask(address, {"kind": "plug"}, 0.2)
