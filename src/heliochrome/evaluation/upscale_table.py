"""An upscale report as tables for a terminal."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table

from heliochrome.evaluation.upscale_report import FolderReport, UpscaleReport


def render_report(report: UpscaleReport) -> Group:
    """Lay out everything that the report holds but the single pictures."""
    return Group(_heading(report), *map(_table, report.folders))


def _heading(report: UpscaleReport) -> str:
    lines = [f"Protocol {report.protocol} at x{report.scale}, {report.heliochrome_version}"]
    lines += [
        f"Data     {folder.folder}: {folder.pictures} pictures, SHA-256 {folder.sha256[:16]}"
        for folder in report.folders
    ]
    named = (("Model   ", report.models), ("Peer    ", report.peers), ("Features", report.features))
    lines += [
        f"{title} {facts.name}, SHA-256 {facts.sha256[:16]}"
        for title, files in named
        for facts in files
    ]
    return "\n".join(lines)


def _table(folder: FolderReport) -> Table:
    layers = list(folder.systems[0].features)
    headings = ("PSNR, Y (dB)", "SSIM, Y", *layers, "s / megapixel", "CPU s")
    table = Table("", *headings, title=folder.folder)
    table.columns[0].overflow = "fold"  # names of networks differ at their ends
    for column in table.columns[1:]:
        column.justify = "right"
    for score in folder.systems:
        distances = [f"{score.features[layer]:.4f}" for layer in layers]
        times = [f"{seconds:.3g}" for seconds in (score.seconds, score.cpu_seconds)]
        table.add_row(score.system, f"{score.psnr:.2f}", f"{score.ssim:.4f}", *distances, *times)
    return table
