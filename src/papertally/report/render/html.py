"""The report as one HTML page that loads nothing: no fonts, no JavaScript, no other files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape, unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from papertally import __version__
from papertally.models import Evidence, FrameworkInfo, Outcome
from papertally.report import formatting, phrases
from papertally.report.counts import Report
from papertally.report.document import SECTIONS, Block, BlockKind, Document
from papertally.report.formatting import UNKNOWN, number, percent
from papertally.report.i18n import Language, translatable
from papertally.report.method import METHOD_TITLE, command
from papertally.report.render.answer import make_answer
from papertally.report.tables import Table
from papertally.report.venues import side_by_side_note
from papertally.report.venues_document import VenuesDocument
from papertally.report.year import Year
from papertally.store.ledger import LedgerRow, PaperKey, PaperRow

if TYPE_CHECKING:
    from jinja2 import Environment, Template

_TOOLTIP = translatable(
    "{framework} {year}: {papers} of {readable} papers, {share} (95 % interval {interval})"
)
_TOOLTIP_OF_CHOSEN = translatable(
    "{framework} {year}: {papers} of {readable} papers, {share} of those read; of all {interval}"
)
_MAX_SENTENCES = 20
"""Sentences shown per framework."""
_MAX_PAPERS = 3000
"""Papers listed on the page, about half a megabyte; papers.csv has all of them."""
_MAX_UNREAD = 100
"""Unread papers shown by name; ledger.csv has all of them."""
_MAX_UNBROKEN = 30
"""Characters of the cells of a column that are never broken over lines."""
_TEXTS = {
    "answer": translatable("In short"),
    "direction": translatable("direction"),
    "to_print": translatable("To print: {sentence}"),
    "more": translatable("{count} more are in the tables below."),
    "which": translatable("Which papers"),
    "order": translatable("The newest year first, and in it the papers with most mentions."),
    "left_out": translatable("{count} more papers stand in papers.csv."),
    "skip": translatable("Skip to the tables"),
    "contents": translatable("On this page"),
    "chart": translatable("Chart"),
    "in_words": translatable("The chart in words"),
    "notices": translatable("To be said with these numbers"),
    "unread": translatable("Papers that could not be searched, or only in part"),
    "evidence": translatable("Sentences from the papers"),
    "files": translatable("Files with all numbers"),
    "made": translatable("Made by papertally {version}. This page loads nothing from elsewhere."),
    "hint": translatable("Wide tables scroll sideways."),
    "scrolls": translatable("{table} (scrolls sideways)"),
}
_POINT = re.compile(r'<g id="point-([^"]*)-(\d{4})"[^>]*>')
"""The group of a point in the chart, with its framework and its year."""
_ROOT_ATTRIBUTE = re.compile(r'\s(?:width|height|role|aria-\w+)="[^"]*"')
"""Attributes of the SVG file that the page sets itself."""
_DESCRIPTION = re.compile(r"<(metadata|title|desc)\b[^>]*>.*?</\1>", re.DOTALL)
"""The description of the SVG file; as the page describes the chart, it would be read twice."""
_GLOBAL_STYLE = re.compile(r"(<style[^>]*>\s*)\*\s*\{")
"""matplotlib's style for all elements, which would apply to the whole page."""
_URL = re.compile(r"(https?://[^\s<>\"()；。]*[^\s<>\"()；。;,.])")
"""A web address without the punctuation after it."""


@dataclass(slots=True)
class _Section:
    """A heading with the blocks under it."""

    name: str
    heading: str
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _PaperList:
    """The papers that count for a framework."""

    name: str
    """The framework's."""
    count: int
    years: list[tuple[str, int, list[tuple[str, str]]]]
    """A year's label, its number of papers, and the titles and addresses of those listed."""
    left_out: int


_Quote = tuple[Evidence, str, str, str]
"""A sentence of a paper, with the paper's title, its forum's address or nothing, and the place."""


def as_html(
    document: Document | VenuesDocument,
    svg: bytes,
    alt: str,
    evidence: Sequence[Evidence] = (),
    *,
    files: Sequence[str] = (),
) -> str:
    """Return the whole report as one page; `files` are the names of the files beside it.

    `svg` is the chart and `alt` describes it. A browser shows the numbers of a point of the chart
    (a group with the id `point-FRAMEWORK-YEAR`) under the mouse pointer.
    """
    reports, report = document.reports, document.reports[0]
    # the template fills in the fields of its own
    values = {"version": __version__, "table": "{table}", "count": "{count}", "sentence": ""}
    words = {**_TEXTS, "exact": SECTIONS["sentences"]}
    texts = {name: report.translate(text, **values) for name, text in words.items()}
    texts["read"] = phrases.read_label(report)
    unread, unread_count = _unread_papers(reports)
    return _template().render(
        texts=texts,
        language="zh-CN" if report.display.language == Language.ZH else "en",
        title=document.heading.text,
        chart=_inline_svg(reports, svg, alt),
        alt=alt,
        notices=document.warnings,
        sections=_sections(report, document.blocks(full=True)),
        papers=_paper_lists(reports),
        unread=unread,
        unread_count=unread_count,
        evidence=_quotes(reports, evidence),
        method_title=report.translate(METHOD_TITLE),
        method=[line.replace("：", ": ", 1).partition(": ") for line in document.method],
        command=command(reports),
        files=[(name, quote(name)) for name in files],
        **_answers(document),
    )


def _answers(document: Document | VenuesDocument) -> dict[str, Any]:
    """Return the answer of each venue with its name, and what is said once."""
    answers = [make_answer(item, len(document.documents)) for item in document.documents]
    texts: dict[str, Any] = {
        # beside an answer stands its own
        "caveat": "" if any(answer.rows for answer in answers) else answers[0].caveat,
        "sentences": [text for item in document.documents for _, text in item.sentences],
        "sources": [item.source for item in document.documents],
    }
    if isinstance(document, VenuesDocument):
        names = [phrases.venue_name(report) for report in document.reports]
        return texts | {
            "answers": list(zip(names, answers, strict=True)),
            "lead": side_by_side_note(document.reports),
            "notes": document.named(answer.notes for answer in answers),
            "as_published": document.named([answer.as_published] for answer in answers),
            "short_source": document.lines_to_print()[-1],
        }
    [answer] = answers
    return texts | {
        "answers": [("", answer)],
        "lead": "",
        "notes": answer.notes,
        "as_published": [answer.as_published] if answer.as_published else [],
        "short_source": answer.source,
    }


@cache
def stylesheet() -> str:
    """Return the style of the page, which other pages may share."""
    return _environment().get_template("report.css").render()


def _template() -> Template:
    return _environment().get_template("report.html.j2")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("papertally.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.tests["table"] = lambda block: isinstance(block, Table)
    environment.filters["kind"] = _column_kind
    environment.filters["split_urls"] = _URL.split
    return environment


def _column_kind(rows: list[list[str]], column: int) -> str:
    """Return the CSS class of a table's column by what its cells hold.

    Numbers are aligned to the right. Neither they nor short texts are broken over lines.
    """
    cells = [row[column] for row in rows if row[column] not in ("", UNKNOWN)]
    numbers = 0
    for cell in cells:
        if len(cell) > _MAX_UNBROKEN:
            return "long"
        # a cell with a colon is a sentence with numbers in it
        if re.search(r"\d", cell) and not re.search("[:：]", cell):
            numbers += 1
    return "number" if not cells or 2 * numbers > len(cells) else "short"


def _sections(report: Report, blocks: Iterable[Block]) -> list[_Section]:
    """Return the tables under their headings, with the paragraphs that follow them.

    Warnings and sentences are left out, because they have places of their own on the page.
    """
    sections = [_Section("top", "")]
    for block in blocks:
        if isinstance(block, Table):
            if block.name in SECTIONS and block.name != sections[-1].name:
                heading = report.translate(SECTIONS[block.name])
                sections.append(_Section(block.name, heading))
            sections[-1].blocks.append(block)
        elif block.kind == BlockKind.TEXT:
            sections[-1].blocks.append(block)
    return [section for section in sections if section.blocks]


def _paper_lists(reports: Sequence[Report]) -> list[_PaperList]:
    """Return the papers of each shown framework, cut so that the page stays small."""
    shown = reports[0].shown
    counts = Counter(row.framework for report in reports for row in report.found)
    most = _most_each([counts[framework.id] for framework in shown])
    papers = {row.key: row for report in reports for row in report.ledger}
    found: dict[tuple[str, str, int], list[PaperRow]] = {}
    for report in reports:
        for row in report.found:
            found.setdefault((row.framework, row.venue, row.year), []).append(row)
    lists = []
    for framework in shown:
        left, years = most, []
        for report in reports:
            for year in reversed(report.years):
                rows = found.get((framework.id, year.venue, year.year), [])
                if rows:
                    listed = _most_mentions_first(report, rows, papers)[:left] if left else []
                    left -= len(listed)
                    years.append((_year_label(reports, report, year), len(rows), listed))
        count = counts[framework.id]
        lists.append(_PaperList(framework.name, count, years, max(0, count - most)))
    return lists


def _year_label(reports: Sequence[Report], report: Report, year: Year) -> str:
    """Return a year with its mark, and with its venue if there are several."""
    return f"{phrases.venue_name(report)} {year.label}" if len(reports) > 1 else year.label


def _most_mentions_first(
    report: Report, rows: Iterable[PaperRow], papers: Mapping[PaperKey, LedgerRow]
) -> list[tuple[str, str]]:
    """Return titles and addresses of papers."""
    ordered = []
    for row in rows:
        ordered.append((-report.query.mentions(row), _titled(papers[row.key])))
    return [titled for _, titled in sorted(ordered)]


def _titled(paper: LedgerRow) -> tuple[str, str]:
    """Return a paper's title, or its id, and the address of its page, or nothing."""
    # anybody may have edited the ledger of a folder, and other addresses can run scripts
    url = paper.url if paper.url.startswith(("https://", "http://")) else ""
    return paper.title or paper.paper, url


def _most_each(counts: Sequence[int]) -> int:
    """Return how many papers each list may hold so that all of them fit on the page."""
    left, most = _MAX_PAPERS, _MAX_PAPERS
    for place, count in enumerate(sorted(counts)):
        # short lists leave their room to the longer ones
        most = left // (len(counts) - place)
        if count > most:
            return most
        left -= count
    return max(counts, default=0)


def _unread_papers(reports: Sequence[Report]) -> tuple[list[tuple[str, str]], str]:
    """Return papers that could not be searched whole with the reasons, and how many there are.

    A report about the listing's entries needs no PDFs, so it has no such papers.
    """
    rows = []
    for report in [] if reports[0].query.of_listing else reports:
        venue = f"{phrases.venue_name(report)} " if len(reports) > 1 else ""
        for row in report.ledger:
            if row.ledger != Outcome.OK or row.is_read_in_part:
                rows.append((venue, row))
    # papers that were tried come first: thousands of an incomplete year may not be fetched
    rows.sort(
        key=lambda item: (
            item[1].ledger == Outcome.NOT_FETCHED,
            item[1].year,
            item[1].ledger,
            item[1].paper,
        )
    )
    papers = []
    for venue, row in rows[:_MAX_UNREAD]:
        papers.append((f"{venue}{row.year} · {row.title or row.paper}", row.reason or row.ledger))
    shown, total = number(len(papers)), number(len(rows))
    if shown == total:
        return papers, total
    return papers, formatting.part_of(reports[0], shown, total)


def _inline_svg(reports: Sequence[Report], svg: bytes, alt: str) -> str:
    """Return an SVG file as a part of the page, with the numbers of its points as tooltips."""
    text = svg.decode()
    text = _DESCRIPTION.sub("", text[text.index("<svg") :])
    text = _GLOBAL_STYLE.sub(r"\1.chart *{", text)
    root, _, content = text.partition(">")
    attributes = _ROOT_ATTRIBUTE.sub("", root.removeprefix("<svg"))
    parts = [f'<svg role="img" aria-label="{escape(alt)}"{attributes}>']
    tooltips = _tooltips(reports)
    start = 0
    for group in _POINT.finditer(content):
        parts += [content[start : group.end()], tooltips.get((unescape(group[1]), group[2]), "")]
        start = group.end()
    return "".join([*parts, content[start:]])


def _tooltips(reports: Sequence[Report]) -> dict[tuple[str, str], str]:
    """Return `<title>` elements by id and year of a point; browsers show them as tooltips.

    The id is that of the framework, or of several venues theirs before it, as in the chart.
    """
    tooltips = {}
    for report in reports:
        for year in report.readable_years:
            venue = f"{year.venue}-" if len(reports) > 1 else ""
            for framework in report.shown:
                text = _tooltip(report, framework, year, _year_label(reports, report, year))
                key = f"{venue}{framework.id}", str(year.year)
                tooltips[key] = f"<title>{escape(text)}</title>"
    return tooltips


def _tooltip(report: Report, framework: FrameworkInfo, year: Year, label: str) -> str:
    ends, words = report.interval_of_read(framework.id, year), _TOOLTIP
    if ends is None:
        ends, words = report.range_of_year(framework.id, year), _TOOLTIP_OF_CHOSEN
    return report.translate(
        words,
        framework=framework.name,
        year=label,
        papers=formatting.papers_of(year, report.papers(framework.id, year)),
        readable=number(year.readable),
        share=percent(report.share(framework.id, year)),
        interval=formatting.interval(report, *ends),
    )


def _quotes(
    reports: Sequence[Report], evidence: Sequence[Evidence]
) -> list[tuple[str, list[_Quote]]]:
    """Return the names of the shown frameworks with sentences that mention them."""
    titles = {row.key: _titled(row) for report in reports for row in report.ledger}
    by_venue = {year.venue: report for report in reports for year in report.years}
    quotes = []
    for framework in reports[0].shown:
        mentions = [mention for mention in evidence if mention.framework == framework.id]
        if mentions:
            found = []
            for mention in mentions[: _MAX_SENTENCES * len(reports)]:
                found.append(_quote(by_venue[mention.venue], mention, titles))
            quotes.append((framework.name, found))
    return quotes


def _quote(
    report: Report, mention: Evidence, titles: dict[tuple[str, int, str], tuple[str, str]]
) -> _Quote:
    """Return a sentence; `titles` has each paper's title and the address of its page."""
    title, link = titles[mention.venue, mention.year, mention.paper]
    place = report.translate(
        "{venue} {year}, page {page}, {zone}",
        venue=phrases.venue_name(report),
        year=mention.year,
        page=mention.page,
        zone=report.translate(str(mention.zone)),
    )
    return mention, title, link, place
