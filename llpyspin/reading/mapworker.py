"""The entry of a worker process of ``map()``: it takes frames by name and calls the function."""

from __future__ import annotations

import pickle
import traceback
from typing import TYPE_CHECKING, Any

from llpyspin.errors import CallbackError
from llpyspin.frames import FrameReader, FrameToken, decode
from llpyspin.processes.byvalue import pack
from llpyspin.processes.callables import check_returned, name_of
from llpyspin.processes.functions import unpack_function
from llpyspin.processes.serving import Requests, serve

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MOST_BYTES", "RAISED", "RETURNED", "MapService", "main"]

LEAVE_S = 5.0
MOST_BYTES = 48 * 2**20  # of a result; messages take up to 64 MiB
RETURNED, RAISED = "returned", "raised"


def main(descriptor: int, parent: int) -> None:
    """Serve the parent process over the channel ``descriptor`` until it closes it, or dies."""
    serve(MapService(), descriptor, parent, leave_s=LEAVE_S, check=lambda: None)


class MapService(Requests):
    """The requests that a worker process answers, one method each."""

    def __init__(self) -> None:
        self.serial = ""
        self._reader: FrameReader | None = None
        self._function: Callable[..., Any] | None = None
        self._convert = True

    def do_open(self, serial: str, address: str, packed: bytes, convert: bool) -> None:
        """Have the function and the camera's frames; a class is made an object, and ``setup()`` called."""
        self.serial, self._convert = serial, convert
        self._reader = FrameReader(address, aside=True)
        function = unpack_function(packed)
        try:
            self._function = function() if isinstance(function, type) else function
            self._ask("setup")
        except Exception as error:  # noqa: BLE001 - whatever the user's class raises
            text = "".join(traceback.format_exception(error)).rstrip()
            told = CallbackError(
                f"{name_of(function)} could not be set up: {text.splitlines()[-1]}", camera=serial
            )
            told.remote_traceback = text
            raise told from None

    def do_apply(self, *token: Any) -> tuple[str, bytes, str]:
        """What the function returned or raised, pickled, and the text of a traceback."""
        assert self._reader is not None
        assert self._function is not None
        with self._reader.take(FrameToken(*token)) as frame:
            try:
                returned = self._function(decode(frame.data, frame.layout, color=self._convert))
                check_returned(returned)
                packed = _packed(returned)
                if len(packed) > MOST_BYTES:
                    raise ValueError(
                        f"the result has {len(packed) >> 20} MiB; {MOST_BYTES >> 20} MiB can be sent back"
                    )
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whoever wants the result gets it
                text = "".join(traceback.format_exception(error)).rstrip()
                return RAISED, _packed_or_none(error), text
        return RETURNED, packed, ""

    def do_close(self) -> None:
        self._ask("close")
        if self._reader is not None:
            self._reader.close()

    def _ask(self, name: str) -> None:
        """Call a method of the object that the function is, where it has one."""
        method = getattr(self._function, name, None)
        if callable(method):
            method()


def _packed(value: object) -> bytes:
    """Pickled; what only the user's main script knows is sent along by value."""
    try:
        return pickle.dumps(value, protocol=5)
    except (pickle.PicklingError, AttributeError, TypeError):
        return pack(value)


def _packed_or_none(error: BaseException) -> bytes:
    error = error.with_traceback(None)
    try:
        packed = _packed(error)
        pickle.loads(packed)  # some can be pickled and not be made again
    except Exception:  # noqa: BLE001 - its text and traceback travel all the same
        return pickle.dumps(None)
    return packed
