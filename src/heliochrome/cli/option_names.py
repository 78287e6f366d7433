"""What options are called in messages: by their flags, where Python calls them by their fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from heliochrome.errors import OptionError


def name_flag(error: Exception, words: Sequence[str]) -> Exception:
    """Give an error about an option of the command, if it is one, with the flag as its subject.

    words: the command line. What stands there itself, or is set there by NAME=VALUE, is no option
        even where one has that name.
    """
    if not isinstance(error, OptionError) or _is_given(error.subject, words):
        return error
    flag = "--" + error.subject.replace("_", "-").replace(" ", "-")
    if not any(flag in parameter.opts for parameter in _command(words).params):
        return error
    named = OptionError(flag, error.problem, error.remedy)
    named.__cause__ = error
    return named


def _is_given(name: str, words: Sequence[str]) -> bool:
    return any(name == word.removeprefix("--set=").partition("=")[0] for word in words)


def _command(words: Sequence[str]) -> Any:
    """Find the command that a command line names, however deep in groups it is."""
    from typer.main import get_command

    from heliochrome.cli.app import app

    command: Any = get_command(app)
    for word in words:
        command = getattr(command, "commands", {}).get(word, command)
    return command
