"""``llpyspin record`` with the file of a rig of several hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.errors import HostLostError
from llpyspin.hosts.anyrig import open_rig

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llpyspin.cli.results import Output
    from llpyspin.recording.session import Session
    from llpyspin.rig.config import RigConfig

__all__ = ["record_over_hosts"]


def record_over_hosts(
    config: RigConfig,
    seconds: float | None,
    out: str | None,
    options: Mapping[str, Any],
    output: Output,
    tell: Callable[[Output, Session, str], int],
) -> int:
    """Record until the time is over, Ctrl-C or the loss of a host; gives the exit status."""
    with open_rig(config) as rig:
        try:
            session = rig.record(seconds, out, progress=not output.quiet, **options)
        except HostLostError as error:
            if rig.session is not None:
                tell(output, rig.session, rig.folder)
            output.fail(error)
            return 1
        except (KeyboardInterrupt, SystemExit) as ended:
            if rig.session is not None:
                tell(output, rig.session, rig.folder)
            return 130 if isinstance(ended, KeyboardInterrupt) else int(ended.code or 0)
    return tell(output, session, rig.folder)
