"""Functions on their way to another process, and what in them cannot go there."""

from __future__ import annotations

import datetime
import functools
import pickle
import subprocess
import sys
import threading
import types
from typing import TYPE_CHECKING, Any

import cloudpickle
import pytest

from llpyspin.errors import FunctionError
from llpyspin.processes.callables import name_of
from llpyspin.processes.functions import pack_function, unpack_function

if TYPE_CHECKING:
    from collections.abc import Callable

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


def test_functions_of_a_script_travel_by_value(tmp_path: object) -> None:
    script = (
        "import sys; from llpyspin.processes.functions import pack_function\n"
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


@functools.lru_cache(maxsize=7, typed=True)
def known(number: int) -> int:
    return number


def test_functions_behind_a_cache_travel_with_an_empty_one() -> None:
    @functools.cache
    def fibonacci(n: int) -> int:
        return n if n < 2 else int(fibonacci(n - 1) + fibonacci(n - 2))

    def use(n: int) -> int:
        return int(fibonacci(n))

    fibonacci(5)
    made = unpack_function(pack_function(use))
    assert made(30) == 832040
    cached = unpack_function(pack_function(fibonacci))
    assert cached.cache_info()[:] == (0, 0, None, 0)  # type: ignore[attr-defined]
    assert (cached(10), cached.__name__) == (55, "fibonacci")
    other = unpack_function(pack_function(functools.lru_cache(maxsize=3)(known.__wrapped__)))
    assert other.cache_parameters() == {"maxsize": 3, "typed": False}  # type: ignore[attr-defined]
    assert unpack_function(pack_function(known)) is known


def test_methods_behind_a_cache_travel_with_their_class() -> None:
    class Model:
        @functools.lru_cache  # noqa: B019 - as users do
        def twice(self, number: int) -> int:
            return 2 * number

        def __call__(self, buffer: object) -> int:
            return int(self.twice(21))

    assert unpack_function(pack_function(Model()))(None) == 42


def test_what_is_behind_a_cache_and_cannot_travel_is_named() -> None:
    gate = threading.Lock()

    @functools.lru_cache
    def guarded(number: int) -> None:
        with gate:
            pass

    assert "'gate' of 'guarded', a _thread.lock" in refused(lambda buffer: guarded(1))


def test_packing_leaves_what_others_registered_with_cloudpickle_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = types.ModuleType("loaded_by_hand")
    exec("def twice(n): return 2 * n", module.__dict__)
    monkeypatch.setitem(sys.modules, "loaded_by_hand", module)
    packed = pack_function(module.twice)
    assert "loaded_by_hand" not in cloudpickle.list_registry_pickle_by_value()
    monkeypatch.delitem(sys.modules, "loaded_by_hand")
    assert unpack_function(packed)(2) == 4


def test_unpicklable_global_is_named_unless_the_function_is_imported() -> None:
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
    check = "import sys, llpyspin, llpyspin.processes.functions; sys.exit('cloudpickle' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_function_errors_travel() -> None:
    error = pickle.loads(pickle.dumps(FunctionError("no")))
    assert isinstance(error, FunctionError) and isinstance(error, TypeError)


def made_by(source: str, filename: str) -> Callable[..., Any]:
    """The function f of a source text, as if it stood in this file."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, filename, "exec"), names)
    function: Callable[..., Any] = names["f"]
    return function


@pytest.mark.parametrize("filename", ["/home/anna/track.py", "<ipython-input-3-0a>", "<string>"])
def test_code_keeps_the_name_of_its_file(filename: str) -> None:
    sent = made_by("def f():\n    def g(): ...\n    return g\n", filename)
    arrived = unpack_function(pack_function(sent))
    assert arrived.__code__ == sent.__code__
    assert (arrived.__code__.co_filename, arrived().__code__.co_filename) == (filename, filename)


def test_code_with_constants_that_only_cloudpickle_knows_still_travels() -> None:
    sent = made_by("def f():\n    return 'this'\n", "x.py")
    code = sent.__code__
    odd = tuple(datetime.timedelta(1) if each == "this" else each for each in code.co_consts)
    sent.__code__ = code.replace(co_consts=odd)
    assert unpack_function(pack_function(sent))() in (datetime.timedelta(1), "this")
