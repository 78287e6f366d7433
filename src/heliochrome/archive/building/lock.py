"""One build at a time: locks that the system itself releases when a process dies.

The build holds `build.lock`. Each of its workers shares `build.workers.lock`, because a worker may
outlive a build that was killed, for a moment: a new build waits until it has gone, so that no two
processes ever write the files of one picture.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from heliochrome.errors import BuildRunningError, ReadOnlyArchiveError, StorageError

LOCK_NAME = "build.lock"
WORKERS_LOCK_NAME = "build.workers.lock"
_BUILD_SECONDS = 1.0  # `running_build` takes the lock too, for an instant
_WORKERS_SECONDS = 60.0  # they end within milliseconds; a disk that hangs may keep them longer
_PAUSE_SECONDS = 0.02


@contextlib.contextmanager
def build_lock(folder: Path) -> Iterator[None]:
    """Keep other builds out of the archive in `folder`.

    A lock that a dead process left is taken over. Workers of a build that was killed are waited
    for.

    Raises:
        BuildRunningError: another build runs; the message names its process and start.
        ReadOnlyArchiveError: the folder may not be written.
        StorageError: the file system cannot lock.

    """
    path = folder / LOCK_NAME
    with _opened(path) as file:
        if not _lock_within(_BUILD_SECONDS, file):
            raise _running(folder, file)
        _write_holder(file)
        _wait_for_workers(folder)
        try:
            yield
        finally:
            # The file stays: were it removed, a third build could lock a new one of this name.
            file.truncate(0)


@contextlib.contextmanager
def worker_lock(folder: Path) -> Iterator[None]:
    """Tell later builds that this process may write files of the archive in `folder`.

    Raises:
        ReadOnlyArchiveError: the folder may not be written.
        StorageError: the file system cannot lock.

    """
    with _opened(folder / WORKERS_LOCK_NAME) as file:
        _lock(file, exclusive=False, wait=True)
        yield


def running_build(folder: Path) -> dict[str, Any] | None:
    """Give "pid", "host" and "started_at" of the build that runs on an archive, if one does.

    Raises:
        ReadOnlyArchiveError: the folder may not be written.
        StorageError: the file system cannot lock.

    """
    if not (folder / LOCK_NAME).exists():
        return None
    with _opened(folder / LOCK_NAME) as file:
        return None if _lock(file, exclusive=False, wait=False) else _holder(file)


def _wait_for_workers(folder: Path) -> None:
    with _opened(folder / WORKERS_LOCK_NAME) as file:
        if not _lock_within(_WORKERS_SECONDS, file):
            raise BuildRunningError(
                folder,
                "workers of an earlier build still run",
                "wait until they have ended, or end them",
            )


def _lock_within(seconds: float, file: IO[str]) -> bool:
    """Lock a file for this process alone, trying for some time."""
    until = time.monotonic() + seconds
    while not _lock(file, exclusive=True, wait=False):
        if time.monotonic() > until:
            return False
        time.sleep(_PAUSE_SECONDS)
    return True


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    try:
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise ReadOnlyArchiveError(
            path, f"cannot be opened for writing ({error.strerror})", "check its permissions"
        ) from error
    with file:
        yield file


def _lock(file: IO[str], *, exclusive: bool, wait: bool) -> bool:
    """Lock a file until it is closed; tell whether that succeeded."""
    try:
        import fcntl
    except ModuleNotFoundError as error:
        raise StorageError(
            file.name,
            "this system does not lock files as builds need it",
            "build on Linux or macOS",
        ) from error
    kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    try:
        fcntl.flock(file, kind if wait else kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise StorageError(
            file.name,
            f"the file system does not lock files ({error.strerror})",
            "keep the archive's folder on one that does",
        ) from error
    return True


def _write_holder(file: IO[str]) -> None:
    holder = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    file.truncate(0)
    file.write(json.dumps(holder) + "\n")
    file.flush()


def _holder(file: IO[str]) -> dict[str, Any]:
    file.seek(0)
    try:
        holder = json.loads(file.read())
    except ValueError:  # it has not been written yet
        holder = None
    return holder if isinstance(holder, dict) else {}


def _running(folder: Path, file: IO[str]) -> BuildRunningError:
    holder = _holder(file)
    who = f"process {holder['pid']} on {holder['host']}" if "pid" in holder else "another process"
    since = f" since {holder['started_at']}" if "started_at" in holder else ""
    return BuildRunningError(
        folder, f"is being built by {who}{since}", "wait until it is done, or end it"
    )
