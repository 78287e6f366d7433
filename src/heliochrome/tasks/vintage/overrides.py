"""Looks by name or from a file, with single parameters changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from heliochrome.errors import HeliochromeError, OptionError, ReadError
from heliochrome.tasks.vintage.learned import LEARNED_LOOKS, find_learned_look
from heliochrome.tasks.vintage.looks import LOOKS
from heliochrome.tasks.vintage.parameters import PARAMETERS, Look

_FILE_SUFFIXES = (".yaml", ".yml")
_FILE_KEYS = ("base", "name", "period", "summary")


def find_look(name: str) -> Look:
    """Give the process called `name`, or the one in the YAML file `name`.

    Raises:
        OptionError: there is no such look, it is a learned one, or the file is not a valid one.
        ReadError: the file cannot be read.

    """
    if name.lower().endswith(_FILE_SUFFIXES):
        return load_look(Path(name))
    for look in LOOKS:
        if look.name == name:
            return look
    if find_learned_look(name) is not None:
        raise OptionError(name, "is a learned look, not a process", "choose one of the others")
    names = [look.name for look in LOOKS] + [look.name for look in LEARNED_LOOKS]
    remedy = _nearest(name, names) or f"choose {', '.join(names)}, or a .yaml file"
    raise OptionError(name, "is not the name of a look", remedy)


def load_look(path: Path) -> Look:
    """Read a look from a YAML file.

    It names a `base` look and holds what differs from it: by group ("grain: {amount: 0.1}") or by
    key ("grain.amount: 0.1"); further `name`, `period` and `summary`, if any.

    Raises:
        ReadError: the file cannot be read.
        OptionError: it is not such a file; the message names the place.

    """
    content = _read(path)
    texts = {key: content.pop(key, None) for key in _FILE_KEYS}
    for key, text in texts.items():
        if text is not None and not isinstance(text, str):
            raise OptionError(path, f"{key} is {text!r}", "give a text")
    if texts["base"] is None:
        names = ", ".join(look.name for look in LOOKS)
        raise OptionError(path, "names no base look", f"add the line 'base: NAME'; looks: {names}")
    if texts["base"].lower().endswith(_FILE_SUFFIXES):
        raise OptionError(path, "is based on another file", "name a look that ships as its base")
    try:
        look = change(find_look(texts["base"]), dict(_flatten(content)))
    except HeliochromeError as error:
        raise OptionError(path, f"{error.subject} {error.problem}", error.remedy) from error
    return replace(
        look,
        name=texts["name"] or path.stem,
        period=texts["period"] or look.period,
        summary=texts["summary"] or f"{look.name}, changed by {path.name}",
    )


def change(look: Look, values: Mapping[str, Any]) -> Look:
    """Give `look` with other values of some parameters, by keys such as "grain.amount".

    Raises:
        OptionError: a key is unknown, or a value is not allowed.

    """
    for key, value in values.items():
        parameter = PARAMETERS.get(key)
        if parameter is None:
            remedy = _nearest(key, list(PARAMETERS)) or "list them with --list-looks --look NAME"
            raise OptionError(key, "is not a parameter of a look", remedy)
        group = key.split(".")[0]
        part = replace(getattr(look, group), **{parameter.field: parameter.read(value)})
        look = replace(look, **{group: part})
    return look


def parse_settings(settings: list[str]) -> dict[str, Any]:
    """Read settings of the form "grain.amount=0.3" or "toning.shadows=3,-30".

    Raises:
        OptionError: a setting has no "=", or no value.

    """
    return dict(_parse_setting(setting) for setting in settings)


def _parse_setting(setting: str) -> tuple[str, Any]:
    key, separator, text = setting.partition("=")
    if not separator or not text.strip():
        raise OptionError(setting, "is not a setting", "write it as grain.amount=0.3")
    parts = [_scalar(part) for part in text.strip().strip("[]").split(",")]
    return key.strip(), parts[0] if len(parts) == 1 else parts


def _scalar(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text.strip()


def _read(path: Path) -> dict[str, Any]:
    remedy = "write lines like 'base: kodachrome' and 'grain.amount: 0.1'"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReadError(
            path, f"cannot be read ({error.strerror})", "check the path of the look"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        place = str(error).splitlines()[-1].strip()
        raise OptionError(path, f"is not valid YAML: {place}", remedy) from error
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise OptionError(path, "does not hold keys and values", remedy)
    return content


def _flatten(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}.{name}", inner) for name, inner in value.items())
        else:
            yield key, value


def _nearest(name: str, known: list[str]) -> str | None:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else None
