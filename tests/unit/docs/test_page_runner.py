"""What a page shows is compared with what its code prints: what may differ, and what may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.process import page_runner

if TYPE_CHECKING:
    import pathlib

PAGE = "```python\n{code}\n```\n\n```{fence}\n{shown}\n```\n"


def page(folder: pathlib.Path, code: str, shown: str, fence: str = "text") -> pathlib.Path:
    path = folder / "page.md"
    path.write_text(PAGE.format(code=code, shown=shown, fence=fence), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def not_interactive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.ps1", ">>> ", raising=False)  # the runner sets it; taken back at the end


def test_output_that_differs_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(SystemExit, match="not what the page says"):
        page_runner.run(page(tmp_path, "print(1)", "2"))


def test_numbers_may_differ_only_where_the_page_says_so(tmp_path: pathlib.Path) -> None:
    assert page_runner.run(page(tmp_path, "print('12.5 ms, 3 lost')", "9 ms, 0 lost", "text like")) == 1
    with pytest.raises(SystemExit):
        page_runner.run(page(tmp_path, "print('12.5 ms')", "9 ms"))
    with pytest.raises(SystemExit):
        page_runner.run(page(tmp_path, "print('12.5 ms, True')", "9 ms, False", "text like"))


def test_blank_lines_and_rules_may_have_any_length(tmp_path: pathlib.Path) -> None:
    code = "print('a  b', '-' * 10, '', '12', sep=chr(10))"
    assert page_runner.run(page(tmp_path, code, "a b\n-----\n\n7", "text like")) == 1


def test_info_lines_are_left_out_of_a_page_that_shows_none(tmp_path: pathlib.Path) -> None:
    code = "print('INFO : opening')\nprint('WARNING : slow')"
    assert page_runner.run(page(tmp_path, code, "WARNING : slow")) == 1
    assert page_runner.run(page(tmp_path, code, "INFO : opening\nWARNING : slow")) == 1
    with pytest.raises(SystemExit):
        page_runner.run(page(tmp_path, code, "INFO : closing\nWARNING : slow"))
    with pytest.raises(SystemExit):
        page_runner.run(page(tmp_path, code, "INFO : opening"))


@pytest.mark.parametrize("what", ["recording", "writing", "calibration"])
def test_lines_of_the_progress_are_left_out(what: str, tmp_path: pathlib.Path) -> None:
    assert page_runner.run(page(tmp_path, f"print('{what}: 1 of 2 s')\nprint(7)", "7")) == 1


def test_error_is_shown_by_its_name_and_text(tmp_path: pathlib.Path) -> None:
    code = "raise ValueError('no such name')"
    assert page_runner.run(page(tmp_path, code, "builtins.ValueError: no such name")) == 1
    with pytest.raises(ValueError, match="no such name"):
        page_runner.run(page(tmp_path, code, "nothing"))


def test_update_writes_what_the_code_prints(tmp_path: pathlib.Path) -> None:
    path = page(tmp_path, "print('a')\nprint('b')", "...\nb")
    assert page_runner.run(path, update=True) == 1
    assert "```text\na\nb\n```" in path.read_text(encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    page_runner.run(path, update=True)
    assert path.read_text(encoding="utf-8") == before
