"""The pages and the files beside them, each made from what its address asks for."""

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import Flask, Response, abort, render_template, request, url_for

from papertally import absent_papers
from papertally.csv_escape import escape_cell
from papertally.errors import UsageError
from papertally.match.queries import make_finder
from papertally.match.search_texts import unpack
from papertally.match.sentences import sentence
from papertally.models import NOT_READ_YET, FrameworkInfo, Note, Outcome, Status, ZoneFilter
from papertally.report.chart import draw
from papertally.report.counts import Report
from papertally.report.csv_io import join_rows, to_csv
from papertally.report.render.answer import make_answer
from papertally.report.schema import COUNTS
from papertally.report.venues import name_venues, side_by_side_note
from papertally.report.year import Year
from papertally.store.ledger import LedgerRow
from papertally.store.workspace import Workspace
from papertally.web.hits import TextSearch, YearHits, chosen_rows, chosen_years
from papertally.web.library import Library, LibraryShelf
from papertally.web.line_chart import Link, PageChart, page_charts
from papertally.web.requests import (
    MATCHES,
    PARTS,
    SearchRequest,
    TrendRequest,
    link,
    parse_search,
    parse_trends,
)
from papertally.web.results import (
    FoundPaper,
    Quote,
    SearchFound,
    make_quotes,
    pdf_address,
    search,
    web_address,
)
from papertally.web.trends import chart_reports, make_reports

FILES = {"/search.json", "/search.csv", "/trends.csv", "/trends.png", "/trends.svg"}
"""What is not a page, so that its errors are not pages either."""
_MAX_TAGS, _MAX_RANDOM = 60, 5
_MAX_MENTIONS = 300
"""Sentences on a paper's page."""
_SIZES = {1: (560, 310), 2: (480, 290)}
"""Width and height of one chart, and of each of two; more are smaller."""
_SMALL = (380, 260)
_HOME_SIZE = (460, 290)
_SEARCH_SIZE, _SMALL_SEARCH = (460, 210), (380, 190)
_CSV_COLUMNS = (
    "venue", "year", "paper", "title", "status", "ledger", "mentions", "url", "pdf", "page",
)  # fmt: skip
_READ, _TO_READ = "read", "to read"
_drawing = threading.Lock()
"""matplotlib draws one chart at a time."""


@contextmanager
def _opened(library: Library) -> Iterator[Workspace | None]:
    """Open the workspace of a request; None for bundled papers, which need none."""
    if library.is_bundled or not library.years:
        yield None
        return
    with Workspace(library.settings.workspace) as workspace:
        yield workspace


def add(app: Flask, shelf: LibraryShelf, *, full_text: bool) -> None:
    """Add all pages to the application."""
    _add_trends(app, shelf)

    @app.get("/")
    def home() -> str:
        try:
            return _home(shelf.library())
        except UsageError:  # its papers were removed after it was loaded
            return _home(shelf.reload())

    @app.get("/search")
    def search_page() -> str:
        return _search_page(shelf.library(), parse_search(request.args))

    @app.get("/search.json")
    def search_json() -> Response:
        return _search_json(shelf.library(), parse_search(request.args))

    @app.get("/search.csv")
    def search_csv() -> Response:
        return _search_csv(shelf.library(), parse_search(request.args))

    @app.get("/paper/<venue>/<int:year>/<path:paper>")
    def paper_page(venue: str, year: int, paper: str) -> str:
        library = shelf.library()
        row = library.find(venue.lower(), year, paper)
        if row is None:
            abort(404)
        return _paper_page(library, row, parse_search(request.args), full_text=full_text)


def _add_trends(app: Flask, shelf: LibraryShelf) -> None:
    @app.get("/trends")
    def trends() -> str:
        return _trends_page(shelf.library(), parse_trends(request.args))

    @app.get("/trends.csv")
    def trends_csv() -> Response:
        reports = _trends(shelf.library(), parse_trends(request.args))
        rows = [row for report in reports for row in report.counts]
        return _file(to_csv(rows, COUNTS), "text/csv", "trends.csv")

    @app.get("/trends.png")
    def trends_png() -> Response:
        return _file(_draw(shelf.library(), "png"), "image/png", "trends.png")

    @app.get("/trends.svg")
    def trends_svg() -> Response:
        return _file(_draw(shelf.library(), "svg"), "image/svg+xml", "trends.svg")


def _file(content: str | bytes, kind: str, name: str) -> Response:
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _choices(library: Library) -> dict[str, Any]:
    """Return what the forms offer."""
    years = sorted({year.key.year for year in library.years}, reverse=True)
    statuses = {row.status for row in library.rows()}
    return {
        "venues": library.venues,
        "all_years": years,
        "statuses": [status for status in Status if status in statuses],
        "parts": [] if library.is_bundled else PARTS,
        "matches": MATCHES,
        "library": library,
    }


def _home(library: Library) -> str:
    if not library.years:
        how = absent_papers.how_to_get(library.scope)
        return render_template("empty.html", how=how, what=library.scope.asked)
    answers = []
    for document in library.documents:
        report = document.report
        (chart,) = page_charts([report], [""], lambda _framework, _year: "", *_HOME_SIZE)
        answers.append((report, make_answer(document), chart, document.warnings))
    searchable = [year.rows if library.is_bundled else year.files for year in library.years]
    rows = list(library.rows())
    outcomes, fates = _fates(library)
    chosen = random.sample(rows, min(_MAX_RANDOM, len(rows)))
    papers = [_found(library, row) for row in chosen]
    return render_template(
        "home.html",
        q="",
        answers=answers,
        fates=fates,
        searchable=sum(map(len, searchable)),
        outcomes=outcomes,
        tags=library.tags[:_MAX_TAGS],
        papers=papers,
        sources=[
            (year.label, _source(library, year.key.venue, year.key.year)) for year in library.years
        ],
        how=absent_papers.how_to_get(library.scope) if library.is_bundled else "",
        **_choices(library),
    )


def _fates(library: Library) -> tuple[list[str], list[tuple[str, int, Counter[str]]]]:
    """Return what became of papers, and for each year its papers and of how many it did."""
    fates = []
    for year in library.years:
        fates.append((year.label, len(year.rows), Counter(map(_fate, year.rows.values()))))
    found = set[str]().union(*(counts for _, _, counts in fates))
    order = [_READ, _TO_READ, *map(str, Outcome)]
    return [fate for fate in order if fate in found], fates


def _fate(row: LedgerRow) -> str:
    if row.reason in NOT_READ_YET:
        return _TO_READ
    return _READ if row.ledger == Outcome.OK else str(row.ledger)


def _source(library: Library, venue: str, year: int) -> tuple[str, str]:
    """Return where a year is listed, and on which date."""
    for found in library.years:
        if (found.key.venue, found.key.year) == (venue, year):
            dates = [row.listing_date for row in found.rows.values()]
            return found.listing.source, max(dates, default="")
    return "", ""


def _found(library: Library, row: LedgerRow) -> FoundPaper:
    return FoundPaper(row, f"{library.venues[row.venue]} {row.year}", 0, Note(row.paper))


def _search_page(library: Library, asked: SearchRequest) -> str:
    with _opened(library) as workspace:
        found = search(library, workspace, asked, for_page=True)
    reports = [] if asked.tag or not asked.text else _search_reports(library, found)
    return render_template(
        "search.html",
        q=asked.text,
        asked=asked,
        found=found,
        charts=_search_charts(library, reports, asked),
        # a point alone would tell what is written beside it
        has_line=any(len(report.years) > 1 for report in reports),
        is_reduced=any(report.is_reduced for report in reports),
        pages=_page_links(found),
        **_choices(library),
    )


def _search_reports(library: Library, found: SearchFound) -> list[Report]:
    """Count what was found for a small chart of each venue over its years."""
    asked = found.request
    return chart_reports(
        library,
        [_first_only(hits) for hits in found.charted],
        [asked.text],
        asked.filters,
        of_listing=found.of_listing,
    )


def _search_charts(
    library: Library, reports: Sequence[Report], asked: SearchRequest
) -> list[PageChart]:
    if not reports:
        return []
    links = _papers_of(reports, asked)
    size = _SEARCH_SIZE if len(reports) == 1 else _SMALL_SEARCH
    return page_charts(reports, _names(library, reports), links, *size)


def _names(library: Library, reports: Sequence[Report]) -> list[str]:
    """Return the names of the venues for people."""
    return [library.venues[report.years[0].venue] for report in reports]


def _first_only(hits: YearHits) -> YearHits:
    return YearHits(hits.year, hits.rows, hits.searched, hits.hits[:1])


def _papers_of(reports: Sequence[Report], asked: SearchRequest) -> Link:
    """Return how a point of charts leads to the papers that it counts."""
    # all years may be reduced to accepted papers, because one has no others
    statuses = {report.years[0].venue: report.query.statuses or () for report in reports}

    def lead(framework: FrameworkInfo, year: Year) -> str:
        only = replace(
            asked.filters,
            venues=(year.venue,),
            years=(year.year,),
            statuses=statuses[year.venue],
        )
        return link("/search", replace(asked, text=framework.name, filters=only, page=None).pairs())

    return lead


def _page_links(found: SearchFound) -> list[int | None]:
    """Return the numbers of pages to link, with None for a gap."""
    near = {1, 2, found.pages - 1, found.pages, *range(found.page - 2, found.page + 3)}
    links: list[int | None] = []
    for number in sorted(page for page in near if 1 <= page <= found.pages):
        if links and links[-1] is not None and number > links[-1] + 1:
            links.append(None)
        links.append(number)
    return links


def _search_json(library: Library, asked: SearchRequest) -> Response:
    with _opened(library) as workspace:
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
    return url_for("paper_page", venue=row.venue, year=row.year, paper=row.paper)


def _search_csv(library: Library, asked: SearchRequest) -> Response:
    """Return all papers found, or those of a page if the address names one."""
    with _opened(library) as workspace:
        found = search(library, workspace, asked, whole=asked.page is None)
    rows: list[Sequence[str]] = [_CSV_COLUMNS]
    for paper in found.papers:
        row = paper.row
        texts = (paper.title, row.status, row.ledger)
        addresses = (paper.forum, paper.pdf, _paper_path(row))
        cells = (row.venue, row.year, row.paper, *texts, paper.hits, *addresses)
        rows.append([escape_cell(str(cell)) for cell in cells])
    return _file(join_rows(rows), "text/csv", "papers.csv")


def _trends(
    library: Library, asked: TrendRequest, make: Callable[..., list[Report]] = make_reports
) -> list[Report]:
    """Count the phrases in all years asked for."""
    if not asked.phrases or not library.years:
        return []
    finders = [make_finder(phrase, asked.filters.match) for phrase in asked.phrases]
    with _opened(library) as workspace:
        text_search = TextSearch(library, workspace, finders, ZoneFilter.ANY)
        counted = []
        for year in chosen_years(library, asked.filters):
            rows = chosen_rows(year, asked.filters)
            counted.append(text_search.count(year, rows))
        return make(
            library,
            counted,
            asked.phrases,
            asked.filters,
            of_listing=text_search.zone == ZoneFilter.LISTING,
            in_papers=asked.in_papers,
        )


def _trends_page(library: Library, asked: TrendRequest) -> str:
    reports = _trends(library, asked, chart_reports)
    searched = SearchRequest("", asked.filters, ZoneFilter.ANY, "", None)

    charts = []
    if reports:
        size = _SIZES.get(len(reports), _SMALL)
        links = _papers_of(reports, searched)
        charts = page_charts(reports, _names(library, reports), links, *size)
    return render_template(
        "trends.html",
        q=", ".join(asked.phrases),
        asked=asked,
        charts=charts,
        notes=name_venues(reports, [chart.notes for chart in charts]),
        side_by_side=side_by_side_note(reports) if len(reports) > 1 else "",
        **_choices(library),
    )


def _draw(library: Library, kind: str) -> bytes:
    reports = _trends(library, parse_trends(request.args))
    if not reports:
        raise UsageError("there is nothing to draw: the address needs q, and papers of its years")
    with _drawing:
        drawing = draw(*reports)
    return drawing.png if kind == "png" else drawing.svg


def _paper_page(library: Library, row: LedgerRow, asked: SearchRequest, *, full_text: bool) -> str:
    (year,) = [item for item in library.years if (item.key.venue, item.key.year) == row.key[:2]]
    note, text, frameworks, quotes, versions = Note(row.paper), "", [], [], []
    is_matched = False
    with _opened(library) as workspace:
        if workspace:
            note = library.notes(workspace, year).get(row.paper, note)
            versions = [file for file in workspace.files.of(year.key) if file.paper == row.paper]
            key = year.files.get(row.paper)
            if key is not None:
                ((_, body),) = workspace.texts.bodies([key])
                text = unpack(body).decode()
                frameworks = list(_frameworks(library, workspace, key, text))
                is_matched = workspace.mentions.is_matched(key)
        if asked.text:
            finder = make_finder(asked.text, asked.filters.match)
            found_in = TextSearch(library, workspace, (), asked.zone)
            is_searchable = found_in.zone == ZoneFilter.LISTING or row.paper in year.files
            if is_searchable:
                hits = found_in.find(year, [row.paper], finder, _MAX_MENTIONS)[row.paper]
                quotes = make_quotes(hits, of_listing=found_in.zone == ZoneFilter.LISTING)
    return render_template(
        "paper.html",
        q=asked.text,
        paper=FoundPaper(row, year.label, 0, note),
        keywords=[word for word in row.keywords.split("; ") if word],
        frameworks=frameworks,
        is_matched=is_matched,
        quotes=quotes,
        versions=[(file.file, web_address(file.file.version_key)) for file in versions],
        pdf=pdf_address(row, note),
        text=text.split("\f") if full_text else [],
        asked=asked,
        **_choices(library),
    )


def _frameworks(
    library: Library, workspace: Workspace, key: int, text: str
) -> Iterator[tuple[str, int, Counter[str], list[Quote]]]:
    """Yield each framework with its mentions, their parts of the paper and their sentences."""
    names = {framework.id: framework.name for framework in library.lexicon.frameworks}
    by_framework: dict[str, list[Any]] = {}
    for mention in workspace.mentions.of_file(key)[: 10 * _MAX_MENTIONS]:
        by_framework.setdefault(mention.framework, []).append(mention)
    left = _MAX_MENTIONS
    for framework, mentions in sorted(by_framework.items(), key=lambda item: -len(item[1])):
        shown = mentions[:left]
        left -= len(shown)
        found = [(hit, sentence(text, hit.start, hit.end)) for hit in shown]
        zones = Counter(str(mention.zone) for mention in mentions)
        quotes = make_quotes(found, of_listing=False)
        yield names.get(framework, framework), len(mentions), zones, quotes
