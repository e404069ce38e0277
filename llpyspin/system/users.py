"""The user of this process, and the names of other users."""

from __future__ import annotations

from llpyspin.system.linux.linuxusers import (
    login_name,
    this_user,
    user_name,
)

__all__ = ["login_name", "this_user", "user_name"]
