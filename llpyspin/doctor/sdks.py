"""Which SDKs are there, and whether they load: each in a child process, because a broken one may abort it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llpyspin import sdk
from llpyspin.deadlines import Deadline
from llpyspin.doctor.asking import Answer, Question, answers
from llpyspin.doctor.finding import Finding, fine, note, problem
from llpyspin.doctor.libraries import check_session, find_spinnaker
from llpyspin.doctor.packages import check_packages
from llpyspin.errors import MissingExtraError, SdkNotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.doctor.host import System

__all__ = ["LOAD_S", "Loaded", "check_sdks", "load_here", "try_all"]

LOAD_S = 20.0  # importing takes a second; a disk that was asleep some more
_REAL = ("pyspin", "rotpy")
_KNOWN = {"pyspin": "PySpin", "rotpy": "rotpy", "virtual": "The virtual SDK"}
AGAIN = "Install wheel and libraries anew, of one version"


@dataclass(frozen=True)
class Loaded:
    """What became of loading one SDK.

    Attributes
    ----------
    usable : bool
    installed : bool
        False if it is simply not there.
    version : str
    why : str
        Why it is not usable.
    """

    usable: bool
    installed: bool = True
    version: str = ""
    why: str = ""


def load_here(name: str) -> dict[str, Any]:
    """Load an SDK in this process; for a child."""
    try:
        module = sdk.load(name)
        module.System  # noqa: B018 - the virtual SDK imports what it needs with the first use
    except SdkNotFoundError as error:
        installed = type(error).__name__ != "NotInstalled"
        return {"usable": False, "installed": installed, "why": str(error)}
    except MissingExtraError as error:
        return {"usable": False, "why": str(error).replace(": pip install", ". pip install")}
    return {"usable": True, "version": sdk.identify(module)[1]}


def try_all(timeout_s: float = LOAD_S) -> dict[str, Loaded]:
    """Load every SDK, each in a process of its own, all at once; until the deadline at most."""
    deadline = Deadline(timeout_s)
    asked = {name: Question(f"{__name__}:load_here", name=name) for name in sdk.NAMES}
    given = answers(list(asked.values()), deadline)
    return {name: _loaded(answer) for name, answer in zip(asked, given, strict=True)}


def _loaded(answer: Answer) -> Loaded:
    if answer.failure:
        said = f" (its last words: {answer.said.splitlines()[-1]})" if answer.said else ""
        return Loaded(False, why=f"the process that loaded it {answer.failure}{said}. {AGAIN}")
    return Loaded(**answer.value)


def check_sdks(system: System, wanted: str | None, loaded: Mapping[str, Loaded]) -> list[Finding]:
    """Findings about all SDKs.

    Parameters
    ----------
    system : System
    wanted : str or None
        The SDK that was asked for by name; None: the first real one that is usable.
    loaded : mapping
        As :func:`try_all` gives it.
    """
    used = chosen(wanted, loaded)
    findings = [_finding(name, each, wanted, used) for name, each in loaded.items()]
    if wanted is None and used is None:
        findings.insert(
            0,
            problem(
                "no-sdk",
                "No SDK for FLIR cameras can be used here.",
                "Get one of the two below; without cameras everything runs with --virtual or "
                "LLPYSPIN_SDK=virtual.",
            ),
        )
    if wanted == "virtual":
        return findings
    needed = wanted == "pyspin" or (wanted is None and used is None)
    findings += check_packages(system, find_spinnaker(system), needed)
    if used == "pyspin":
        findings += check_session(system)
    return findings


def chosen(wanted: str | None, loaded: Mapping[str, Loaded]) -> str | None:
    """The SDK that llpyspin would use: its name, or None if that cannot be used."""
    names = _REAL if wanted is None else (wanted,)
    return next((name for name in names if name in loaded and loaded[name].usable), None)


def _finding(name: str, loaded: Loaded, wanted: str | None, used: str | None) -> Finding:
    title = _KNOWN[name]
    if loaded.usable:
        text = f"{title} {loaded.version} can be loaded" + ("; that is what is used" if name == used else "")
        return fine(f"{name}-loads", text, version=loaded.version)
    what, fix = _split(name, loaded.why)
    data = {"reason": loaded.why}
    if not loaded.installed:
        code, text = f"{name}-not-installed", f"{title} is not installed"
        if name == wanted:
            return problem(code, f"{text}, and it was asked for.", fix or _get(name), **data)
        return note(code, text, fix, **data) if used is None else fine(code, f"{text}, nor needed", **data)
    code, text = f"{name}-cannot-be-used", f"{title} is installed and cannot be used: {what}."
    if name == wanted:
        return problem(code, text, fix or _get(name), **data)
    return note(code, text, fix, **data)


def _split(name: str, why: str) -> tuple[str, str]:
    """What is the matter, and what to do: the texts of these errors have them in this order."""
    why = why.removeprefix(f"{_KNOWN[name]} is installed but cannot be imported: ")
    for separator in (". ", "; "):
        before, found, after = why.partition(separator)
        if found:
            return before, after if after.startswith("pip ") else after[:1].upper() + after[1:]
    return why.rstrip("."), ""


def _get(name: str) -> str:
    if name == "virtual":
        return "pip install 'llpyspin[virtual]'"
    return "docs/reference/cameras-and-sdks.md says where each SDK comes from; --virtual needs none."
