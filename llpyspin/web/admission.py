"""Who may look: the host that a browser names, the token of the URL, the cookie, the page's origin."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Access", "host_of", "stream_token"]


_HOST = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::[0-9]{1,5})?")


class Access:
    """The secrets of one server, and the hosts by which it answers.

    The token is in the URL that the user opens.  A browser exchanges it for a cookie with another secret, so
    that what is in its history is not what it sends with each request.

    Parameters
    ----------
    token : str
    hosts : iterable of str
        Names and addresses without a port.
    """

    def __init__(self, token: str, hosts: Iterable[str]) -> None:
        self._token = token
        self._stream_token = stream_token(token)
        self._secret = secrets.token_urlsafe(32)
        self._hosts = frozenset(host.lower() for host in hosts)
        # Cookies do not know ports: two servers of one machine need two names.
        self.cookie_name = f"llpyspin-{secrets.token_hex(4)}"

    def knows_host(self, header: str | None) -> bool:
        """Whether the ``Host`` of a request is one of ours.

        A name that somebody else has pointed at this machine (DNS rebinding) is not.  The port may be any:
        ``ssh -L`` changes it.
        """
        return header is not None and host_of(header) in self._hosts

    def is_own_origin(self, origin: str | None, host: str | None) -> bool:
        """Whether a page that a request comes from was served at that ``Host``."""
        if not origin or not host:
            return False
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()

    def is_token(self, text: str | None) -> bool:
        """Whether it is the token; takes as long for a wrong one as for the right one."""
        return text is not None and _same(text, self._token)

    def is_stream_token(self, text: str | None) -> bool:
        """Whether it is the token of streams, which opens nothing else."""
        return text is not None and _same(text, self._stream_token)

    def has_cookie(self, header: str | None) -> bool:
        """Whether a ``Cookie`` header has ours."""
        if header is None:
            return False
        try:
            morsel = SimpleCookie(header).get(self.cookie_name)
        except CookieError:
            return False
        return morsel is not None and _same(morsel.value, self._secret)

    def set_cookie(self, *, tls: bool) -> str:
        """The value of ``Set-Cookie`` for who had the token."""
        secure = "; Secure" if tls else ""
        return f"{self.cookie_name}={self._secret}; Path=/; HttpOnly; SameSite=Strict{secure}"


def stream_token(token: str) -> str:
    """The token of streams: who has it cannot find the one that it is made of.

    URLs of streams stand in the command lines and play lists of other programs.
    """
    return hmac.new(token.encode(), b"streams", hashlib.sha256).hexdigest()


def host_of(header: str) -> str:
    """The host in a ``Host`` header, in small letters, without port and brackets; "" if it is not valid."""
    found = _HOST.fullmatch(header)
    return "" if found is None else (found["address"] or found["name"]).lower()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
