"""The site as a visitor meets it: from disk and from a plain web server."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect

from heliochrome.archive.site.search_index import bucket_of, words_of

Open = Callable[..., Page]


def titles(page: Page) -> list[str]:
    return page.locator(".card .title").all_inner_texts()


def count(page: Page, text: str) -> None:
    expect(page.locator("#count")).to_have_text(text)


def look_at(page: Page, selector: str) -> NDArray[np.int64]:
    """What is to be seen there, (H, W, 3)."""
    shot = page.locator(selector).screenshot()
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


def colorfulness(pixels: NDArray[np.int64]) -> float:
    """Mean distance of the channels; 0 for gray."""
    return float(np.ptp(pixels, axis=-1).mean())


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for what is drawn a moment later; slow machines get their time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def bridge(open_page: Open, address: str) -> Page:
    page = open_page(f"{address}/index.html")
    page.get_by_label("Search").fill("bridge")
    count(page, "1 of 9 photographs")
    page.locator(".card a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The bridge, 港口")
    return page


def test_the_gallery_shows_pages_of_pictures(open_page: Open, address: str) -> None:
    page = open_page(f"{address}/index.html")
    count(page, "9 photographs, page 1 of 3")
    assert titles(page)[0] == "Plate 0: a view of Tromsø"
    page.wait_for_function("[...document.images].every((image) => image.complete)")
    assert page.evaluate("[...document.images].every((image) => image.naturalWidth > 0)")
    page.get_by_role("link", name="Next").click()
    count(page, "9 photographs, page 2 of 3")
    assert "The bridge, 港口" in titles(page)
    expect(page.get_by_role("link", name="Page 2")).to_have_attribute("aria-current", "page")


def test_search_finds_words_beginnings_and_characters(open_page: Open, address: str) -> None:
    page = open_page(f"{address}/index.html")
    field = page.get_by_label("Search")
    for query, found in {
        "TROMSO": "8 of 9 photographs, page 1 of 2",
        "lindq view": "4 of 9 photographs",
        "港口": "1 of 9 photographs",
        "quay": "1 of 9 photographs",
        "lindqvist bridge": "0 of 9 photographs",
        "": "9 photographs, page 1 of 3",
    }.items():
        field.fill(query)
        count(page, found)
    field.fill("zebra")
    expect(page.get_by_text("Nothing here fits")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    count(page, "9 photographs, page 1 of 3")


def test_filters_narrow_and_are_kept_in_the_address(open_page: Open, address: str) -> None:
    page = open_page(f"{address}/index.html")
    page.get_by_label("Collection").select_option(label="Harbor (4)")
    count(page, "4 of 9 photographs")
    page.get_by_label("Look").select_option(label="color-only (5)")
    count(page, "2 of 9 photographs")
    page.get_by_label("From year").fill("1910")
    count(page, "1 of 9 photographs")
    assert titles(page) == ["The bridge, 港口"]
    again = open_page(page.url)
    count(again, "1 of 9 photographs")
    expect(again.get_by_label("From year")).to_have_value("1910")


def test_who_asks_for_a_look_is_shown_it(open_page: Open, address: str) -> None:
    page = open_page(f"{address}/index.html#q=bridge")
    newest = page.locator(".card img").first
    expect(newest).to_be_visible()
    shown = newest.get_attribute("src")
    page.get_by_label("Look").select_option(label="color-only (5)")
    expect(page.locator(".card img").first).not_to_have_attribute("src", shown or "")


def test_a_decade_and_another_order(open_page: Open, address: str) -> None:
    page = open_page(f"{address}/index.html")
    page.get_by_role("button", name="1910s, 3 photographs").click()
    count(page, "3 of 9 photographs")
    page.get_by_role("button", name="1910s").click()
    count(page, "9 photographs, page 1 of 3")
    page.get_by_label("Order").select_option(label="Latest additions")
    expect(page.locator(".card .title").first).to_have_text("The bridge, 港口")
    page.get_by_label("Order").select_option(label="Title")
    expect(page.locator(".card .title").first).to_have_text("Plate 0: a view of Tromsø")


def test_before_and_after_slide(open_page: Open, address: str) -> None:
    page = bridge(open_page, address)
    slider = page.locator("img-comparison-slider:visible")
    page.wait_for_function("[...document.images].every((image) => !image.src || image.complete)")
    half = look_at(page, "img-comparison-slider:visible")
    width = half.shape[1]
    assert colorfulness(half[:, : width // 2 - 40]) < 3
    assert colorfulness(half[:, width // 2 + 40 :]) > 30
    box = slider.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 3
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.1, middle, steps=5)
    page.mouse.up()
    visible = "img-comparison-slider:visible"
    until(lambda: colorfulness(look_at(page, visible)) > 1.5 * colorfulness(half))
    moved = slider.evaluate("(element) => element.value")
    slider.focus()
    page.keyboard.down("ArrowRight")  # It moves for as long as the key is held.
    page.wait_for_timeout(400)
    page.keyboard.up("ArrowRight")
    assert slider.evaluate("(element) => element.value") > moved


def test_marks_show_where_the_colors_are_guesses(open_page: Open, address: str) -> None:
    page = bridge(open_page, address)
    expect(page.locator("#legend")).to_be_hidden()
    plain = look_at(page, "img-comparison-slider:visible")
    page.get_by_label("Show where the colors are least sure").check()
    marks = page.locator("img-comparison-slider:visible img.map")
    expect(marks).to_be_visible()
    expect(page.locator("#legend")).to_contain_text("Without a mark it is still a guess")
    page.wait_for_function("[...document.images].every((image) => !image.src || image.complete)")
    marked = look_at(page, "img-comparison-slider:visible")
    width = plain.shape[1]
    # The test's map is surest at the left and least sure at the right; the original is unmarked.
    change = np.abs(marked - plain).mean(axis=(0, 2))
    assert change[: width // 2 - 40].max() < 1
    assert change[-20:].mean() > change[width // 2 + 40 : width // 2 + 60].mean() > 0
    strength = page.get_by_label("Strength of the marks, in percent")
    strength.fill("100")
    expect(marks).to_have_css("opacity", "1")


def test_deep_zoom_draws_tiles_of_every_layer(open_page: Open, address: str) -> None:
    page = bridge(open_page, address)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_text("Deep zoom").click()
    expect(page.locator("#stage")).to_have_attribute("data-drawn", "look")
    until(lambda: colorfulness(look_at(page, "#viewer")) > 20)
    before = {url for url in asked if "/images/" in url}
    for _ in range(3):
        page.get_by_role("button", name="Zoom in").click()
    # Zooming in asks for smaller parts of the picture.
    until(lambda: {url for url in asked if "/images/" in url} > before)
    until(lambda: colorfulness(look_at(page, "#viewer")) > 20)
    page.get_by_role("button", name="Whole picture").click()
    page.get_by_text("Original", exact=True).last.click()
    expect(page.locator("#stage")).to_have_attribute("data-drawn", "original")
    until(lambda: colorfulness(look_at(page, "#viewer")) < 8)
    page.get_by_text("Derivative", exact=True).click()
    page.get_by_label("Show where the colors are least sure").check()
    until(lambda: any(url.endswith(".png") and "/maps/" in url for url in asked))


def test_another_look_brings_its_own_provenance(open_page: Open, address: str) -> None:
    page = bridge(open_page, address)
    expect(page.get_by_role("heading", name="How “restore” was made")).to_be_visible()
    page.get_by_text("color-only", exact=True).first.click()
    expect(page.get_by_role("heading", name="How “color-only” was made")).to_be_visible()
    expect(page.get_by_role("heading", name="How “restore” was made")).to_be_hidden()
    expect(page.locator(".note:visible")).to_contain_text("The colors are a guess.")
    expect(page.locator("[data-copy]:visible")).to_have_count(4)


def test_cards_say_of_guessed_colors_how_sure_they_are(open_page: Open, address: str) -> None:
    page = open_page(f"{address}/index.html#q=plate&sort=title&page=1")
    count(page, "8 of 9 photographs, page 1 of 2")
    plate = page.get_by_role("link", name="Plate 0")
    expect(plate).to_contain_text("colors guessed · only 20% sure")
    expect(page.get_by_role("link", name="Plate 1")).to_contain_text(re.compile("· 35% sure$"))
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("link", name="Plate 6").locator(".guess")).to_be_visible()
    expect(page.get_by_role("link", name="Plate 7").locator(".guess")).to_have_count(0)


def test_the_least_sure_come_first_on_request(open_page: Open, address: str) -> None:
    page = open_page(f"{address}/index.html")
    page.get_by_label("Order").select_option(label="Least sure first")
    first = page.locator(".card .title").first
    expect(first).to_have_text("Plate 0: a view of Tromsø")
    assert [title[:7] for title in titles(page)] == ["Plate 0", "Plate 3", "Plate 6", "Plate 1"]
    page.get_by_role("link", name="Page 3").click()
    expect(first).to_have_text("Plate 7: a view of Tromsø")  # no color of it is a guess
    page.get_by_label("Look").select_option(label="color-only (5)")
    expect(first).to_have_text("Plate 3: a view of Tromsø")
    again = open_page(page.url)
    expect(again.locator(".card .title").first).to_have_text("Plate 3: a view of Tromsø")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_a_card_says_of_its_colors_is_legible(
    open_page: Open, served: str, scheme: str
) -> None:
    page = open_page(f"{served}/index.html#sort=unsure", color_scheme=scheme)
    expect(page.locator(".guess")).to_have_count(4)
    assert page.locator(".guess.doubtful").count() == 2
    contrasts = page.evaluate(
        """() => {
            const brush = document.createElement("canvas").getContext("2d");
            const luminance = (...layers) => {
                for (const layer of layers) {
                    brush.fillStyle = layer;
                    brush.fillRect(0, 0, 1, 1);
                }
                const [r, g, b] = [...brush.getImageData(0, 0, 1, 1).data.slice(0, 3)]
                    .map((value) => value / 255)
                    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const paper = getComputedStyle(document.body).backgroundColor;
            return [...document.querySelectorAll(".guess")].map((chip) => {
                const style = getComputedStyle(chip);
                const text = luminance(style.color);
                const ground = luminance(paper, style.backgroundColor);
                return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
            });
        }"""
    )
    assert min(contrasts) >= 4.5  # WCAG 2.2, 1.4.3, level AA


def test_the_way_back_keeps_what_was_asked_for(open_page: Open, address: str) -> None:
    page = bridge(open_page, address)
    page.get_by_role("link", name="Views of the north").click()
    count(page, "1 of 9 photographs")


def test_everything_can_be_reached_by_keyboard(open_page: Open, address: str) -> None:
    page = open_page(f"{address}/index.html")
    count(page, "9 photographs, page 1 of 3")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    names = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, a")]
            .filter((element) => element.checkVisibility())
            .map((element) => element.ariaLabel || element.labels?.[0]?.innerText
                || element.innerText || element.title)"""
    )
    assert all(name.strip() for name in names)
    page.locator(".card a").first.focus()
    page.keyboard.press("Enter")
    page.get_by_text("Before and after").wait_for()
    page.get_by_label("Before and after").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#viewer")).to_be_visible()
    expect(page.get_by_role("application")).to_have_attribute("tabindex", "0")


def test_dark_and_light(open_page: Open, address: str) -> None:
    page = open_page(f"{address}/index.html", color_scheme="dark")
    count(page, "9 photographs, page 1 of 3")
    shade = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(shade)
    page.get_by_role("button", name="Dark mode").click()
    assert page.evaluate(shade) != dark
    light = open_page(f"{address}/index.html", color_scheme="light")
    assert light.evaluate(shade) == page.evaluate(shade)


@pytest.mark.parametrize("width", [360, 800, 1900])
def test_no_width_scrolls_sideways(open_page: Open, served: str, width: int) -> None:
    page = open_page(f"{served}/index.html", viewport={"width": width, "height": 800})
    count(page, "9 photographs, page 1 of 3")
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    page.locator(".card a").first.click()
    page.get_by_role("heading", level=1).wait_for()
    assert page.evaluate(wide) == 0


def test_browser_and_index_split_words_alike(open_page: Open, large_site: Path) -> None:
    page = open_page(f"{large_site.as_uri()}/index.html")
    for text in (
        "O'Brien's half-plate_no.7, Fährhafen; SÃO ﬁne İstanbul Straße",
        "港口的船 船 カメラ a中b",
        "Москва Ἀθῆναι ½ ² x² नमस्ते",
    ):
        words = page.evaluate("(text) => heliochrome.search.words(text)", text)
        assert words == words_of(text)
        for word in words:
            bucket = page.evaluate("(word) => heliochrome.search.bucket(word, 97)", word)
            assert bucket == bucket_of(word, 97)
