"""File access by the nodes of a camera: what was written is read again, and failures are told."""

from __future__ import annotations

import pytest

import llpyspin.virtual as PySpin
from llpyspin.virtual.filestore import CAPACITY
from tests.unit.virtual_cameras import Bench, world


class Client:
    """Does what the vendor's example of file access does."""

    def __init__(self, node):
        self.node = node

    def do(self, operation: str, mode: str = "") -> tuple[str, int]:
        if mode:
            self.node("FileOpenMode").FromString(mode)
        self.node("FileOperationSelector").FromString(operation)
        self.node("FileOperationExecute").Execute()
        return self.node("FileOperationStatus").ToString(), self.node("FileOperationResult").GetValue()

    def write(self, data: bytes, offset: int = 0) -> tuple[str, int]:
        self.node("FileAccessOffset").SetValue(offset)
        self.node("FileAccessLength").SetValue(len(data))
        self.node("FileAccessBuffer").Set(data)
        return self.do("Write")

    def read(self, length: int, offset: int = 0) -> bytes:
        self.node("FileAccessOffset").SetValue(offset)
        self.node("FileAccessLength").SetValue(length)
        status, count = self.do("Read")
        assert status == "Success"
        return bytes(self.node("FileAccessBuffer").Get())[:count]

    @property
    def size(self) -> int:
        return int(self.node("FileSize").GetValue())


@pytest.fixture
def client():
    bench = Bench()
    bench.node("FileSelector").FromString("UserFile1")
    return Client(bench.node)


def test_what_was_written_is_read_again(client):
    assert client.do("Open", "Write") == ("Success", 0)
    assert client.write(b"first, ") == ("Success", 7)
    assert client.write(b"second", 7) == ("Success", 6)
    assert client.do("Close") == ("Success", 0)
    assert client.size == 13
    assert client.do("Open", "Read") == ("Success", 0)
    assert client.read(100) == b"first, second"
    assert client.read(3, 7) == b"sec"
    assert client.read(3, 13) == b""
    client.do("Close")
    client.do("Open", "ReadWrite")
    assert client.write(b"FIRST") == ("Success", 5)
    assert client.read(13) == b"FIRST, second"
    client.do("Close")
    client.do("Open", "Write")
    client.do("Close")
    assert client.size == 0


def test_deleted_file_is_gone(client):
    client.do("Open", "Write")
    client.write(b"text")
    assert client.do("Delete") == ("Failure", 0)  # it is open
    client.do("Close")
    assert client.do("Delete") == ("Success", 0)
    assert client.size == 0
    assert client.do("Delete") == ("Failure", 0)
    assert client.do("Open", "Read") == ("Failure", 0)


def test_operations_that_do_not_fit_the_open_mode_fail(client):
    for operation in ("Read", "Write", "Close"):
        assert client.do(operation) == ("Failure", 0)
    client.do("Open", "Write")
    assert client.do("Open", "Write") == ("Failure", 0)
    assert client.do("Read") == ("Failure", 0)
    client.do("Close")
    client.do("Open", "Read")
    assert client.write(b"text") == ("Failure", 0)


def test_full_file_overflows(client):
    client.do("Open", "Write")
    assert client.write(bytes(10), CAPACITY - 4) == ("Overflow", 4)
    assert client.size == CAPACITY
    assert client.write(bytes(10), CAPACITY + 4) == ("Overflow", 0)
    assert client.size == CAPACITY


@pytest.mark.parametrize("name", ["UserSet0", "UserSet1", "UserSetDefault", "SerialPort0"])
def test_files_that_cannot_be_virtual_fail(client, name):
    client.node("FileSelector").FromString(name)
    assert client.do("Open", "Read") == ("Failure", 0)


def test_length_is_that_of_the_buffer(client):
    length = client.node("FileAccessLength")
    assert length.GetMax() == client.node("FileAccessBuffer").GetLength()
    with pytest.raises(PySpin.SpinnakerException, match="-2002"):
        length.SetValue(length.GetMax() + 1)


def test_files_last_in_a_named_world_and_are_locked_while_streaming(monkeypatch):
    with world(monkeypatch, "BFS-U3-16S2M") as system:
        camera = system.GetCameras().GetByIndex(0)
        camera.Init()
        nodes = camera.get()._nodemap
        client = Client(nodes._interface)
        client.node("FileSelector").FromString("UserFile1")
        client.do("Open", "Write")
        client.write(b"kept")
        client.do("Close")
        camera.BeginAcquisition()
        with pytest.raises(PySpin.SpinnakerException, match="-2006"):
            client.do("Open", "Read")
        camera.EndAcquisition()
        camera.DeInit()
        camera.get()._rules.files.restore({})
        camera.Init()
        client = Client(camera.get()._nodemap._interface)
        client.node("FileSelector").FromString("UserFile1")
        client.do("Open", "Read")
        assert client.read(10) == b"kept"
        camera.DeInit()
        camera._point(None)
