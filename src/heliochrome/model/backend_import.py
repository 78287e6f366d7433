"""Importing what runs networks, and telling apart what may go wrong with that."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from heliochrome.errors import BackendError, MissingExtraError


def import_backend(package: str, *, extra: str | None = None) -> ModuleType:
    """Import a package that runs networks; `extra` is ours that installs it, None for the core.

    Raises:
        MissingExtraError: the extra is not installed.
        BackendError: the package is there but cannot be imported, or was to be there.
        KeyboardInterrupt: the user stopped it, whatever the package made of that.

    """
    try:
        return import_module(package)
    except Exception as error:  # libraries that do not load raise what they like
        raise_interrupt(error)
        absent = isinstance(error, ModuleNotFoundError) and error.name == package
        if absent and extra is not None:
            raise MissingExtraError(f"backend {package}", extra) from error
        raise BackendError(
            package,
            f"cannot be imported ({first_line(error)})",
            f"reinstall it with: pip install --force-reinstall {package}",
        ) from error


def raise_interrupt(error: BaseException) -> None:
    """Raise the interrupt (Ctrl-C) that an error stems from, if it does.

    Extension modules turn exceptions in the middle of their work into errors of their own.
    """
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, KeyboardInterrupt):
            raise link
        link = link.__cause__ or link.__context__


def first_line(error: Exception) -> str:
    """Give what an error says in one line."""
    return (str(error).splitlines() or [type(error).__name__])[0]
