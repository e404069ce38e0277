"""Start a rig of virtual GigE cameras for tests, and go into its network."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import queue
import shutil
import subprocess
import sys
import threading
import uuid
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import Deadline

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PYTHON = os.environ.get("LLPYSPIN_RIG_PYTHON", "/usr/bin/python3")
"""The interpreter of the system, for Aravis comes with it and not from PyPI."""

START_S = 30.0
ANSWER_S = 10.0


def why_not() -> str:
    """Why no rig can be had here; "" if it can."""
    if platform.system() != "Linux":
        return "network namespaces are a thing of Linux"
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "the command ip is missing (apt-get install iproute2)"
    if util.find_spec("rotpy") is None:
        return "rotpy is not installed (pip install rotpy, CPython up to 3.11)"
    imports = "import numpy, gi; gi.require_version('Aravis', '0.8'); from gi.repository import Aravis"
    try:
        tried = subprocess.run(
            [PYTHON, "-c", imports], capture_output=True, text=True, timeout=START_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{PYTHON}, the Python of the system, cannot be run: {error}"
    if tried.returncode:
        return (
            f"{PYTHON} cannot import what the rig needs "
            f"(apt-get install gir1.2-aravis-0.8 python3-gi python3-numpy): {tried.stderr.strip()[-200:]}"
        )
    made = subprocess.run(
        ["unshare", "--net", "true"], capture_output=True, text=True, timeout=START_S, check=False
    )
    return f"network namespaces are not allowed here: {made.stderr.strip()}" if made.returncode else ""


class Rig:
    """A running rig.

    ``serials`` are those of its cameras, ``namespace`` is the network in which they are to be found.  The
    rig lives as long as its standard input is open, so it ends with this process, however that ends.
    """

    program: tuple[str, ...] = (PYTHON, str(HERE / "virtual_gige.py"))

    def __init__(self, cameras: int = 2, **options: object) -> None:
        self.name = f"t{os.getpid()}-{uuid.uuid4().hex[:4]}"
        words = [*self.program, "--name", self.name, "--cameras", str(cameras), "--leashed"]
        for option, value in options.items():
            words += [f"--{option.replace('_', '-')}", *([] if value is True else [str(value)])]
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=child_environment()
        )
        self._said: queue.Queue[dict[str, Any]] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        try:
            ready = self._hear(START_S)
        except TimeoutError:
            self.stop()
            raise
        self.namespace: str = ready["namespace"]
        self.serials: list[str] = ready["serials"]

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(json.loads(line))

    def _hear(self, timeout_s: float) -> dict[str, Any]:
        try:
            return self._said.get(timeout=timeout_s)
        except queue.Empty:
            raise TimeoutError(
                f"the rig said nothing for {timeout_s} s; exit status {self._process.poll()}"
            ) from None

    def command(self, *words: object) -> Any:
        """Give the rig a command (see README.md), wait until it is carried out, and give its answer."""
        assert self._process.stdin is not None
        print(*words, file=self._process.stdin, flush=True)
        answer = self._hear(ANSWER_S)
        if "done" not in answer:
            raise ValueError(f"the rig refused: {answer}")
        return answer.get("answer")

    def stop(self) -> None:
        """End the rig and wait until its namespaces are gone."""
        if self._process.poll() is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                self._process.wait(ANSWER_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(ANSWER_S)
                raise
            finally:
                self._listener.join(ANSWER_S)
                assert self._process.stdout is not None
                self._process.stdout.close()

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """For this thread, and the threads and processes that it starts, the rig's network is the network."""
        with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{self.namespace}") as there:
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(home.fileno())

    def run(
        self, code: str | Path, *arguments: str, timeout: float = 60.0, python: str = sys.executable
    ) -> subprocess.CompletedProcess[str]:
        """Run Python code, or a script, in a process of its own in the rig's network.

        Gives what ``subprocess.run`` gives, with the output as text.  ``subprocess.TimeoutExpired`` after
        ``timeout`` seconds; the process is killed then.
        """
        script = [str(code)] if isinstance(code, Path) else ["-c", code]
        return subprocess.run(
            ["ip", "netns", "exec", self.namespace, python, *script, *arguments],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env=child_environment(),
        )

    def popen(self, code: str, *arguments: str) -> subprocess.Popen[str]:
        """Start Python code in a process in the rig's network, its standard streams being pipes."""
        return subprocess.Popen(
            ["ip", "netns", "exec", self.namespace, sys.executable, "-c", code, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=child_environment(),
        )


class WireRig(Rig):
    """A rig of the test devices in ``tests.rig.wire``."""

    program = (sys.executable, "-m", "tests.rig.wire")


def child_environment() -> dict[str, str]:
    """The environment, with this checkout first on the module path."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _enter(namespace: int) -> None:
    network = 0x40000000  # CLONE_NEWNET
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, network):
        number = ctypes.get_errno()
        raise OSError(number, f"setns: {os.strerror(number)}")


def wait_for_line(
    process: subprocess.Popen[str], text: str, timeout_s: float, *, everything: bool = False
) -> str:
    """Read the output of a process until a line that contains ``text``; give that line, or all up to it."""
    lines: queue.Queue[str] = queue.Queue()
    assert process.stdout is not None
    output = process.stdout

    def listen() -> None:
        while True:
            line = output.readline()
            lines.put(line)
            if text in line or not line:
                return

    threading.Thread(target=listen, daemon=True).start()
    deadline = Deadline(timeout_s)
    heard = ""
    while True:
        try:
            line = lines.get(timeout=deadline.remaining())
        except queue.Empty:
            raise TimeoutError(f"no {text!r} within {timeout_s} s, only: {heard}") from None
        if text in line:
            return heard + line if everything else line
        if not line:
            raise EOFError(f"the process ended without {text!r}; it said: {heard}")
        heard += line
