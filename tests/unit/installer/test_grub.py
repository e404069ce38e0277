"""The kernel's command line in GRUB's files: it is read as a shell reads it, and edits spoil nothing."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spinnaker.changes import Command, WriteFile
from spinnaker.cmdline import kernel_part, limit_in, with_limit
from spinnaker.grub import DEFAULTS, DROP_INS, OURS, Grub, limit_of, with_limit_replaced
from spinnaker.shellvars import UNKNOWN, evaluate
from tests.unit.installer.stand_in import CLOUD_GRUB, DEBIAN_GRUB, UBUNTU_GRUB, StandIn, stand_in

LINES = ("GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT")
PLACE = "usbcore.usbfs_memory_mb"

# parts of files: everything that people do to them


def quoted(text: str, way: str) -> str:
    """A value written in one of the ways that a shell has."""
    if way == "single" and "'" not in text:
        return f"'{text}'"
    if way == "mixed":
        half = len(text) // 2
        return f'"{text[:half]}"' + "".join("\\" + sign if sign in " =" else sign for sign in text[half:])
    if way == "plain" and not set(text) & set(" '\"$`\\#;&|()<>*?[~"):
        return text
    return f'"{text}"'


words = st.one_of(
    st.sampled_from(
        ["quiet", "splash", "console=ttyS0,115200", "root=/dev/sda1", "nomodeset", "a.b-c=1:2", "x=#y"]
    ),
    st.integers(0, 5000).map(lambda limit: f"{PLACE}={limit}"),
)
lines = st.lists(words, max_size=4).map(" ".join)
lines_with_init = st.lists(st.one_of(words, st.just("--")), max_size=5).map(" ".join)
names = st.sampled_from([*LINES, *LINES, "GRUB_TIMEOUT", "OTHER"])
ways = st.sampled_from(["double", "single", "mixed", "plain"])


@st.composite
def statements(draw: st.DrawFn) -> str:
    kind = draw(
        st.sampled_from(
            ["set", "set", "set", "append", "comment", "computed", "export", "if", "two", "broken up"]
        )
    )
    name, value = draw(names), quoted(draw(lines), draw(ways))
    if kind == "append":
        own = draw(st.sampled_from([f"${name}", f"${{{name}}}", "$OTHER", "${NOT_THERE}"]))
        return f'{name}="{own} {draw(lines)}"'
    if kind == "comment":
        return draw(
            st.sampled_from([f"#{name}={value}", f"  # {name}", f"{name}={value} # {PLACE}=7", "", "   "])
        )
    if kind == "computed":
        command = draw(st.sampled_from(["echo 'a)b'", 'echo "x y"', "true", "echo $(echo q)"]))
        return f'{name}="{draw(lines)} $({command}) {draw(lines)}"'
    if kind == "export":
        return f"export {name}={value}"
    if kind == "if":
        condition = draw(st.sampled_from(["true", "false", '[ -n "$OTHER" ]']))
        return f"if {condition}; then\n    {name}={value}\nfi"
    if kind == "two":
        return f"{name}={value}; {draw(names)}={quoted(draw(lines), draw(ways))}"
    if kind == "broken up":
        return f'{name}="{draw(lines)} \\\n{draw(lines)}"'
    return f"{draw(st.sampled_from(['', '  ', chr(9)]))}{name}={value}"


files = st.lists(statements(), max_size=6).flatmap(
    lambda made: st.sampled_from(["\n", ""]).map(lambda end: "\n".join(made) + (end if made else ""))
)


def read_by_shell(texts: list[str]) -> dict[str, str]:
    """What the variables are after a shell has read the files one after the other."""
    known = [*LINES, "GRUB_TIMEOUT", "OTHER"]
    with tempfile.TemporaryDirectory() as directory:
        script = ""
        for number, text in enumerate(texts):
            Path(directory, f"{number}").write_text(text)
            script += f". {directory}/{number}\n"
        script += "".join(f"printf '%s\\0' \"${name}\"\n" for name in known)
        told = subprocess.run(
            ["env", "-i", "sh", "-c", script], capture_output=True, text=True, check=True
        ).stdout
    return dict(zip(known, told.split("\0")[:-1], strict=True))


# each example starts a shell
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@few
@given(st.lists(files, min_size=1, max_size=3))
def test_grub_file_is_read_as_a_shell_does_or_is_unknown(texts: list[str]) -> None:
    variables: dict[str, str] = {}
    for text in texts:
        variables = evaluate(text, variables)
    told = read_by_shell(texts)
    for name, value in told.items():
        pattern = ".*".join(map(re.escape, variables.get(name, "").split(UNKNOWN)))
        assert re.fullmatch(pattern, value, re.DOTALL), (name, value, variables.get(name))


@few
@given(st.lists(files, min_size=1, max_size=3), st.integers(16, 2047))
def test_after_an_edit_a_shell_reads_the_limit_and_all_else_as_before(texts: list[str], limit: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        drop_ins = {f"{DROP_INS}/{number}.cfg": text for number, text in enumerate(texts[1:])}
        machine = bare_machine(Path(directory), {DEFAULTS: texts[0], **drop_ins})
        before = read_by_shell(texts_of(machine))
        grub = Grub(machine)
        if limit_of(texts_of(machine)) == limit:
            return
        for change in grub.changes(limit):
            if isinstance(change, WriteFile):
                machine.put(change.where, change.content)
        after = read_by_shell(texts_of(machine))
        assert grub.limit_mb() == limit, "what was written is not read back"
        assert limit_in(" ".join(after[name] for name in LINES)) == limit
        assert bare(before) == bare(after)
        assert not grub.changes(limit), "a second time there is nothing to do"


def bare_machine(directory: Path, files: dict[str, str]) -> StandIn:
    """With nothing but what GRUB needs, for examples by the dozen."""
    machine = StandIn(directory)
    for where, text in {"/usr/sbin/update-grub": "", f"{DROP_INS}/README": "", **files}.items():
        machine.put(where, text)
    return machine


def without_limit(line: str) -> list[str]:
    return [word for word in line.split() if not word.startswith(PLACE)]


def texts_of(machine: StandIn) -> list[str]:
    names = [DEFAULTS, *(f"{DROP_INS}/{name}" for name in machine.names(DROP_INS) if name.endswith(".cfg"))]
    return [machine.read(name) or "" for name in names]


def bare(variables: dict[str, str]) -> dict[str, list[str]]:
    """The words of each variable without limits: `OTHER` may be part of a line, hence all of them."""
    return {name: re.sub(rf"{PLACE}=\d+", "", value).split() for name, value in variables.items()}


@few
@given(files, st.integers(16, 2047))
def test_a_replaced_number_leaves_every_other_byte(text: str, limit: int) -> None:
    marked = re.sub(rf"{PLACE}=\d+", f"{PLACE}=N", text)
    assert re.sub(rf"{PLACE}=\d+", f"{PLACE}=N", with_limit_replaced(text, limit)) == marked


@few
@given(lines_with_init, st.integers(16, 2047))
def test_a_command_line_gets_the_limit_once_and_keeps_its_words(line: str, limit: int) -> None:
    new = with_limit(line, limit)
    assert limit_in(new) == limit
    assert with_limit(new, limit) == new
    assert without_limit(kernel_part(new)) == without_limit(kernel_part(line))
    assert new.endswith(line[len(kernel_part(line)) :]), "what is for init stays"


@pytest.mark.parametrize(
    ("line", "new"),
    [
        ("quiet -- --verbose", f"quiet {PLACE}=1000 -- --verbose"),
        ("-- x", f"{PLACE}=1000 -- x"),
        (f"quiet -- {PLACE}=5", f"quiet {PLACE}=1000 -- {PLACE}=5"),
        ("quiet a--b --c", f"quiet a--b --c {PLACE}=1000"),
        ("quiet --", f"quiet {PLACE}=1000 --"),
    ],
)
def test_what_stands_behind_two_hyphens_is_for_init_not_for_the_kernel(line: str, new: str) -> None:
    assert limit_in(line) is None
    assert with_limit(line, 1000) == new
    assert limit_in(new) == 1000


def test_limit_goes_before_the_arguments_for_init_in_grub(tmp_path: Path) -> None:
    text = UBUNTU_GRUB.replace('LINUX=""', 'LINUX="ro -- --for-init"')
    machine = stand_in(tmp_path, **{DEFAULTS: text})
    for change in Grub(machine).changes(1000):
        if isinstance(change, WriteFile):
            machine.put(change.where, change.content)
    machine.run(["update-grub"])
    assert limit_in(machine.kernel_line()) == 1000


# one by one: what is on real machines


@pytest.mark.parametrize("text", [DEBIAN_GRUB, UBUNTU_GRUB, "", "GRUB_TIMEOUT=1", "GRUB_CMDLINE_LINUX=''\n"])
def test_files_as_they_are_on_new_machines_set_no_limit_and_get_a_drop_in(tmp_path: Path, text: str) -> None:
    machine = stand_in(tmp_path, **{DEFAULTS: text})
    grub = Grub(machine)
    assert grub.limit_mb() is None
    write, command = grub.changes(1000)
    assert isinstance(write, WriteFile)
    assert isinstance(command, Command)
    assert write.where == OURS
    machine.put(write.where, write.content)
    machine.run(command.command)
    assert machine.kernel_line().split()[-1] == f"{PLACE}=1000"
    assert machine.text(DEFAULTS) == text


def test_a_drop_in_of_a_cloud_image_that_begins_the_line_anew_does_not_win(tmp_path: Path) -> None:
    machine = stand_in(tmp_path, **{f"{DROP_INS}/50-cloudimg-settings.cfg": CLOUD_GRUB})
    for change in Grub(machine).changes(1000):
        if isinstance(change, WriteFile):
            machine.put(change.where, change.content)
    machine.run(["update-grub"])
    assert machine.kernel_line().split() == ["console=tty1", "console=ttyS0", f"{PLACE}=1000"]


def test_a_number_that_somebody_put_there_by_hand_is_changed_in_its_place(tmp_path: Path) -> None:
    text = UBUNTU_GRUB.replace("quiet splash", f"quiet {PLACE}=200 splash")
    machine = stand_in(tmp_path, **{DEFAULTS: text})
    write, _ = Grub(machine).changes(1000)
    assert isinstance(write, WriteFile)
    assert write.where == DEFAULTS
    assert write.content == text.replace("=200", "=1000")


def test_a_number_in_a_line_that_a_later_file_overrides_does_not_count(tmp_path: Path) -> None:
    text = UBUNTU_GRUB.replace("quiet splash", f"quiet {PLACE}=1000")
    machine = stand_in(tmp_path, **{DEFAULTS: text, f"{DROP_INS}/50-cloudimg-settings.cfg": CLOUD_GRUB})
    grub = Grub(machine)
    assert grub.limit_mb() is None
    write, _ = grub.changes(1000)
    assert isinstance(write, WriteFile)
    assert write.where == OURS


def test_a_grub_without_drop_ins_gets_a_line_at_the_end_of_its_file(tmp_path: Path) -> None:
    machine = stand_in(tmp_path, **{"/usr/sbin/grub-mkconfig": ". /etc/default/grub\n"})
    write, _ = Grub(machine).changes(1000)
    assert isinstance(write, WriteFile)
    assert write.where == DEFAULTS
    assert write.content.startswith(UBUNTU_GRUB)
    assert read_by_shell([write.content])[LINES[1]] == f"quiet splash {PLACE}=1000"


def test_a_menu_that_was_not_made_anew_is_noticed(tmp_path: Path) -> None:
    machine = stand_in(tmp_path, **{DEFAULTS: UBUNTU_GRUB.replace("splash", f"{PLACE}=1000")})
    grub = Grub(machine)
    (command,) = grub.menu_lacks(1000)
    assert isinstance(command, Command)
    machine.run(command.command)
    assert not grub.menu_lacks(1000)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('A="x $(echo "a)b" c) y"', f"x {UNKNOWN} y"),
        ("A=`echo \\`b\\` c`d", f"{UNKNOWN}d"),
        ("A='it'\\''s'", "it's"),
        ('A="a\\\nb"', "ab"),
        ('A="\\$x \\" \\z"', '$x " \\z'),
        ("A=x\\\ny", "xy"),
        ('B=1 true\nA="$B"', UNKNOWN),
        ("A=${B:-x}", UNKNOWN),
        ('B="b c"\nA=$B', "b c"),
    ],
)
def test_the_shell_s_odder_ways_to_write_a_value_are_understood(text: str, value: str) -> None:
    assert evaluate(text, {})["A"] == value


@pytest.mark.parametrize(
    "text", ["A='never closed", 'A="never closed', "A=$(never closed", "A=`never", "A=\\", "A=$"]
)
def test_what_a_shell_would_refuse_is_unknown_and_ends(text: str) -> None:
    value = evaluate(text, {}).get("A", UNKNOWN)
    assert value in (UNKNOWN, "$")
