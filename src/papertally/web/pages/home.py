"""The first page: the counts of the workspace, what became of every paper, tags, random papers."""

import random
from collections import Counter
from dataclasses import dataclass

from flask import render_template

from papertally import absent_papers
from papertally.models import NOT_READ_YET, Note, Outcome
from papertally.report.render.answer import make_answer
from papertally.store.ledger import LedgerRow
from papertally.web.library import Library, LibraryYear
from papertally.web.line_chart import page_charts
from papertally.web.pages.shared import choices
from papertally.web.results import FoundPaper

_MAX_TAGS, _MAX_RANDOM = 60, 5
_SIZE = (460, 290)
"""Width and height of a chart."""
_READ, _TO_READ = "read", "to read"


@dataclass(frozen=True, slots=True)
class YearFate:
    """What became of the papers of a year."""

    label: str
    papers: int
    outcomes: Counter[str]
    """How many were read, are to be read, or ended otherwise."""
    source: str
    """Where the year is listed; empty if that is not known."""
    listing_date: str


def page(library: Library) -> str:
    """Return the page; without papers, how to get some."""
    if not library.years:
        how = absent_papers.how_to_get(library.scope)
        return render_template("empty.html", how=how, what=library.scope.asked)
    answers = []
    for document in library.documents:
        report = document.report
        (chart,) = page_charts([report], [""], lambda _framework, _year: "", *_SIZE)
        answers.append((report, make_answer(document), chart, document.warnings))
    searchable = [year.rows if library.is_bundled else year.files for year in library.years]
    rows = list(library.rows())
    chosen = random.sample(rows, min(_MAX_RANDOM, len(rows)))
    papers = [_found(library, row) for row in chosen]
    fates = list(map(_fate, library.years))
    order = [_READ, _TO_READ, *map(str, Outcome)]
    return render_template(
        "home.html",
        q="",
        answers=answers,
        fates=fates,
        searchable=sum(map(len, searchable)),
        outcomes=[name for name in order if any(fate.outcomes[name] for fate in fates)],
        tags=library.tags[:_MAX_TAGS],
        papers=papers,
        how=absent_papers.how_to_get(library.scope) if library.is_bundled else "",
        **choices(library),
    )


def _fate(year: LibraryYear) -> YearFate:
    rows = year.rows.values()
    return YearFate(
        label=year.label,
        papers=len(rows),
        outcomes=Counter(map(_outcome, rows)),
        source=year.listing.source,
        listing_date=max((row.listing_date for row in rows), default=""),
    )


def _outcome(row: LedgerRow) -> str:
    if row.reason in NOT_READ_YET:
        return _TO_READ
    return _READ if row.ledger == Outcome.OK else str(row.ledger)


def _found(library: Library, row: LedgerRow) -> FoundPaper:
    return FoundPaper(row, f"{library.venues[row.venue]} {row.year}", 0, Note(row.paper))
