"""Optional dependencies: their absence becomes an error that says how to install them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from heliochrome.errors import MissingExtraError


@contextlib.contextmanager
def needs(feature: str, extra: str) -> Iterator[None]:
    """Turn a missing third-party module into the error that names its extra.

    Raises:
        MissingExtraError: a module outside heliochrome could not be found.

    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "heliochrome":
            raise
        raise MissingExtraError(feature, extra) from error
