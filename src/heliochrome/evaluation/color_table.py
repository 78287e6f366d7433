"""A color report as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group
from rich.table import Table

from heliochrome.evaluation.color_report import ColorReport, SetScore


def render_report(report: ColorReport) -> Group:
    """Lay out everything that the report holds, one table below the other."""
    return Group(*_tables(report))


def _tables(report: ColorReport) -> Iterator[Table | str]:
    yield _heading(report)
    yield _scores(report)
    if report.calibration is not None:
        yield _calibration(report)
    if report.hints:
        yield _hints(report)
    if report.frontier:
        yield _frontier(report)


def _heading(report: ColorReport) -> str:
    lines = [
        f"Protocol {report.protocol}, heliochrome {report.heliochrome_version}",
        f"Data     {report.data.folder}: {report.data.photos} photos,"
        f" SHA-256 {report.data.sha256[:16]}",
    ]
    if report.model is not None:
        model = report.model
        lines.append(f"Model    {model.name} {model.version}, SHA-256 {model.sha256[:16]}")
    if report.features is not None:
        lines.append(f"Features {report.features.label}, SHA-256 {report.features.sha256[:16]}")
    return "\n".join(lines)


def _scores(report: ColorReport) -> Table:
    table = Table("", "gray", "colorized", "truth", title="Scores")
    for column in table.columns[1:]:
        column.justify = "right"
    colorized = report.colorized
    for label, name, digits in _figures(report):
        true = getattr(report.data, name, None)
        cells = [getattr(report.gray, name), colorized and getattr(colorized, name), true]
        table.add_row(label, *(_number(cell, digits) for cell in cells))
    return table


def _figures(report: ColorReport) -> list[tuple[str, str, int]]:
    rows = [
        ("PSNR, RGB, mean of the photos (dB)", "psnr", 2),
        ("CIEDE2000, mean", "delta_e_2000", 2),
        ("Colorfulness (Hasler and Suesstrunk)", "colorfulness", 2),
        ("  ratio to the truth's", "colorfulness_ratio", 3),
        ("  difference of the means", "colorfulness_delta", 2),
        ("  mean difference within a photo", "colorfulness_photo_delta", 2),
        ("Colorfulness (absolute opponents)", "colorfulness_absolute", 2),
        ("  ratio to the truth's", "colorfulness_absolute_ratio", 3),
    ]
    if report.features is not None:
        names = report.features
        rows += [
            (names.frechet_name, "frechet", 3),
            (f"{names.kernel_name} (KID's estimator)", "kernel", 4),
            (f"{names.kernel_name}, paired", "kernel_paired", 4),
        ]
    if report.gray.inception_score is not None:
        rows.append(("Inception Score", "inception_score", 3))
    return rows


def _calibration(report: ColorReport) -> Table:
    found = report.calibration
    assert found is not None
    table = Table("confidence", "share", "predicted", "right", title="Confidence")
    for row in found.rows:
        table.add_row(
            f"{row.low:.1f}-{row.high:.1f}",
            f"{row.share:.3f}",
            _number(row.predicted, 3),
            _number(row.observed, 3),
        )
    table.caption = (
        f"rank correlation with the error {found.rank_correlation:.3f}"
        f" (within a photo {found.photo_rank_correlation:.3f}),"
        f" calibration error {found.calibration_error:.3f}"
    )
    return table


def _hints(report: ColorReport) -> Table:
    table = Table("points", "PSNR (dB)", "CIEDE2000", title="Random hints with the true color")
    for point in report.hints:
        table.add_row(str(point.points), f"{point.psnr:.2f}", f"{point.delta_e_2000:.2f}")
    return table


def _frontier(report: ColorReport) -> Table:
    headings = ["temperature", "chroma scale", "PSNR (dB)", "CIEDE2000", "colorfulness ratio"]
    if report.features is not None:
        headings.append(report.features.kernel_name)
    table = Table(*headings, title="Frontier")
    for point in report.frontier:
        cells = [f"{point.temperature:g}", f"{point.chroma_scale:g}", *_trade(point.score)]
        table.add_row(*cells)
    return table


def _trade(score: SetScore) -> list[str]:
    cells = [
        f"{score.psnr:.2f}",
        f"{score.delta_e_2000:.2f}",
        f"{score.colorfulness_ratio:.3f}",
    ]
    return cells if score.kernel is None else [*cells, f"{score.kernel:.4f}"]


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
