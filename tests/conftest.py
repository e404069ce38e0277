"""Options of the whole test run, and how it is shared out where pytest-xdist runs it in several workers."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies

from tests.host_state import raised_threads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xdist.remote import Producer


@pytest.fixture(autouse=True)
def no_thread_is_raised() -> Iterator[None]:
    """No test leaves this process, and all children to come, at a priority that nobody asked for."""
    yield
    assert raised_threads() == []


def pytest_configure(config: pytest.Config) -> None:
    """Hear Ctrl-C, and with us all programs that tests start, also in the background of a shell."""
    if sys.dont_write_bytecode and not hasattr(config, "workerinput"):
        _keep_compiled_modules_elsewhere(config)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _keep_compiled_modules_elsewhere(config: pytest.Config) -> None:
    """Tests start thousands of processes, and each would compile the package: 0.15 s of CPU."""
    folder = tempfile.mkdtemp(prefix="llpyspin-tests-compiled-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ["PYTHONPYCACHEPREFIX"] = folder
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_finish() -> None:
    """Keep thousands of collected tests out of each garbage collection: many tests make one."""
    # For its first test, Hypothesis looks for its own random numbers in the garbage: see register_random.
    given(strategies.none())(_nothing)()
    gc.collect()
    gc.freeze()


def _nothing(_: None) -> None:
    """A test of nothing."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-rig",
        action="store_true",
        help="fail, instead of skipping, where the real SDK or the rig of virtual GigE cameras is missing",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Any:
    """Whole files, in the order in which they are found: tests/unit, many short ones, evens out the end.

    A file stays with one worker, for the cameras that its tests share take seconds to open.
    """
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False  # else the file of the longest test is the last: it has but one
    return LoadFileScheduling(config, log)
