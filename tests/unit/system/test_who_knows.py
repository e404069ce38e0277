"""Only system/ knows the operating system: what no import shows.  Imports have a contract in pyproject."""

from __future__ import annotations

import ast
import pathlib
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = pathlib.Path(__file__).parents[3] / "llpyspin"

NAMES = re.compile(
    r"sys\.(platform|getwindowsversion)|os\.name|os\.O_(CLOEXEC|NONBLOCK|NOFOLLOW|DIRECTORY|PATH|BINARY)"
    r"|os\.(memfd_create|MFD_\w+|eventfd\w*|EFD_\w+|pidfd_open|register_at_fork|fork|set_blocking"
    r"|(get|set)priority|PRIO_\w+|nice|sched_\w+|SCHED_\w+|sysconf|(f)?statvfs|posix_\w+|p(read|write)v?"
    r"|get(e)?[ug]id|getgroups|getppid|getsid|setsid|kill|killpg|wait(pid|id)?|WNOHANG|mkfifo|startfile)"
    r"|socket\.(AF_UNIX|socketpair|SCM_\w+|SO_PEERCRED|SO_PASSCRED|MSG_\w+|CMSG_\w+|send_fds|recv_fds)"
)
KEYWORDS = {
    "dir_fd",
    "src_dir_fd",
    "dst_dir_fd",
    "pass_fds",
    "start_new_session",
    "preexec_fn",
    "creationflags",
}
FOLDERS = re.compile(r"/(proc|sys|dev)(/|$)")

EXCEPTIONS = {
    # The doctor reads what this system says of the machine: its modules have /proc, /sys and /dev in them.
    "doctor/encoding.py": {"/dev"},
    "doctor/machine.py": {"/proc"},
    "doctor/memory.py": {"/proc", "/sys", "/dev"},
    "doctor/disk.py": {"/proc"},
    "doctor/network.py": {"/proc"},
    "doctor/nics.py": {"/proc", "/sys"},
    "doctor/host.py": {"os.getuid", "os.getgroups", "os.getegid", "os.geteuid"},
    "doctor/usb.py": {"/sys"},
    "doctor/usbtree.py": {"/sys", "/dev"},
    # A library that is made in memory, for an SDK that looks for the interpreter's.
    "virtual/_libpython.py": {"os.memfd_create", "/proc"},
}


def known(text: str) -> set[str]:
    """What a module has of the operating system."""
    found: set[str] = set()
    tree = ast.parse(text)
    documented = set(_docstrings(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = f"{node.value.id}.{node.attr}"
            if NAMES.fullmatch(name):
                found.add(name)
        elif isinstance(node, ast.ImportFrom) and node.module in ("os", "sys", "socket"):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in names if NAMES.fullmatch(name)}
        elif isinstance(node, ast.keyword) and node.arg in KEYWORDS:
            found.add(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            match = FOLDERS.match(node.value)
            if match is not None:
                found.add(f"/{match[1]}")
    return found


def _docstrings(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)


def test_only_system_knows_the_operating_system() -> None:
    everything = {
        path.relative_to(PACKAGE).as_posix(): known(path.read_text(encoding="utf-8"))
        for path in PACKAGE.rglob("*.py")
    }
    elsewhere = {
        name: names for name, names in everything.items() if names and not name.startswith("system/")
    }
    assert elsewhere == EXCEPTIONS


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import os\nos.memfd_create('x')", {"os.memfd_create"}),
        ("import os\nos.eventfd(0)\nos.eventfd_write(1, 1)", {"os.eventfd", "os.eventfd_write"}),
        ("from os import pidfd_open, path", {"os.pidfd_open"}),
        ("import sys\nif sys.platform == 'win32': pass", {"sys.platform"}),
        ("import socket\nsocket.socket(socket.AF_UNIX)", {"socket.AF_UNIX"}),
        ("import os\nos.stat('x', dir_fd=3)", {"dir_fd"}),
        ("import os\nos.pread(1, 2, 3)\nos.pwritev(1, [], 3)", {"os.pread", "os.pwritev"}),
        ("open('/proc/self/maps')\nname = f'/dev/{1}'", {"/proc", "/dev"}),
        ('"""/proc has it."""\nimport os\nos.open("/data", os.O_RDONLY)', set()),
    ],
)
def test_what_knows_the_operating_system_is_found(text: str, names: set[str]) -> None:
    assert known(text) == names
