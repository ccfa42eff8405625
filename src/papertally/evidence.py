"""The sentences behind a count: for the HTML report a fair few, for mentions.csv all of them."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from papertally.match.lexicon import Lexicon
from papertally.match.matcher import Matcher
from papertally.match.run import read, search
from papertally.match.sentences import sentence
from papertally.models import Evidence, Rule
from papertally.report.query import ZONES
from papertally.store.workspace import Workspace

if TYPE_CHECKING:
    from papertally.report.counts import Report

_MOST = 20
"""Sentences per framework in a report."""

Wanted = Mapping[tuple[int, str], set[str]]
"""Year and paper, to the frameworks whose mentions are wanted."""


def sample(
    workspace: Workspace, lexicon: Lexicon, report: "Report", as_of: str
) -> tuple[Evidence, ...]:
    """Give a sentence of up to twenty papers for each framework shown, in an order fixed by a hash of the id."""
    if report.question.rule != Rule.LEXICON or report.question.zone == "front":
        return ()
    wanted: dict[tuple[int, str], set[str]] = {}
    for framework in report.shown:
        rows = report.found[report.found["framework"] == framework.id]
        papers = sorted(
            zip(rows["year"], rows["paper"], strict=True), key=lambda key: _order(str(key[1]))
        )
        for year, paper in papers[:_MOST]:
            wanted.setdefault((int(year), str(paper)), set()).add(framework.id)
    zones = ZONES[report.question.zone] if report.question.zone != "any" else ()
    first: dict[tuple[int, str, str], Evidence] = {}
    for one in mentions(workspace, lexicon, report, wanted, as_of):
        if not zones or one.zone in zones:
            first.setdefault((one.year, one.paper, one.framework), one)
    return tuple(first.values())


def every(workspace: Workspace, lexicon: Lexicon, report: "Report", as_of: str) -> list[Evidence]:
    """Give all mentions in all papers of the report's years, whatever its population."""
    rows = report.snapshot.papers[report.snapshot.papers["mentions"] > 0]
    wanted: dict[tuple[int, str], set[str]] = {}
    for year, paper, framework in zip(rows["year"], rows["paper"], rows["framework"], strict=True):
        wanted.setdefault((int(year), str(paper)), set()).add(str(framework))
    return list(mentions(workspace, lexicon, report, wanted, as_of))


def mentions(
    workspace: Workspace, lexicon: Lexicon, report: "Report", wanted: Wanted, as_of: str
) -> Iterator[Evidence]:
    """Yield the mentions wanted, by year and paper, in the order of the text."""
    matcher = Matcher(lexicon.frameworks)
    for year in report.years:
        _, papers = workspace.tables.read_ledger(year.venue, year.year, None, as_of)
        files = sorted(
            (paper, file) for file, paper in papers.items() if (year.year, paper) in wanted
        )
        for (paper, _), (_, body) in zip(
            files, workspace.texts.bodies(file for _, file in files), strict=True
        ):
            text = read(body)
            for one in search(matcher, (), text)[0]:
                if one.framework in wanted[year.year, paper]:
                    around = sentence(text, one.start, one.end)
                    yield Evidence(
                        year.venue, year.year, paper, one.framework, one.alias, one.zone, one.page, one.start,
                        around.text, (around.start, around.end),
                    )  # fmt: skip


def _order(paper: str) -> str:
    return hashlib.sha256(paper.encode()).hexdigest()
