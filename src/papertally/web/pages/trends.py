"""The page of phrases over the years, and the same as CSV and pictures."""

import threading
from collections.abc import Callable

from flask import Response, render_template

from papertally.errors import UsageError
from papertally.match.queries import make_finder
from papertally.models import ZoneFilter
from papertally.report.chart import draw
from papertally.report.counts import Report
from papertally.report.csv_io import to_csv
from papertally.report.schema import COUNTS
from papertally.report.venues import name_venues, side_by_side_note
from papertally.web.hits import TextSearch, chosen_rows, chosen_years
from papertally.web.library import Library
from papertally.web.line_chart import page_charts
from papertally.web.pages.shared import as_file, choices, opened, papers_of, venue_names
from papertally.web.phrase_reports import chart_reports, make_reports
from papertally.web.requests import SearchRequest, TrendRequest

_SIZES = {1: (560, 310), 2: (480, 290)}
"""Width and height of one chart, and of each of two; more are smaller."""
_SMALL = (380, 260)
_drawing = threading.Lock()
"""matplotlib draws one chart at a time."""


def page(library: Library, asked: TrendRequest) -> str:
    """Return the page with a chart for each venue."""
    reports = _count(library, asked, chart_reports)
    searched = SearchRequest("", asked.filters, ZoneFilter.ANY, "", None)
    charts = []
    if reports:
        size = _SIZES.get(len(reports), _SMALL)
        links = papers_of(reports, searched)
        charts = page_charts(reports, venue_names(library, reports), links, *size)
    return render_template(
        "trends.html",
        q=", ".join(asked.phrases),
        asked=asked,
        charts=charts,
        notes=name_venues(reports, [chart.notes for chart in charts]),
        side_by_side=side_by_side_note(reports) if len(reports) > 1 else "",
        **choices(library),
    )


def as_csv(library: Library, asked: TrendRequest) -> Response:
    """Return the counts, as `counts.csv` of a report has them."""
    rows = [row for report in _count(library, asked) for row in report.counts]
    return as_file(to_csv(rows, COUNTS), "text/csv", "trends.csv")


def as_picture(library: Library, asked: TrendRequest, kind: str) -> Response:
    """Return the chart of a report as `png` or `svg`. Raises `UsageError` without papers."""
    reports = _count(library, asked)
    if not reports:
        raise UsageError("there is nothing to draw: the address needs q, and papers of its years")
    with _drawing:
        drawing = draw(*reports)
    if kind == "png":
        return as_file(drawing.png, "image/png", "trends.png")
    return as_file(drawing.svg, "image/svg+xml", "trends.svg")


def _count(
    library: Library, asked: TrendRequest, make: Callable[..., list[Report]] = make_reports
) -> list[Report]:
    """Count the phrases in all years asked for."""
    if not asked.phrases or not library.years:
        return []
    finders = [make_finder(phrase, asked.filters.match) for phrase in asked.phrases]
    with opened(library) as workspace:
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
