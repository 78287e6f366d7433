"""Parameters of a look as dataclass fields that know their range and their meaning."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, cast

from heliochrome.errors import OptionError

_ALLOWED = "allowed"
_MEANING = "meaning"


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `low` to `high`."""

    low: float
    high: float

    def read(self, value: object) -> float | None:
        """Give the number that `value` is, None if it is none of these."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if not math.isfinite(value) or not self.low <= value <= self.high:
            return None
        return float(value)

    def __str__(self) -> str:
        return f"a value from {self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True)
class Numbers:
    """A fixed count of numbers, each from `low` to `high`."""

    count: int
    low: float
    high: float

    def read(self, value: object) -> tuple[float, ...] | None:
        """Give the numbers that `value` holds, None if they are not these."""
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != self.count:
            return None
        each = tuple(Number(self.low, self.high).read(part) for part in value)
        return None if None in each else cast("tuple[float, ...]", each)

    def __str__(self) -> str:
        return f"{self.count} values from {self.low:g} to {self.high:g}, separated by commas"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, value: object) -> str | None:
        """Give `value` if it is one of the words, else None."""
        return value if isinstance(value, str) and value in self.words else None

    def __str__(self) -> str:
        return " or ".join(f"'{word}'" for word in self.words)


Allowed = Number | Numbers | Choice


def number(default: float, low: float, high: float, meaning: str) -> Any:
    """Declare a field that is a number in a range."""
    return _declare(float(default), Number(low, high), meaning)


def numbers(default: tuple[float, ...], low: float, high: float, meaning: str) -> Any:
    """Declare a field of as many numbers as its default has."""
    return _declare(tuple(map(float, default)), Numbers(len(default), low, high), meaning)


def choice(default: str, others: tuple[str, ...], meaning: str) -> Any:
    """Declare a field that is one of a few words."""
    return _declare(default, Choice((default, *others)), meaning)


def _declare(default: object, allowed: Allowed, meaning: str) -> Any:
    return field(default=default, metadata={_ALLOWED: allowed, _MEANING: meaning})


@dataclass(frozen=True, slots=True)
class Group:
    """Base of the groups of parameters; checks every field.

    Raises:
        OptionError: a value is of the wrong kind or out of its range; the subject is the
            parameter as `group.field`.

    """

    def __post_init__(self) -> None:
        for parameter in parameters(type(self)):
            value = parameter.read(getattr(self, parameter.field))
            object.__setattr__(self, parameter.field, value)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a group: `key` is its full name, as in "grain.amount"."""

    key: str
    field: str
    allowed: Allowed
    meaning: str

    def read(self, value: object) -> Any:
        """Give `value` in the parameter's own type.

        Raises:
            OptionError: it is not allowed.

        """
        found = self.allowed.read(value)
        if found is None:
            raise OptionError(self.key, f"is {value!r}", f"give {self.allowed}")
        return found


def parameters(group: type[Group]) -> tuple[Parameter, ...]:
    """List the parameters of a group, in the order of their declaration."""
    name = group.__name__.lower()
    return tuple(
        Parameter(f"{name}.{f.name}", f.name, f.metadata[_ALLOWED], f.metadata[_MEANING])
        for f in fields(group)
    )
