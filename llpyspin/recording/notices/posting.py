"""Posts one notice to a URL, in a process of its own: what it needs and waits for is in nobody's way."""

from __future__ import annotations

import json
import os
import ssl
import sys
import threading
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from email.message import Message
    from typing import IO

__all__ = ["main", "post"]

LATE = 75


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirected POST would become a GET without the notice."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        return None


def post(url: str, body: bytes, seconds: float) -> str:
    """Post JSON; "" where the answer is a success, else a sentence without the URL, which may be secret."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="POST")
    secure = urllib.request.HTTPSHandler(context=ssl.create_default_context())
    try:
        with urllib.request.build_opener(_NoRedirects, secure).open(request, timeout=seconds):
            return ""
    except urllib.error.HTTPError as error:
        error.close()
        redirected = ", which is a redirect: use the address that it leads to" if error.code < 400 else ""
        return f"answers with HTTP status {error.code}{redirected}"
    except urllib.error.URLError as error:
        return f"cannot be reached: {_reason(error.reason)}"
    except (OSError, ValueError) as error:  # http.client's errors are of these, but for the one below
        return f"cannot be reached: {_reason(error)}"
    except Exception as error:  # noqa: BLE001 - outermost line of this process: http.client.HTTPException ...
        return f"does not speak HTTP: {type(error).__name__}"


def _reason(error: Any) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate cannot be verified: {error.verify_message}"
    return str(getattr(error, "strerror", None) or type(error).__name__)


def main() -> int:
    """Post what standard input has; whoever started this may be gone, so it ends by itself."""
    asked = json.load(sys.stdin)
    alarm = threading.Timer(asked["seconds"] + 1.0, os._exit, [LATE])
    alarm.daemon = True
    alarm.start()
    failure = post(asked["url"], asked["body"].encode(), asked["seconds"])
    if failure:
        sys.stderr.write(f"{failure}\n")
    return 1 if failure else 0
