"""Functions on their way to another process, and what in them cannot go there."""

from __future__ import annotations

import functools
import pickle
import subprocess
import sys
import threading

import pytest

from llpyspin.errors import FunctionError
from llpyspin.functions import name_of, pack_function, unpack_function

LOCK = threading.Lock()


def locked(buffer: object) -> None:
    with LOCK:
        pass


class Holder:
    def __init__(self) -> None:
        self.gate = threading.Lock()

    def __call__(self, buffer: object) -> None:
        pass


def refused(function: object) -> str:
    with pytest.raises(FunctionError) as caught:
        pack_function(function, what="the callback")  # type: ignore[arg-type]
    return str(caught.value)


def test_closures_and_lambdas_travel_with_what_they_need() -> None:
    offset = 5
    assert unpack_function(pack_function(lambda number: number + offset))(2) == 7


def test_functions_of_a_script_travel_by_value_to_a_process_that_has_not_the_script(tmp_path: object) -> None:
    script = (
        "import sys; from llpyspin.functions import pack_function\n"
        "def twice(number): return helper(number)\n"
        "def helper(number): return 2 * number\n"
        "sys.stdout.buffer.write(pack_function(twice))"
    )
    packed = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout
    assert unpack_function(packed)(4) == 8


def test_classes_travel_as_classes() -> None:
    class Counter:
        def __init__(self) -> None:
            self.count = 0

    assert unpack_function(pack_function(Counter))().count == 0


def test_a_global_that_cannot_travel_is_named_unless_the_function_is_imported_by_name() -> None:
    assert unpack_function(pack_function(locked)) is locked
    gate = threading.Lock()

    def guarded(buffer: object) -> None:
        with gate:
            pass

    def outer(buffer: object) -> None:
        guarded(buffer)

    text = refused(outer)
    assert "'gate' of 'guarded', a _thread.lock, which cannot be sent" in text
    assert "setup()" in text


def test_an_attribute_that_cannot_travel_is_named_with_its_object() -> None:
    assert "Holder() uses attribute 'gate', a _thread.lock" in refused(Holder())
    holder = Holder()
    assert "attribute 'gate' of 'holder'" in refused(lambda buffer: holder)
    assert "the object that __call__() belongs to" in refused(Holder().__call__)


def test_an_argument_of_a_partial_that_cannot_travel_is_named() -> None:
    assert "an argument" in refused(functools.partial(print, threading.Lock()))


def test_what_cannot_be_called_is_refused() -> None:
    assert refused(5) == "the callback must be something that can be called, not an int"


def test_what_the_other_process_cannot_import_is_told_there(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pack_function(locked)
    monkeypatch.setitem(sys.modules, __name__, None)
    with pytest.raises(FunctionError, match="ModuleNotFoundError"):
        unpack_function(packed)


def test_functions_have_names_in_texts() -> None:
    assert name_of(locked) == "locked"
    assert name_of(Holder()) == "Holder"
    assert name_of(functools.partial(print)) == "partial"


def test_importing_the_package_does_not_import_cloudpickle() -> None:
    check = "import sys, llpyspin, llpyspin.functions; sys.exit('cloudpickle' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_function_errors_travel() -> None:
    error = pickle.loads(pickle.dumps(FunctionError("no")))
    assert isinstance(error, FunctionError) and isinstance(error, TypeError)
