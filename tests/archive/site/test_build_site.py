from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from heliochrome.archive.archive import Archive
from heliochrome.archive.export.iiif.images import ServedImage
from heliochrome.archive.export.iiif.manifest import ItemImages
from heliochrome.archive.export.publication import Publication
from heliochrome.archive.export.selection import Selection
from heliochrome.archive.provenance.signed_copies import SIGNING, signed_name
from heliochrome.archive.provenance.wording import COLOR_NOTE, DOUBT_NOTE, ColorGuess, color_guess
from heliochrome.archive.records import NewDescription, event
from heliochrome.archive.site import cards
from heliochrome.archive.site.build import SiteOptions, SiteReport, build_site
from heliochrome.archive.site.cards import card_of
from heliochrome.archive.site.item_files import Downloads
from heliochrome.archive.site.wording import guess_text
from heliochrome.errors import OptionError, OutputConflictError
from sample_archive import COLORIZE, NETWORK, Scan, gradient, sample_archive

HOSTILE = "</script><script>alert(1)</script> & \"quotes\" 'too'"


def described(**statements: str) -> Mapping[str, Sequence[str]]:
    return {element: [value] for element, value in statements.items()}


SCANS = (
    Scan(
        gradient(90, 60, 1),
        "harbor.tif",
        "Harbor",
        described(title="The harbor", date="1904", creator="A. Lindqvist"),
        ("color-only", "restore"),
    ),
    Scan(
        gradient(90, 60, 2),
        "cropped.png",
        "Harbor",
        described(title="At the window", date="ca. 1890", rights="https://example.org/terms"),
        crop=(20, 10),
    ),
    Scan(gradient(90, 60, 3), "mill.jpg", statements=described(title=HOSTILE), looks=()),
)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with sample_archive(tmp_path, SCANS) as archive:
        yield archive


def build(
    archive: Archive, output: Path, *, search: str | None = None, **options: Any
) -> SiteReport:
    given = {"publication": Publication("Old pictures", "City Archive"), **options}
    return build_site(archive, output, SiteOptions(**given), Selection(search=search))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive that tests only read."""
    with sample_archive(tmp_path_factory.mktemp("shared"), SCANS) as archive:
        yield archive


@pytest.fixture(scope="module")
def site(shared: Archive, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the shared archive, only read too."""
    output = tmp_path_factory.mktemp("shared") / "site"
    build(shared, output)
    return output


def page_path(archive: Archive, site: Path, name: str) -> Path:
    for entry in archive.entries():
        if entry.original.source_name == name:
            return site / "items" / f"{entry.original.identifier}.html"
    raise AssertionError(name)


class Links(HTMLParser):
    """What a page refers to, its headings and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.local: list[str] = []
        self.text = ""
        self.scripts = 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        for name, value in attrs:
            if name in ("href", "src", "data-src") and value and not urlsplit(value).scheme:
                self.local.append(unquote(urlsplit(value).path))

    def handle_data(self, data: str) -> None:
        self.text += data


def catalog(site: Path) -> dict[str, Any]:
    text = (site / "data" / "catalog.js").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text.partition("=")[2].strip().rstrip(";"))
    return loaded


def shown_cards(site: Path) -> list[dict[str, Any]]:
    found = []
    for number in range(len(list((site / "data" / "cards").iterdir()))):
        text = (site / "data" / "cards" / f"{number}.js").read_text(encoding="utf-8")
        found += json.loads(text.partition(",")[2].strip().removesuffix(");"))
    return found


def test_every_link_leads_to_a_file(archive: Archive, tmp_path: Path) -> None:
    site = tmp_path / "site"
    build(archive, site, base_url="https://example.org/", downloads=Downloads.all)
    pages = [site / "index.html", *(site / "items").iterdir()]
    assert len(pages) == 4
    for page in pages:
        for link in Links(page).local:
            if link:
                assert (page.parent / link).exists(), (page.name, link)


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    for page in [site / "index.html", *(site / "items").iterdir()]:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"""(src|href)=["'](https?:)?//[^"']*\.(js|css|woff2?)""", text)
    for script in (site / "assets").glob("*.js"):
        assert "fetch(" not in script.read_text()
        assert "http" not in script.read_text()


def test_cards_are_in_the_order_of_dates(site: Path) -> None:
    assert [card["title"] for card in shown_cards(site)] == [
        "At the window",
        "The harbor",
        HOSTILE,
    ]
    facts = catalog(site)
    assert facts["years"] == [[1890, 1890], [1904, 1904], 0]
    assert facts["collection"] == [0, 0, -1]
    assert facts["looks"] == [[0], [0, 1], []]
    assert facts["byTitle"] == [2, 0, 1]
    assert facts["newest"] == [2, 0, 1]  # added in the order 1, 0, 2


def test_cards_show_pictures_that_are_there(site: Path) -> None:
    for card in shown_cards(site):
        assert (site / card["picture"]).is_file()
        assert (site / "items" / card["page"]).is_file()
        assert ("before" in card) == (card["title"] != HOSTILE)
        if "before" in card:
            assert (site / card["before"]).is_file()


def test_cards_say_how_sure_guessed_colors_are(tmp_path: Path) -> None:
    contrast = {"task": "contrast", "model": None, "parameters": {"gamma": 1.2}}
    restyle = {"task": "restyle", "model": NETWORK, "parameters": {"from_gray": True}}
    steps = {
        "sure": {**COLORIZE, "mean_confidence": 0.3449},
        "unsure": {**COLORIZE, "mean_confidence": 0.18},
        "unstated": restyle,
        "own": contrast,
        "original": None,
    }
    scans = [
        Scan(
            gradient(20, 10, number),
            statements=described(title=title, date=str(1900 + number)),
            looks=("look",) if step else (),
            step=step or {},
        )
        for number, (title, step) in enumerate(steps.items())
    ]
    with sample_archive(tmp_path, scans) as archive:
        build(archive, tmp_path / "site")
    said = {
        card["title"]: [(look.get("guess"), look.get("doubtful")) for look in card.get("looks", [])]
        for card in shown_cards(tmp_path / "site")
    }
    assert said == {
        "sure": [("colors guessed · 34% sure", None)],
        "unsure": [("colors guessed · only 18% sure", True)],
        "unstated": [("colors guessed", None)],
        "own": [(None, None)],
        "original": [],
    }
    sure = catalog(tmp_path / "site")["sure"]
    assert (sure["0"], sure["1"]) == ([34], [18])
    assert sure["2"][0] > 100
    assert set(sure) == {"0", "1", "2"}


def test_a_share_is_not_said_of_colors_that_were_changed_later(shared: Archive) -> None:
    derived = next(iter(shared.entries())).derivatives[0]
    guess = color_guess(derived.record)
    assert guess is not None
    assert guess_text(guess, derived) == "colors guessed · 61% sure"
    changed = replace(derived, mean_confidence=None)
    assert guess_text(guess, changed) == "colors guessed"
    assert guess_text(ColorGuess(0.2), changed) == "colors guessed · hardly sure"


def test_a_recipe_that_was_used_again_is_shown_once_as_it_came_out_last(
    shared: Archive, tmp_path: Path
) -> None:
    entry = max(shared.entries(), key=lambda entry: len(entry.derivatives))
    first, second = entry.derivatives
    images = tuple(
        ServedImage(name, 90, 60, (90, 60), (90, 60), (1,)) for name in ("a", "b", "c", "original")
    )
    again = replace(first, key="ff" * 32)
    card = card_of(
        replace(entry, derivatives=(first, second, again)), ItemImages(images[3], images[:3])
    )
    assert list(card.looks) == [second.recipe_name, first.recipe_name]
    assert [look.picture.split("/")[2] for look in card.looks.values()] == ["b", "c"]


def test_only_where_colors_are_guessed_can_the_doubtful_be_asked_for(tmp_path: Path) -> None:
    for name, looks in (("guessed", ("color-only",)), ("plain", ())):
        scans = [Scan(gradient(20, 10), looks=looks)]
        with sample_archive(tmp_path / name, scans) as archive:
            build(archive, tmp_path / name / "site")
        page = Links(tmp_path / name / "site" / "index.html").text
        assert ("Least sure first" in page) == (name == "guessed")


@pytest.mark.parametrize("confidence", [0.22, 0.35])
def test_a_page_warns_of_colors_that_nobody_should_publish_unseen(
    tmp_path: Path, confidence: float
) -> None:
    scan = Scan(gradient(20, 10), step={**COLORIZE, "mean_confidence": confidence})
    with sample_archive(tmp_path, [scan]) as archive:
        build(archive, tmp_path / "site")
        page = Links(page_path(archive, tmp_path / "site", scan.name)).text
    assert f"{confidence:.0%}" in page
    assert (DOUBT_NOTE in page) == (confidence < 0.3)


def test_many_cards_are_split(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "PER_PART", 2)
    build(archive, tmp_path / "site")
    assert len(list((tmp_path / "site" / "data" / "cards").iterdir())) == 2
    assert len(shown_cards(tmp_path / "site")) == 3
    assert catalog(tmp_path / "site")["perPart"] == 2


def test_a_page_tells_how_the_picture_was_made(shared: Archive, site: Path) -> None:
    page = Links(page_path(shared, site, "harbor.tif"))
    (entry,) = [one for one in shared.entries() if one.original.source_name == "harbor.tif"]
    head, _, rest = COLOR_NOTE.partition(". ")
    for fact in (
        "How “restore” was made",
        head,
        rest,
        "61%",
        NETWORK["sha256"],
        entry.original.sha256,
        entry.derivatives[1].sha256,
        entry.derivatives[1].recipe_sha256,
        "A. Lindqvist",
        "TIFF, 90 × 60, 16 bits gray",
    ):
        assert fact in page.text, fact


def test_a_page_of_an_unchanged_original_claims_no_guess(shared: Archive, site: Path) -> None:
    text = page_path(shared, site, "mill.jpg").read_text(encoding="utf-8")
    assert "img-comparison-slider" not in text
    assert "The colors are a guess" not in text


def test_text_from_the_catalog_is_never_markup(shared: Archive, site: Path) -> None:
    hostile = page_path(shared, site, "mill.jpg")
    plain = page_path(shared, site, "cropped.png")
    # One script fewer than a page with a slider, not one more.
    assert Links(hostile).scripts == Links(plain).scripts - 1
    assert HOSTILE in Links(hostile).text
    for card in (site / "data" / "cards").iterdir():
        assert json.dumps(HOSTILE)[1:-1] in card.read_text(encoding="utf-8")


def test_neighbors_follow_the_dates(shared: Archive, site: Path) -> None:
    names = ["cropped.png", "harbor.tif", "mill.jpg"]
    first, second, third = (page_path(shared, site, name) for name in names)
    assert third.name not in Links(first).local
    assert {first.name, third.name} <= set(Links(second).local)
    assert second.name in Links(third).local


def test_a_cropped_derivative_is_compared_with_the_same_part(shared: Archive, site: Path) -> None:
    text = page_path(shared, site, "cropped.png").read_text(encoding="utf-8")
    (before,) = (site / "before").iterdir()
    assert f'src="../before/{before.name}"' in text
    viewing = json.loads(re.search(r'id="item">(.*?)</script>', text)[1])
    assert viewing["looks"][0]["box"] == pytest.approx([20 / 90, 10 / 90, 70 / 90], abs=1e-6)


def test_a_second_run_changes_nothing(archive: Archive, tmp_path: Path) -> None:
    site = tmp_path / "site"
    build(archive, site)
    times = {path: path.stat().st_mtime_ns for path in site.rglob("*")}
    report = build(archive, site)
    assert (report.items, report.images_made, report.files_written, report.removed) == (3, 0, 0, 0)
    assert {path: path.stat().st_mtime_ns for path in site.rglob("*")} == times


def test_a_new_description_changes_its_page_and_the_data_only(
    archive: Archive, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    build(archive, site)
    changed = page_path(archive, site, "harbor.tif")
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*.html")}
    statements = {"title": ("The quay",), "date": ("1904",)}
    archive.catalog.describe([NewDescription(changed.stem, "Harbor", statements, [])])
    report = build(archive, site)
    assert report.images_made == 0
    now = {path for path, time in before.items() if path.stat().st_mtime_ns != time}
    assert now == {changed}
    assert "The quay" in changed.read_text(encoding="utf-8")


def test_what_is_of_no_item_any_more_is_removed(archive: Archive, tmp_path: Path) -> None:
    site = tmp_path / "site"
    build(archive, site, base_url="https://example.org/", downloads=Downloads.all)
    report = build(archive, site, search="window", downloads=Downloads.none)
    assert report.items == 1
    assert report.removed > 0
    assert [path.name for path in (site / "items").iterdir()] == [
        page_path(archive, site, "cropped.png").name
    ]
    assert len(list((site / "iiif" / "images").iterdir())) == 2
    assert list((site / "files").iterdir()) == []
    assert not (site / "iiif" / "collection.json").exists()
    assert list((site / "iiif" / "manifests").iterdir()) == []


@pytest.mark.parametrize(
    ("downloads", "number"), [(Downloads.none, 0), (Downloads.derivatives, 3), (Downloads.all, 6)]
)
def test_files_to_download_are_copies(
    archive: Archive, tmp_path: Path, downloads: Downloads, number: int
) -> None:
    build(archive, tmp_path / "site", downloads=downloads)
    copies = list((tmp_path / "site" / "files").iterdir())
    assert len(copies) == number
    assert all(path.stat().st_nlink == 1 for path in copies)


def test_a_signed_copy_can_be_downloaded(archive: Archive, tmp_path: Path) -> None:
    entry = next(one for one in archive.entries() if len(one.derivatives) == 1)
    (derived,) = entry.derivatives
    archive.derivatives.put_bytes(b"signed", signed_name(derived.uri))
    signing = event(SIGNING, "by the tests", derivative=derived.key)
    archive.catalog.record_events({entry.original.identifier: [signing]})
    build(archive, tmp_path / "site")
    (signed,) = (tmp_path / "site" / "files").glob("signed-*")
    assert signed.read_bytes() == b"signed"
    page = page_path(archive, tmp_path / "site", entry.original.source_name)
    assert f"../files/{signed.name}" in Links(page).local


def test_manifests_come_with_the_address_of_the_site(archive: Archive, tmp_path: Path) -> None:
    site = tmp_path / "site"
    build(archive, site, base_url="https://example.org/old/")
    page = page_path(archive, site, "harbor.tif")
    manifest = json.loads((site / "iiif" / "manifests" / f"{page.stem}.json").read_text())
    assert manifest["id"] == f"https://example.org/old/iiif/manifests/{page.stem}.json"
    assert manifest["homepage"][0]["id"] == f"https://example.org/old/items/{page.name}"
    text = page.read_text(encoding="utf-8")
    assert f"../iiif/manifests/{page.stem}.json" in text
    # The page itself stays relative, so that it works from disk all the same.
    assert "https://example.org/old/iiif/images" not in text


def test_an_item_that_cannot_be_shown_is_left_out(archive: Archive, tmp_path: Path) -> None:
    assert archive.originals.folder is not None
    (mill,) = archive.originals.folder.rglob("*.jpg")
    mill.chmod(0o644)
    mill.write_bytes(b"no picture")
    report = build(archive, tmp_path / "site")
    assert report.items == 2
    assert [one.identifier[:8] for one in report.left_out] == [mill.stem[:8]]
    assert len(shown_cards(tmp_path / "site")) == 2


def test_other_people_s_folders_are_left_alone(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "index.html").write_text("mine")
    with pytest.raises(OutputConflictError):
        build(archive, tmp_path / "www")
    assert (tmp_path / "www" / "index.html").read_text() == "mine"


def test_an_empty_archive_makes_no_site(tmp_path: Path) -> None:
    with (
        sample_archive(tmp_path, []) as archive,
        pytest.raises(OptionError, match="archive add"),
    ):
        build(archive, tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_a_killed_run_s_remains_are_cleaned_up(archive: Archive, tmp_path: Path) -> None:
    site = tmp_path / "site"
    build(archive, site)
    images = site / "iiif" / "images"
    whole = next(images.iterdir())
    shutil.copytree(whole, images / f".{whole.name}.0123.part")
    build(archive, site)
    assert not list(images.glob(".*.part"))
