"""Messages to a process that has a name, from any process of the same user, without a connection.

A name is held by one process at a time, and free once that process is gone, however it went.  It is in no
file system, unless it is an absolute path: then it is also found from other network namespaces.
"""

from __future__ import annotations

from llpyspin.system.linux.linuxmailboxes import (
    Letter,
    Mailbox,
    NameTaken,
    Outbox,
)

__all__ = ["Letter", "Mailbox", "NameTaken", "Outbox"]
