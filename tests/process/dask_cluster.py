"""A Dask cluster of real commands on this computer: a scheduler and named workers, with certificates."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

from llpyspin.processes.cluster.certificates import make_certificates

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.process.host_network import HostNetwork

__all__ = ["DaskCluster"]

END_S = 20.0


class DaskCluster:
    """Ends its processes with :meth:`end`, whatever was killed before.

    With a network, each worker is in the namespace of its host, and the scheduler at the bridge.
    """

    def __init__(self, folder: Path, workers: Iterable[str], network: HostNetwork | None = None) -> None:
        self._folder, self._network = folder, network
        here = "127.0.0.1" if network is None else network.bridge
        self.certificates = folder / "keys"
        make_certificates(self.certificates, list(workers))
        with socket.socket() as free:
            free.bind((here, 0))
            self._port = free.getsockname()[1]
        self._here = here
        self.address = f"tls://{here}:{self._port}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.start("scheduler")
        for name in workers:
            self.start(name)

    def start(self, name: str) -> None:
        """Start the scheduler or a worker, also again."""
        env = {**os.environ, "DASK_CONFIG": str(self.certificates / name / "dask.yaml")}
        words = ["scheduler", "--protocol", "tls", "--host", self._here, "--port", str(self._port)]
        inside: list[str] = []
        if name != "scheduler":
            address = self._here
            if self._network is not None:
                address = self._network.address(name)
                inside = ["ip", "netns", "exec", self._network.namespace(name)]
            words = ["worker", self.address, "--name", f"rig-{name}", "--nthreads", "4", "--no-nanny"]
            words += ["--host", address, "--local-directory", str(self._folder / f"scratch-{name}")]
        command = [
            *inside,
            sys.executable,
            "-m",
            "distributed.cli.dask_" + words[0],
            *words[1:],
            "--no-dashboard",
        ]
        with (self._folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(command, env=env, stdout=log, stderr=log)

    def kill(self, name: str) -> None:
        """End one at once."""
        self.processes[name].kill()
        self.processes[name].wait(END_S)

    def end(self) -> None:
        """End all that is there."""
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.kill()
        for process in self.processes.values():
            process.wait(END_S)
        for scratch in self._folder.glob("scratch-*"):
            shutil.rmtree(scratch, ignore_errors=True)
