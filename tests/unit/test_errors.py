"""The tree of errors, and how much of a traceback users see."""

from __future__ import annotations

import ast
import builtins
import copy
import inspect
import pathlib
import pickle
import queue
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from llpyspin import errors
from llpyspin.callbacks.child.items import QueueEmptyError, QueueFullError
from llpyspin.errors import LlpyspinError, UnknownCameraError
from llpyspin.errors.tracebacks import shortened
from llpyspin.recording.options import RecordingOptions
from llpyspin.rig import CameraConfig, Rig, RigConfig
from llpyspin.system.holders import Holder
from llpyspin.web.serverplan import ServerPlan

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGE = pathlib.Path(errors.__file__).parents[1]
ROOMS = ("camera", "sync", "rig", "reading", "display", "processed", "frames", "doctor", "naming", "*.py")
"""What users call; other rooms are checked by the errors that come out of these."""
INSIDE = {
    "frames/writer.py": {"ValueError"},  # the camera process, as the next two
    "frames/block.py": {"ValueError"},
    "frames/generations.py": {"ValueError"},
    "frames/wire.py": {"EOFError"},
    "frames/pixels.py": {"ValueError"},
    "reading/mapworker.py": {"ValueError"},  # in a worker: users get a CallbackError
    "reading/mapping.py": {"StopIteration", "StopAsyncIteration"},
    "reading/asynchronous.py": {"StopAsyncIteration"},
    "processed/adapting.py": {"ValueError"},  # in the callback's process
    "doctor/models.py": {"ValueError"},
    "camera/prompt.py": {"AttributeError"},
    "camera/which.py": {"TypeError"},  # caught there
}


def classes() -> list[type[LlpyspinError]]:
    found = [getattr(errors, name) for name in errors.__all__]
    return [each for each in found if inspect.isclass(each)]


@pytest.mark.parametrize("cls", classes())
def test_error_survives_a_copy_and_a_pickle(cls: type[LlpyspinError]) -> None:
    error = cls("the text")
    error.remote_traceback = "there"
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (type(other), str(other), other.remote_traceback) == (cls, "the text", "there")


@pytest.mark.parametrize(
    ("cls", "builtin"),
    [
        (errors.ArgumentError, ValueError),
        (errors.ArgumentTypeError, TypeError),
        (errors.NotSendableError, TypeError),
        (errors.UnknownCameraError, KeyError),
        (errors.NoSuchPictureError, IndexError),
        (errors.OutputExistsError, FileExistsError),
        (errors.RecordingExistsError, FileExistsError),
        (errors.FrameReleasedError, ValueError),
        (errors.NotInNotebookError, RuntimeError),
        (QueueFullError, queue.Full),
        (QueueEmptyError, queue.Empty),
    ],
)
def test_error_is_also_what_python_programs_expect(cls: type[LlpyspinError], builtin: type) -> None:
    assert issubclass(cls, LlpyspinError)
    assert issubclass(cls, builtin)


def test_users_only_get_errors_of_the_tree() -> None:
    found: dict[str, set[str]] = {}
    for room in ROOMS:
        paths = PACKAGE.glob(room) if "*" in room else (PACKAGE / room).rglob("*.py")
        for path in paths:
            names = _raised(path) - {"NotImplementedError"}
            if names:
                found[path.relative_to(PACKAGE).as_posix()] = names
    assert found == INSIDE


def _raised(path: pathlib.Path) -> set[str]:
    """Exceptions of Python's own that a module raises."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if isinstance(raised, ast.Name):
                names.add(raised.id)
    kinds = vars(builtins)
    return {each for each in names if inspect.isclass(kinds.get(each)) and issubclass(kinds[each], Exception)}


def test_holders_of_a_camera_travel_with_the_error() -> None:
    error = errors.CameraInUseError("in use", camera="1", holders=(Holder(7, 5, "python a.py"),))
    assert pickle.loads(pickle.dumps(error)).holders[0].program == 5
    assert str(error.holders[0]) == "process 5 (python a.py)"


def test_name_of_an_unknown_camera_is_not_quoted() -> None:
    assert str(UnknownCameraError("this rig has no camera 'top'")) == "this rig has no camera 'top'"


def test_shortened_traceback_has_users_lines_only() -> None:
    with pytest.raises(LlpyspinError) as raised:
        Rig({"top": {"index": 0, "roel": "primary"}}, sdk="virtual")
    names = []
    link = shortened(raised.tb)
    while link is not None:
        names.append(link.tb_frame.f_code.co_filename)
        link = link.tb_next
    assert names == [__file__]
    assert raised.value.__traceback__ is not None  # the whole one stays with the error


@pytest.mark.parametrize(
    "call",
    [
        lambda: RecordingOptions(container="mvk"),
        lambda: RigConfig((CameraConfig("1"),), sdk="virtul"),
        lambda: ServerPlan(port=-1),
    ],
)
def test_shortened_traceback_has_no_code_that_dataclasses_made(call: Callable[[], object]) -> None:
    with pytest.raises(LlpyspinError) as raised:
        call()
    names = []
    link = shortened(raised.tb)
    while link is not None:
        names.append(link.tb_frame.f_code.co_filename)
        link = link.tb_next
    assert set(names) == {__file__}


SCRIPT = """\
import llpyspin
def experiment():
    llpyspin.Rig({"top": {"index": 0, "roel": "primary"}}, sdk="virtual")
experiment()
"""


def ran(tmp_path: pathlib.Path, full: bool) -> str:
    script = tmp_path / "experiment.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, str(script)],
        env={"PYTHONPATH": str(PACKAGE.parent), **({"LLPYSPIN_TRACEBACK": "full"} if full else {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    return done.stderr


def test_script_shows_its_own_lines_and_the_message(tmp_path: pathlib.Path) -> None:
    said = ran(tmp_path, full=False)
    assert 'experiment.py", line 4' in said
    assert 'experiment.py", line 3, in experiment' in said
    assert "llpyspin.errors.RigConfigError: " in said
    assert str(PACKAGE) not in said
    assert said.endswith("(lines inside llpyspin are left out; LLPYSPIN_TRACEBACK=full shows them)\n")


def test_environment_variable_shows_everything(tmp_path: pathlib.Path) -> None:
    said = ran(tmp_path, full=True)
    assert str(PACKAGE / "rig" / "rig.py") in said
