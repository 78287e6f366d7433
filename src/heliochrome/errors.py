"""Typed errors of heliochrome: every one names what was wrong, where, and what to do about it."""

from __future__ import annotations

from pathlib import Path


class HeliochromeError(Exception):
    """Base of every error that heliochrome raises on purpose.

    Attributes:
        subject: the file, option or object that the error is about.
        problem: what is wrong with it, as a phrase without a final period.
        remedy: what the user can do, as a phrase without a final period.

    """

    def __init__(self, subject: str | Path, problem: str, remedy: str) -> None:
        super().__init__(subject, problem, remedy)
        self.subject = str(subject)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.subject}: {self.problem}; {self.remedy}"


class ReadError(HeliochromeError):
    """A picture could not be read: missing, not an image, truncated, or not permitted."""


class UnsupportedPictureError(ReadError):
    """The picture was understood, but is of a kind that heliochrome does not process."""


class PictureTooLargeError(UnsupportedPictureError):
    """The picture's header announces more pixels than the limit allows."""


class WriteError(HeliochromeError):
    """An output could not be written; nothing partial was left behind."""


class OutputConflictError(WriteError):
    """The output would overwrite an original, or an existing file without leave."""


class OptionError(HeliochromeError):
    """An option has a value outside its range, or options contradict each other."""


class ModelError(HeliochromeError):
    """A network could not be loaded."""


class ModelNotFoundError(ModelError):
    """No network of that name, or its file is missing."""


class ModelTamperedError(ModelError):
    """A network file does not have the hash that its card states."""


class CardError(ModelError):
    """A model card is missing, malformed, or does not fit its network."""


class BackendError(ModelError):
    """What runs networks cannot be imported; the message names the package."""


class MissingExtraError(HeliochromeError):
    """A feature needs an optional dependency that is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            feature,
            f"needs the optional '{extra}' dependencies",
            f"install them with: pip install 'heliochrome[{extra}]'",
        )
        self.extra = extra

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        return type(self), (self.subject, self.extra)


class ConfigError(HeliochromeError):
    """A training configuration has an unknown key, a wrong type or an impossible value."""


class DataError(HeliochromeError):
    """A data set is missing, empty or unreadable as a whole."""


class TrainingError(HeliochromeError):
    """Training cannot go on: a loss that is not finite, or a checkpoint that does not fit."""


class ArchiveError(HeliochromeError):
    """An archive cannot do what was asked of it; nothing in it was lost."""


class NotAnArchiveError(ArchiveError):
    """A folder has no archive's marker, or a damaged one."""


class NewerArchiveError(ArchiveError):
    """An archive or its catalog was made by a newer heliochrome; it was left untouched."""


class FolderNotEmptyError(ArchiveError):
    """A new archive would mix with files that are there already."""


class ReadOnlyArchiveError(ArchiveError):
    """The folder, the storage or the catalog of an archive may not be written."""


class BuildRunningError(ArchiveError):
    """Another build works on the archive; the message names its process and start."""


class WorkerError(ArchiveError):
    """The workers of a build cannot work: they do not start, or do not fit the build."""


class WorkerDiedError(WorkerError):
    """A process died again and again over one picture: killed, or out of memory."""


class StorageError(ArchiveError):
    """A file of an archive could not be read, or not be stored; nothing partial was left."""


class StorageFullError(StorageError):
    """The disk, or the quota, of an archive's files is full."""


class FixityError(ArchiveError):
    """A file does not have the checksums that it should have."""


class CatalogError(ArchiveError):
    """The catalog of an archive cannot be used, or refused what should be recorded."""


class CatalogLockedError(CatalogError):
    """Another program kept the catalog locked for longer than we wait."""


class CatalogFullError(CatalogError):
    """The disk that the catalog is on is full; what was recorded before is safe."""


class NoSuchItemError(ArchiveError):
    """The archive has no item of that identifier."""


class CredentialsError(HeliochromeError):
    """Content Credentials could not be made: a certificate, a key or a container does not fit."""
