"""`heliochrome train`: run, resume or only plan a training run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from heliochrome.training.config import RunConfig

ConfigPath = Annotated[
    Path, typer.Argument(metavar="CONFIG", help="YAML file of settings; see configs/.")
]
DataPaths = Annotated[
    list[str] | None,
    typer.Option(
        "--data", help="Folder, .tar or cifar10:FOLDER, instead of the file's; repeatable."
    ),
]


def _overridden(
    config: RunConfig, data: list[str] | None, minutes: float | None, steps: int | None
) -> RunConfig:
    import dataclasses

    from heliochrome.training.config import SourceConfig

    changes: dict[str, object] = {}
    if data:
        sources = tuple(SourceConfig(path=path) for path in data)
        changes["data"] = dataclasses.replace(config.data, sources=sources)
    if minutes is not None:
        changes["minutes"] = minutes
    if steps is not None:
        changes["steps"] = steps
    return dataclasses.replace(config, **changes)  # type: ignore[arg-type]


def _show_plan(config: RunConfig, as_json: bool) -> None:
    import dataclasses

    from heliochrome.cli import report
    from heliochrome.training.plan import plan_run

    plan = plan_run(config)
    if as_json:
        report.emit(dataclasses.asdict(plan))
        return
    for name, shape in plan.shapes.items():
        report.say(f"{name}: {' x '.join(map(str, shape))}")
    report.say(f"generator: {plan.generator_parameters / 1e6:.2f} M parameters")
    report.say(f"discriminator: {plan.discriminator_parameters / 1e6:.2f} M parameters")
    report.say(f"forward pass: {plan.gflop:.2f} GFLOP a picture")
    report.say(f"memory: about {plan.memory_mib:,.0f} MiB at batch {config.batch}")


def command(
    config_path: ConfigPath,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Run folder.  [default: runs/NAME]")
    ] = None,
    data: DataPaths = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Change a key, as losses.regression=2; repeatable."
        ),
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="Time budget.", min=0.01)] = None,
    steps: Annotated[int | None, typer.Option(help="Step budget.", min=1)] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the run folder's checkpoint.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show shapes, parameters, FLOPs and memory only.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON lines.")] = False,
) -> None:
    """Train a network from a configuration file.

    Ctrl-C saves a checkpoint and exits; --resume goes on from it. Under torchrun, the processes
    share each batch.
    """
    from heliochrome.cli import report
    from heliochrome.cli.extras import needs

    with needs("training", "train"):
        from heliochrome.training.config import config_to_yaml, load_config

        config = _overridden(load_config(config_path, settings or ()), data, minutes, steps)
        if not as_json:
            report.say(config_to_yaml(config))
        if dry_run:
            _show_plan(config, as_json)
            return
        from heliochrome.cli.train_run import run_to_end

        run_to_end(config, output or Path("runs") / config.name, resume, as_json)
