"""The machine that is changed: its files below a root, and the programs that run on it."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from spinnaker.errors import CommandError, InstallError
from spinnaker.programs import PROGRAMS, clean_environment
from spinnaker.trust import check_roots, runs_as

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["FileState", "Machine", "Owner"]

_MANY_LINKS = 40
_COMMAND_SECONDS = 900.0


class Owner(NamedTuple):
    """A user and a group, as numbers."""

    uid: int
    gid: int


class FileState(NamedTuple):
    """A file's content, its permission bits and its owner."""

    content: bytes
    mode: int
    owner: Owner


class Machine:
    """A Linux system below a directory.

    Parameters
    ----------
    root : path
        ``/`` is the machine that this runs on. Any other directory stands in for it: its files are
        read and changed instead, and programs run with it as their root (``chroot``).

    Names of files are absolute, as they are on that system; links are followed inside the root only.
    """

    def __init__(self, root: str | os.PathLike[str] = "/") -> None:
        self.root = Path(root).absolute()
        if not self.root.is_dir():
            raise InstallError(f"there is no directory {self.root}")
        if not self.live:
            check_roots(str(self.root))

    @property
    def live(self) -> bool:
        """Whether this is the machine that the installer runs on."""
        return self.root == Path("/")

    @property
    def privileged(self) -> bool:
        """Whether its system files can be changed by this user."""
        return os.geteuid() == 0 or (not self.live and os.access(self.root, os.W_OK))

    # files

    def path(self, where: str) -> Path:
        """Where a file of this system lies here; links are followed as a process inside the root would."""
        todo = [part for part in where.split("/") if part]
        done: list[str] = []
        links = 0
        while todo:
            part = todo.pop(0)
            if part == "..":
                done = done[:-1]
                continue
            here = self.root.joinpath(*done, part)
            if not here.is_symlink():
                done.append(part)
                continue
            links += 1
            if links > _MANY_LINKS:
                raise InstallError(f"{where}: symbolic links go round in a circle")
            target = os.readlink(here)
            if target.startswith("/"):
                done = []
            todo = [piece for piece in target.split("/") if piece not in ("", ".")] + todo
        return self.root.joinpath(*done)

    def exists(self, where: str) -> bool:
        """Whether there is a file or directory of this name."""
        return self.path(where).exists()

    def names(self, where: str) -> list[str]:
        """What a directory holds, sorted as the C locale does; nothing if it is not there."""
        with self._readable(where):
            try:
                return sorted(os.listdir(self.path(where)))
            except (FileNotFoundError, NotADirectoryError):
                return []

    def look(self, where: str) -> FileState | None:
        """A file with all that has to be put back some day; None if it is not there."""
        with self._readable(where):
            try:
                path = self.path(where)
                status = path.stat()
                return FileState(
                    path.read_bytes(), status.st_mode & 0o7777, Owner(status.st_uid, status.st_gid)
                )
            except (FileNotFoundError, NotADirectoryError):
                return None

    def read(self, where: str) -> str | None:
        """A file's text, whatever its encoding; None if it is not there."""
        state = self.look(where)
        return None if state is None else state.content.decode("utf-8", "surrogateescape")

    @contextlib.contextmanager
    def _readable(self, where: str) -> Iterator[None]:
        try:
            yield
        except IsADirectoryError as error:
            raise InstallError(f"{where} is a directory, not a file") from error
        except PermissionError as error:
            raise InstallError(f"{where} can be read by root only: run this as root") from error

    def write(self, where: str, state: FileState) -> None:
        """Put a file in place, whole or not at all; its directory must be there."""
        path = self.path(where)
        check_roots(str(path.parent))
        fresh = self._fresh(path)
        try:
            fresh.unlink(missing_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with open(descriptor, "wb") as file:
                file.write(state.content)
                self._restore_access(file.fileno(), state)
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, path)
        except OSError as error:
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise InstallError(f"{where} cannot be written: {error.strerror}") from error
        self._settle(path.parent)

    @staticmethod
    def _fresh(path: Path) -> Path:
        return path.with_name(f".{path.name}.llpyspin-new")

    def tidy(self, where: str) -> None:
        """Delete what a `write` that the power ended may have left beside a file."""
        with contextlib.suppress(OSError):
            self._fresh(self.path(where)).unlink()

    def _restore_access(self, descriptor: int, state: FileState) -> None:
        status = os.fstat(descriptor)
        if (status.st_uid, status.st_gid) != state.owner and os.geteuid() == 0:
            os.fchown(descriptor, *state.owner)
        if status.st_mode & 0o7777 != state.mode:
            with contextlib.suppress(PermissionError):  # FAT, as on EFI partitions, has no modes
                os.fchmod(descriptor, state.mode)

    def remove(self, where: str) -> None:
        """Delete a file; nothing if it is not there."""
        path = self.path(where)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise InstallError(f"{where} cannot be removed: {error.strerror}") from error
        self._settle(path.parent)

    def missing_directories(self, where: str) -> list[str]:
        """Which directories `make_directories` would make, outermost first."""
        missing: list[str] = []
        name = where
        while not self.exists(name):
            missing.insert(0, name)
            name = os.path.dirname(name)
        return missing

    def make_directories(self, where: str) -> None:
        """Make a directory, with its parents, if it is not there."""
        for name in self.missing_directories(where):
            try:
                self.path(name).mkdir(mode=0o755)
            except OSError as error:
                raise InstallError(f"{name} cannot be made: {error.strerror}") from error

    def remove_directory(self, where: str) -> None:
        """Delete a directory if it is empty."""
        with contextlib.suppress(OSError):
            self.path(where).rmdir()

    @staticmethod
    def _settle(directory: Path) -> None:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with contextlib.suppress(OSError):  # not every file system can
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def set_value(self, where: str, value: str) -> None:
        """Write a value to a file of the kernel's, in /sys or /proc; never makes one."""
        try:
            with open(os.open(self.path(where), os.O_WRONLY | os.O_TRUNC), "wb", buffering=0) as file:
                file.write(f"{value}\n".encode())
        except OSError as error:
            raise InstallError(f"{where} does not take {value}: {error.strerror}") from error

    # programs

    def owner_of(self, python: str) -> Owner:
        """The user whom a Python and all that it imports belong to; see `spinnaker.trust.runs_as`."""
        return Owner(*runs_as(python, str(self.root)))

    def which(self, program: str) -> bool:
        """Whether a program is installed there."""
        return any(self.exists(f"/{directory}/{program}") for directory in PROGRAMS)

    def launch(self, command: Sequence[str], owner: Owner | None = None) -> list[str]:
        """What has to be started here, as this user, so that a program runs there, as `owner`."""
        if self.live:
            return list(command)
        whose = [f"--userspec={owner.uid}:{owner.gid}"] if owner is not None else []
        return ["chroot", *whose, str(self.root), *command]

    def run(
        self,
        command: Sequence[str],
        *,
        given: str | None = None,
        terminal: bool = False,
        owner: Owner | None = None,
        timeout_s: float | None = _COMMAND_SECONDS,
    ) -> str:
        """Run a program there, at most `timeout_s` long, and return what it said.

        Parameters
        ----------
        command : sequence of str
            Program and arguments.
        given : str, optional
            What it reads.
        terminal : bool
            The program talks with the user: its input and output are ours, and nothing is returned.
        owner : Owner, optional
            Run it as this user, if that takes no rights that are not there.

        Raises
        ------
        CommandError
            It ended with an error.
        InstallError
            It is not there, or it took too long.
        """
        said = shlex.join(command)
        environment = {**os.environ, "LC_ALL": "C"}
        environment["PATH"] = os.pathsep.join(f"/{directory}" for directory in PROGRAMS)
        if owner is not None and (os.geteuid() != 0 or owner.uid == 0):
            owner = None
        environment = clean_environment(None if owner is None else owner.uid)
        argv = self.launch(command, owner)
        user, group = owner if owner is not None and self.live else (None, None)
        try:
            result = subprocess.run(
                argv,
                input=None if terminal else (given or ""),
                stdout=None if terminal else subprocess.PIPE,
                stderr=None if terminal else subprocess.STDOUT,
                text=True,
                errors="replace",
                env=environment,
                cwd="/",
                umask=0o022,
                user=user,
                group=group,
                extra_groups=None if user is None else [],
                timeout=timeout_s,
                check=False,
            )
        except FileNotFoundError as error:
            raise InstallError(f"`{said}` cannot be run: there is no {error.filename}") from error
        except PermissionError as error:
            raise InstallError(f"`{said}` cannot be run: {error.strerror}") from error
        except subprocess.TimeoutExpired as error:
            raise InstallError(f"`{said}` has not ended after {timeout_s:g} s, and was ended") from error
        if result.returncode:
            raise CommandError(said, result.returncode, result.stdout or "")
        return result.stdout or ""

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """A directory for a while that the machine's programs can read; it leaves nothing behind."""
        inside = None if self.live and os.geteuid() != 0 else self.path("/tmp")
        made = inside is not None and not inside.is_dir()
        try:
            if inside is not None and made:
                inside.mkdir()
            if inside is not None:  # not where TMPDIR says, which may be somebody's
                check_roots(str(inside))
            directory = Path(tempfile.mkdtemp(prefix="llpyspin-", dir=inside))
        except OSError as error:
            raise InstallError(f"no directory can be made in {error.filename}: {error.strerror}") from error
        try:
            directory.chmod(0o755)
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)
            if inside is not None and made:
                inside.rmdir()

    def inside(self, path: Path) -> str:
        """The name that a path of ours has for the machine's programs.

        Raises
        ------
        InstallError
            It lies outside of the root.
        """
        try:
            return f"/{path.absolute().relative_to(self.root)}"
        except ValueError as error:
            raise InstallError(f"{path} lies outside of {self.root}") from error
