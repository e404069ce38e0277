"""A folder of TLS certificates for the computers of a cluster, one folder for each of them.

Each has ``ca.pem``, ``cert.pem``, ``key.pem``, and ``dask.yaml`` for Dask on that computer.  What is there is
never replaced.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.errors import ArgumentError, CertificateError
from llpyspin.processes.cluster.signing import Authority, Pair, expiry_of
from llpyspin.system.locks import lock
from llpyspin.system.privatefolders import NotPrivate, PrivateFolder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["AUTHORITY", "CLIENT", "DAYS", "SCHEDULER", "SOON", "Certificate", "make_certificates"]

AUTHORITY, SCHEDULER, CLIENT = "authority", "scheduler", "client"
"""Folders that no host can have."""
CA, CERT, KEY, CONFIG = "ca.pem", "cert.pem", "key.pem", "dask.yaml"
DAYS = 730
AUTHORITY_DAYS = 3650
SOON = datetime.timedelta(days=30)
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,61}")
_LOCK = ".lock"
_UNFINISHED = ".part"


@dataclass(frozen=True)
class Certificate:
    """One certificate, with its key.

    Attributes
    ----------
    name : str
        Of the computer, or "authority", "scheduler", "client".
    folder : str
        Where it lies.
    expires : datetime.datetime
    new : bool
        Whether this call has made it.
    """

    name: str
    folder: str
    expires: datetime.datetime
    new: bool

    @property
    def days(self) -> int:
        """Whole days that are left; negative once it has ended."""
        return (self.expires - datetime.datetime.now(datetime.timezone.utc)).days

    @property
    def ends_soon(self) -> bool:
        """Whether new ones should be made."""
        return self.expires - datetime.datetime.now(datetime.timezone.utc) < SOON

    @property
    def expired(self) -> bool:
        return self.expires <= datetime.datetime.now(datetime.timezone.utc)


def make_certificates(
    folder: str | os.PathLike[str],
    hosts: Sequence[str] = (),
    *,
    days: int = DAYS,
    at: str | None = None,
) -> tuple[Certificate, ...]:
    """Make an authority, and certificates for scheduler, client and hosts, as far as they are missing.

    Parameters
    ----------
    folder : path
        Made if need be; only this user may look into it.
    hosts : sequence of str
        Names of computers on which workers run.
    days : int
        How long new certificates last.
    at : str, optional
        Where each computer will have its folder, the same path on all; for ``dask.yaml``.  By default where
        it is made.

    Raises
    ------
    ArgumentError
        A name, the days or ``at`` are impossible.
    CertificateError
        The folder cannot be used, or what is in it does not belong together.
    MissingExtraError
        cryptography is not installed.
    """
    names = _checked_names(hosts)
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= AUTHORITY_DAYS:
        raise ArgumentError(f"days is a whole number from 1 to {AUTHORITY_DAYS}, not {days!r}")
    if at is not None and not os.path.isabs(at):
        raise ArgumentError(f"at is an absolute path, the same on all computers, not {at!r}")
    top = Path(os.path.abspath(os.path.expanduser(os.fspath(folder))))
    with _held(top):
        authority, made = _authority(top)
        return made, *(_certificate(top, name, authority, days, at) for name in names)


def _checked_names(hosts: Sequence[str]) -> list[str]:
    names = [SCHEDULER, CLIENT]
    for host in hosts:
        if not isinstance(host, str) or not _HOST.fullmatch(host):
            raise ArgumentError(
                f"the name of a host has up to 62 letters, digits, '_', '.' and '-', not {host!r}"
            )
        if host.lower() in (AUTHORITY, *map(str.lower, names)):
            raise ArgumentError(f"the name {host!r} is used twice: each computer needs its own certificate")
        names.append(host)
    return names


@contextlib.contextmanager
def _held(top: Path) -> Iterator[None]:
    """The folder, which is ours alone; what a killed program left is removed."""
    try:
        folder = PrivateFolder(top)
    except NotPrivate as error:
        raise CertificateError(
            f"{top} cannot have private keys: {error}. Name a new folder, or: chmod 700 {top}"
        ) from error
    except OSError as error:
        raise CertificateError(f"{top} cannot be used: {error}") from error
    with contextlib.closing(folder):
        descriptor = folder.opened(_LOCK, os.O_RDWR | os.O_CREAT)
        try:
            if not lock(descriptor):
                raise CertificateError(f"another program makes certificates in {top} now")
            for left in top.glob(f".*{_UNFINISHED}"):
                shutil.rmtree(left)
            yield
        finally:
            os.close(descriptor)


def _authority(top: Path) -> tuple[Authority, Certificate]:
    folder = top / AUTHORITY
    new = not os.path.lexists(folder)
    if new:
        authority = Authority.new(AUTHORITY_DAYS)
        _write(folder, {CERT: authority.pair.certificate, KEY: authority.pair.key})
    else:
        with _about(folder):
            authority = Authority(Pair(_text(folder / CERT), _text(folder / KEY)))
    made = Certificate(AUTHORITY, str(folder), authority.expires, new)
    if made.expired:
        raise CertificateError(
            f"the authority in {folder} ended on {made.expires:%Y-%m-%d}. Make new certificates for all "
            "computers in a new folder"
        )
    return authority, made


def _certificate(top: Path, name: str, authority: Authority, days: int, at: str | None) -> Certificate:
    folder = top / name
    new = not os.path.lexists(folder)
    if new:
        pair = authority.sign(name, days)
        files = {CA: authority.pair.certificate, CERT: pair.certificate, KEY: pair.key}
        _write(folder, {**files, CONFIG: _config(at or str(folder)).encode()})
    with _about(folder):
        text = _text(folder / CERT)
        _text(folder / KEY)
        if not authority.has_signed(text):
            raise CertificateError("the authority of this folder has not signed it")
        return Certificate(name, str(folder), expiry_of(text), new)


@contextlib.contextmanager
def _about(folder: Path) -> Iterator[None]:
    """Errors say which folder has the files."""
    try:
        yield
    except CertificateError as error:
        raise CertificateError(f"{folder} cannot be used: {error}. To make it anew, move it away") from error


def _text(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateError(str(error)) from error


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """A new folder with these files, whole or not at all; nobody else can read them."""
    unfinished = folder.with_name(f".{folder.name}{_UNFINISHED}")
    try:
        unfinished.mkdir(mode=0o700)
        for name, content in files.items():
            descriptor = os.open(unfinished / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
        os.rename(unfinished, folder)
    except OSError as error:
        raise CertificateError(f"{folder} cannot be written: {error}") from error


def _config(at: str) -> str:
    """``dask.yaml``: encrypted connections only, with the files of this folder."""
    pair = f"{{cert: {json.dumps(os.path.join(at, CERT))}, key: {json.dumps(os.path.join(at, KEY))}}}"
    return f"""\
# Dask on this computer: encrypted connections only. DASK_CONFIG is the path of this file.
distributed:
  comm:
    default-scheme: tls
    require-encryption: true
    tls:
      ca-file: {json.dumps(os.path.join(at, CA))}
      scheduler: {pair}
      worker: {pair}
      client: {pair}
"""
