from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from heliochrome.errors import ModelNotFoundError, ReadError
from heliochrome.image.picture import Picture
from heliochrome.model import store
from heliochrome.model.session import Network
from heliochrome.tasks import code_file
from heliochrome.tasks.code_file import find_code, load_style_code, save_style_code
from heliochrome.tasks.style_code import CodeNotes, StyleCode, style_code

NOTES = CodeNotes(name="mine", data="two noisy pictures of the author", pictures=2)


@pytest.fixture
def code(fake_restyling_network: Network) -> StyleCode:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 48, 3), np.uint8)
    return style_code([Picture(pixels)], fake_restyling_network)


def test_a_saved_code_loads_back_equal(code: StyleCode, tmp_path: Path) -> None:
    save_style_code(code, tmp_path / "noise.json")
    loaded = load_style_code(tmp_path / "noise.json")
    assert (loaded.model_sha256, loaded.notes) == (code.model_sha256, None)
    assert loaded.reduced.keys() == code.reduced.keys()
    for factor, values in code.reduced.items():
        np.testing.assert_array_equal(loaded.reduced[factor], values)


def test_gram_matrices_are_kept_to_three_digits(code: StyleCode, tmp_path: Path) -> None:
    grams = np.random.default_rng(1).random(9) * 10
    save_style_code(replace(code, grams=grams), tmp_path / "noise.json")
    loaded = load_style_code(tmp_path / "noise.json").grams
    assert loaded is not None
    np.testing.assert_allclose(loaded, grams, rtol=1e-3)


def test_notes_stay_with_the_code(code: StyleCode, tmp_path: Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    save_style_code(code, first, NOTES)
    loaded = load_style_code(first)
    assert loaded.notes == NOTES
    save_style_code(loaded, second)
    assert first.read_bytes() == second.read_bytes()
    assert json.loads(first.read_text())["notes"]["data"] == "two noisy pictures of the author"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[1]",
        b'{"model_sha256": "x"}',
        b'{"model_sha256": "x", "reduced": {"1": [[1], ["a"]]}}',
        b'{"model_sha256": "x", "reduced": {"1": [[1, 2], [3]]}}',
        b'{"model_sha256": "x", "reduced": {"1": [[1], [1e999]]}}',
        b'{"model_sha256": "x", "reduced": {}, "notes": {"name": "", "data": "", "pictures": 1}}',
        b'{"model_sha256": "x", "reduced": {}, "notes": {"name": "x", "data": "", "pictures": 0}}',
        b'{"model_sha256": "x", "reduced": {}, "grams": "not base64"}',
        b'{"model_sha256": "x", "reduced": {}, "grams": "AAAA"}',  # 3 bytes: half a number
        b"\x80\x04K\x01.",
    ],
)
def test_what_is_no_code_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "code.json").write_bytes(content)
    with pytest.raises(ReadError, match="is not a style code"):
        load_style_code(tmp_path / "code.json")
    with pytest.raises(ReadError, match="cannot be read"):
        load_style_code(tmp_path / "none.json")


def test_a_file_beyond_any_code_is_not_read_to_its_end(
    code: StyleCode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_style_code(code, tmp_path / "code.json")
    monkeypatch.setattr(code_file, "_MOST_BYTES", 100)
    with pytest.raises(ReadError, match="is not a style code"):
        load_style_code(tmp_path / "code.json")


def test_codes_are_found_where_networks_are(
    code: StyleCode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    save_style_code(code, second / "mine.code.json")
    assert find_code("mine", (first, second)) == second / "mine.code.json"
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(second))
    assert find_code("mine") == second / "mine.code.json"
    with pytest.raises(ModelNotFoundError, match="other: its style code is not installed") as error:
        find_code("other", (first, second))
    assert f"no other.code.json in {first} or {second}" in error.value.problem
    assert "heliochrome models code" in error.value.remedy
