"""Errors of database drivers as typed errors: locked, full, read-only, damaged, out of reach."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

from heliochrome.errors import (
    CatalogError,
    CatalogFullError,
    CatalogLockedError,
    HeliochromeError,
    ReadOnlyArchiveError,
)

# Result codes of SQLite: the low byte of `sqlite_errorcode`.
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_READ_ONLY = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

# SQLSTATE codes of PostgreSQL (its manual, appendix A): serialization failure, deadlock, lock not
# available; all of them go away when the transaction is done again.
_STATES_TEMPORARY = frozenset({"40001", "40P01", "55P03"})
_STATE_DUPLICATE = "23505"  # another program recorded the same a moment before
_STATES_FULL = frozenset({"53100"})
_STATES_READ_ONLY = frozenset({"25006", "42501"})


def may_be_retried(error: DBAPIError) -> bool:
    """Tell whether doing the transaction again may help."""
    return _is_locked(error) or _state(error) == _STATE_DUPLICATE


def _is_locked(error: DBAPIError) -> bool:
    return _sqlite_code(error) in _LOCKED or _state(error) in _STATES_TEMPORARY


def typed_error(name: str, error: DBAPIError) -> HeliochromeError:
    """Make the typed error for what a driver reported about the catalog `name`."""
    code, state = _sqlite_code(error), _state(error)
    if _is_locked(error):
        return CatalogLockedError(
            name, "another program keeps the catalog locked", "wait until it is done, or end it"
        )
    if code == sqlite3.SQLITE_FULL or state in _STATES_FULL:
        return CatalogFullError(name, "the disk is full", "free some space and do it again")
    if code in _READ_ONLY or state in _STATES_READ_ONLY:
        return ReadOnlyArchiveError(
            name, "the catalog may not be written", "change its permissions"
        )
    if code == sqlite3.SQLITE_CANTOPEN:
        return ReadOnlyArchiveError(
            name, "the catalog cannot be opened", "check that its folder exists and is writable"
        )
    if code in _DAMAGED:
        return CatalogError(name, f"is damaged ({error.orig})", "restore it from a backup")
    detail = " ".join(str(error.orig).split())
    if error.connection_invalidated or (code is None and state is None):
        return CatalogError(
            name, f"cannot be reached ({detail})", "check the URL, and that the server runs"
        )
    return CatalogError(name, f"the database refused it ({detail})", "check the database")


def _sqlite_code(error: DBAPIError) -> int | None:
    extended = getattr(error.orig, "sqlite_errorcode", None)
    return None if extended is None else int(extended) & 0xFF


def _state(error: DBAPIError) -> str | None:
    state = getattr(error.orig, "sqlstate", None)
    return None if state is None else str(state)
