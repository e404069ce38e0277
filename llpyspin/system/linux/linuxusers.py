"""Users on Linux: ``geteuid`` and the user database."""

from __future__ import annotations

import os
import pwd

__all__ = ["login_name", "this_user", "user_name"]


def this_user() -> int:
    """A number that no other user of this machine has."""
    return os.geteuid()


def login_name() -> str:
    """The name of the user whom this process runs as; the number where nobody has a name for it."""
    user = os.geteuid()
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def user_name(user: int) -> str:
    """The name of a user with the number, or only the number where nobody has that name."""
    try:
        return f"{pwd.getpwuid(user).pw_name} ({user})"
    except KeyError:
        return str(user)
