"""The pages' templates and the files that come with every site."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

_PACKAGE = "heliochrome.archive.site"


@cache
def template(name: str) -> Template:
    """Load a template; what is put into it is escaped, and what is missing is an error."""
    environment = Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(f"{name}.html.j2")


def as_is(text: str) -> Markup:
    """Mark a text as safe to be put into a page unescaped."""
    return Markup(text)


def assets() -> Iterator[tuple[str, bytes]]:
    """Give path and content of style sheets, scripts and libraries with their licenses."""
    yield from _below(files(_PACKAGE) / "static", "assets")


def _below(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _below(entry, name)
        else:
            yield name, entry.read_bytes()
