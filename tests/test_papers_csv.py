"""papers.csv adds up: its papers of a framework and year are those of counts.csv."""

from itertools import product
from pathlib import Path

import pandas as pd

from papertally.models import Counting, Rule, Status, ZoneFilter
from papertally.report.counts import make_report
from papertally.report.query import ReportQuery
from papertally.report.schema import COUNTS, PAPERS
from papertally.report.snapshot_folder import read_snapshot
from papertally.report.tables import paper_rows
from papertally.resources import find_snapshot
from tests.helpers.command import Run
from tests.helpers.snapshots import BUNDLED

POPULATIONS: tuple[tuple[Status, ...], ...] = (
    (), (Status.ACCEPTED,), (Status.REJECTED,), (Status.WITHDRAWN,),
    (Status.ACCEPTED, Status.REJECTED),
)  # fmt: skip
QUERIES = [
    ReportQuery(statuses=statuses, zone=zone, counting=counting)
    for statuses, zone, counting in product(POPULATIONS, ZoneFilter, Counting)
] + [
    ReportQuery(statuses=statuses, rule=Rule.SUBSTRING, counting=counting)
    for statuses, counting in product(POPULATIONS, Counting)
]
"""Every question that the bundled years can answer."""


def check_sum(papers: pd.DataFrame, counts: pd.DataFrame, query: object) -> None:
    """Check the sums as somebody who works with the files computes them."""
    sizes = papers.groupby(["framework", "year"]).size()
    expected = counts[counts["papers"] > 0].set_index(["framework", "year"])["papers"]
    assert sizes.to_dict() == expected.to_dict(), query
    assert (papers["mentions"] > 0).all(), query
    assert (papers["title"] != "").all(), query
    assert papers["url"].str.startswith("https://openreview.net/forum?id=").all(), query
    assert not papers.duplicated(["venue", "year", "paper", "framework"]).any(), query


def test_the_papers_add_up_to_the_counts_for_every_question() -> None:
    snapshot = read_snapshot(find_snapshot(BUNDLED))
    seen = set()
    for query in QUERIES:
        report = make_report(snapshot, query)
        papers = pd.DataFrame(paper_rows(report), columns=list(PAPERS))
        check_sum(papers, pd.DataFrame(list(report.counts), columns=list(COUNTS)), query)
        seen.add(tuple(papers["mentions"]))
    assert len(seen) > len(QUERIES) * 0.8, "the questions have different answers"


def test_the_files_add_up_to_the_counts(run: Run, tmp_path: Path) -> None:
    for number, words in enumerate((
        ("--zone", "listing"),
        ("--zone", "body+appendix", "--count", "only", "--population", "accepted"),
        ("--anywhere", "--count", "grouped"),
        ("--anywhere", "--population", "rejected,withdrawn"),
    )):  # fmt: skip
        out = tmp_path / str(number)
        result = run("report", "--from", BUNDLED, *words, "--out", out)
        assert result.code == 0, result.err
        papers, counts = (pd.read_csv(out / f"{name}.csv") for name in ("papers", "counts"))
        assert papers["title"].notna().all()
        check_sum(papers, counts, words)
