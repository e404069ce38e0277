"""One run of the installer on Linux: check, announce, ask, change, verify."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from spinnaker.changes import apply_all, said_of
from spinnaker.checks import Wishes, check
from spinnaker.environment import importable, usable
from spinnaker.errors import InstallError
from spinnaker.gentl import producers
from spinnaker.journal import Journal
from spinnaker.machine import Machine
from spinnaker.options import parser, wishes_of
from spinnaker.steps import steps_for
from spinnaker.undo import undo, would_undo

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from spinnaker.changes import Outlook
    from spinnaker.checks import Findings
    from spinnaker.steps import Step

__all__ = ["run"]

DONE, WRONG, USAGE, ROOT_NEEDED, INTERRUPTED = 0, 1, 2, 3, 130


def run(given: Sequence[str], machine: Machine | None = None) -> int:
    """Do what the command line asks for; the exit status, as ``--help`` lists them."""
    options = parser().parse_args(given)
    try:
        machine = machine or Machine(options.root)
        return _Run(machine, options, given).go()
    except InstallError as error:
        print(f"\n{error}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print(
            "\nInterrupted. Run it again to go on, or with --undo to take back what was done.",
            file=sys.stderr,
        )
        return INTERRUPTED


class _Run:
    def __init__(self, machine: Machine, options: argparse.Namespace, given: Sequence[str]) -> None:
        self._machine = machine
        self._journal = Journal(machine)
        self._options = options
        self._given = given
        self._said: dict[str, list[str]] = {}

    def go(self) -> int:
        if self._options.undo:
            return self._take_back()
        wishes = wishes_of(self._options, self._machine)
        if not (wishes.files or wishes.usb_access or wishes.limit_mb is not None or wishes.interfaces):
            parser().print_help()
            return USAGE
        with self._machine.scratch() as scratch:
            found = check(self._machine, wishes, scratch)
            _say_findings(found)
            if found.wrong:
                print("\nNothing was changed.")
                return WRONG
            return self._install(wishes, found)

    def _install(self, wishes: Wishes, found: Findings) -> int:
        steps = steps_for(self._machine, self._journal, wishes, found)
        outlooks = [step.look() for step in steps]
        self._say_plan(steps, outlooks)
        changes = [change for outlook in outlooks for change in outlook.changes]
        if not changes:
            print("\nNothing to do.")
            return self._prove(found, installed=False)
        if self._options.dry_run:
            print("\nNothing was changed: this was a dry run.")
            return DONE
        if not self._machine.privileged:
            return self._say_root_is_needed()
        if not self._confirmed():
            return WRONG
        with self._journal.alone():
            self._do(steps)
        self._look_again(steps)
        return self._prove(found, installed=True)

    def _say_plan(self, steps: Sequence[Step], outlooks: Sequence[Outlook]) -> None:
        print("\nSteps")
        for step, outlook in zip(steps, outlooks, strict=True):
            if outlook.changes:
                print(f"  {step.title}")
                self._said[step.title] = said_of(outlook.changes, self._machine)
                for line in self._said[step.title]:
                    print(f"      {line}")
            elif not step.quiet:
                print(f"  {step.title}: nothing to do, {outlook.because}")
            for note in outlook.notes:
                print(f"      note: {note}")

    def _say_root_is_needed(self) -> int:
        command = shlex.join([sys.executable, "-m", "spinnaker.install", *self._given])
        print(f"\nThis needs root, so nothing was changed. Run\n    sudo {command}")
        return ROOT_NEEDED

    def _confirmed(self) -> bool:
        if self._options.yes:
            return True
        if not sys.stdin.isatty():
            print("\nNothing was changed: nobody can be asked here. Say --yes if this is to be done.")
            return False
        try:
            answer = input("\nGo on? [y/N] ")
        except EOFError:
            answer = ""
        if answer.strip().lower() in ("y", "yes"):
            return True
        print("Nothing was changed.")
        return False

    def _do(self, steps: Sequence[Step]) -> None:
        print()
        for step in steps:
            outlook = step.look()
            if not outlook.changes:
                continue
            print(f"{step.title} …", flush=True)
            lines = said_of(outlook.changes, self._machine)
            for line in lines if lines != self._said.get(step.title) else ():
                print(f"    {line}", flush=True)
            try:
                apply_all(outlook.changes, self._machine, self._journal)
            except InstallError as error:
                raise InstallError(
                    f"{step.title}: {error}\n\n"
                    "What was done before stays. Run it again to go on, or with --undo to take that back."
                ) from error

    def _look_again(self, steps: Sequence[Step]) -> None:
        """A step that would still change something has not worked."""
        failed = [step.title for step in steps if step.look().changes]
        if failed:
            raise InstallError(
                f"done, but not in effect: {'; '.join(failed)}. Run it again to see what is missing"
            )
        print("\nDone.")

    def _prove(self, found: Findings, *, installed: bool) -> int:
        """Whether PySpin works for those who asked for it, as far as that can be tried without a camera."""
        if found.python is None:
            return DONE
        error = importable(self._machine, found.python)
        if error:
            print(f"\nPySpin cannot be imported by {found.python.executable}:\n    {error}")
            return WRONG
        does = "imports"
        if installed:
            print("Trying PySpin …", flush=True)
            error = usable(self._machine, found.python, producers(self._machine))
            if error:
                print(f"\nPySpin can be imported, but the SDK does not start:\n    {error}")
                return WRONG
            does = "can use"
        print(f"{found.python.executable} {does} PySpin. `llpyspin list --sdk pyspin` shows your cameras.")
        return DONE

    def _take_back(self) -> int:
        said = would_undo(self._machine, self._journal)
        if not said:
            print("Nothing to take back: there is no record of anything done here.")
            return DONE
        print("To take back, unless somebody else has changed it since")
        for line in said:
            print(f"  {line}")
        if self._options.dry_run:
            print("\nNothing was changed: this was a dry run.")
            return DONE
        if not self._machine.privileged:
            return self._say_root_is_needed()
        if not self._confirmed():
            return WRONG
        print()
        with self._journal.alone():
            whole = undo(self._machine, self._journal, print)
        print(
            "\nDone." if whole else "\nNot all could be taken back. Run it again when what it says is mended."
        )
        return DONE if whole else WRONG


def _say_findings(found: Findings) -> None:
    print("Checks")
    for finding in found.all:
        first, *more = finding.text.splitlines()
        print(f"  {finding.kind.upper() if finding.kind == 'wrong' else finding.kind:5}  {first}")
        for line in more:
            print(f"         {line}")
