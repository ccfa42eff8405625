"""The report's page in a real browser: its size, faults, keyboard, and print."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from papertally.report.chart import draw
from papertally.report.counts import make_report
from papertally.report.i18n import Language
from papertally.report.query import Display, ReportQuery
from papertally.report.snapshot_folder import read_snapshot
from tests.helpers.pages import FILES, HOSTILE, SVG, as_html, bundled, evidence_of, toy
from tests.helpers.snapshots import make_snapshot


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write the page of the bundled years with hostile titles, in each language."""
    paths = {}
    for language in Language:
        report = bundled(
            language, ("tensorflow", "pytorch", "keras")
        )  # few rows, because axe looks at each cell
        rows = tuple(row._replace(title=HOSTILE) for row in report.ledger)
        report = replace(report, ledger=rows)
        drawing = draw(report)
        paths[str(language)] = tmp_path_factory.mktemp("page") / "report.html"
        page = as_html(report, drawing.svg, drawing.alt, evidence_of(report, 3), FILES)
        paths[language].write_text(page, "utf-8")
    return paths


@contextmanager
def opened(browser: Any, path: Path, width: int = 1280, **options: Any) -> Iterator[Any]:
    """Open a page, and check afterwards that it caused no error and no further request."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    page, trouble, requests = context.new_page(), [], []
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("dialog", lambda dialog: trouble.append(dialog.message))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    yield page
    context.close()
    assert trouble == []
    assert [url for url in requests if not url.startswith("data:")] == [path.as_uri()]


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [
        # each with each other in twos
        ("en", 1280, "light"),
        ("en", 390, "dark"),
        ("zh", 390, "light"),
        ("zh", 1280, "dark"),
    ],
)
def test_the_page_fits_and_axe_finds_no_fault(
    browser: Any, paths: dict[str, Path], language: str, width: int, scheme: str
) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    # axe is a script, which the page's policy would refuse
    with opened(browser, paths[language], width, color_scheme=scheme, bypass_csp=True) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        # the chart is drawn for a light ground
        card = "getComputedStyle(document.querySelector('.chart'))"
        assert page.evaluate(f"{card}.backgroundColor") == "rgb(255, 255, 255)"
        # but not a lamp in the dark
        dimmed = page.evaluate(f"{card}.filter").removeprefix("brightness(").removesuffix(")")
        assert dimmed == "none" if scheme == "light" else 0.7 < float(dimmed) < 0.9
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        faults = axe.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [fault["id"] for fault in faults] == []


def test_on_a_small_screen_no_share_is_out_of_sight(browser: Any, tmp_path: Path) -> None:
    names = ("no-framework-has-a-name-as-long-as-this", "and some have many words in them")
    years = {2018: {"ok": 1000}, 2019: {"ok": 300, "not-fetched": 1300}}
    found = {name: {2018: 228, 2019: 150} for name in names}
    path = tmp_path / "report.html"
    snapshot = read_snapshot(make_snapshot(tmp_path, years, found))
    for asked, language, width in product(((2018, 2019), (2019,)), Language, (390, 360)):
        display = Display(language=language)
        report = make_report(snapshot.only("toy", asked), ReportQuery(), display=display)
        path.write_text(as_html(report, SVG, "alt"), "utf-8")
        with opened(browser, path, width) as page:
            ends = page.evaluate("""[...document.querySelectorAll('.answer :is(th, td)')]
                .map(one => one.getBoundingClientRect().right)""")
            assert len(ends) > 8
            assert max(ends) <= width - 20, (asked, language, width)
            share = page.locator("#frameworks td").first
            assert "%" in share.inner_text()
            assert share.evaluate("one => one.getBoundingClientRect().right") <= width


def test_the_page_works_without_javascript_and_by_keyboard(
    browser: Any, paths: dict[str, Path]
) -> None:
    with opened(browser, paths["en"], java_script_enabled=False) as page:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/report.html#tables")
        summary = page.locator("#evidence summary").first
        summary.focus()
        assert not page.locator("#evidence blockquote").first.is_visible()
        page.keyboard.press("Enter")
        quoted = page.locator("#evidence blockquote").first
        quoted.wait_for(state="visible")
        assert quoted.inner_text().startswith(HOSTILE)
        assert page.locator("#evidence mark").first.inner_text() == "TensorFlow"
        page.locator(".scroll").first.focus()


_WORDS_OF_THE_CHART = """[...document.querySelectorAll('.chart text')]
    .filter(one => one.getClientRects().length && one.textContent.trim())
    .map(one => [one.textContent.trim(),
                 one.getBoundingClientRect().left, one.getBoundingClientRect().right,
                 parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a])"""
"""Each with its ends and the size of its letters, as they are on the screen."""


@pytest.mark.parametrize(
    ("language", "width"), [("en", 390), ("zh", 390), ("en", 360), ("en", 800), ("en", 1280)]
)
def test_the_chart_is_large_enough_to_read_and_scrolls_within_its_box(
    browser: Any, paths: dict[str, Path], language: str, width: int
) -> None:
    with opened(browser, paths[language], width) as page:
        found = page.evaluate(_WORDS_OF_THE_CHART)
        text = " ".join(word for word, *_ in found)
        assert all(name in text for name in ("TensorFlow", "PyTorch", "Keras", "22.8 → "))
        assert min(points for *_, points in found) >= 8
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        box = page.locator("#chart .chart")
        box.focus()
        if width < 768:
            box.evaluate("one => one.scrollLeft = one.scrollWidth")
            found = page.evaluate(_WORDS_OF_THE_CHART)
            assert max(right for _, _, right, _ in found) <= width
        else:
            assert box.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_a_table_says_that_it_scrolls_exactly_where_it_is_wider_than_its_box(
    browser: Any, tmp_path: Path
) -> None:
    path, hinted = tmp_path / "report.html", {}
    pages = {
        2: bundled(Language.EN, ("tensorflow", "keras")),
        14: toy(
            tmp_path / "toy", {year: {"ok": 30} for year in range(2013, 2027)}, name="Keras" * 20
        ),
    }
    for years, report in pages.items():
        path.write_text(as_html(report, SVG, "alt"), "utf-8")
        for width in (1280, 390):
            with opened(browser, path, width, java_script_enabled=True) as page:
                boxes = page.evaluate("""[...document.querySelectorAll('.scroll')].map(box => {
                    const hint = box.querySelector('.hint').getBoundingClientRect()
                    const table = box.querySelector('table').getBoundingClientRect()
                    const gap = table.top - box.getBoundingClientRect().top
                    const shown = hint.width > 100 && gap > 20
                    return [box.scrollWidth > box.clientWidth, shown, hint.width == 0 && gap < 1]
                })""")
                assert all(wide == shown and shown != hidden for wide, shown, hidden in boxes), (
                    boxes
                )
                hinted[years, width] = boxes[0][0]
                assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert hinted == {(2, 1280): False, (2, 390): True, (14, 1280): True, (14, 390): True}


def test_nothing_is_printed_whose_text_stays_closed(browser: Any, paths: dict[str, Path]) -> None:
    with opened(browser, paths["en"]) as page:
        page.emulate_media(media="print")
        assert not page.locator("#evidence h2").is_visible()
        assert page.locator("#ledger details summary").count() == 1
        assert (
            page.locator("details:not([open]) > summary:visible").count() == 1
        )  # of the chart's words
        assert page.locator("figcaption p").last.is_visible()
        page.locator("#evidence details").first.evaluate("one => one.open = true")
        assert page.locator("#evidence h2").is_visible()
        assert page.locator("#evidence summary:visible").count() == 1
        assert page.locator("#evidence blockquote").first.is_visible()


def test_the_page_prints_on_few_sheets(browser: Any, paths: dict[str, Path]) -> None:
    with opened(browser, paths["en"]) as page:
        page.emulate_media(media="print")
        assert not page.locator("nav").is_visible()
        assert page.locator("figcaption details p").is_visible()
        sheets = page.pdf(format="A4").count(b"/Type /Page\n")
    assert 0 < sheets <= 6


def test_the_chart_is_on_the_first_printed_page(browser: Any, tmp_path: Path) -> None:
    found = {f"f{number:02}": {2018: 40 + number, 2019: 90 - number} for number in range(30)}
    years = {2018: {"ok": 100}, 2019: {"ok": 100}}
    many = make_report(read_snapshot(make_snapshot(tmp_path, years, found)), ReportQuery())
    path = tmp_path / "report.html"
    for report in (bundled(), bundled(Language.ZH), many):
        path.write_text(as_html(report, draw(report).svg, "alt"), "utf-8")
        # an A4 sheet without the page's margins, in CSS pixels
        with opened(browser, path, 680) as page:
            page.emulate_media(media="print")
            end = page.evaluate(
                "document.querySelector('.chart').getBoundingClientRect().bottom + scrollY"
            )
            assert 400 < end < 1009
