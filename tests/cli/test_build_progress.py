from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy")

from heliochrome.archive.building.engine import Progress
from heliochrome.archive.building.plan import Plan
from heliochrome.cli.build_progress import BuildProgress, summary


def progress(done: int, seconds: float) -> Progress:
    plan = Plan(items=100, recorded=0, failed_before=0, pending=100)
    return Progress(plan, done=done, started=time.monotonic() - seconds)


def test_speed_and_time_left_are_told() -> None:
    assert summary(progress(25, 50)) == "25 of 100, 0.50 pictures/s, about 0:02:30 left"
    assert summary(progress(0, 50)) == "0 of 100, 0.00 pictures/s"


def test_a_terminal_shows_a_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with BuildProgress(quiet=False) as shown:
        shown.show(progress(25, 50))
        shown._status._bar.refresh()
    assert "25/100" in capsys.readouterr().err


def test_without_a_terminal_a_line_is_said_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with BuildProgress(quiet=False) as shown:
        for second in range(1, 26):
            now[0] = float(second)
            shown.show(Progress(progress(0, 0).plan, done=second, started=0.0))
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "10 of 100, 1.00 pictures/s, about 0:01:30 left",
        "20 of 100, 1.00 pictures/s, about 0:01:20 left",
    ]


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with BuildProgress(quiet=True) as shown:
        shown._next_line = 0.0
        shown.show(progress(25, 50))
    assert capsys.readouterr().err == ""
