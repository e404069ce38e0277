"""Which processes have something open, as this computer has it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING

from llpyspin.system.holders import find_holders, named_socket, printed_serial, usb_file
from llpyspin.system.linux import linuxholders as holders
from llpyspin.system.programs import alive, this_program

if TYPE_CHECKING:
    import pathlib

    import pytest


def test_holder_of_a_socket_is_found_with_its_command() -> None:
    name = f"llpyspin-test/{uuid.uuid4().hex}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as held:
        held.bind(f"\0{name}")
        [holder] = find_holders(named_socket(name))
        assert (holder.pid, holder.program) == (os.getpid(), os.getpid())
        assert "python" in holder.command or "pytest" in holder.command
        assert find_holders(named_socket(name), but=[os.getpid()]) == ()
    assert named_socket(name) == []
    assert find_holders([]) == ()


def test_usb_camera_is_found_by_the_number_that_is_printed_on_it(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, vendor, raw, bus, number in (
        ("2-1", "1e10", "01DAB2D1", "2", "7"),
        ("2-2", "1e10", "15342345", "2", "8"),
        ("2-3", "046d", "01DAB2D1", "2", "9"),
        ("2-4", "1e10", "", "2", "10"),
    ):
        folder = tmp_path / name
        folder.mkdir()
        for key, text in {"idVendor": vendor, "serial": raw, "busnum": bus, "devnum": number}.items():
            (folder / key).write_text(text + "\n")
    monkeypatch.setattr(holders, "USB_DEVICES", str(tmp_path))
    assert printed_serial("01DAB2D1") == "31109841"
    assert usb_file("1e10", "31109841") == ["/dev/bus/usb/002/007"]
    assert usb_file("1e10", "15342345") == ["/dev/bus/usb/002/008"]
    assert usb_file("1e10", "1") == []


def test_children_belong_to_the_program_that_started_them() -> None:
    script = "import llpyspin.system.programs as programs; print(programs.this_program())"
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert said.stdout.strip() == this_program()


def test_program_is_alive_until_its_process_ends() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    name = f"{child.pid}-aa"
    assert alive(name)
    child.communicate(b"\n", timeout=30)
    assert not alive(name)
    assert alive("not a number")


def test_long_command_is_cut_in_the_middle(tmp_path: pathlib.Path) -> None:
    script = tmp_path / ("long_" * 30) / "experiment.py"
    script.parent.mkdir()
    script.write_text("print('ready', flush=True); input()")
    name = f"llpyspin-test/{uuid.uuid4().hex}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as held:
        held.bind(f"\0{name}")
        child = subprocess.Popen(
            [sys.executable, script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[held.fileno()],
        )
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            [command] = {one.command for one in find_holders(named_socket(name), but=[os.getpid()])}
        finally:
            child.communicate(b"\n", timeout=30)
    assert len(command) < 125
    assert command.startswith(sys.executable[:20])
    assert command.endswith("long_/experiment.py")
