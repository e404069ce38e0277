"""``llpyspin completion``: what a shell needs to complete commands, options and values."""

from __future__ import annotations

import os
from pathlib import PurePath

import click
from click.shell_completion import get_completion_class

from llpyspin.cli.common import Command, OneOf

__all__ = ["VARIABLE", "completion"]

VARIABLE = "_LLPYSPIN_COMPLETE"
"""Set by the script in the shell when it asks for completions."""
SHELLS = ("bash", "zsh", "fish", "powershell")


@click.command(
    cls=Command,
    has_json=False,
    short_help="Print the script that lets your shell complete commands.",
    examples=[
        ("bash: add this line to ~/.bashrc", 'eval "$(llpyspin completion bash)"'),
        ("zsh: add this line to ~/.zshrc, after compinit", 'eval "$(llpyspin completion zsh)"'),
        ("fish: run this once", "llpyspin completion fish > ~/.config/fish/completions/llpyspin.fish"),
        ("PowerShell: add this line to $PROFILE", "llpyspin completion powershell | Out-String | iex"),
    ],
)
@click.argument("shell", type=OneOf(SHELLS), required=False, metavar="[SHELL]")
def completion(shell: str | None) -> int:
    """Print the script that lets your shell complete commands, options and values with Tab.

    SHELL is bash, zsh, fish or powershell, by default the shell of your account.
    """
    shell = shell or PurePath(os.environ.get("SHELL", "")).name
    made = get_completion_class(shell) if shell in SHELLS else None
    if made is None:
        raise click.UsageError(
            f"your shell is not known{f' ({shell})' if shell else ''}. Name it: {', '.join(SHELLS)}",
            click.get_current_context(),
        )
    root = click.get_current_context().find_root()
    complete = made(root.command, {}, "llpyspin", VARIABLE)
    print(complete.source_template % complete.source_vars())
    return 0
