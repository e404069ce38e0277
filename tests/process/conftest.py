"""Virtual cameras in a world of their own for each test, and nothing left behind by any."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pathlib
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil
import pytest

from llpyspin.deadlines import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MONO = "BFS-U3-16S2M"


@dataclass
class World:
    """A set of virtual cameras that no other test sees."""

    config: dict[str, object]
    serials: list[str]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "LLPYSPIN_VIRTUAL": json.dumps(self.config)}

    def run(self, script: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a Python script, as text, in this world."""
        return self.python("-c", script, timeout=timeout)

    def python(
        self, *arguments: str | pathlib.Path, cwd: pathlib.Path | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run Python with these arguments in this world."""
        return subprocess.run(
            [sys.executable, *arguments],
            env=self.environment,
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


def make_world(*models: str) -> World:
    serials = [f"{20000001 + index}" for index in range(len(models))]
    cameras = [{"serial": serial, "model": model} for serial, model in zip(serials, models, strict=True)]
    return World({"world": f"test-{uuid.uuid4().hex[:12]}", "cameras": cameras, "wires": []}, serials)


@pytest.fixture
def worlds(monkeypatch: pytest.MonkeyPatch) -> Callable[..., World]:
    """Make a world of the models named, and be in it."""

    def enter(*models: str) -> World:
        world = make_world(*models)
        monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(world.config))
        return world

    return enter


@pytest.fixture
def world(worlds: Callable[..., World]) -> World:
    """Two mono Blackfly S 16S2."""
    return worlds(MONO, MONO)


def descendants() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def shared_memory() -> set[str]:
    """Shared memory and semaphores, but for those that a living program beside this one has mapped or open.

    So two workers, or two people, that run tests at once do not count each other's; nor scratch files that
    somebody puts there, which have an extension.
    """
    entries = [pathlib.Path(entry.path) for entry in os.scandir("/dev/shm") if entry.is_file()]
    files = {str(path) for path in entries if not path.suffix or path.name.startswith("sem.")}
    if not files:
        return files
    for pid in set(psutil.pids()) - {os.getpid()} - descendants():
        process = pathlib.Path(f"/proc/{pid}")
        with contextlib.suppress(OSError):  # it has ended meanwhile
            files -= {line.split(maxsplit=5)[-1] for line in (process / "maps").read_text().splitlines()}
            files -= {os.readlink(descriptor) for descriptor in (process / "fd").iterdir()}
    return files


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    """Every process test ends with the processes and the /dev/shm entries that it began with."""
    before, shm = descendants(), shared_memory()
    yield
    gc.collect()
    left = []
    for pid in descendants() - before:
        try:
            process = psutil.Process(pid)
            process.wait(5)
        except psutil.NoSuchProcess:
            continue
        except psutil.TimeoutExpired:
            left.append(f"{pid}: {' '.join(process.cmdline())[:120]}")
    assert not left, f"processes left behind: {left}"
    deadline = Deadline(10)
    while (more := shared_memory() - shm) and not deadline.passed:
        time.sleep(0.1)  # another program may be between making, using and removing what is its own
    assert not more, f"left in /dev/shm: {more}"
