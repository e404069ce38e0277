"""Wrong command lines: one line that says what was meant, and whose help has more."""

from __future__ import annotations

import pytest

from llpyspin import cli


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("view --virtual --frames 0", "'--frames': 0 is not a whole number from 1"),
        ("view --virtual --frames -1", "'--frames': -1 is not a whole number from 1"),
        ("view --virtual --frames 1.5", "'--frames': 1.5 is not a whole number from 1"),
        ("record --virtual --seconds 0", "'--seconds': 0 is not a positive number"),
        ("record --virtual --seconds inf", "'--seconds': inf is not a positive number"),
        ("record --virtual --quality high", "'--quality': high is not a number"),
        ("record --virtual --seconds", "'--seconds' requires an argument"),
        ("record --virtual mouse-17", "mouse-17"),
        ("record --virtual --sync ptpp", "'ptpp' is not one of lines, ptp. Did you mean ptp?"),
        ("record --virtual --overflow wait", "'wait' is not one of spill, drop, stop"),
        ("record --virtual --container webm", "'webm' is not one of mkv, mp4, mov, avi"),
        ("list --sdk spinnaker", "'spinnaker' is not one of pyspin, rotpy, virtual"),
        ("list --virtual --sdk pyspin", "--virtual and --sdk pyspin contradict each other"),
        ("list -v -q", "-v and -q contradict each other"),
        ("check", "Missing argument 'RECORDING'"),
        ("doctor --size large", "large is not a size. Write it as 1440x1080"),
        ("record --virtual --control", "--control needs --serve"),
        ("batch", "Missing argument 'ACTION'. Choose from: check, export, report"),
        ("export x", "Missing option '--to'. Choose from: mp4, nwb"),
        ("record --container mvk", "Did you mean mkv?"),
        ("serve rig.yaml", "Did you mean --config rig.yaml?"),
        ("record mouse-17", "Did you mean --out mouse-17?"),
        ("completion tcsh", "'tcsh' is not one of bash, zsh, fish, powershell"),
    ],
)
def test_wrong_value_is_named_with_the_help_of_its_command(
    call: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(call.split()) == 2
    told = capsys.readouterr()
    command = f"llpyspin {call.split()[0]}"
    assert told.out == ""
    assert told.err.startswith(f"{command}: ")
    assert said in told.err
    assert told.err.endswith(f"See {command} --help\n")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    ("call", "meant"),
    [
        ("recrod", "Did you mean record?"),
        ("lst", "Did you mean list?"),
        ("preview", "Did you mean view?"),
        ("fix", "Did you mean repair?"),
        ("help", "Did you mean --help?"),
        ("stream", "Did you mean serve?"),
        ("convert", "Did you mean export?"),
        ("calibrate", "Did you mean record --calibration?"),
        ("merge", "There are: list, view, serve"),
        (
            "frobnicate",
            "There are: list, view, serve, init, record, check, repair, report, export, collect, batch, "
            "certificates, board, replay, host, doctor, schema, completion",
        ),
        ("--versoin", "Did you mean --version?"),
        ("--virtual list", "--virtual goes behind a command, as in: llpyspin list --virtual"),
    ],
)
def test_wrong_command_is_answered_with_the_right_one(
    call: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(call.split()) == 2
    told = capsys.readouterr().err
    assert meant in told
    assert told.endswith("See llpyspin --help\n")
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("call", "meant"),
    [
        ("record --second 3", "Did you mean --seconds?"),
        ("record --sec 3", "Did you mean --seconds?"),
        ("record --fps 100", "Did you mean --framerate?"),
        ("record --frame-rate=100", "Did you mean --framerate?"),
        ("record --output x", "Did you mean --out?"),
        ("record -o x", "Did you mean --out?"),
        ("record --duration 3", "Did you mean --seconds?"),
        ("record --serial 12345678", "Did you mean --cameras?"),
        ("record --exp 3", "Did you mean --exposure?"),
        ("record --debug", "Did you mean -vv?"),
        ("view --no-windows", "Did you mean --no-window?"),
        ("check --virtual x", "These have it: llpyspin list, llpyspin view, llpyspin serve, llpyspin init"),
        ("repair --complete x", "These have it: llpyspin check"),
        ("list --xyz", "there is no option --xyz."),
        ("serve --contrl", "Did you mean --control?"),
        ("serve --bind 0.0.0.0", "Did you mean --host?"),
        ("collect x --output y", "Did you mean --to?"),
        ("batch check x --jobs 2", "Did you mean --workers?"),
        ("record --schedule 1h", "Did you mean --every?"),
        ("record --hours 3", "Did you mean --for?"),
        ("record --roi 1", "It is a key of a rig's file: write one with llpyspin init"),
        ("view --cameras 2", "Write the cameras behind the command, as in: llpyspin view 0 1"),
        ("completion --json", "llpyspin serve, llpyspin init and others"),
    ],
)
def test_wrong_option_is_answered_with_the_right_one(
    call: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(call.split()) == 2
    told = capsys.readouterr().err
    command = f"llpyspin {call.split()[0]}"
    assert told.startswith(f"{command}: there is no option ")
    assert meant in told
    assert told.endswith(f"See {command} --help\n")
    assert told.count("\n") == 1


def test_no_command_shows_the_help_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("Usage: llpyspin [OPTIONS] COMMAND")
