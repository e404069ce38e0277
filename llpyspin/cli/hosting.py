"""``llpyspin host``: the process that owns the cameras of this computer, for a rig of several."""

from __future__ import annotations

import getpass
import os
import platform
import sys
from typing import TYPE_CHECKING

import click

from llpyspin.cli.common import Command

if TYPE_CHECKING:
    from llpyspin.cli.results import Output
    from llpyspin.hosts.answers import HostFacts, RecordingFacts

__all__ = ["host"]

STOP_S = 600.0
"""For a recording to be ended, and its last frames to be written."""
ASK_S = 10.0


@click.command(
    cls=Command,
    short_help="Run the process that owns the cameras of this computer.",
    sections={
        "What to do": ("--start", "--status", "--stop", "--take-over"),
        "Where": ("--folder",),
    },
    examples=[
        ("until Ctrl-C, as a service manager runs it", "llpyspin host"),
        ("in the background, also after the login has ended", "llpyspin host --start"),
        ("what it does, and who controls it", "llpyspin host --status"),
        ("end it, after its recording has ended in order", "llpyspin host --stop"),
    ],
)
@click.option("--start", is_flag=True, help="Start it in the background, where none runs.")
@click.option("--status", is_flag=True, help="Show what it does.")
@click.option("--stop", is_flag=True, help="End it.")
@click.option("--take-over", is_flag=True, help="With --stop: also if somebody else controls it.")
@click.option(
    "--folder",
    type=click.Path(),
    metavar="FOLDER",
    help="Folder of its socket, with mode 700. [default: LLPYSPIN_HOST, or one in the temporary folder]",
)
@click.pass_obj
def host(
    output: Output, *, start: bool, status: bool, stop: bool, take_over: bool, folder: str | None
) -> int:
    """Run the host process, which owns the cameras of this computer for a rig of several computers.

    Programs of the same user control it through a socket. It goes on when they end. Ctrl-C and SIGTERM end a
    recording in order, and then the process.
    """
    if start + status + stop > 1:
        raise click.UsageError("--start, --status and --stop exclude each other. Choose one")
    if take_over and not stop:
        raise click.UsageError("--take-over goes with --stop")
    if start or status:
        return _tell(output, folder, start=start)
    return _stop(output, folder, take_over=take_over) if stop else _run(output, folder)


def _run(output: Output, folder: str | None) -> int:
    from llpyspin.hosts.hostfolder import folder_of
    from llpyspin.hosts.hostmain import run_host

    place = folder_of(folder)

    def ready() -> None:
        output.result(f"Host process {os.getpid()} in {place}", {"folder": str(place), "pid": os.getpid()})
        sys.stdout.flush()  # for a program that waits for it
        output.note("Ctrl-C ends it, and a recording.")

    run_host(place, ready)
    return 0


def _tell(output: Output, folder: str | None, *, start: bool) -> int:
    from msgspec import to_builtins

    facts = _facts(folder, start=start)
    output.result("\n".join(_lines(facts)), to_builtins(facts))
    return 0


def _facts(folder: str | None, *, start: bool = False) -> HostFacts:
    from llpyspin.hosts import answers, asks
    from llpyspin.hosts.envelopes import Request
    from llpyspin.hosts.hostcall import call

    facts = call(folder, Request(asks.Hello()), deadline_s=ASK_S * (3 if start else 1), start=start)
    assert isinstance(facts, answers.HostFacts)
    return facts


def _stop(output: Output, folder: str | None, *, take_over: bool) -> int:
    from llpyspin.hosts import answers, asks
    from llpyspin.hosts.envelopes import Request
    from llpyspin.hosts.hostcall import call

    lease = 0
    if _facts(folder).session:
        holder = f"{getpass.getuser()}@{platform.node()}, llpyspin host --stop, process {os.getpid()}"
        leased = call(folder, Request(asks.Lease(holder, take_over=take_over)), deadline_s=ASK_S)
        assert isinstance(leased, answers.Leased)
        lease = leased.number
    call(folder, Request(asks.Shutdown(), lease=lease), deadline_s=STOP_S)
    output.result("The host process has ended.", {"ended": True})
    return 0


def _lines(facts: HostFacts) -> list[str]:
    """The state of a host process for people."""
    lines = [f"Host process {facts.pid} on {facts.computer}, llpyspin {facts.version}: {facts.state}"]
    if facts.session:
        lines.append(f"Session: {facts.session}, as {facts.name}")
    if facts.recording is not None:
        lines.append(f"Recording: {_recording(facts.recording)}")
    lease = facts.lease
    lines.append(
        "Controller: none"
        if lease is None
        else f"Controller: {lease.holder}, last word {lease.silent_s:.0f} s ago"
    )
    return lines


def _recording(recording: RecordingFacts) -> str:
    text = f"{recording.state} for {recording.seconds:.0f} s"
    if recording.triggers is not None:
        text = f"{recording.state}, {recording.triggers} triggers"
    why = f" ({recording.reason})" if recording.reason else ""
    return f"{text}{why}, {recording.folder or 'without files'}"
