"""A rig whose cameras are a part of those that see the same pulses: the others are of other computers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import Deadline
from llpyspin.errors import FrameTimeoutError
from llpyspin.naming.known import named
from llpyspin.rig.rig import Rig

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from llpyspin.frames import FrameInfo
    from llpyspin.recording.session import Session
    from llpyspin.rig.images import Taken
    from llpyspin.rig.plan import Shared

__all__ = ["HostedRig"]


@named
class HostedRig(Rig):
    """A rig that can be primed, held and stopped in step with others."""

    @property
    def makes_pulses(self) -> bool:
        """Whether its primary or its box makes the pulses, rather than something elsewhere."""
        return self.primary is not None or self.config.box is not None

    @property
    def rate(self) -> float | None:
        """Pulses a second, Hz: of the primed rig, else with the present settings; None if it is not known."""
        run, primary = self._runs.current, self.primary
        if run is not None:
            return run.rate
        return self.config.framerate if primary is None else float(self[primary].rate)

    @property
    def seen(self) -> int:
        """The trigger after the last one that any camera has seen since the rig was primed."""
        run = self._runs.current
        stints = [] if run is None else [member.stint for member in run.members.values()]
        return max((stint.follower.catch_up() for stint in stints if stint is not None), default=0)

    @property
    def held(self) -> bool:
        """Whether :meth:`hold` has ended the pulses."""
        run = self._runs.current
        return run is not None and run.held

    @property
    def pulses(self) -> int | None:
        """How many triggers there were in all, once :meth:`hold` has ended them, and where that is known."""
        run = self._runs.current
        return None if run is None else run.pulses

    @property
    def why_over(self) -> str:
        """Why the recording is to end now, as by its budget; "" as long as it may go on."""
        run = self._runs.current
        return run.reason or "it is over" if run is not None and run.over.is_set() else ""

    def newest(self) -> dict[str, tuple[int, FrameInfo]]:
        """Trigger and account of the newest frame of each camera that has one."""
        run = self._runs.current
        stints = {} if run is None else {name: member.stint for name, member in run.members.items()}
        found = {name: stint.follower.newest() for name, stint in stints.items() if stint is not None}
        return {name: newest for name, newest in found.items() if newest is not None}

    def prime_shared(
        self,
        out: str | os.PathLike[str] | None,
        shared: Shared,
        *,
        pre_trigger: float | None = None,
        on_failure: str | None = None,
        allow_lower_rate: bool | None = None,
        metadata: Mapping[str, Any] | None = None,
        options: Mapping[str, Any],
    ) -> float:
        """As :meth:`prime`, with what all parts share; gives the rate of the pulses, Hz."""
        lower = self.config.allow_lower_rate if allow_lower_rate is None else allow_lower_rate
        more: dict[str, Any] = {"allow_lower_rate": lower, "metadata": metadata, "shared": shared}

        def prime() -> float:
            runs = self._opened()
            runs.prime(out, pre_trigger, on_failure, dict(options), **more)
            assert runs.current is not None
            return runs.current.rate

        return self._in_turn(prime)

    def hold(self) -> int | None:
        """End the pulses, and count them: how many triggers there were in all; None where nobody can tell.

        The files stay open until :meth:`stop`.

        Raises
        ------
        RecordingError
            The rig sends no pulses.
        """
        return self._in_turn(lambda: self._opened().hold())

    def stop_at(self, triggers: int | None, reason: str, *, tell: bool = False) -> Session | None:
        """As :meth:`stop`; ``triggers`` is how many there were in all, as whoever makes them has counted.

        ``tell``: the reason becomes an event of the recording.
        """

        def stop() -> Session | None:
            runs = self._opened()
            if tell and runs.current is not None:
                runs.current.note("stopped", f"the recording was ended: {reason}")
            return runs.stop(triggers, reason)

        return self._in_turn(stop)

    def pictures(
        self, trigger: int | None, after: int, seconds: float
    ) -> tuple[int, dict[str, Taken | None]]:
        """The frames of a trigger, or of the newest one that is higher than ``after``; see ``Images.of``.

        It changes nothing of what :meth:`read` gives.  The trigger is -1 where none came in time.

        Raises
        ------
        FrameTimeoutError
            Others look just now.
        """
        deadline = Deadline(seconds)
        images, none = self._runs.images, (-1, dict.fromkeys(self))
        if not self.primed or images is None:
            return none
        busy = FrameTimeoutError("others look at the pictures just now")
        return self._reading.insist(seconds, lambda: images.of(trigger, after, deadline), busy)
