"""The page of a search, with a small chart, and the same as JSON and CSV."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Response, render_template, url_for

from papertally.csv_escape import escape_cell
from papertally.models import ZoneFilter
from papertally.report.counts import Report
from papertally.report.csv_io import join_rows
from papertally.store.ledger import LedgerRow
from papertally.web.library import Library
from papertally.web.line_chart import PageChart, page_charts
from papertally.web.pages.shared import as_file, choices, opened, papers_of, venue_names
from papertally.web.phrase_reports import chart_reports
from papertally.web.requests import SearchRequest
from papertally.web.results import FoundPaper, SearchFound, search

_SIZE, _SMALL_SIZE = (460, 210), (380, 190)
"""Width and height of one chart, and of each of several."""
_CSV_COLUMNS = (
    "venue", "year", "paper", "title", "status", "ledger", "mentions", "url", "pdf", "page",
)  # fmt: skip


def page(library: Library, asked: SearchRequest) -> str:
    """Return the page of the papers found."""
    with opened(library) as workspace:
        found = search(library, workspace, asked, for_page=True)
    reports = [] if asked.tag or not asked.text else _count(library, found)
    return render_template(
        "search.html",
        q=asked.text,
        asked=asked,
        found=found,
        charts=_draw(library, reports, asked),
        # a point alone would tell what is written beside it
        has_line=any(len(report.years) > 1 for report in reports),
        is_reduced=any(report.is_reduced for report in reports),
        pages=_page_links(found),
        **choices(library),
    )


def _count(library: Library, found: SearchFound) -> list[Report]:
    """Count what was found for a small chart of each venue over its years."""
    asked = found.request
    # without the hits of the wider search
    charted = [replace(hits, hits=hits.hits[:1]) for hits in found.charted]
    return chart_reports(library, charted, [asked.text], asked.filters, of_listing=found.of_listing)


def _draw(library: Library, reports: Sequence[Report], asked: SearchRequest) -> list[PageChart]:
    if not reports:
        return []
    size = _SIZE if len(reports) == 1 else _SMALL_SIZE
    links = papers_of(reports, asked)
    return page_charts(reports, venue_names(library, reports), links, *size)


def _page_links(found: SearchFound) -> list[int | None]:
    """Return the numbers of pages to link, with None for a gap."""
    near = {1, 2, found.pages - 1, found.pages, *range(found.page - 2, found.page + 3)}
    links: list[int | None] = []
    for number in sorted(page for page in near if 1 <= page <= found.pages):
        if links and links[-1] is not None and number > links[-1] + 1:
            links.append(None)
        links.append(number)
    return links


def as_json(library: Library, asked: SearchRequest) -> Response:
    """Return the papers of a page, and the counts of the years."""
    with opened(library) as workspace:
        found = search(library, workspace, asked)
    years = [
        {
            "venue": year.venue, "year": year.year, "papers": year.papers,
            "readable": year.searched, "listed": year.listed, "missing": year.missing,
        }
        for year in found.years
    ]  # fmt: skip
    document = {
        "q": asked.text,
        "match": str(asked.filters.match),
        "zone": str(ZoneFilter.LISTING) if found.of_listing else asked.part,
        "total": found.total,
        "readable": found.readable,
        "page": found.page,
        "pages": found.pages,
        "years": years,
        "papers": [_paper_json(paper) for paper in found.papers],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    return Response(text + "\n", mimetype="application/json")


def _paper_json(paper: FoundPaper) -> dict[str, Any]:
    row = paper.row
    return {
        "venue": row.venue, "year": row.year, "paper": row.paper, "title": paper.title,
        "status": str(row.status), "ledger": str(row.ledger), "mentions": paper.hits,
        "url": paper.forum, "pdf": paper.pdf, "page": _paper_path(row), "tldr": paper.note.tldr,
        "sentences": [
            {"zone": quote.zone, "page": quote.page, "text": quote.text} for quote in paper.quotes
        ],
    }  # fmt: skip


def _paper_path(row: LedgerRow) -> str:
    return url_for("paper_page", venue=row.venue, year=row.year, name=row.paper)


def as_csv(library: Library, asked: SearchRequest) -> Response:
    """Return all papers found, or those of a page if the address names one."""
    with opened(library) as workspace:
        found = search(library, workspace, asked, whole=asked.page is None)
    rows: list[Sequence[str]] = [_CSV_COLUMNS]
    for paper in found.papers:
        row = paper.row
        texts = (paper.title, row.status, row.ledger)
        addresses = (paper.forum, paper.pdf, _paper_path(row))
        cells = (row.venue, row.year, row.paper, *texts, paper.hits, *addresses)
        rows.append([escape_cell(str(cell)) for cell in cells])
    return as_file(join_rows(rows), "text/csv", "papers.csv")
