"""The user's downloads: the SDK's archive of packages, and PySpin's wheel or its archive."""

from __future__ import annotations

import dataclasses
import lzma
import os
import re
import stat
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from spinnaker.errors import InstallError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Downloads", "WheelName", "parse_wheel_name", "release_in", "unpack"]

WHERE_FROM = "https://www.teledynevisionsolutions.com/products/spinnaker-sdk/"
_DAMAGED = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
MOST_BYTES = 8 << 30
MOST_MEMBERS = 100_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~() -]*\.(deb|whl)", re.ASCII)
_WHEEL = re.compile(
    r"(?P<name>[^-]+)-(?P<version>[^-]+)(?:-(?P<build>\d[^-]*))?-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<platform>[^-]+)\.whl"
)


class WheelName(NamedTuple):
    """What a wheel's file name says (PEP 427)."""

    name: str
    version: str
    pythons: tuple[str, ...]
    abis: tuple[str, ...]
    platforms: tuple[str, ...]


@dataclasses.dataclass
class Downloads:
    """The files that were given, unpacked.

    Attributes
    ----------
    debs : list of Path
        The SDK's packages.
    wheel : Path or None
    release : str or None
        The Ubuntu release that the name of the SDK's archive says it is for, as ``"22.04"``.
    said : list of str
        What each file is, for people.
    """

    debs: list[Path] = dataclasses.field(default_factory=list)
    wheel: Path | None = None
    release: str | None = None
    said: list[str] = dataclasses.field(default_factory=list)


def unpack(files: Iterable[Path], into: Path) -> Downloads:
    """Find out what each file is, by what is in it, and unpack what is needed.

    Parameters
    ----------
    files : iterable of Path
        Archives (tar, however compressed), directories that were unpacked from them, wheels; in any order.
    into : Path
        An empty directory. It gets a directory for each file, and nothing else is made, whatever names the
        archives have in them.

    Raises
    ------
    InstallError
        A file is not there, damaged, given twice, or something else.
    """
    found = Downloads()
    for number, file in enumerate(files):
        place = into / str(number)
        place.mkdir()
        place.chmod(0o755)
        if file.is_dir():
            members = [_copied(path, place) for path in sorted(file.iterdir()) if _of_the_sdk(path.name)]
        elif not file.is_file():
            raise InstallError(f"there is no file {file}")
        elif file.suffix == ".whl":
            members = [_copied(file, place)]
        else:
            members = _unpacked(file, place)
        _sort(file, members, found)
    return found


def _wanted(name: str) -> bool:
    return name.endswith((".deb", ".whl"))


def _of_the_sdk(name: str) -> bool:
    """Whether a file is FLIR's by its name: a folder of downloads has other packages too."""
    return _wanted(name) and re.match(r"(lib)?(gentl|spin)", name) is not None


def _copied(file: Path, into: Path) -> Path:
    """A copy where all who have to can read it: apt's own user, and the owner of the environment."""
    try:
        with _opened(file) as content:
            return _kept(into, file.name, content, _Room(file))
    except OSError as error:
        raise InstallError(f"{file} cannot be copied: {error.strerror or error}") from error


def _opened(file: Path) -> IO[bytes]:
    """A file of the user's, opened to be read.

    Root may read what the user may not, and everybody may read the copy. So a link is followed only to a file
    of the same kind by its name, and a pipe or a device is not opened at all.
    """
    real = Path(os.path.realpath(file))
    if real.suffix != file.suffix:
        raise InstallError(f"{file} is a symbolic link to {real}: give the archive itself")
    opened = os.fdopen(os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    if stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
        return opened
    opened.close()
    raise InstallError(f"{file} is no regular file")


class _Room:
    """How much may still be unpacked of one archive."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._left = MOST_BYTES
        self._members = MOST_MEMBERS

    def member(self) -> None:
        """One more of whatever kind."""
        self._members -= 1
        if self._members < 0:
            raise InstallError(
                f"{self._file} has more than {MOST_MEMBERS} members: it is no archive of FLIR's"
            )

    def take(self, count: int) -> None:
        """So many bytes more."""
        self._left -= count
        if self._left < 0:
            raise InstallError(
                f"{self._file} has more than {MOST_BYTES >> 30} GiB in it: it is no archive of FLIR's"
            )


def _kept(into: Path, name: str, content: IO[bytes], room: _Room) -> Path:
    """A new file with this content, for everybody to read."""
    if _NAME.fullmatch(name) is None:
        raise InstallError(f"{name!r} is no name of a package or a wheel")
    path = into / name
    try:
        copy = open(path, "xb")  # noqa: SIM115
    except FileExistsError as error:
        raise InstallError(f"{name} is there twice") from error
    with copy:
        while block := content.read(1 << 20):
            room.take(len(block))
            copy.write(block)
        os.fchmod(copy.fileno(), 0o644)
    return path


def _unpacked(file: Path, into: Path) -> list[Path]:
    """The packages and wheels of an archive; folders, links, devices, modes and owners are ignored."""
    made: list[Path] = []
    room = _Room(file)
    try:
        with _opened(file) as opened, tarfile.open(fileobj=opened) as archive:
            for member in archive:
                room.member()
                if not (member.isfile() and _wanted(member.name)):
                    continue
                content = archive.extractfile(member)
                assert content is not None, "regular files have a content"
                made.append(_kept(into, member.name.rpartition("/")[2], content, room))
    except tarfile.ReadError as error:
        if file.suffix in (".exe", ".zip", ".pkg", ".dmg", ".msi"):
            raise InstallError(
                f"{file.name} is not for Linux; the SDK comes as a .tar.gz of .deb packages"
            ) from error
        raise InstallError(f"{file} is no archive, or it is damaged ({error}): download it again") from error
    except _DAMAGED as error:
        raise InstallError(f"{file} is damaged ({error}): download it again") from error
    except OSError as error:
        raise InstallError(f"{file} cannot be unpacked: {error.strerror or error}") from error
    return made


def _sort(file: Path, members: list[Path], found: Downloads) -> None:
    debs = [path for path in members if path.suffix == ".deb"]
    wheels = [path for path in members if path.suffix == ".whl" and (file.is_dir() or not debs)]
    if debs:
        if found.debs:
            raise InstallError(f"{file.name} is a second archive of the SDK: give one")
        found.debs = debs
        found.release = release_in(file.name)
        found.said.append(f"{file.name}: the SDK, {len(debs)} packages")
    if wheels:
        if found.wheel is not None or len(wheels) > 1:
            raise InstallError(f"{file.name}: more than one wheel was given; give the one for your Python")
        found.wheel = wheels[0]
        inside = f", {wheels[0].name}" if file.name != wheels[0].name else ""
        found.said.append(f"{file.name}: PySpin's wheel{inside}")
    if not members:
        raise InstallError(
            f"{file.name} is neither an SDK archive (there is no .deb in it) nor a Python one (no .whl).\n"
            f"Download both for Linux from {WHERE_FROM}"
        )


def release_in(name: str) -> str | None:
    """The Ubuntu release in an archive's name: ``Ubuntu22.04``, ``-22.04-`` and ``.20.04`` were seen."""
    match = re.search(r"(?:Ubuntu|[-.])(1[68]|2[0-9])\.(04|10)(?=[-.]|$)", name)
    return f"{match[1]}.{match[2]}" if match else None


def parse_wheel_name(name: str) -> WheelName:
    """The parts of a wheel's file name.

    Raises
    ------
    InstallError
        It has not got them: it was renamed.
    """
    match = _WHEEL.fullmatch(name)
    if match is None:
        raise InstallError(
            f"{name} is not named as wheels are (name-version-python-abi-platform.whl): was it renamed? "
            "pip needs the name that it was downloaded with"
        )
    pythons, abis, platforms = (tuple(match[part].split(".")) for part in ("python", "abi", "platform"))
    return WheelName(match["name"], match["version"], pythons, abis, platforms)
