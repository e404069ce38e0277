"""Mailboxes: one process holds a name, and who sends to it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
from typing import TYPE_CHECKING

import pytest

from llpyspin.system.holders import held_by_another_user
from llpyspin.system.linux import linuxmailboxes as mailboxes
from llpyspin.system.mailboxes import Letter, Mailbox, NameTaken, Outbox
from llpyspin.system.waiting import wait

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 20.0


@pytest.fixture(params=["name", "path"])
def name(request: pytest.FixtureRequest) -> Iterator[str]:
    """A name, or a path, which is short, as that of a socket must be."""
    name = f"llpyspin-test-{uuid.uuid4().hex}"
    if request.param == "name":
        yield name
    else:
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            yield os.path.join(folder, name)


@pytest.fixture
def box(name: str) -> Iterator[Mailbox]:
    box = Mailbox(name)
    yield box
    box.close()


def test_name_is_held_by_one_until_it_is_closed(box: Mailbox, name: str) -> None:
    with pytest.raises(NameTaken, match=name) as taken:
        Mailbox(name)
    assert not taken.value.by_another_user
    assert not held_by_another_user(name)
    box.close()
    box.close()
    Mailbox(name).close()


def test_question_is_answered(box: Mailbox, name: str) -> None:
    with Mailbox.beside(name) as asking:
        asking.send(name, b"question", PATIENCE_S)
        assert wait([box], PATIENCE_S) == [box]
        letter = box.receive(PATIENCE_S)
        assert letter is not None
        assert letter.words == b"question"
        box.answer(letter, b"answer")
        answer = asking.receive(PATIENCE_S)
        assert answer is not None
        assert answer.words == b"answer"
        for seconds in (0, 0.001):
            with pytest.raises(TimeoutError):
                asking.receive(seconds)
    box.answer(letter, b"late")  # nobody is there


def test_message_to_nobody_is_refused(name: str) -> None:
    with Outbox() as sender, pytest.raises(ConnectionRefusedError):
        sender.send(name, b"words")


def test_full_mailbox_is_a_timeout(box: Mailbox, name: str) -> None:
    with Outbox() as sender:
        for seconds in (0, 0.001):
            with pytest.raises(TimeoutError):
                for _ in range(100_000):
                    sender.send(name, b"words", seconds)
    assert box.receive(0) is not None


def test_message_of_another_user_does_not_count(
    box: Mailbox, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Outbox() as sender:
        sender.send(name, b"words")
    monkeypatch.setattr(mailboxes, "this_user", lambda: os.geteuid() + 1)
    assert box.receive(PATIENCE_S) is None


def test_descriptors_that_come_along_are_not_kept(box: Mailbox, name: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.connect(mailboxes._place(name))
        before = len(os.listdir("/proc/self/fd"))
        socket.send_fds(sender, [b"words"], [0, 1])
        letter = box.receive(PATIENCE_S)
    assert letter is not None
    assert letter.words == b"words"
    assert len(os.listdir("/proc/self/fd")) == before - 1


def test_stop_wakes_who_waits_for_a_message(box: Mailbox) -> None:
    received: list[Letter | None] = []
    thread = threading.Thread(target=lambda: received.append(box.receive(None)))
    thread.start()
    box.stop()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert received in ([None], [Letter(b"", None)])


HOLD = """
import sys
from llpyspin.system.mailboxes import Mailbox
box = Mailbox(sys.argv[1])
print("held", flush=True)
box.receive(None)
"""


def test_name_of_a_killed_process_is_free(name: str) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, name], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(NameTaken):
            Mailbox(name)
        holder.send_signal(signal.SIGKILL)
        holder.wait(PATIENCE_S)
        with Outbox() as sender, pytest.raises(ConnectionRefusedError):
            sender.send(name, b"words")
        with Mailbox(name) as box, Outbox() as sender:
            sender.send(name, b"words")
            assert box.receive(PATIENCE_S) == Letter(b"words", None)


def test_forked_copy_leaves_the_name_to_its_process(name: str) -> None:
    box = Mailbox(name)
    pid = os.fork()
    if not pid:
        box.abandon()
        os._exit(0)
    assert os.waitpid(pid, 0) == (pid, 0)
    with Outbox() as sender:
        sender.send(name, b"words")
    assert box.receive(PATIENCE_S) == Letter(b"words", None)
    with pytest.raises(NameTaken):
        Mailbox(name)
    box.close()
    Mailbox(name).close()


def test_path_that_waits_for_an_answer_is_removed() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Mailbox.beside(os.path.join(folder, "box")).close()
        assert os.listdir(folder) == []
