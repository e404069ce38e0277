"""File access: a small store in the camera, which clients open, write, read and delete by nodes.

There is one file, ``UserFile1``.  Operations on the other entries of ``FileSelector`` end in Failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.virtual.registers import RegisterMemory

__all__ = ["CAPACITY", "FILES", "FileStore"]

FILES = ("UserFile1",)
CAPACITY = 1 << 19
"""Bytes of one file."""
SUCCESS, FAILURE, OVERFLOW = "Success", "Failure", "Overflow"


class FileStore:
    """The files of one camera.

    Parameters
    ----------
    memory : RegisterMemory
    """

    def __init__(self, memory: RegisterMemory) -> None:
        self._memory = memory
        self._files: dict[str, bytearray] = {}
        self._open: dict[str, str] = {}  # how, by name
        self.keep: Callable[[dict[str, bytes]], None] = lambda files: None
        """Called with all files when one of them is closed or deleted."""

    def restore(self, files: dict[str, bytes]) -> None:
        """Have these files, none of them open."""
        self._files = {name: bytearray(data) for name, data in files.items()}
        self._open.clear()
        self.select()

    def select(self) -> None:
        """The client has chosen a file: show its size."""
        self._memory.set("FileSize", len(self._files.get(self._memory.get("FileSelector"), b"")))

    def execute(self) -> None:
        """Carry out the selected operation on the selected file."""
        name = self._memory.get("FileSelector")
        operation = {
            "Open": self._open_file,
            "Close": self._close,
            "Read": self._read,
            "Write": self._write,
            "Delete": self._delete,
        }[self._memory.get("FileOperationSelector")]
        status, result = operation(name) if name in FILES else (FAILURE, 0)
        self._memory.set("FileOperationStatus", status)
        self._memory.set("FileOperationResult", result)
        self.select()

    def _open_file(self, name: str) -> tuple[str, int]:
        how = self._memory.get("FileOpenMode")
        if name in self._open or (how == "Read" and name not in self._files):
            return FAILURE, 0
        if how == "Write":
            self._files[name] = bytearray()
        self._files.setdefault(name, bytearray())
        self._open[name] = how
        return SUCCESS, 0

    def _close(self, name: str) -> tuple[str, int]:
        if self._open.pop(name, None) is None:
            return FAILURE, 0
        self._keep()
        return SUCCESS, 0

    def _delete(self, name: str) -> tuple[str, int]:
        if name in self._open or self._files.pop(name, None) is None:
            return FAILURE, 0
        self._keep()
        return SUCCESS, 0

    def _read(self, name: str) -> tuple[str, int]:
        if self._open.get(name, "Write") == "Write":
            return FAILURE, 0
        offset, length = self._place()
        data = bytes(self._files[name][offset : offset + length])
        self._memory.set("FileAccessBuffer", data)
        return SUCCESS, len(data)

    def _write(self, name: str) -> tuple[str, int]:
        if self._open.get(name, "Read") == "Read":
            return FAILURE, 0
        offset, length = self._place()
        data = bytes(self._memory.get("FileAccessBuffer"))[:length].ljust(length, b"\0")
        fits = data[: max(0, CAPACITY - offset)]
        file = self._files[name]
        file.extend(bytes(max(0, min(offset, CAPACITY) - len(file))))
        file[offset : offset + len(fits)] = fits
        return SUCCESS if len(fits) == len(data) else OVERFLOW, len(fits)

    def _place(self) -> tuple[int, int]:
        return self._memory.get("FileAccessOffset"), self._memory.get("FileAccessLength")

    def _keep(self) -> None:
        self.keep({name: bytes(data) for name, data in self._files.items()})
