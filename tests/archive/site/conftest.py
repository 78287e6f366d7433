"""A site and a Chromium to look at it with."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from heliochrome.archive.archive import Archive
from heliochrome.archive.export.publication import Publication
from heliochrome.archive.export.selection import Selection
from heliochrome.archive.site import cards
from heliochrome.archive.site.build import SiteOptions, build_site
from sample_archive import COLORIZE, Scan, gradient, sample_archive

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SURE = (0.2, 0.35, 0.5, 0.25, 0.4, 0.55, 0.3)  # of the colors of the first plates
OWN_COLORS = {"task": "contrast", "model": None, "parameters": {"gamma": 1.2}}
PLACES = ("Harbor", "Mountains", "")


def scans() -> Iterator[Scan]:
    """Nine items: small ones of several years, and one large enough for several levels of tiles."""
    for number in range(8):
        yield Scan(
            gradient(72 + 8 * number, 60, 30 * number),
            f"plate {number}.png",
            PLACES[number % 3],
            {
                "title": [f"Plate {number}: a view of Tromsø"],
                "date": [str(1890 + 5 * number)] if number < 7 else [],
                "creator": ["A. Lindqvist" if number % 2 else "B. Ström"],
            },
            ("color-only",) if number % 2 else ("restore",),
            step={**COLORIZE, "mean_confidence": SURE[number]} if number < 7 else OWN_COLORS,
        )
    yield Scan(
        gradient(2000, 1500, 90),
        "bridge.tif",
        "Harbor",
        {"title": ["The bridge, 港口"], "date": ["1912"], "description": ["Seen from the quay."]},
        ("color-only", "restore"),
        crop=(200, 150),
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"needs Chromium at {CHROMIUM}: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def large_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with several pages of cards, in several parts."""
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch, sample_archive(folder, scans()) as archive:
        patch.setattr(cards, "PER_PAGE", 4)
        patch.setattr(cards, "PER_PART", 3)
        _build(archive, folder / "site")
    return folder / "site"


def _build(archive: Archive, output: Path) -> None:
    publication = Publication("Views of the north", "City Archive", "https://example.org/")
    options = SiteOptions(publication, base_url="https://example.org/north/")
    build_site(archive, output, options, Selection())


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def served(large_site: Path) -> Iterator[str]:
    """Address of the site on a plain web server."""
    handler = functools.partial(_Silent, directory=str(large_site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(params=["from disk", "from a server"])
def address(request: pytest.FixtureRequest, large_site: Path) -> str:
    """Address of the site's folder, without a slash at its end."""
    if request.param == "from disk":
        return large_site.as_uri()
    server: str = request.getfixturevalue("served")
    return server


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page; the test fails when anything on it goes wrong."""
    faults: list[str] = []
    contexts = []

    def open_one(address: str, **options: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("requestfailed", lambda request: faults.append(f"failed: {request.url}"))
        page.on(
            "response",
            lambda answer: faults.append(answer.url) if answer.status >= 400 else None,
        )
        page.goto(address)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert faults == []
