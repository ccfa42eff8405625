"""What several pages need: the open workspace, what forms offer, names and links of charts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import Response

from papertally.models import FrameworkInfo, Status
from papertally.report.counts import Report
from papertally.report.year import Year
from papertally.store.workspace import Workspace
from papertally.web.library import Library
from papertally.web.line_chart import Link
from papertally.web.requests import PARTS, SearchRequest, link


@contextmanager
def opened(library: Library) -> Iterator[Workspace | None]:
    """Open the workspace of a request; None for bundled papers, which need none."""
    if library.is_bundled or not library.years:
        yield None
        return
    with Workspace(library.settings.workspace) as workspace:
        yield workspace


def as_file(content: str | bytes, kind: str, name: str) -> Response:
    """Return what a browser saves as a file."""
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def choices(library: Library) -> dict[str, Any]:
    """Return what the forms offer."""
    years = sorted({year.key.year for year in library.years}, reverse=True)
    statuses = {row.status for row in library.rows()}
    return {
        "venues": library.venues,
        "all_years": years,
        "statuses": [status for status in Status if status in statuses],
        "parts": [] if library.is_bundled else PARTS,
        "library": library,
    }


def venue_names(library: Library, reports: Sequence[Report]) -> list[str]:
    """Return the names of the venues for people."""
    return [library.venues[report.years[0].venue] for report in reports]


def papers_of(reports: Sequence[Report], asked: SearchRequest) -> Link:
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
