"""Wrong command lines of the installer: no abbreviations, and the nearest option is named."""

from __future__ import annotations

import io

import pytest

from spinnaker import install


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("--increase", "there is no option --increase. Did you mean --increase-memory-limit?"),
        ("--memory-limt=1000", "there is no option --memory-limt=1000. Did you mean --memory-limit?"),
        ("--dry", "there is no option --dry. Did you mean --dry-run?"),
        ("--frobnicate", "there is no option --frobnicate."),
        ("--memory-limit lots", "lots is no whole number"),
        ("--boot-method lilo", "invalid choice: 'lilo'"),
    ],
)
def test_wrong_option_is_answered_in_one_line(
    call: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        install.main(call.split(), platform="linux")
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert told.err.endswith("See python -m spinnaker.install --help\n")
    assert told.err.count("\n") == 1


def test_output_without_utf_8_does_not_end_the_installer(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    monkeypatch.setattr("sys.stdout", stream)
    assert install.main([], platform="darwin") == 2
    stream.flush()
    assert b"macosx_?.whl" in raw.getvalue()
