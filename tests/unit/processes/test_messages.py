"""The channel between a user's process and a camera process."""

from __future__ import annotations

import enum
import pickle
import socket
import threading
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llpyspin import errors
from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraHungError, LlpyspinError, SdkError, SettingRangeError
from llpyspin.processes.messages import Channel, ChannelClosed, Reply, Request, pack, portable_error, unpack
from llpyspin.system.pipes import End

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


def pair() -> tuple[Channel, Channel]:
    ours, theirs = Channel.pair()
    return ours, Channel(theirs)


@given(st.lists(PLAIN, max_size=5))
def test_messages_arrive_whole_and_in_order(values: list[object]) -> None:
    here, there = pair()
    for number, value in enumerate(values):
        here.send(Request(number, "set", pack((value,))))
    for number, value in enumerate(values):
        got, operation, arguments = there.receive(Deadline(1))
        assert (got, operation, unpack(arguments)) == (number, "set", (value,))
    here.close()
    there.close()


def test_message_in_pieces_is_waited_for_and_complete() -> None:
    ours, theirs = socket.socketpair()
    channel = Channel(End(ours.detach()))
    body = pickle.dumps((1, "value", None), protocol=5)
    message = len(body).to_bytes(4, "big") + body
    theirs.sendall(message[:7])
    with pytest.raises(TimeoutError):
        channel.receive(Deadline(0.01))
    theirs.sendall(message[7:])
    assert channel.receive(Deadline(1)) == (1, "value", None)
    channel.close()
    theirs.close()


def test_a_large_message_does_not_block_for_ever_when_nobody_reads() -> None:
    here, there = pair()
    with pytest.raises(TimeoutError):
        here.send(Request(1, "set", bytes(50_000_000)), Deadline(0.05))
    here.close()
    there.close()


def test_a_closed_end_is_noticed_by_both_sides() -> None:
    here, there = pair()
    there.close()
    with pytest.raises(ChannelClosed):
        here.receive(Deadline(1))
    with pytest.raises(ChannelClosed):
        here.send(Request(1, "ping", pack(())))
    here.close()


def test_shutdown_wakes_a_receiver_in_another_thread() -> None:
    here, there = pair()
    woken = threading.Event()

    def receive() -> None:
        with pytest.raises(ChannelClosed):
            here.receive()
        woken.set()

    thread = threading.Thread(target=receive)
    thread.start()
    here.shutdown()
    assert woken.wait(5)
    thread.join(5)
    here.close()
    there.close()


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_keeps_its_class_text_and_attributes_across_a_process(name: str) -> None:
    cls = getattr(errors, name)
    assert issubclass(cls, LlpyspinError)
    error = cls("what is wrong")
    error.remote_traceback = "Traceback ..."
    if hasattr(error, "camera"):
        error.camera = "12345678"
    again = pickle.loads(pickle.dumps(Reply(1, None, error))).error
    assert type(again) is cls
    assert str(again) == "what is wrong"
    assert again.__dict__ == error.__dict__


def test_keyword_attributes_survive_pickling() -> None:
    error = SettingRangeError("framerate 500 fps refused", setting="framerate", value=500)
    again = pickle.loads(pickle.dumps(error))
    assert (again.setting, again.value, str(again)) == ("framerate", 500, "framerate 500 fps refused")


def test_a_foreign_error_becomes_an_sdk_error_with_its_code_and_traceback() -> None:
    class Unpicklable(Exception):
        errorcode = -1010

        def __reduce__(self) -> str:
            raise TypeError("cannot pickle")

    try:
        raise Unpicklable("camera says no")
    except Unpicklable as error:
        portable = portable_error(error, "12345678")
    again = pickle.loads(pickle.dumps(portable))
    assert isinstance(again, SdkError)
    assert (again.errorcode, again.camera) == (-1010, "12345678")
    assert "camera says no" in str(again)
    assert "Unpicklable" in again.remote_traceback


def test_an_error_of_ours_stays_itself() -> None:
    error = CameraHungError("stuck", camera="1")
    assert portable_error(error) is error


class Binning(enum.IntEnum):
    TWO = 2


class Mode(str, enum.Enum):
    OFF = "Off"


class Corner(NamedTuple):
    y: int
    x: int


@pytest.mark.parametrize(
    ("value", "plain"),
    [(Binning.TWO, 2), (Mode.OFF, "Off"), (Corner(1, 2), (1, 2)), (np.float64(1.5), 1.5), (True, True)],
)
def test_subclasses_of_numbers_texts_and_tuples_keep_their_type(value: object, plain: object) -> None:
    (got,) = unpack(pack((value,)))
    assert got == plain
    assert type(got) is type(plain)


def test_a_value_that_cannot_leave_the_process_is_refused() -> None:
    with pytest.raises(SettingRangeError, match="function means nothing to the camera process"):
        pack(("exposure", lambda: 1))


def test_a_value_of_an_unknown_class_is_refused_where_it_arrives() -> None:
    packed = pack((Unknown(),)).replace(b"Unknown", b"Unheard")
    with pytest.raises(SettingRangeError, match="Unheard"):
        unpack(packed)


class Unknown:
    pass


def test_a_channel_that_was_closed_here_says_so() -> None:
    here, there = pair()
    here.close()
    with pytest.raises(ChannelClosed):
        here.receive(Deadline(1))
    with pytest.raises(ChannelClosed):
        here.send(Request(1, "ping", pack(())), Deadline(1))
    there.close()
