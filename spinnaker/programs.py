"""The environment of programs that are started, without the caller's variables that could change them."""

from __future__ import annotations

import os
import pwd

__all__ = ["PROGRAMS", "clean_environment"]

PROGRAMS = ("usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin")
"""Where programs are looked for, below the root."""

_PASSED_ON = (
    *("TERM", "COLUMNS", "LINES", "DEBIAN_FRONTEND", "http_proxy", "https_proxy", "ftp_proxy", "no_proxy"),
    *("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY"),
)


def clean_environment(uid: int | None = None) -> dict[str, str]:
    """The environment of a program that this user runs (the present one, unless said).

    All else stays here: LD_PRELOAD, PYTHONPATH, PERL5OPT, APT_CONFIG and their like make a program run
    somebody's code, and `sudo -E` brings them along.
    """
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    try:
        kept["HOME"] = pwd.getpwuid(os.geteuid() if uid is None else uid).pw_dir
    except KeyError:
        kept["HOME"] = "/"
    kept["PATH"] = os.pathsep.join(f"/{directory}" for directory in PROGRAMS)
    kept["LC_ALL"] = "C"
    return kept
