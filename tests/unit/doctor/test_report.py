"""What a diagnosis looks like: in a pipe, in a terminal, as JSON, and in a report that anybody may read."""

from __future__ import annotations

import io
import json
import re
from datetime import datetime, timezone
from pathlib import Path

import pytest
from rich.console import Console

import llpyspin.doctor
from llpyspin.doctor import Diagnosis, Finding, Person, report, show
from llpyspin.doctor.reporting import Shortener

LONG = "echo " + "x" * 150
DIAGNOSIS = Diagnosis(
    {
        "Cameras": (
            Finding("camera", "ok", "Camera 20497219 (Blackfly S BFS-U3-16S2M), USB3"),
            Finding(
                "camera-held",
                "problem",
                "Camera 20497219 is held by process 4711 (python3 /home/ada/mice/grab.py --token s3cr3t): "
                "nobody else can open it.",
                "Close that program, or end it:",
                ("kill 4711", LONG),
                {"pids": [4711]},
            ),
        ),
        "Network": (Finding("nic-mtu", "note", "The MTU of enp4s0 is 1500", "Raise it"),),
    },
    {
        "environment": {"LD_LIBRARY_PATH": "/home/ada/lib:/home/bob/lib"},
        "commands": ["python3 /home/ada/mice/grab.py --token s3cr3t"],
        "interfaces": [{"name": "enp4s0", "mac": "00:1b:21:aa:bb:cc", "net": "192.168.1.0/24"}],
        "seen": frozenset({2, 1}),
    },
)
ADA = Person("ada", 1000, frozenset({1000}), "/home/ada")


def shown(**console: object) -> str:
    output = io.StringIO()
    show(DIAGNOSIS, Console(file=output, highlight=False, **console))  # type: ignore[arg-type]
    return output.getvalue()


def test_in_a_pipe_every_sentence_is_one_line_with_its_level_as_a_word() -> None:
    lines = shown(width=60).splitlines()
    assert lines[:2] == ["Cameras", "  ok       Camera 20497219 (Blackfly S BFS-U3-16S2M), USB3"]
    assert lines[2].startswith("  PROBLEM  Camera 20497219 is held by process 4711")
    assert lines[2].endswith("open it.")
    assert lines[3].strip() == "fix: Close that program, or end it:"
    assert lines[4].strip() == "$ kill 4711"
    assert lines[5].strip() == f"$ {LONG}"
    assert lines[-1] == "1 problem, 1 note; what to do is said below each."


def test_in_a_terminal_sentences_are_wrapped_and_commands_are_not() -> None:
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown(width=60, force_terminal=True, legacy_windows=False))
    lines = [line.rstrip() for line in text.splitlines()]
    assert f"      {LONG}" in lines
    assert all(len(line) <= 60 for line in lines if LONG not in line)
    assert any(line.startswith("    → Close that program") for line in lines)


def test_a_diagnosis_is_plain_json_with_its_counts() -> None:
    told = json.loads(json.dumps(DIAGNOSIS.as_dict()))
    assert told["ok"] is False
    assert told["counts"] == {"ok": 1, "note": 1, "problem": 1, "unknown": 0}
    assert told["findings"][1]["code"] == "camera-held"
    assert told["findings"][1]["section"] == "Cameras"
    assert told["findings"][1]["commands"] == ["kill 4711", LONG]


def test_a_report_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "mouse-rig.lab.example.org")
    text = report(DIAGNOSIS, ADA, datetime(2026, 11, 21, 12, 30, tzinfo=timezone.utc))
    assert "2026-11-21 12:30 UTC" in text
    for secret in ("s3cr3t", "/home/ada", "bob", "aa:bb:cc", "--token"):
        assert secret not in text
    assert "python3 grab.py ..." in text
    assert "00:1b:21:.." in text
    assert "192.168.1.0/24" in text
    assert "20497219" in text  # cameras must be told apart
    facts = text.partition("```json\n")[2].partition("\n```")[0]
    assert json.loads(facts)["seen"] == [1, 2]


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("/home/ada/x.py and /home/ada", "~/x.py and ~"),
        ("/home/adam/x.py", "/home/.../x.py"),
        ("user ada on mouse-rig", "user USER on HOST"),
        ("canada", "canada"),
        ("root hub", "root hub"),
        ("8.8.8.8 but 169.254.3.7", "8.8.8.8 but 169.254.3.7"),
        ("129.13.72.5", "(address)"),
        ("libSpinnaker.so.4.2.0.88, wheel 4.0.0.116", "libSpinnaker.so.4.2.0.88, wheel 4.0.0.116"),
    ],
)
def test_names_are_shortened_as_whole_words(text: str, short: str) -> None:
    assert Shortener(ADA, "mouse-rig")(text) == short


def test_every_kind_of_finding_is_in_the_manual() -> None:
    package = Path(llpyspin.doctor.__file__).parent
    source = "".join(path.read_text() for path in sorted(package.glob("*.py")))
    codes = set(re.findall(r'\b(?:fine|note|problem|unknown|bad)\(\s*"([a-z0-9-]+)"', source))
    assert len(codes) > 50
    page = (package.parents[1] / "docs" / "reference" / "doctor.md").read_text()
    assert [code for code in sorted(codes) if f"`{code}`" not in page] == []
