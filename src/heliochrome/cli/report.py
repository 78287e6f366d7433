"""What the commands say: results as JSON on stdout, everything for people on stderr."""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any

from heliochrome import cli
from heliochrome.errors import HeliochromeError

DEBUG_VARIABLE = "HELIOCHROME_DEBUG"


# C0, delete and C1, save for the tab and the end of a line.
_CONTROLS = dict.fromkeys({*range(32), *range(127, 160)} - {ord("\t"), ord("\n")}, "\ufffd")


def printable(text: str) -> str:
    """Keep names of files, and what is in them, from steering the terminal."""
    return text.translate(_CONTROLS)


def say(message: str) -> None:
    """Write one line for a person to stderr."""
    sys.stderr.write(printable(message) + "\n")
    sys.stderr.flush()


def emit(document: Any) -> None:
    """Write one JSON document for a program to stdout."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
    sys.stdout.flush()


def emit_line(document: Any) -> None:
    """Write one JSON document on a line of its own to stdout, for programs that follow along."""
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def describe(error: Exception) -> dict[str, str]:
    """Describe an error as JSON: its type, subject, problem and remedy."""
    if isinstance(error, HeliochromeError):
        facts = {"subject": error.subject, "problem": error.problem, "remedy": error.remedy}
    elif isinstance(error, MemoryError):
        facts = {
            "subject": "memory",
            "problem": "this machine has too little free memory for the task",
            "remedy": "close other programs, or work on a smaller picture",
        }
    else:
        facts = {
            "subject": "internal error",
            "problem": f"{type(error).__name__}: {error}",
            "remedy": f"please report it, with the traceback that {DEBUG_VARIABLE}=1 shows",
        }
    return {"type": type(error).__name__, **facts}


def message(error: Exception) -> str:
    """Describe an error in one line."""
    facts = describe(error)
    return f"{facts['subject']}: {facts['problem']}; {facts['remedy']}".replace("\n", " ")


def counted(number: int, noun: str) -> str:
    """Say how many: `1 item`, `2 items`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def clock(seconds: float) -> str:
    """Give a length of time as hours, minutes and seconds: 0:02:30."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def report_error(error: Exception, *, as_json: bool) -> int:
    """Report the error that ended a command, and return the exit code for it."""
    import typer

    # Of typer's names for errors of usage, only this one's is the same in all of its versions.
    usage: Any = typer.BadParameter.__base__
    if isinstance(error, usage):
        return _report_usage(error, as_json=as_json)
    if os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(error)
    if as_json:
        emit({"error": describe(error)})
    else:
        say(f"Error: {message(error)}")
    expected = isinstance(error, HeliochromeError | MemoryError)
    return cli.EXIT_ERROR if expected else cli.EXIT_INTERNAL_ERROR


def _report_usage(error: Any, *, as_json: bool) -> int:
    if as_json:
        command = "heliochrome" if error.ctx is None else error.ctx.command_path
        remedy = f"see `{command} --help`"
        facts = {"subject": command, "problem": error.format_message(), "remedy": remedy}
        emit({"error": {"type": type(error).__name__, **facts}})
    else:
        error.show()
    return cli.EXIT_ERROR


def report_interrupt() -> int:
    """Report that the user stopped a command which has nothing more to tell, and its exit code."""
    say("Interrupted.")
    return cli.EXIT_INTERRUPTED
