"""The report as one HTML file that needs nothing else: no network, no fonts, no JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape, unescape
from typing import TYPE_CHECKING
from urllib.parse import quote

from papertally import __version__
from papertally.models import Evidence, Ledger
from papertally.report import phrases
from papertally.report.counts import Report
from papertally.report.document import Block, BlockKind, Document
from papertally.report.i18n import Language, translatable
from papertally.report.method import METHOD_TITLE, command
from papertally.report.phrases import ARROW, NO_BREAK, UNKNOWN, number, percent
from papertally.report.tables import Table
from papertally.report.year import Year
from papertally.statistics import wilson

if TYPE_CHECKING:
    from jinja2 import Template

FORUM = "https://openreview.net/forum?id="
_MAX_SENTENCES = 20
"""Evidence shown per framework."""
_MAX_UNREAD = 100
"""Papers that could not be searched, shown by name; the ledger has all."""
_LONG = 30
"""A cell with more letters may be broken over lines."""
_SECTIONS = {
    "frameworks": translatable("Papers and shares"),
    "shares": translatable("Shares with their intervals"),
    "changes": translatable("Changes between years"),
    "published": translatable("Beside published figures"),
    "ledger": translatable("What became of every submission"),
    "readings": translatable("Does it hold under other readings?"),
    "together": translatable("Mentioned together"),
}
"""Headings of the tables by their names; one that is not here stands under the heading before it."""
_TEXTS = {
    "skip": translatable("Skip to the tables"),
    "contents": translatable("On this page"),
    "chart": translatable("Chart"),
    "in_words": translatable("The chart in words"),
    "notices": translatable("To be said with these numbers"),
    "unread": translatable("Papers that could not be searched"),
    "evidence": translatable("Sentences from the papers"),
    "files": translatable("Files with all numbers"),
    "made": translatable("Made by papertally {version}. This page loads nothing from elsewhere."),
    "hint": translatable("Wide tables scroll sideways."),
    "scrolls": translatable("{table} (scrolls sideways)"),
}
_POINT = re.compile(r'<g id="point-([^"]*)-(\d{4})"[^>]*>')
_ROOT = re.compile(r"<svg\b[^>]*>")
_SIZE = re.compile(r'\s(?:width|height|role|aria-\w+)="[^"]*"')
_SPOKEN_ELSEWHERE = re.compile(r"<(metadata|title|desc)\b[^>]*>.*?</\1>", re.DOTALL)
"""Of a file alone: in the page the chart has another name, and a title would show wherever one points."""
_GLOBAL_STYLE = re.compile(r"(<style[^>]*>\s*)\*\s*\{")
_ADDRESS = re.compile(r"(https?://[^\s<>\"()；。]*[^\s<>\"()；。;,.])")


@dataclass(slots=True)
class _Section:
    """A heading with the blocks under it."""

    name: str
    heading: str
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Quote:
    """One sentence of a paper that mentions a framework."""

    before: str
    hit: str
    after: str
    title: str
    link: str
    """Address of the paper's forum; empty where the paper is in no listing."""
    place: str


def as_html(
    document: Document,
    svg: bytes,
    alt: str,
    evidence: Sequence[Evidence] = (),
    *,
    files: Sequence[str] = (),
) -> str:
    """Return the whole report as one page; `files` are names beside it.

    A browser shows the values of the chart's groups `point-FRAMEWORK-YEAR` when one points at them.
    """
    report = document.report
    blocks = document.blocks(full=True, robustness=True)
    unread, unread_count = _unread(report)
    return _template().render(
        texts={
            name: report.translate(text, version=__version__, table="{table}")
            for name, text in _TEXTS.items()
        },
        language="zh-CN" if report.display.language == Language.ZH else "en",
        title=phrases.title(report),
        said=_said(document),
        source=document.source,
        chart=_inline(report, svg, alt),
        alt=alt,
        notices=[warning.text for warning in document.warnings],
        sections=_sections(report, blocks),
        unread=unread,
        unread_count=unread_count,
        evidence=_evidence(report, evidence),
        method_title=report.translate(METHOD_TITLE),
        method=[_label(line) for line in document.method],
        command=command(report),
        files=[(name, quote(name)) for name in files],
    )


@cache
def _template() -> Template:
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
    environment.filters["kind"] = _kind
    environment.filters["whole"] = _whole
    environment.filters["parts"] = _ADDRESS.split
    return environment.get_template("report.html.j2")


def _kind(rows: list[list[str]], column: int) -> str:
    """Tell what a table's column holds: figures stand right and unbroken, short words unbroken."""
    cells = [row[column] for row in rows if row[column] not in ("", UNKNOWN)]
    if any(len(cell) > _LONG for cell in cells):
        return "long"
    figures = [cell for cell in cells if re.search(r"\d", cell) and not re.search("[:：]", cell)]
    return "number" if not cells or 2 * len(figures) > len(cells) else "short"


def _whole(text: str) -> str:
    """Keep a number on one line with its per cent sign, and a bound with its sign."""
    return text.replace(" %", f"{NO_BREAK}%").replace("≥ ", f"≥{NO_BREAK}")


def _sections(report: Report, blocks: Iterable[Block]) -> list[_Section]:
    """Put the tables under headings, with the paragraphs that follow them; what may be said stands above all."""
    sections = [_Section("top", "")]
    for block in blocks:
        if isinstance(block, Table) and block.name in _SECTIONS and block.name != sections[-1].name:
            sections.append(_Section(block.name, report.translate(_SECTIONS[block.name])))
        if isinstance(block, Table) or block.kind == BlockKind.TEXT:
            sections[-1].blocks.append(block)
    return [section for section in sections if section.blocks]


def _said(document: Document) -> list[tuple[str, str, str]]:
    """Give the sentences that may be said, each with a line that names its subject and the shares it is about."""
    report = document.report
    years = [year for year in report.years if year.readable]
    ends = years if len(years) < 2 else [years[0], years[-1]]
    labels = ARROW.join(map(phrases.year_label, ends))
    return [
        (
            report.translate(
                "{framework}, share of papers {years}", framework=framework.name, years=labels
            ),
            # said, because the languages set per cent signs differently
            report.translate(
                "{shares}",
                shares=ARROW.join(percent(report.share(framework.id, year)) for year in ends),
            ),
            sentence,
        )
        for framework, sentence in document.sentences
    ]


def _label(line: str) -> tuple[str, str]:
    """Part a line of the method box into its label and its text."""
    label, _, text = line.replace("：", ": ", 1).partition(": ")
    return (label, text) if text else ("", line)


def _unread(report: Report) -> tuple[list[tuple[str, str]], str]:
    """Name the papers that could not be searched, and why, as many as a page can take; and say how many there are."""
    rows = (
        report.ledger[report.ledger["ledger"] != Ledger.OK]
        if not report.query.of_listing
        else report.ledger[:0]
    )
    # those that were tried come first: of an incomplete year thousands may not be fetched
    rows = rows.assign(tried=rows["ledger"] == Ledger.NOT_FETCHED).sort_values(
        ["tried", "year", "ledger", "paper"]
    )
    columns = ["year", "paper", "title", "ledger", "reason"]
    papers = [
        (f"{year} · {title or paper}", reason or ledger)
        for year, paper, title, ledger, reason in rows[columns]
        .head(_MAX_UNREAD)
        .itertuples(index=False, name=None)
    ]
    shown, total = number(len(papers)), number(len(rows))
    return papers, total if shown == total else report.translate(
        "{papers} of {total}", papers=shown, total=total
    )


# The chart


def _inline(report: Report, svg: bytes, alt: str) -> str:
    """Make an SVG file a part of a page: sized by it, named for screen readers, with values on its points."""
    text = svg.decode()
    text = _SPOKEN_ELSEWHERE.sub("", text[text.index("<svg") :])
    text = _GLOBAL_STYLE.sub(r"\1.chart *{", text)
    root = _ROOT.match(text)
    opening = _SIZE.sub("", root[0]) if root else ""
    text = text[len(root[0]) :] if root else text
    named = opening.replace("<svg", f'<svg role="img" aria-label="{escape(alt)}"', 1)
    values = _values(report)
    return named + _POINT.sub(
        lambda group: group[0] + values.get((unescape(group[1]), group[2]), ""), text
    )


def _values(report: Report) -> dict[tuple[str, str], str]:
    """Give the `<title>` of each framework and year, which a browser shows where one points at it."""
    return {
        (
            framework.id,
            str(year.year),
        ): f"<title>{escape(_value(report, framework.id, framework.name, year))}</title>"
        for framework in report.shown
        for year in report.years
        if year.readable
    }


def _value(report: Report, framework: str, name: str, year: Year) -> str:
    papers = report.papers(framework, year)
    return report.translate(
        "{framework} {year}: {papers} of {readable} papers, {share} (95 % interval {interval})",
        framework=name,
        year=phrases.year_label(year),
        papers=number(papers) if year.complete else f"≥ {number(papers)}",
        readable=number(year.readable),
        share=percent(report.share(framework, year)),
        interval=phrases.interval(report, *wilson(papers, year.readable)),
    )


# The evidence


def _evidence(report: Report, evidence: Sequence[Evidence]) -> list[tuple[str, list[_Quote]]]:
    """Give the shown frameworks with up to 20 sentences that mention them."""
    by_framework: dict[str, list[Evidence]] = {}
    for one in evidence:
        by_framework.setdefault(one.framework, []).append(one)
    titles = _listed_titles(report) if by_framework else {}
    return [
        (
            framework.name,
            [_quote(report, one, titles) for one in by_framework[framework.id][:_MAX_SENTENCES]],
        )
        for framework in report.shown
        if framework.id in by_framework
    ]


def _listed_titles(report: Report) -> dict[tuple[str, int, str], tuple[str, bool]]:
    """Give each paper's title, and whether a listing names it."""
    columns = ["venue", "year", "paper", "title", "listing_date"]
    rows = report.ledger[columns].itertuples(index=False, name=None)
    return {(venue, year, paper): (title, bool(date)) for venue, year, paper, title, date in rows}


def _quote(
    report: Report, one: Evidence, titles: dict[tuple[str, int, str], tuple[str, bool]]
) -> _Quote:
    title, listed = titles.get((one.venue, one.year, one.paper), ("", False))
    start, end = one.hit
    place = report.translate(
        "{venue} {year}, page {page}, {zone}",
        venue=one.venue.upper(), year=one.year, page=one.page, zone=report.translate(str(one.zone)),
    )  # fmt: skip
    link = (
        FORUM + quote(one.paper, safe="") if listed and one.venue != phrases.INVENTED_VENUE else ""
    )
    return _Quote(
        one.snippet[:start],
        one.snippet[start:end],
        one.snippet[end:],
        title or one.paper,
        link,
        place,
    )
