"""Parameters of a recipe: what a user gives for one run, in place of "$NAME" in its steps."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from heliochrome.errors import OptionError

_SIGN = "$"
_SWITCHES = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}

# What a user gives: texts, as they stand on a command line, by the names of the parameters.
Settings = Mapping[str, Sequence[str]]


class Parameter(BaseModel):
    """What may be given for a parameter.

    Attributes:
        about: what it is, in one line.
        kind: how its text is read. A file's path starts from the current folder.
        default: taken where nothing is given; without one, the parameter must be given.

    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    about: str
    kind: Literal["file", "number", "switch", "text"]
    default: bool | int | float | str | None = None

    def read(self, name: str, text: str) -> bool | int | float | str:
        """Read what was given.

        Raises:
            OptionError: it is not of this kind.

        """
        match self.kind:
            case "file":
                return str(Path(text).absolute())
            case "number":
                return _number(name, text)
            case "switch":
                if text.lower() not in _SWITCHES:
                    raise OptionError(name, f"is '{text}'", "give true or false")
                return _SWITCHES[text.lower()]
            case "text":
                return text


Parameters = dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")], Parameter]
_PARAMETERS: TypeAdapter[Parameters] = TypeAdapter(Parameters)


def parse_settings(given: Iterable[str]) -> Settings:
    """Read settings of the form "style=PICTURE"; one that is repeated has several values.

    Raises:
        OptionError: there is no "=", no name or no value.

    """
    settings: dict[str, list[str]] = {}
    for setting in given:
        name, separator, text = setting.partition("=")
        if not (separator and name.strip() and text.strip()):
            raise OptionError(setting, "is not a setting", "write it as NAME=VALUE")
        settings.setdefault(name.strip(), []).append(text.strip())
    return settings


def fill_in(content: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Put values in place of the parameters in what a recipe file holds.

    Raises:
        OptionError: a setting is of no parameter or of another kind, a parameter has neither a
            value nor a default, or "$NAME" is not declared. The subject is the parameter.

    """
    parameters = declared(content.get("parameters", {}))
    for name in settings:
        if name not in parameters:
            raise OptionError(name, "is not a parameter of this recipe", _nearest(name, parameters))
    values = {
        name: _value(name, parameter, settings.get(name)) for name, parameter in parameters.items()
    }
    filled: dict[str, Any] = {
        key: part if key == "parameters" else _replaced(part, values)
        for key, part in content.items()
    }
    return filled


def declared(content: Any) -> Parameters:
    """Check the parameters that a recipe file declares.

    Raises:
        OptionError: they are malformed.

    """
    try:
        return _PARAMETERS.validate_python(content)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"] if part != "[key]")
        text = fault["msg"][0].lower() + fault["msg"][1:]
        remedy = "write as 'style: {kind: file, about: a picture}'"
        raise OptionError(f"parameter {place}".strip(), text, remedy) from error


def _value(name: str, parameter: Parameter, given: Sequence[str] | None) -> Any:
    if given is None:
        if parameter.default is None:
            remedy = f"give --set {name}=VALUE: {parameter.about}"
            raise OptionError(name, "must be given for this recipe", remedy)
        return parameter.default
    values = [parameter.read(name, text) for text in given]
    return values[0] if len(values) == 1 else values


def _replaced(part: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(part, dict):
        return {key: _replaced(inner, values) for key, inner in part.items()}
    if isinstance(part, list):
        return [_replaced(inner, values) for inner in part]
    if isinstance(part, str) and part.startswith(_SIGN):
        name = part.removeprefix(_SIGN)
        if name not in values:
            remedy = f"add it to the recipe's parameters; {_nearest(name, values)}"
            raise OptionError(part, "is not declared", remedy)
        return values[name]
    return part


def _number(name: str, text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError as error:
        raise OptionError(name, f"is '{text}'", "give a number") from error


def _nearest(word: str, known: Iterable[str]) -> str:
    words = list(known)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]}?"
    return f"it has {', '.join(words)}" if words else "it has none"
