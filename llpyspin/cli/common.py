"""What all commands have in common: their options, kinds of values, and the form of their help."""

from __future__ import annotations

import contextlib
import functools
import math
from typing import TYPE_CHECKING, Any, TypeVar

import click

from llpyspin.cli.optionnames import told_as_options
from llpyspin.cli.results import Output
from llpyspin.naming.nearest import nearest_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from click.shell_completion import CompletionItem

__all__ = ["Command", "Group", "Number", "OneOf", "Pair", "Suggested", "Whole", "amount_options", "with_sdk"]

F = TypeVar("F", bound="Callable[..., Any]")
SDKS = ("pyspin", "rotpy", "virtual")


def amount_options() -> list[click.Parameter]:
    """``-v`` and ``-q``."""

    def amount(ctx: click.Context, param: click.Parameter, value: int) -> None:
        output = ctx.ensure_object(Output)
        if value and output.verbosity * (1 if param.name == "verbose" else -1) < 0:
            raise click.UsageError("-v and -q contradict each other. Leave out one of them", ctx)
        output.verbosity += value if param.name == "verbose" else -min(value, 1 + output.verbosity)

    return [
        click.Option(
            ["-v", "--verbose"],
            count=True,
            expose_value=False,
            callback=amount,
            help="Also print log lines and tracebacks (-vv: all lines).",
        ),
        click.Option(
            ["-q", "--quiet"],
            count=True,
            expose_value=False,
            callback=amount,
            help="Print no progress and no notes.",
        ),
    ]


def _json_option() -> click.Option:
    def choose(ctx: click.Context, param: click.Parameter, value: bool) -> None:
        ctx.ensure_object(Output).json = value

    return click.Option(
        ["--json"],
        is_flag=True,
        expose_value=False,
        callback=choose,
        help="Print the result as JSON, all else on standard error.",
    )


class Group(click.Group):
    """The commands in the order in which they were added, which is that of a first hour."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with _whose(ctx):
            return super().parse_args(ctx, args)


class Command(click.Command):
    """A command with sections and examples in its help, ``-v``, ``-q``, and ``--json`` if it has a result.

    Parameters
    ----------
    sections : mapping
        Headings of the help, with the options below each; all others are below "Options".
    examples : sequence of (str, str)
        What each example does, and the line.
    has_json : bool
    """

    def __init__(
        self,
        *arguments: Any,
        sections: Mapping[str, Sequence[str]] | None = None,
        examples: Sequence[tuple[str, str]] = (),
        has_json: bool = True,
        **more: Any,
    ) -> None:
        super().__init__(*arguments, **more)
        self.sections = dict(sections or {})
        self.examples = tuple(examples)
        self.params += [*([_json_option()] if has_json else []), *amount_options()]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with _whose(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        with ctx.ensure_object(Output).logging(), told_as_options(self):
            return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, by section."""
        whose = {name: heading for heading, names in self.sections.items() for name in names}
        rows: dict[str, list[tuple[str, str]]] = {heading: [] for heading in (*self.sections, "Options")}
        for param in self.get_params(ctx):  # the text above says what arguments are
            record = None if isinstance(param, click.Argument) else param.get_help_record(ctx)
            if record is not None:
                rows[next((whose[name] for name in param.opts if name in whose), "Options")].append(record)
        for heading, each in rows.items():
            if each:
                with formatter.section(heading):
                    formatter.write_dl(each)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, in lines that can be copied."""
        if self.examples:
            with formatter.section("Examples"):
                formatter.write("\n".join(f"  # {what}\n  {line}\n" for what, line in self.examples))


@contextlib.contextmanager
def _whose(ctx: click.Context) -> Iterator[None]:
    """Let errors of the parser name the command that they belong to."""
    try:
        yield
    except click.UsageError as error:
        error.ctx = error.ctx or ctx
        raise


def with_sdk(function: F) -> F:
    """Add ``--virtual`` and ``--sdk``; the function gets ``sdk``."""

    @click.option("--virtual", is_flag=True, help="Use virtual cameras, as --sdk virtual.")
    @click.option("--sdk", type=OneOf(SDKS), help="Which SDK. [default: LLPYSPIN_SDK]")
    @functools.wraps(function)
    def chosen(*arguments: Any, virtual: bool, sdk: str | None, **more: Any) -> Any:
        if virtual and sdk not in (None, "virtual"):
            raise click.UsageError(
                f"--virtual and --sdk {sdk} contradict each other. Leave out one of them",
                click.get_current_context(),
            )
        return function(*arguments, sdk="virtual" if virtual else sdk, **more)

    return chosen  # type: ignore[return-value]


class Number(click.ParamType[float]):
    """A number above 0; with ``least=None`` any number."""

    def __init__(self, name: str, *, any_sign: bool = False) -> None:
        self.name = name
        self._any_sign = any_sign

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or (number <= 0 and not self._any_sign):
            kind = "number" if self._any_sign else "positive number"
            self.fail(f"{value} is not a {kind}", param, ctx)
        return number


class Whole(click.ParamType[int]):
    """A whole number from 1."""

    name = "n"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if not (text.isdecimal() and int(text) > 0):
            self.fail(f"{value} is not a whole number from 1", param, ctx)
        return int(text)


class Pair(click.ParamType["tuple[str, str | int | float]"]):
    """``NAME=VALUE``, where the value is a number if it looks like one, else text."""

    name = "NAME=VALUE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str | int | float]:
        name, equals, text = str(value).partition("=")
        name = name.strip()
        if not (name and equals):
            self.fail(f"{value!r} is not NAME=VALUE", param, ctx)
        for kind in (int, float):
            with contextlib.suppress(ValueError):
                number = kind(text)
                if math.isfinite(number) and "_" not in text:
                    return name, number
        return name, text


class OneOf(click.Choice[str]):
    """One of several words; a wrong one is answered with the nearest."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(words, case_sensitive=False)

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        near = nearest_words(str(value), self.choices)
        return f"{value!r} is not one of {', '.join(self.choices)}" + (
            f". Did you mean {near[0]}?" if near else ""
        )


class Suggested(click.ParamType[str]):
    """Any text; the shell completes some words."""

    def __init__(self, name: str, words: Sequence[str]) -> None:
        self.name = name
        self._words = tuple(words)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(word) for word in self._words if word.startswith(incomplete)]
