"""Virtual cameras for tests: a world of its own for each test, and nothing left of the System afterwards."""

from __future__ import annotations

import gc
import json
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import llpyspin.virtual as PySpin
from llpyspin.virtual.catalogue import model_named
from llpyspin.virtual.factory import camera_features
from llpyspin.virtual.interfaces import InterfacePtr
from llpyspin.virtual.lists import PointerList
from llpyspin.virtual.nodemap import INodeMap
from llpyspin.virtual.noderules import Rules
from llpyspin.virtual.references import CameraPtr
from llpyspin.virtual.registers import RegisterMemory

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

MODELS = (
    *("BFS-U3-16S2M", "BFS-U3-16S2C", "BFS-PGE-16S2M", "BFS-PGE-16S2C"),
    *("BFS-U3-51S5M", "BFS-U3-04S2M", "benchmark"),
)


class Bench:
    """Registers, rules and node map without an engine; ``writes`` is what an engine would be told."""

    def __init__(self, model: str = "BFS-U3-16S2M", serial: str = "12345678") -> None:
        self.model = model_named(model)
        self.memory = RegisterMemory(camera_features(self.model, serial))
        self.rules = Rules(self.memory, self.model)
        self.writes: list[tuple[str, str | None]] = []
        self.map = INodeMap(self.memory, model, before=lambda _: None, after=self._after, texts={})

    def _after(self, written: Any) -> None:
        for name, selector in written:
            self.rules.written(name)
            self.writes.append((name, selector))

    def node(self, name: str) -> Any:
        """The node as the interface of its kind."""
        found = self.map._interface(name)
        assert found is not None, name
        return found


def close_all(cameras: list[Any]) -> None:
    """End what they do, and let go of each one: the list is empty then."""
    while cameras:
        camera = cameras.pop()
        if camera.IsStreaming():
            camera.EndAcquisition()
        camera.DeInit()
        camera._point(None)


@contextmanager
def world(monkeypatch: pytest.MonkeyPatch, *models: str, collect: bool = True, **more: Any) -> Iterator[Any]:
    """A System with cameras "1001", "1002" ... of these models; it is released, and must let itself be."""
    cameras = [{"serial": str(1001 + i), "model": model} for i, model in enumerate(models)]
    config = {"cameras": cameras, "world": uuid.uuid4().hex[:12], **more}
    monkeypatch.setenv("LLPYSPIN_VIRTUAL", json.dumps(config))
    system = PySpin.System.GetInstance()
    try:
        yield system
    except BaseException:
        _let_go()
        raise
    finally:
        if collect:
            gc.collect()  # errors that a test caught hold frames, and those pointers
        system.ReleaseInstance()


def _let_go() -> None:
    """Empty what the error of a failed test keeps alive: the tests that follow need the System again."""
    for each in gc.get_objects():
        if issubclass(type(each), CameraPtr | InterfacePtr):
            each._point(None)
        elif issubclass(type(each), PointerList):
            each._items = []
