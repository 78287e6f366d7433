"""A recipe with the bytes of every file it names, for processes that do not share a disk."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from heliochrome.errors import ReadError
from heliochrome.model.session import Backend
from heliochrome.recipe.digest import with_files
from heliochrome.recipe.load import RecipeFile
from heliochrome.recipe.steps import PreparedRecipe, prepare_recipe


@dataclass(frozen=True, slots=True)
class PackedRecipe:
    """A recipe that can be sent to another machine; networks must be installed there.

    Attributes:
        file: the recipe; the files that it names are called by their SHA-256.
        contents: their bytes.

    """

    file: RecipeFile
    contents: Mapping[str, bytes]

    def prepare(
        self, *, threads: int | None = None, backend: Backend = "onnxruntime"
    ) -> PreparedRecipe:
        """Open all networks and read all pictures, as `prepare_recipe` does.

        Raises:
            OptionError: a value is out of range.
            ModelError: a network is missing here, tampered with, or for another task.
            ReadError: a picture is none.

        """
        with TemporaryDirectory(prefix="heliochrome-recipe-") as place:
            folder = Path(place)
            for name, content in self.contents.items():
                (folder / name).write_bytes(content)
            return prepare_recipe(
                replace(self.file, folder=folder), threads=threads, backend=backend
            )


def pack_recipe(file: RecipeFile) -> PackedRecipe:
    """Read every file that a recipe names.

    Raises:
        ReadError: one cannot be read.

    """
    contents: dict[str, bytes] = {}

    def pack(name: str) -> str:
        data = _read(file.folder / name)
        packed = hashlib.sha256(data).hexdigest() + Path(name).suffix
        contents[packed] = data
        return packed

    recipe = with_files(file.recipe, pack)
    return PackedRecipe(replace(file, recipe=recipe), contents)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReadError(
            path, f"cannot be read ({error.strerror})", "check the path and its permissions"
        ) from error
