from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable

import pytest

from heliochrome import __version__
from heliochrome.cli import colorize_batch, main
from heliochrome.cli.app import app
from heliochrome.cli.report import emit_line

HEAVY = ("numpy", "pydantic", "PIL", "yaml", "imagecodecs", "onnxruntime", "torch", "skimage")


def test_the_version_is_printed(run: Callable) -> None:
    assert run("--version").out == f"heliochrome {__version__}\n"


@pytest.mark.parametrize("command", [(), ("colorize",), ("models",), ("models", "list"), ("demo",)])
def test_every_command_has_help(run: Callable, command: tuple[str, ...]) -> None:
    ended = run(*command, "--help")
    assert ended.code == 0
    assert "Usage: heliochrome" in ended.out


def test_help_names_every_command(run: Callable) -> None:
    named = [command.name for command in app.registered_commands]
    named += [group.name for group in app.registered_groups]
    shown = run("--help").out
    assert {"colorize", "demo", "models"} <= set(named)
    assert all(str(name) in shown for name in named)


def test_an_unknown_command_is_a_usage_error(run: Callable) -> None:
    ended = run("transmogrify")
    assert ended.code == 2
    assert "transmogrify" in ended.err


def test_help_loads_nothing_heavy_and_is_quick() -> None:
    program = (
        "import sys; from heliochrome.cli import main; main(['--help']);"
        f"print('LOADED', [name for name in {HEAVY} if name in sys.modules])"
    )

    def cpu_seconds() -> float:
        """Processor time, since the clock also counts waiting for a busy machine."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ended = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert ended.stdout.strip().endswith("LOADED []")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(cpu_seconds() for _ in range(3)) < 0.3


def test_internal_errors_ask_for_a_report_and_show_no_traceback(
    run: Callable, photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(colorize_batch, "find_model", fail)
    ended = run("colorize", photo, "-o", photo.with_name("o.png"))
    assert ended.code == 70
    assert ended.err.startswith("Error: internal error: RuntimeError: boom; please report it")
    ended = run("colorize", photo, "-o", photo.with_name("o.png"), "--json")
    assert json.loads(ended.out)["error"]["type"] == "RuntimeError"


def test_the_traceback_is_there_when_asked_for(
    photo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HELIOCHROME_DEBUG", "1")
    assert main(["colorize", "none", "-o", "x.png", "--model", "none"]) == 2
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_an_interrupt_outside_a_batch_exits_with_130(
    run: Callable, photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(colorize_batch, "find_model", interrupt)
    ended = run("colorize", photo, "-o", photo.with_name("o.png"))
    assert (ended.code, ended.err) == (130, "Interrupted.\n")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("colorize", "photo.png"), "'--output'"),
        (("colorize", "photo.png", "-o", "o.png", "--vividnes", "1"), "--vividnes"),
        (("colorize", "photo.png", "-o", "o.png", "--quality", "101"), "100"),
        (("transmogrify",), "transmogrify"),
    ],
)
def test_errors_of_usage_are_json_too_where_that_is_asked_for(
    run: Callable, arguments: tuple[str, ...], problem: str
) -> None:
    plain = run(*arguments)
    assert (plain.code, plain.out) == (2, "")
    assert plain.err.startswith("Usage: heliochrome")
    assert problem in plain.err
    ended = run(*arguments, "--json")
    assert (ended.code, ended.err) == (2, "")
    error = json.loads(ended.out)["error"]
    assert problem in error["problem"]
    assert "--help" in error["remedy"]


@pytest.mark.parametrize(
    ("arguments", "subject"),
    [
        (("restore-color", "p.png", "-o", "o.png", "--most-clipping", "1"), "--most-clipping"),
        (("colorize", "p.png", "-o", "o.png", "--vividness", "9"), "--vividness"),
        (("vintage", "p.png", "-o", "o.png", "--look", "albumen", "--set", "seed=1"), "seed"),
        (("vintage", "p.png", "-o", "o.png", "--look", "albumen", "--set=seed=1"), "seed"),
        (("run", "quality", "p.png", "-o", "o.png"), "quality"),
    ],
)
def test_options_are_called_by_their_flags(
    run: Callable, arguments: tuple[str, ...], subject: str
) -> None:
    ended = run(*arguments)
    assert (ended.code, ended.err.split(": ")[:2]) == (2, ["Error", subject])
    ended = run(*arguments, "--json")
    assert json.loads(ended.out)["error"]["subject"] == subject


def test_json_lines_stay_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    emit_line({"text": "a\nb", "surrogate": "\udcff"})
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"text": "a\nb", "surrogate": "\udcff"}


def test_names_do_not_steer_the_terminal(run: Callable) -> None:
    ended = run("provenance", "red\x1b[31m\x9b2J.png")
    assert "red\ufffd[31m\ufffd2J.png: does not exist" in ended.err


def test_the_runtime_is_told_to_record_nothing() -> None:
    program = "import os, heliochrome; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    for given, wanted in ((None, "1"), ("0", "0")):
        own = environment | ({} if given is None else {"ORT_DISABLE_TELEMETRY": given})
        ended = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=own
        )
        assert ended.stdout.strip() == wanted
