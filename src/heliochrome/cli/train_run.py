"""Drives a training run for the terminal: progress bar, signals, TensorBoard."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from heliochrome.cli import report
from heliochrome.errors import ConfigError
from heliochrome.training.checkpoint import FACTS
from heliochrome.training.config import RunConfig
from heliochrome.training.distributed import join_processes
from heliochrome.training.loop import StopRequest, TrainRecord, open_trainer, run
from heliochrome.training.records import TensorBoardLog


@contextlib.contextmanager
def _stop_on_signals(stopping: StopRequest) -> Iterator[None]:
    def ask(*_: object) -> None:
        stopping.requested = True

    handlers = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _summary(record: TrainRecord) -> str:
    figures = ", ".join(f"{name} {value:.4g}" for name, value in record.figures.items())
    return f"step {record.step}, {record.images / record.seconds:.0f} pictures/s: {figures}"


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def _follow(records: Iterator[TrainRecord], folder: Path, as_json: bool) -> None:
    log = TensorBoardLog(folder)
    with contextlib.closing(log), _bar() as bar:
        task = bar.add_task("training", total=1.0, rate="")
        for record in records:
            log.add(record)
            rate = f"{record.images / record.seconds:.0f} pictures/s"
            bar.update(task, completed=record.progress, rate=rate)
            if as_json:
                facts = {"step": record.step, "images": record.images, "seconds": record.seconds}
                report.emit_line(facts | record.figures)
            elif record.pictures is not None:
                bar.console.print(_summary(record))


def run_to_end(config: RunConfig, folder: Path, resume: bool, as_json: bool) -> None:
    """Train until the budget is spent or a signal comes; save either way.

    Raises:
        ConfigError: the folder holds a run already and `resume` was not asked for.

    """
    exists = (folder / FACTS).exists()
    if exists and not resume:
        raise ConfigError(folder, "holds a run already", "add --resume, or name another --output")
    processes = join_processes()
    trainer = open_trainer(config, processes)
    for name in trainer.task.sampler.broken:
        report.say(f"left out, unreadable: {name}")
    if resume and exists:
        trainer.resume(folder)
    stopping = StopRequest()
    with _stop_on_signals(stopping):
        records = run(trainer, folder, stopping)
        if processes.leads:
            _follow(records, folder, as_json)
        else:
            for _ in records:
                pass
    if processes.leads:
        report.say(f"{'stopped' if stopping.requested else 'done'}; checkpoint in {folder}")
