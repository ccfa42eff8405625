"""The report as a page: its content, and no outside resources."""

import re
from dataclasses import replace
from itertools import chain
from pathlib import Path

from markupsafe import escape

from papertally.models import Rule, ZoneFilter
from papertally.report.chart import draw
from papertally.report.counts import make_report
from papertally.report.document import Paragraph, make_document
from papertally.report.formatting import NO_BREAK, percent
from papertally.report.i18n import Language
from papertally.report.phrases import VERDICTS
from papertally.report.query import ReportQuery
from papertally.report.render.markdown import as_markdown, as_report_md
from papertally.report.snapshot_folder import read_snapshot
from papertally.report.tables import Table
from papertally.resources import find_snapshot
from tests.helpers.pages import (
    FILES,
    HOSTILE,
    SVG,
    as_html,
    bundled,
    evidence_of,
    html_with_evidence,
    toy,
)
from tests.helpers.snapshots import BUNDLED, make_snapshot


def words(page: str) -> str:
    """Return a page's words with plain blanks."""
    return " ".join(re.sub("<[^>]*>", " ", page).replace(NO_BREAK, " ").split())


# What the page holds


def test_the_page_begins_with_the_shares_and_their_direction() -> None:
    report = bundled()
    page = words(as_html(report, SVG, "alt").partition("<nav")[0])
    place = 0
    for framework in report.shown:
        shares = " ".join(percent(report.share(framework.id, year)) for year in report.years)
        verdict = VERDICTS[report.changes[framework.id].verdict]
        place = page.index(f"{framework.name} {shares} {verdict}", place)
    assert "papers read 998 of 1,002 1,589 of 1,589" in page
    for said in (
        "ICLR 2018 → 2019: share of submitted papers that mention ...",
        "To print: 16 % of the papers submitted to ICLR 2019 mention PyTorch",
        "A mention is not a use.",
        "As the search boxes of 2018 counted (--anywhere): TensorFlow 228 → 266",
        "Source: ICLR submissions on OpenReview of 2017-10-29 and 2018-09-28",
    ):
        assert said in page, said


def test_a_year_that_cannot_be_compared_is_in_no_headline(tmp_path: Path) -> None:
    found = {"keras": {2018: 30, 2019: 50, 2020: 2, 2021: 40}}
    ok = {"ok": 100}
    years = {2018: ok, 2019: ok, 2020: {"ok": 2}, 2021: {"ok": 40}}
    snapshot = read_snapshot(make_snapshot(tmp_path, years, found))
    without = [
        row._replace(listing_date="") if row.year == 2021 else row for row in snapshot.ledger
    ]
    snapshot = replace(snapshot, ledger=tuple(without))
    for asked, said in {
        (2018, 2019, 2020, 2021): "2018 2019 direction keras 30.0 % 50.0 % rose",
        (2019, 2021): "2019 papers 95 % interval keras 50.0 % 50 40.4 to 59.6 %",
        (2018,): "2018 papers 95 % interval keras 30.0 % 30 21.9 to 39.6 %",
        (2020, 2021): "",
        (2021,): "",
    }.items():
        report = make_report(snapshot.only("toy", asked), ReportQuery())
        page = as_html(report, SVG, "alt").partition("<nav")[0]
        assert said in words(page), asked
        assert ('class="answer"' in page) == bool(said), asked
        assert "100.0 %" not in words(page), asked
        for year, reason in {2020: "under 30 papers read", 2021: "your own files"}.items():
            assert (f"{year}: {reason}" in words(page)) == (year in asked), asked


def test_many_frameworks_leave_room_for_the_chart(tmp_path: Path) -> None:
    found = {f"f{number:02}": {2018: 40 + number} for number in range(30)}
    report = make_report(
        read_snapshot(make_snapshot(tmp_path, {2018: {"ok": 100}}, found)), ReportQuery()
    )
    page = as_html(report, SVG, "alt").partition("<nav")[0]
    assert page.count('<th scope="row">f') == 10
    assert "20 more are in the tables below." in page


def test_the_page_and_report_md_hold_all_that_the_details_show() -> None:
    report = bundled()
    document = make_document(replace(report, display=replace(report.display, details=True)))
    page = words(as_html(report, SVG, "alt"))
    markdown = as_report_md(make_document(report), "chart.svg", "alt")
    tables = {block.name for block in document.blocks() if isinstance(block, Table)}
    assert tables >= {"shares", "published", "zones", "ledger", "readings", "together"}
    for block in document.blocks()[1:]:
        texts = (
            [block.text] if isinstance(block, Paragraph) else [*block.headers, *chain(*block.rows)]
        )
        for text in texts:
            assert escape(" ".join(text.split())) in page
            assert _plain(text) in _plain(markdown)


def test_report_md_begins_as_the_first_screen_and_has_headings(tmp_path: Path) -> None:
    report = toy(tmp_path, {2018: {"ok": 100}, 2019: {"ok": 100, "not-fetched": 100}})
    head, chart, rest = as_report_md(make_document(report), "c.svg", "alt").partition(
        "![alt](c.svg)"
    )
    assert head.startswith("## TOY 2018 → 2019: share of submitted papers that mention ...\n")
    assert chart
    for said in ("To print: An estimated ", "A mention is not a use", "2019 is incomplete"):
        assert said in head, said
        assert said not in rest
    headings = re.findall("^### (.*)$", rest, re.MULTILINE)
    assert headings[0] == "Papers and shares"
    assert headings[-2:] == ["In full sentences", "How this was counted"]
    assert len(headings) == len(set(headings)) > 5


def _plain(text: str) -> str:
    """Return a text without what Markdown needs to show it as it is."""
    return re.sub(r"\\(?=[\\`*_\[\]<>|$&~])|[<>]", "", text)


def test_where_iclr_2018_is_counted_the_hand_check_of_use_is_quoted(tmp_path: Path) -> None:
    quoted = "In a hand check of ICLR 2018, authors used the software in 301 of 334 decided cases"
    report = bundled()
    assert quoted in words(as_html(report, SVG, "alt"))
    assert quoted in as_markdown(
        make_document(replace(report, display=replace(report.display, details=True)))
    )
    assert quoted not in words(as_html(toy(tmp_path), SVG, "alt"))
    for query in (ReportQuery(rule=Rule.SUBSTRING), ReportQuery(zone=ZoneFilter.BODY)):
        other = make_report(report.snapshot, query)
        assert quoted not in words(as_html(other, SVG, "alt")), query


def test_incomplete_years_are_said_beside_the_chart(tmp_path: Path) -> None:
    report = toy(tmp_path, {2018: {"ok": 20, "not-fetched": 20}, 2019: {"ok": 40}})
    page = as_html(report, SVG, "alt")
    assert page.index("2018 is incomplete: 20 of 40") < page.index("<table>")
    assert "<title>keras 2018*: ≥ 5 of 20 papers" in page


def test_a_page_with_nothing_to_show_says_so(tmp_path: Path) -> None:
    report = make_report(
        read_snapshot(make_snapshot(tmp_path, {2018: {"ok": 5}}, {"keras": {}})), ReportQuery()
    )
    page = as_html(report, SVG, "alt")
    assert "No framework" in words(page)
    assert 'class="answer"' not in page


def test_the_page_needs_nothing_else_and_runs_nothing(tmp_path: Path) -> None:
    page = html_with_evidence(toy(tmp_path), files=FILES)
    assert "default-src 'none'; script-src 'none'; style-src 'unsafe-inline'; img-src data:" in page
    assert "<script" not in page
    assert "elsewhere.invalid" not in page
    assert not re.search(r"\ssrc=|@import|url\((?!#)", page)
    assert set(re.findall(r'<link[^>]*href="([^"]*)"', page)) == {"data:,"}


def test_what_authors_wrote_shows_as_text(tmp_path: Path) -> None:
    page = html_with_evidence(toy(tmp_path), alt=HOSTILE)
    assert page.count("&lt;script&gt;alert") > 35
    assert "<b>" not in page


def test_the_same_report_gives_the_same_page(tmp_path: Path) -> None:
    report = toy(tmp_path)
    assert html_with_evidence(report, files=FILES) == html_with_evidence(report, files=FILES)


def test_the_bundled_page_is_small() -> None:
    report = bundled()
    assert len(html_with_evidence(report, svg=draw(report).svg).encode()) < 600_000


def test_a_chinese_page_says_so() -> None:
    page = html_with_evidence(bundled(Language.ZH), alt="图")
    assert '<html lang="zh-CN">' in page
    assert "提及" in page
    assert "Noto Sans CJK SC" in page
    shown = page.partition("<body>")[2].partition("<mark>")[0]
    assert not re.findall(r">\s*[A-Z][a-z]+ [a-z]+ [a-z]+[^<]*<", re.sub("<bdi>[^<]*", "", shown))


def test_papers_that_could_not_be_searched_are_named(tmp_path: Path) -> None:
    page = words(as_html(toy(tmp_path), SVG, "alt"))
    assert "Papers that could not be searched, or only in part (1)" in page
    assert f"2018 · {escape(HOSTILE)} empty" in page


def test_of_many_unread_papers_those_that_were_tried_are_named(tmp_path: Path) -> None:
    report = toy(tmp_path, {2018: {"not-fetched": 1500, "ok": 20}, 2019: {"ok": 40, "crashed": 2}})
    page = as_html(report, SVG, "alt").partition('id="ledger"')[2].partition("</section>")[0]
    assert "(100 of 1,502)" in words(page)
    assert page.count("<li>") == 100
    assert words(page).index("crashed") < words(page).index("not-fetched")


def test_files_beside_the_page_are_linked(tmp_path: Path) -> None:
    page = as_html(toy(tmp_path), SVG, "alt", files=("counts.csv", "odd name.csv"))
    assert '<a href="counts.csv">counts.csv</a>' in page
    assert '<a href="odd%20name.csv">odd name.csv</a>' in page


# The chart in it


def test_points_tell_their_values(tmp_path: Path) -> None:
    page = as_html(toy(tmp_path), SVG, "alt")
    assert (
        '<g id="point-keras-2018"><title>keras 2018: 5 of 20 papers, 25.0 % (95 % interval 11.2 '
        "to 46.9 %)</title>"
    ) in page
    assert (
        '<g id="point-a&lt;b-2019" clip-path="url(#c)"><title>a&lt;b 2019: 9 of 40 papers' in page
    )
    assert '<g id="point-unknown-2019"><path' in page


def test_the_chart_is_named_and_touches_nothing_else(tmp_path: Path) -> None:
    page = as_html(toy(tmp_path), SVG, 'said "so"')
    assert '<svg role="img" aria-label="said &quot;so&quot;" viewBox="0 0 576 300"' in page
    assert "DOCTYPE svg" not in page
    assert "Spoken" not in page
    ids = re.findall(r'\sid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert ".chart *{stroke-linejoin: round}" in page


def test_the_charts_points_tell_their_values_where_one_points_at_them() -> None:
    report = bundled(Language.EN, ("tensorflow", "pytorch", "keras"))
    page = as_html(report, draw(report).svg, "alt")
    for framework in ("TensorFlow", "PyTorch", "Keras"):
        assert page.count(f"<title>{framework} 2018") == page.count(f"<title>{framework} 2019") == 1


# The papers and the evidence


def papers_part(page: str) -> str:
    return page.partition('<section id="papers">')[2].partition("</section>")[0]


def test_the_papers_that_count_are_listed_with_links_newest_year_first() -> None:
    folder = find_snapshot(BUNDLED)
    assert folder
    snapshot = read_snapshot(folder)
    for query in (ReportQuery(), ReportQuery(zone=ZoneFilter.BODY, frameworks=("keras",))):
        report = make_report(snapshot, query)
        papers = {row.key: row for row in report.ledger}
        lists = papers_part(as_html(report, SVG, "alt")).split("</details>")[:-1]
        for framework, part in zip(report.shown, lists, strict=True):
            rows = [row for row in report.found if row.framework == framework.id]
            assert f"{framework.name} ({len(rows):,}) 2019 (" in words(part)
            assert part.count("<li>") == len(rows)
            for row in rows:
                paper = papers[row.key]
                link = f'<a href="{escape(paper.url)}" rel="noreferrer">'
                assert f"{link}<bdi>{escape(paper.title)}</bdi></a>" in part
            assert "openreview.net" not in part.partition("2018 <span>")[0].partition("2019 <")[0]


def test_of_very_many_papers_some_are_listed_and_the_file_is_named(tmp_path: Path) -> None:
    found = {"big": {2018: 3000, 2019: 1000}, "small": {2019: 200}}
    years = {2018: {"ok": 3000}, 2019: {"ok": 1000}}
    report = make_report(read_snapshot(make_snapshot(tmp_path, years, found)), ReportQuery())
    part = papers_part(as_html(report, SVG, "alt"))
    assert part.count("<li>") == 3000
    assert "big (4,000) 2019 (1,000)" in words(part)
    assert "1,200 more papers stand in papers.csv." in words(part)


def test_only_web_addresses_become_links(tmp_path: Path) -> None:
    report = toy(tmp_path)
    rows = tuple(row._replace(url="javascript:alert(1)") for row in report.ledger)
    assert "javascript:" not in html_with_evidence(replace(report, ledger=rows))


def test_published_addresses_are_links() -> None:
    for language in Language:
        page = as_html(bundled(language, ("tensorflow",)), SVG, "alt")
        for year in (2018, 2019):
            address = f"https://github.com/Smerity/search_iclr_{year}"
            assert f'<a href="{address}" rel="noreferrer">{address}</a>' in page


def test_twenty_sentences_per_framework_with_mark_place_and_link(tmp_path: Path) -> None:
    report = bundled()
    page = html_with_evidence(report).partition('id="evidence"')[2]
    assert page.count("<details>") == len(report.shown)
    first = page.partition("</details>")[0]
    assert first.count("<blockquote>") == 20
    assert "with <mark>TensorFlow</mark> on one machine" in first
    assert f'<a href="https://openreview.net/forum?id={evidence_of(report)[0].paper}"' in first
    assert "ICLR 2018, page 7, body" in first


def test_a_title_turned_right_to_left_turns_nothing_beside_it(tmp_path: Path) -> None:
    report = toy(tmp_path)
    title = "Turned \u202e and never back"
    for url in ("https://example.org/a", ""):
        rows = tuple(row._replace(title=title, url=url) for row in report.ledger)
        report = replace(report, ledger=rows)
        page = html_with_evidence(report)
        # that of an unread paper gives its reason
        cited = page.count("<cite>") - 1 + papers_part(page).count("<li>")
        assert page.count("<bdi>Turned \u202e and never back</bdi>") == cited > 10
        assert "<li><bdi>2018 · Turned" in page


def test_papers_in_no_listing_have_no_link(tmp_path: Path) -> None:
    report = toy(tmp_path)
    page = html_with_evidence(
        replace(report, ledger=tuple(row._replace(url="") for row in report.ledger))
    )
    assert "<blockquote>" in page
    assert "forum?id=" not in page


def test_without_texts_there_is_no_evidence(tmp_path: Path) -> None:
    assert 'id="evidence"' not in as_html(toy(tmp_path), SVG, "alt")


# Cells


def test_cells_keep_a_number_with_its_signs(tmp_path: Path) -> None:
    years = {2017: {"ok": 30}, 2018: {"ok": 40, "not-fetched": 20}, 2019: {"ok": 40}}
    page = as_html(toy(tmp_path, years), SVG, "alt")
    tables = "".join(re.findall("<table>.*?</table>", page, re.DOTALL))
    assert f"12.5{NO_BREAK}% (≥{NO_BREAK}5)" in tables
    assert not re.search(r"\d %|≥ \d", tables)


def test_a_column_without_any_figure_stands_as_its_neighbours(tmp_path: Path) -> None:
    page = as_html(
        toy(tmp_path, {2017: {"empty": 3}, 2018: {"ok": 20}, 2019: {"ok": 40}}), SVG, "alt"
    )
    tables = "".join(re.findall("<table>.*?</table>", page, re.DOTALL))
    assert '<td class="number">–</td>' in tables
    assert '<td class="short">–</td>' not in tables
