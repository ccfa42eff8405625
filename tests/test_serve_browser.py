"""The pages of `papertally serve` in a real browser, as people use them."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from papertally.models import VenueYear
from tests.helpers.command import isolate, run_main
from tests.helpers.stored_years import invent, store_year
from tests.helpers.web import Pages, serving

pytest.importorskip("flask", reason="the extra papertally[web] is not installed")
_PLACES = ["/", "/search?q=transformer", "/trends?q=transformer,Gumbel-Softmax",
           "/paper/iclr/2019/p2019-001?q=transformer", "/search", "/search?q=xyzzy&zone=body-only",
           "/search?match=regex", "/nothing"]  # fmt: skip
_EMPTY_PLACES = ["/", "/search?q=adversarial", "/trends?q=adversarial,attention"]


@contextmanager
def opened(browser: Any, pages: Pages, width: int = 1280, **options: Any) -> Iterator[Any]:
    """Open a page; afterwards no error was shown, and nothing was asked of others."""
    context = browser.new_context(
        base_url=pages.address, viewport={"width": width, "height": 900}, **options
    )
    page, trouble, requests = context.new_page(), [], []
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("dialog", lambda dialog: trouble.append(dialog.message))
    page.on("request", lambda request: requests.append(request.url))
    yield page
    # those of the pages that say what is wrong with an address
    trouble = [text for text in trouble if "404" not in text and "400" not in text]
    assert trouble == []
    assert [url for url in requests if not url.startswith((pages.address, "data:"))] == []
    assert context.cookies() == []
    context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_search_filter_unfold_and_save(
    browser: Any, pages: Pages, tmp_path: Path, scripts: bool
) -> None:
    with opened(browser, pages, java_script_enabled=scripts) as page:
        page.goto("/")
        page.fill("#large", "transformer")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=transformer*")
        counted = page.locator(".counts li").first.inner_text()
        assert counted == "40 of 120 papers of ICLR 2019 (42 anywhere)"
        page.select_option("select[name=year]", "2018")
        if not scripts:
            page.click("text=Apply")
        page.wait_for_url("**year=2018*")
        assert "40 of 120 papers of ICLR 2018" in page.inner_text(".counts")
        assert page.locator("ol.papers > li").count() == 40
        assert page.locator("mark").first.inner_text() == "transformer"
        page.locator("summary:visible").first.click()
        assert page.locator("details[open]").first.inner_text().endswith("It is about sparrows.")
        with page.expect_download() as saved:
            page.click("text=CSV of all")
        saved.value.save_as(tmp_path / "papers.csv")
        rows = list(csv.DictReader((tmp_path / "papers.csv").open(encoding="utf-8")))
        assert {(row["year"], row["mentions"]) for row in rows} == {("2018", "1")}
        page.go_back()
        page.locator("ol.papers h2 a").first.click()
        assert "in this paper" in page.inner_text("main")


def test_a_trend_leads_to_its_papers_by_mouse_and_keyboard(
    browser: Any, pages: Pages, tmp_path: Path
) -> None:
    with opened(browser, pages) as page:
        page.goto("/trends")
        page.fill("#phrases", "transformer, Gumbel-Softmax")
        page.keyboard.press("Enter")
        page.wait_for_url("**/trends?q=*")
        assert page.locator("figure.lines > svg").count() == 2
        point = page.locator("figure.lines a").nth(1)
        point.hover()
        assert "of 120 papers" in page.inner_text(".tip")
        with page.expect_download() as saved:
            page.click("text=PNG")
        saved.value.save_as(tmp_path / "trends.png")
        assert (tmp_path / "trends.png").read_bytes().startswith(b"\x89PNG")
        point.focus()
        assert "of 120 papers" in page.inner_text(".tip")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=transformer&venue=iclr&year=2019")
        assert page.locator("ol.papers > li").count() == 40


_TOUCHING = """
() => [...document.querySelectorAll("figure.lines > svg")].flatMap((svg) => {
  const texts = [...svg.querySelectorAll("text")];
  const boxes = texts.map((text) => text.getBoundingClientRect());
  const touch = (a, b) =>
    a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom;
  return texts.flatMap((text, at) => texts.slice(at + 1)
    .filter((_, next) => touch(boxes[at], boxes[at + 1 + next]))
    .map((other) => `${text.textContent} | ${other.textContent}`));
})
"""
"""Returns the texts of charts that cover each other."""


def test_venues_stand_side_by_side_with_the_same_axes(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = isolate(monkeypatch, tmp_path)
    # the last year of ICML is too small to be compared, and UAI lacks most years
    for venue, years in (("icml", range(2010, 2024)), ("neurips", (2019, 2020)), ("uai", (2012,))):
        for year in years:
            word = "sparrows" if venue == "uai" else "PyTorch"
            papers = invent(3 if year == 2023 else 31, word, prefix=f"{venue}{year}-")
            store_year(workspace, VenueYear(venue, year), papers)
    assert run_main(monkeypatch, ("extract",)) == 0
    assert run_main(monkeypatch, ("match",)) == 0
    with serving(workspace) as served:
        for width in (390, 1280):
            with opened(browser, served, width) as page:
                for place in ("/trends?q=PyTorch,none", "/trends?q=PyTorch&venue=icml",
                              "/search?q=PyTorch"):  # fmt: skip
                    page.goto(place)
                    assert page.evaluate("document.fonts.ready.then(() => 1)")
                    assert page.evaluate(_TOUCHING) == [], (place, width)
                page.goto("/trends?q=PyTorch,none")
                scales = [
                    figure.locator("text[text-anchor=end]").all_inner_texts()
                    for figure in page.locator("figure.lines").all()
                ]
                assert len(scales) == 3
                assert scales[0] == scales[1] == scales[2]
                assert page.locator(".legend").count() == 1
                rows = page.locator("table tr").all_inner_texts()
                assert rows[0].split()[-14:] == [str(year) for year in range(2010, 2024)]
                assert rows[4].split() == ["UAI", "–", "–", "0.0", "%", *["–"] * 11]
                # a venue more at each click
                page.click("text=ICML >> nth=0")
                page.wait_for_url("**venue=icml")
                page.click("label:has-text('UAI')")
                page.wait_for_url("**venue=icml&venue=uai")
                assert page.locator("figure.lines").count() == 2
                page.goto("/")
                assert page.locator("figure.lines > svg").count() == 2
                assert page.inner_text("figure.lines >> nth=2").startswith("No framework is")


def test_the_keyboard_alone_is_enough(browser: Any, pages: Pages) -> None:
    with opened(browser, pages) as page:
        page.goto("/trends")
        page.keyboard.press("/")
        page.keyboard.type("gumbel-softmax")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=gumbel-softmax")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.innerText") == "Skip to the content"
        seen = set()
        for _ in range(12):
            page.keyboard.press("Tab")
            seen.add(
                page.evaluate("document.activeElement.name || document.activeElement.innerText")
            )
        assert {"q", "match", "venue", "year", "status", "zone"} <= seen


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_pages_fit_a_phone_and_have_no_serious_fault(
    browser: Any, pages: Pages, width: int, scheme: str
) -> None:
    with opened(browser, pages, width, color_scheme=scheme) as page:
        for place in _PLACES:
            check(page, place, width)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_an_empty_workspace_have_no_serious_fault(
    browser: Any, workspace: Path, scheme: str
) -> None:
    with serving(workspace) as pages, opened(browser, pages, 390, color_scheme=scheme) as page:
        for place in _EMPTY_PLACES:
            check(page, place, 390)
    absent = serving(workspace, "neurips", "2031")
    with absent as pages, opened(browser, pages, 390, color_scheme=scheme) as page:
        check(page, "/", 390)


def check(page: Any, place: str, width: int) -> None:
    """Check that a page fits the width, and that axe finds no serious fault."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page.goto(place)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, place
    faults = [
        (fault["id"], [node["html"] for node in fault["nodes"]][:3])
        for fault in axe.run(page).response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert faults == [], place


def test_a_word_in_the_appendix_alone_takes_four_steps_from_the_start(
    browser: Any, pages: Pages
) -> None:
    with opened(browser, pages) as page:
        page.goto("/")
        page.wait_for_function("document.activeElement.id === 'large'")
        page.keyboard.type("gumbel-softmax")
        page.keyboard.press("Enter")
        page.select_option("select[name=year]", "2019")
        page.wait_for_url("**year=2019*")
        page.select_option("select[name=zone]", label="appendix only")
        page.wait_for_url("**zone=appendix-only*")
        assert page.url.endswith("/search?q=gumbel-softmax&year=2019&zone=appendix-only")
        assert page.locator(".counts strong").all_inner_texts() == ["9", "9"]
        assert "in the appendix alone" in page.inner_text("main")


def test_printed_pages_are_the_papers_alone(browser: Any, pages: Pages) -> None:
    with opened(browser, pages) as page:
        page.goto("/search?q=transformer")
        page.emulate_media(media="print")
        assert not page.is_visible("form.filters")
        assert page.is_visible("ol.papers")
