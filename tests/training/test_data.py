import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from conftest import cifar_batch, render
from heliochrome.errors import DataError
from heliochrome.training.config import DataConfig, DegradeConfig, SourceConfig
from heliochrome.training.data import Sampler, crop_picture, hint_mask, open_data, prefetch
from heliochrome.training.degrade import degrade, emulsion_lightness
from heliochrome.training.sources import load_source, load_sources

CALM = DegradeConfig(emulsion=0.0, tone=0.0, grain=0.0, blur=0.0, jpeg=0.0)


def test_folder_and_shard_hold_the_same(pictures: Path, tmp_path: Path) -> None:
    shard = tmp_path / "shard.tar"
    with tarfile.open(shard, "w") as archive:
        for path in sorted(pictures.iterdir()):
            archive.add(path, path.name)
    folder = load_source(SourceConfig(path=str(pictures)), 64)
    from_shard = load_source(SourceConfig(path=str(shard)), 64)
    assert len(folder.pictures) == 12
    assert all(map(np.array_equal, folder.pictures, from_shard.pictures))


def test_broken_files_are_named_and_not_fatal(pictures: Path, tmp_path: Path) -> None:
    good = (pictures / "00.png").read_bytes()
    (tmp_path / "good.png").write_bytes(good)
    (tmp_path / "cut.png").write_bytes(good[: len(good) // 2])
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "note.txt").write_text("no picture")
    loaded = load_source(SourceConfig(path=str(tmp_path)), 64)
    assert len(loaded.pictures) == 1
    assert [Path(name).name for name in loaded.broken] == ["cut.png", "empty.jpg"]


def test_large_pictures_are_reduced_and_small_ones_kept(tmp_path: Path) -> None:
    Image.fromarray(render(1, 200)).save(tmp_path / "large.png")
    Image.fromarray(render(1, 40)).save(tmp_path / "small.png")
    loaded = load_source(SourceConfig(path=str(tmp_path)), 64)
    assert [picture.shape for picture in loaded.pictures] == [(64, 64, 3), (40, 40, 3)]


def test_sheets_are_cut_and_their_empty_places_left_out(tmp_path: Path) -> None:
    sheet = np.zeros((32, 48, 3), np.uint8)
    tiles = [render(seed, 16) for seed in range(4)]
    for place, tile in enumerate(tiles):
        row, column = divmod(place, 3)
        sheet[16 * row : 16 * row + 16, 16 * column : 16 * column + 16] = tile
    Image.fromarray(sheet).save(tmp_path / "sheet.png")
    loaded = load_source(SourceConfig(path=str(tmp_path), sheet=16), 64)
    assert len(loaded.pictures) == 4
    assert all(map(np.array_equal, loaded.pictures, tiles))


def test_cifar_binary(tmp_path: Path) -> None:
    data = cifar_batch(3)
    (tmp_path / "data_batch_1.bin").write_bytes(data)
    loaded = load_source(SourceConfig(path=f"cifar10:{tmp_path}"), 64)
    assert [picture.shape for picture in loaded.pictures] == [(32, 32, 3)] * 3
    # Second record, red plane first: byte 1 after the label is the first row's second pixel.
    assert loaded.pictures[1][0, 1, 0] == data[3073 + 2]
    assert loaded.pictures[1][0, 0, 2] == data[3073 + 1 + 2048]
    (tmp_path / "data_batch_2.bin").write_bytes(data[:-1])
    with pytest.raises(DataError, match="data_batch_2"):
        load_source(SourceConfig(path=f"cifar10:{tmp_path}"), 64)


def test_missing_and_empty_sources_are_typed_errors(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        load_source(SourceConfig(path=str(tmp_path / "nowhere")), 64)
    with pytest.raises(DataError, match="no readable picture"):
        load_source(SourceConfig(path=str(tmp_path)), 64)
    with pytest.raises(DataError, match="at least one"):
        load_sources((), 64)


def sampler(pictures: Path, **changes: object) -> Sampler:
    config = DataConfig(
        sources=(SourceConfig(path=str(pictures)),), crop=32, validation=3, **changes
    )  # type: ignore[arg-type]
    return open_data(config, seed=5)[0]


def test_samples_hang_on_seed_step_and_place_alone(pictures: Path) -> None:
    whole = sampler(pictures).batch(7, range(4))
    again = sampler(pictures).batch(7, range(2, 4))
    assert torch.equal(whole.lightness[2:], again.lightness)
    assert torch.equal(whole.chroma[2:], again.chroma)
    other = sampler(pictures).batch(8, range(4))
    assert not torch.equal(whole.lightness, other.lightness)


def test_batch_shapes_and_ranges(pictures: Path) -> None:
    batch = sampler(pictures).batch(0, range(6))
    assert batch.lightness.shape == batch.clean.shape == (6, 1, 32, 32)
    assert batch.chroma.shape == (6, 2, 8, 8)
    assert batch.lightness.min() >= 0
    assert batch.lightness.max() <= 100
    assert (batch.hints[(batch.mask == 0).expand_as(batch.hints)] == 0).all()
    assert batch.chroma.abs().max() > 20


def test_validation_pictures_are_held_out(pictures: Path) -> None:
    config = DataConfig(sources=(SourceConfig(path=str(pictures)),), crop=32, validation=4)
    data, held = open_data(config, seed=0)
    kept = data.sources[0].pictures
    assert (len(held), len(kept)) == (4, 8)
    assert not any(np.array_equal(a, b) for a in held for b in kept)


def test_sources_are_drawn_by_weight(tmp_path: Path) -> None:
    for name, level in (("dark", 10), ("light", 240)):
        (tmp_path / name).mkdir()
        flat = np.full((40, 40, 3), level, np.uint8)
        Image.fromarray(flat).save(tmp_path / name / "a.png")
    sources = tuple(
        SourceConfig(path=str(tmp_path / name), weight=weight)
        for name, weight in (("dark", 3.0), ("light", 1.0))
    )
    config = DataConfig(sources=sources, crop=32, validation=0)
    clean = open_data(config, seed=0)[0].batch(0, range(400)).clean.mean((1, 2, 3))
    assert 0.68 < (clean < 50).float().mean().item() < 0.82


def test_crops_keep_proportions() -> None:
    wide = np.zeros((40, 80, 3), np.uint8)
    wide[10:30, 30:50] = 255
    config = DataConfig(crop=32, zoom=(1.0, 1.0))
    rng = np.random.default_rng(0)
    for _ in range(20):
        white = crop_picture(wide, config, rng)[..., 0] > 127
        height = white.any(1).sum()
        # A square of 20 px out of a 40 px side is 16 px of 32, wherever the crop lies.
        assert height in (15, 16, 17) or not white.any()


def test_hints_are_absent_sparse_or_everywhere() -> None:
    rng = np.random.default_rng(1)
    shares = np.array([hint_mask(64, 0.5, rng).mean() for _ in range(600)])
    assert 0.42 < (shares == 0).mean() < 0.58
    assert 0 < (shares == 1).mean() < 0.05
    sparse = shares[(shares > 0) & (shares < 1)]
    assert sparse.max() < 0.6


def test_undegraded_lightness_is_the_pictures_own(pictures: Path) -> None:
    batch = sampler(pictures, degrade=CALM).batch(0, range(3))
    assert torch.allclose(batch.lightness, batch.clean, atol=0.02)


def test_an_emulsion_blind_to_red_darkens_red() -> None:
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 255
    plain = emulsion_lightness(red, np.random.default_rng(0), 0.0)
    assert plain.mean() == pytest.approx(53.24, abs=0.01)  # CIE L* of sRGB red
    drawn = [emulsion_lightness(red, np.random.default_rng(s), 1.0).mean() for s in range(200)]
    assert np.mean(drawn) < plain.mean() - 2


@pytest.mark.parametrize("kind", ["tone", "grain", "blur", "jpeg"])
def test_each_degradation_changes_the_plane_within_range(kind: str) -> None:
    plane = emulsion_lightness(render(4), np.random.default_rng(0), 0.0)
    config = DegradeConfig(**{"tone": 0.0, "grain": 0.0, "blur": 0.0, "jpeg": 0.0, kind: 1.0})
    changed = degrade(plane, config, np.random.default_rng(1))
    assert changed.shape == plane.shape
    assert changed.dtype == np.float32
    assert 0.05 < np.abs(changed - plane).mean() < 30
    assert changed.min() >= 0
    assert changed.max() <= 100


def test_blur_removes_detail_and_grain_adds_it() -> None:
    plane = np.full((64, 64), 50, np.float32)
    plane[::2] = 60
    blurred = degrade(plane, DegradeConfig(0, 0, 0, 1, 0), np.random.default_rng(0))
    assert blurred.std() < 0.7 * plane.std()
    flat = np.full((64, 64), 50, np.float32)
    assert degrade(flat, DegradeConfig(0, 0, 1, 0, 0), np.random.default_rng(0)).std() > 0.3


def test_prefetch_keeps_order_and_hands_on_errors(pictures: Path) -> None:
    data = sampler(pictures)
    batches = list(prefetch(data, iter(range(5)), range(2)))
    assert len(batches) == 5
    assert torch.equal(batches[3].clean, data.batch(3, range(2)).clean)
    data.sources[0].pictures.clear()
    with pytest.raises(ValueError, match="high"):
        list(prefetch(data, iter(range(5)), range(2)))
