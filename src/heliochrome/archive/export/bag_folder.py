"""One bag (BagIt 1.0, RFC 8493), filled file by file; nothing but counts stays in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from heliochrome.archive.digests import Digest, digest_path
from heliochrome.archive.export.payload import PayloadFile, take_file

_DATA = "data"
_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_MANIFESTS = ("manifest-sha256.txt", "manifest-sha512.txt")
_TAG_MANIFESTS = ("tagmanifest-sha256.txt", "tagmanifest-sha512.txt")


class BagFolder:
    """A bag in the making.

    Attributes:
        folder: of the bag.
        files: how many files the payload has.
        octets: their bytes.

    """

    def __init__(self, folder: Path) -> None:
        """Begin a bag in a folder that is not there yet.

        Raises:
            OSError: it cannot be made.

        """
        (folder / _DATA).mkdir(parents=True)
        self.folder = folder
        self.files = 0
        self.octets = 0

    def path_of(self, name: str) -> Path:
        """Give the path of a payload file, for one that is written in place."""
        return self.folder / _DATA / name

    def take(self, files: Iterable[PayloadFile], *, link: bool = False) -> None:
        """Take files together: all of them, or none when one fails.

        Raises:
            FixityError: the bytes of one are not those that the catalog knows.
            StorageError: one is missing, or its storage cannot be reached.
            OSError: one cannot be read, or the disk is full.

        """
        taken: list[tuple[str, Digest]] = []
        targets: list[Path] = []
        try:
            for file in files:
                targets.append(self.path_of(file.name))
                targets[-1].parent.mkdir(parents=True, exist_ok=True)
                taken.append((file.name, take_file(file, targets[-1], link=link)))
        except BaseException:
            for target in targets:
                target.unlink(missing_ok=True)
            raise
        self._list(taken)

    def adopt(self, name: str) -> None:
        """List a payload file that was written in place.

        Raises:
            OSError: it cannot be read.

        """
        self._list([(name, digest_path(self.path_of(name)))])

    def finish(self, info: Mapping[str, str]) -> None:
        """Write the tag files; `info` is what bag-info.txt says beside the Payload-Oxum.

        Raises:
            OSError: the disk did not take them.

        """
        fields = {**info, "Payload-Oxum": f"{self.octets}.{self.files}"}
        lines = [f"{name}: {' '.join(value.split())}\n" for name, value in fields.items() if value]
        self._write("bagit.txt", _DECLARATION)
        self._write("bag-info.txt", "".join(lines))
        tags = [*_MANIFESTS, "bagit.txt", "bag-info.txt"]
        for name in _MANIFESTS:
            (self.folder / name).touch()
        hashes = [(name, digest_path(self.folder / name)) for name in sorted(tags)]
        for target, manifest in zip(_TAG_MANIFESTS, _lines(hashes, ""), strict=True):
            self._write(target, manifest)

    def _list(self, files: list[tuple[str, Digest]]) -> None:
        for target, lines in zip(_MANIFESTS, _lines(files, f"{_DATA}/"), strict=True):
            # Opened each time: there may be more bags in the making than files may be open.
            with (self.folder / target).open("a", encoding="utf-8", newline="\n") as manifest:
                manifest.write(lines)
        self.files += len(files)
        self.octets += sum(hashes.size for _, hashes in files)

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8", newline="\n")


def _lines(files: list[tuple[str, Digest]], prefix: str) -> tuple[str, str]:
    """Lines of the two manifests; what would end a line in a path is percent-encoded."""
    paths = [
        (prefix + name).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        for name, _ in files
    ]
    pairs = [(path, hashes) for path, (_, hashes) in zip(paths, files, strict=True)]
    return (
        "".join(f"{hashes.sha256}  {path}\n" for path, hashes in pairs),
        "".join(f"{hashes.sha512}  {path}\n" for path, hashes in pairs),
    )
