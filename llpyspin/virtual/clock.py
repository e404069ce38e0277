"""The clock of a camera: nanoseconds since an epoch of its own, a little faster or slower than the host's."""

from __future__ import annotations

import binascii
import time

__all__ = ["PTP_EPOCH_NS", "CameraClock", "host_ns"]

host_ns = time.monotonic_ns
"""The host's clock, which all processes of a machine share."""


PTP_EPOCH_NS = 1_700_000_000_000_000_000
"""What the grandmaster of every world adds to the host's clock."""
_PTP_LOCKS_AFTER_NS = 300_000_000


class CameraClock:
    """Reads the camera's time and translates between it and the host's.

    It needs no state outside the process. The epoch follows from the serial number, and the clock has run
    since the machine started, so a camera keeps its time when it is closed and opened again.

    Parameters
    ----------
    serial : str
    ppm : float
        By how many parts per million it runs faster than the host's clock.
    """

    def __init__(self, serial: str, ppm: float = 0.0) -> None:
        self._ppm = self._own_ppm = ppm
        self._host0 = 0
        self._offset = binascii.crc32(serial.encode()) % 101 - 50
        self.following_since: int | None = None
        """Host time from which on it follows the common clock (PTP); None: it runs by itself."""
        self.latched = 0
        """What it showed when it was latched."""
        self._camera0 = 1_000_000_000 * (3600 + binascii.crc32(serial.encode()) % 1_000_000)

    def to_camera(self, host: int) -> int:
        """Camera time (ns) at this host time (ns)."""
        passed = host - self._host0
        return self._camera0 + passed + round(passed * self._ppm * 1e-6)

    def to_host(self, camera: int) -> int:
        """Host time (ns) at this camera time (ns)."""
        passed = camera - self._camera0
        return self._host0 + passed - round(passed * self._ppm * 1e-6 / (1 + self._ppm * 1e-6))

    def now(self) -> int:
        """Camera time now, in ns."""
        return self.to_camera(host_ns())

    def reset(self) -> None:
        """Count from 0 again, from now on."""
        self._camera0, self._host0 = 0, host_ns()

    @property
    def ptp_offset(self) -> int:
        """By how many ns it is off the common clock while it follows that."""
        return self._offset

    @property
    def ptp_status(self) -> str:
        """How far it follows the common clock, as the camera's node says it."""
        if self.following_since is None:
            return "Disabled"
        return "Slave" if host_ns() - self.following_since >= _PTP_LOCKS_AFTER_NS else "Uncalibrated"

    def latch(self) -> int:
        """Keep the present time; gives it."""
        self.latched = self.now()
        return self.latched

    def follow(self) -> None:
        """Take the time of the common clock, as by IEEE 1588."""
        self._camera0, self._host0, self._ppm = PTP_EPOCH_NS + self._offset, 0, 0.0
        self.following_since = host_ns()

    def leave(self) -> None:
        """Run by itself again, on from the present time."""
        self.drift(self._own_ppm)
        self.following_since = None

    def drift(self, ppm: float) -> None:
        """Run at another speed from now on, without a jump."""
        host = host_ns()
        self._camera0, self._host0, self._ppm = self.to_camera(host), host, ppm
