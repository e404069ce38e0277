"""How a cluster is reached: encrypted, unless the user says otherwise, with valid certificates."""

from __future__ import annotations

import datetime
import ipaddress
import logging
import os
import stat
from pathlib import Path
from typing import Any

from llpyspin.errors import ArgumentError, CertificateError, RecordingError
from llpyspin.extras import library
from llpyspin.processes.cluster.certificates import CA, CERT, CLIENT, KEY, SOON
from llpyspin.processes.cluster.signing import expiry_of

__all__ = ["check_encrypted", "connected", "security_of"]

WHAT = "a Dask cluster"
CONNECT_S = 10.0
ENCRYPTED = ("tls", "wss")
logger = logging.getLogger("llpyspin")


def connected(
    scheduler: str,
    *,
    insecure: bool = False,
    certificates: str | os.PathLike[str] | None = None,
    timeout: float = CONNECT_S,
    loop: Any = None,
) -> Any:
    """A client of the scheduler at this address, as ``tls://rig-left:8786``.

    Parameters
    ----------
    scheduler : str
    insecure : bool
        Whether an open connection to another computer is allowed.
    certificates : path, optional
        A folder of ``llpyspin certificates``; by default certificates are those of Dask's configuration
        (``distributed.comm.tls``).
    timeout : float
        Seconds.
    loop : tornado.ioloop.IOLoop, optional
        The event loop to use, which goes on when the client is closed.  Without one, Dask starts a thread,
        which it does not end if nobody answers.

    Raises
    ------
    ArgumentError
        The connection would not be encrypted, it leaves this machine, and ``insecure`` is false.
    CertificateError
        The certificates cannot be used, or have ended.
    RecordingError
        Nobody answers there.
    MissingExtraError
        distributed is not installed.
    """
    check_encrypted(scheduler, insecure=insecure)
    distributed = library("distributed", WHAT, extra="cluster")
    security = distributed.Security() if certificates is None else security_of(certificates)
    if certificates is None and security.tls_client_cert:
        _check_dates(str(security.tls_client_cert))
    security.require_encryption = security.require_encryption or _scheme(scheduler) in ENCRYPTED
    try:
        if loop is not None:
            _reach(distributed, scheduler, security, timeout, loop)
        return distributed.Client(
            scheduler, timeout=timeout, set_as_default=False, security=security, loop=loop
        )
    except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
        raise RecordingError(f"no connection to the scheduler {scheduler}: {error}") from error


def _reach(distributed: Any, scheduler: str, security: Any, timeout: float, loop: Any) -> None:
    """See whether somebody answers there before there is a client, which would leave its tasks behind."""

    async def reach() -> None:
        options = security.get_connection_args("client")
        comm = await distributed.comm.connect(scheduler, timeout=timeout, **options)
        comm.abort()

    distributed.utils.sync(loop, reach, callback_timeout=timeout + 1)


def check_encrypted(address: str, *, insecure: bool = False) -> None:
    """Refuse a connection that others could read, and by which they could run code.

    Raises
    ------
    ArgumentError
        It would not be encrypted, it leaves this machine, and ``insecure`` is false.
    """
    scheme, _, place = address.rpartition("://")
    if insecure or scheme in (*ENCRYPTED, "inproc") or _is_here(place):
        return
    raise ArgumentError(
        f"the connection to {address} is not encrypted, and whoever reaches its port can run code. Use "
        "tls:// and certificates (llpyspin certificates), or --insecure in a network that you trust"
    )


def security_of(folder: str | os.PathLike[str]) -> Any:
    """The ``distributed.Security`` of a folder that ``llpyspin certificates`` has made.

    Of the whole folder it is that of the client.

    Raises
    ------
    CertificateError
        Files are missing, others may read the key, or the certificate has ended.
    MissingExtraError
        distributed or cryptography is not installed.
    """
    place = Path(os.path.abspath(os.path.expanduser(os.fspath(folder))))
    if (place / CLIENT).is_dir():
        place = place / CLIENT
    ca, cert, key = (str(place / name) for name in (CA, CERT, KEY))
    _check_key(key)
    for each in (ca, cert):
        _check_dates(each)
    pairs = {f"tls_{role}_{kind}": path for role in ROLES for kind, path in (("cert", cert), ("key", key))}
    distributed = library("distributed", WHAT, extra="cluster")
    return distributed.Security(require_encryption=True, tls_ca_file=ca, **pairs)


ROLES = ("scheduler", "worker", "client")


def _check_key(path: str) -> None:
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode)
        with open(path, "rb"):
            pass
    except OSError as error:
        raise CertificateError(
            f"there is no private key: {error}. Name a folder that llpyspin certificates has made"
        ) from error
    if mode & 0o077:
        raise CertificateError(
            f"others may read the private key {path}, its mode is {mode:o}: chmod 600 {path}. If others have "
            "used this computer meanwhile, make new certificates"
        )


def _check_dates(given: str) -> None:
    """Say when a certificate ends soon; refuse one that has ended.  It is a path, or itself the PEM."""
    try:
        pem = given.encode() if "\n" in given else Path(given).read_bytes()
        ends = expiry_of(pem)
    except (OSError, CertificateError) as error:
        raise CertificateError(f"the certificate {_short(given)} cannot be read: {error}") from error
    left = ends - datetime.datetime.now(datetime.timezone.utc)
    if left <= datetime.timedelta(0):
        raise CertificateError(
            f"the certificate {_short(given)} ended on {ends:%Y-%m-%d %H:%M} UTC. Make a new one with "
            "llpyspin certificates"
        )
    if left < SOON:
        logger.warning(
            "the certificate %s ends in %d days, on %s; make new ones with llpyspin certificates",
            *(_short(given), left.days, f"{ends:%Y-%m-%d}"),
        )


def _short(given: str) -> str:
    return "of Dask's configuration" if "\n" in given else given


def _scheme(address: str) -> str:
    return address.rpartition("://")[0]


def _is_here(place: str) -> bool:
    """Whether an address leads to this machine only."""
    host = place.rpartition(":")[0].strip("[]") or place
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
