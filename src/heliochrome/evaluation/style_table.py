"""A style report as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group
from rich.table import Table

from heliochrome.evaluation.style_report import (
    CHAIN,
    MATCHING,
    NETWORK,
    ONE_PASS,
    PHOTO,
    StyleReport,
    SystemScore,
)

_LABELS = {
    PHOTO: "photo",
    MATCHING: "color matching",
    NETWORK: "network",
    ONE_PASS: "one pass",
    CHAIN: "chain",
}


def render_report(report: StyleReport) -> Group:
    """Lay out everything that the report holds but the single trials."""
    return Group(_heading(report), *_tables(report))


def system_label(system: str) -> str:
    """Name of a system as a reader knows it."""
    if system in _LABELS:
        return _LABELS[system]
    kind, _, count = system.rpartition("_")
    return f"{count} steps" if kind == "optimization" else f"network, {count} corrections"


def _heading(report: StyleReport) -> str:
    contents, styles = report.contents, report.styles
    lines = [
        f"Protocol  {report.protocol}, heliochrome {report.heliochrome_version}",
        f"Data      {contents.pictures} contents x {styles.pictures} styles,"
        f" short side {report.size}, SHA-256 {report.data_sha256[:16]}",
    ]
    named = (
        ("Model    ", report.model),
        ("Colorizer", report.colorizer),
        ("Upscaler ", report.upscaler),
    )
    lines += [
        f"{title} {facts.name} {facts.version}, SHA-256 {facts.sha256[:16]}"
        for title, facts in named
        if facts is not None
    ]
    lines += [f"Features  {facts.label}, SHA-256 {facts.sha256[:16]}" for facts in report.features]
    return "\n".join(lines)


def _tables(report: StyleReport) -> Iterator[Table]:
    kinds = sorted({(score.from_gray, score.scale) for score in report.systems})
    for from_gray, scale in kinds:
        scores = [s for s in report.systems if (s.from_gray, s.scale) == (from_gray, scale)]
        title = f"Gray photos, x{scale}" if from_gray else f"x{scale}"
        yield _table(title, scores)


def _table(title: str, scores: list[SystemScore]) -> Table:
    table = Table("", *(system_label(score.system) for score in scores), title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row("style", *(f"{score.style:.3f}" for score in scores))
    for layer in scores[0].style_layers:
        table.add_row(f"  {layer}", *(f"{score.style_layers[layer]:.3f}" for score in scores))
    table.add_row("content", *(f"{score.content:.3f}" for score in scores))
    for layer in scores[0].content_layers:
        table.add_row(f"  {layer}", *(f"{score.content_layers[layer]:.3f}" for score in scores))
    table.add_row("seconds", *(_seconds(score.seconds) for score in scores))
    return table


def _seconds(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"
