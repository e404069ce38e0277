"""genicam on a Python without a shared library of its own.

The wheels of genicam name ``libpython3.x.so.1.0`` as a library that they need.  The Python of Debian and
Ubuntu, of pyenv and of uv has all of it in its program instead. The library is then a package that an
ordinary user cannot install.  Nothing in it would be used: the program's own functions come first in the
search of the dynamic linker.  It only wants a library of that name to be there, so it gets an empty one.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import struct
import sys
import sysconfig
from pathlib import Path
from typing import Any

__all__ = ["import_genapi", "provide"]

_HEADER, _PROGRAM, _SYMBOL = 64, 56, 24  # bytes of the structures of a 64-bit ELF file
_PT_LOAD, _PT_DYNAMIC, _PT_GNU_STACK = 1, 2, 0x6474E551
_DT_NULL, _DT_HASH, _DT_STRTAB, _DT_SYMTAB, _DT_STRSZ, _DT_SYMENT, _DT_SONAME = 0, 4, 5, 6, 10, 11, 14
_WRITE_READ = 6
_PAGE = 0x1000

_provided: list[ctypes.CDLL] = []  # a library that is let go would be unloaded


def import_genapi() -> Any:
    """``genicam.genapi``, the reference implementation.

    Raises
    ------
    ImportError
        It is not installed, or cannot be loaded.
    """
    try:
        return importlib.import_module("genicam.genapi")
    except ImportError as error:
        if not provide(str(error)):
            raise
        return importlib.import_module("genicam.genapi")


def provide(missing: str) -> bool:
    """Have the library that an ``ImportError`` names; whether it is worth trying the import again.

    Parameters
    ----------
    missing : str
        The text of the error.
    """
    name = f"libpython{sys.version_info.major}.{sys.version_info.minor}.so.1.0"
    if not missing.startswith(f"{name}:") or _provided:
        return False
    try:
        _provided.append(_real(name) or _empty(name))
    except OSError:
        return False
    return True


def _real(name: str) -> ctypes.CDLL | None:
    """The library itself, where this Python has one that the dynamic linker does not know of."""
    path = Path(sysconfig.get_config_var("LIBDIR") or "", name)
    try:
        return ctypes.CDLL(os.fspath(path)) if path.is_absolute() and path.is_file() else None
    except OSError:
        return None  # of another architecture, say


def _empty(name: str) -> ctypes.CDLL:
    """A library with this name and nothing in it, from memory."""
    if sys.maxsize < 1 << 32 or sys.byteorder != "little":
        raise OSError("only for 64-bit little-endian machines")
    with open(sys.executable, "rb") as program:
        machine = struct.unpack_from("<H", program.read(20), 18)[0]
    descriptor = os.memfd_create(name)
    try:
        os.write(descriptor, library(name, machine))
        return ctypes.CDLL(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def library(name: str, machine: int) -> bytes:
    """The bytes of an empty shared library.

    Laid out after the ELF specification (System V ABI, chapters 4 and 5): header, three program headers, then
    what the dynamic linker insists on: a symbol table and its hash table (both of the null symbol alone), the
    name, and the dynamic section that says where they are.

    Parameters
    ----------
    name : str
        Its ``SONAME``.
    machine : int
        ``e_machine`` of the program that will load it.
    """
    symbols = _HEADER + 3 * _PROGRAM
    hashes = symbols + _SYMBOL
    strings = hashes + 16
    texts = b"\0" + name.encode() + b"\0"
    dynamic = (strings + len(texts) + 7) & ~7
    entries = [
        (_DT_SONAME, 1),
        (_DT_HASH, hashes),
        (_DT_STRTAB, strings),
        (_DT_SYMTAB, symbols),
        (_DT_STRSZ, len(texts)),
        (_DT_SYMENT, _SYMBOL),
        (_DT_NULL, 0),
    ]
    size = dynamic + 16 * len(entries)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, _HEADER, 0, 0, _HEADER, _PROGRAM, 3, 64, 0, 0)
    programs = struct.pack("<IIQQQQQQ", _PT_LOAD, _WRITE_READ, 0, 0, 0, size, size, _PAGE)
    programs += struct.pack(
        "<IIQQQQQQ",
        *(_PT_DYNAMIC, _WRITE_READ, dynamic, dynamic, dynamic, size - dynamic, size - dynamic, 8),
    )
    # Without this header the C library takes the stack to be executable, and new ones refuse that.
    programs += struct.pack("<IIQQQQQQ", _PT_GNU_STACK, _WRITE_READ, 0, 0, 0, 0, 0, 16)
    body = bytes(_SYMBOL) + struct.pack("<IIII", 1, 1, 0, 0) + texts
    content = (header + programs + body).ljust(dynamic, b"\0")
    return content + b"".join(struct.pack("<QQ", *entry) for entry in entries)
