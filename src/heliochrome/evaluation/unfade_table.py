"""An unfade report as a table for a terminal."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table

from heliochrome.evaluation.unfade import UnfadeReport

_COLUMNS = (
    ("PSNR (dB)", "psnr", 2),
    ("CIEDE 2000", "delta_e_2000", 2),
    ("worst tenth", "delta_e_2000_worst_tenth", 2),
    ("color ratio", "colorfulness_ratio", 3),
    ("not faded", "good_delta_e_2000", 2),
    ("worst tenth", "good_delta_e_2000_worst_tenth", 2),
)


def render_report(report: UnfadeReport) -> Group:
    """Lay out the scores of all methods, one per row."""
    heading = (
        f"Protocol {report.protocol}, heliochrome {report.heliochrome_version}\n"
        f"Data     {report.folder}: {report.photos} photos, SHA-256 {report.data_sha256[:16]}\n"
        f"Fading   seed {report.seed}; coefficients SHA-256 {report.coefficients_sha256[:16]}"
    )
    table = Table("method", *(title for title, _, _ in _COLUMNS), title="Faded photos")
    for column in table.columns:
        column.no_wrap = column.header == "method"
        column.justify = "left" if column.no_wrap else "right"
    for score in report.methods:
        values = (f"{getattr(score, name):.{digits}f}" for _, name, digits in _COLUMNS)
        table.add_row(score.method, *values)
    table.caption = (
        "worst tenth: a tenth of the photos are as far off, or farther; color ratio: colorfulness "
        "over the truth's; not faded: CIEDE2000 between a photo that never faded and what is made "
        "of it"
    )
    return Group(heading, table)
