"""The Python interface: a report folder as pandas tables."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from papertally.absent_papers import require_population
from papertally.errors import PapertallyError, UsageError
from papertally.models import Counting, Rule, Scope, ZoneFilter, values_of
from papertally.pipeline import fetch_published
from papertally.report.counts import make_report
from papertally.report.csv_io import read_csv
from papertally.report.formatting import number, paper_counts, percent
from papertally.report.headline import title
from papertally.report.query import ReportQuery, check_frameworks
from papertally.report.schema import CHANGES, COUNTS, FINDINGS, LEDGER, PAPERS, Columns
from papertally.report.snapshot import Snapshot
from papertally.report.snapshot_folder import read_folder
from papertally.report.tables import change_rows, paper_rows
from papertally.report.warnings import incomplete_shares, make_warnings
from papertally.resources import find_snapshot
from papertally.settings import parse_statuses
from papertally.store.ledger import PaperRow

if TYPE_CHECKING:
    import pandas as pd

_TYPES = {
    "string": "str",
    "integer": "int64",
    "number": "float64",
    "boolean": "bool",
    "date": "datetime64[s]",
}
"""The pandas types of columns by those of `schema.Column`."""
_TYPES_WITH_GAPS = {"integer": "Int64", "boolean": "boolean"}
"""The types of columns with empty cells, if other ones than without."""
_COUNTED = {
    "year": "year",
    "papers": "papers",
    "readable": "readable",
    "share": "share",
    "share_low": "low",
    "share_high": "high",
}
"""The columns of `SavedReport.count` by those of counts.csv."""
_FORMER_ZONES = {"front": ZoneFilter.LISTING}
"""Zones as folders of an earlier version name them."""
_Choice = TypeVar("_Choice", bound=StrEnum)


class SavedReport:
    """A report folder, as `papertally.read` returns it.

    Its tables are those of the folder's CSV files. `counts`, `changes` and `papers` are counted
    from the ledger and the findings, for the question that the folder was written for.
    """

    def __init__(self, folder: Path, snapshot: Snapshot) -> None:
        query = _query_of(snapshot)
        self._snapshot = snapshot
        self._papers: list[tuple[Any, ...]] | None = None
        if query.needs_texts:
            # the findings cannot tell them
            self._papers = read_csv(folder / "papers.csv", PAPERS)
            snapshot = replace(snapshot, anywhere=tuple(map(_as_finding, self._papers)))
        self._report = make_report(snapshot, query)

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Return the papers and shares of every framework and year."""
        return _frame(self._report.counts, COUNTS)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Return the changes between years that can be compared, with their tests."""
        return _frame(change_rows(self._report), CHANGES)

    @cached_property
    def papers(self) -> pd.DataFrame:
        """Return a row per paper and framework that counts."""
        rows = paper_rows(self._report) if self._papers is None else self._papers
        return _frame(rows, PAPERS)

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Return all papers with their decisions and what became of them."""
        return _frame(map(values_of, self._snapshot.ledger), LEDGER)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """Return the mentions of every framework in every paper, by either rule and by zone."""
        return _frame(map(values_of, self._snapshot.findings), FINDINGS)

    def count(
        self,
        framework: str,
        *,
        population: str = "",
        zone: str = "any",
        counting: str = "any",
        anywhere: bool = False,
    ) -> pd.DataFrame:
        """Count the papers that mention a framework, by year, as the command `report` does.

        The columns are `papers`, `readable` (papers searched), `share`, and its 95 % interval `low`
        to `high`. The framework is named by its id or its name; `anywhere` counts its name as a
        substring in any case. Raises `ValueError` for an unknown name or what the folder cannot
        answer.
        """
        with _as_value_error():
            query = ReportQuery(
                parse_statuses(population) if population else None,
                Rule.SUBSTRING if anywhere else Rule.LEXICON,
                (self._find(framework),),
                _choose(ZoneFilter, zone, "zone"),
                _choose(Counting, counting, "way of counting"),
            )
            require_population(self._snapshot.listings, query.statuses)
            report = make_report(self._snapshot, query)
        if report.is_reduced:
            warnings.warn(
                "accepted papers alone are counted, because the listing of one of the years has no "
                "others",
                stacklevel=2,
            )
        counts = _frame(report.counts, COUNTS)
        counts = counts[counts["framework"] == query.frameworks[0]]
        return counts[list(_COUNTED)].rename(columns=_COUNTED).set_index("year")

    def _find(self, name: str) -> str:
        """Return the id of a framework. Raises `UsageError`."""
        name = " ".join(name.lower().split())
        frameworks = self._snapshot.lexicon.frameworks
        named = [item.id for item in frameworks if name in (item.id, item.name.lower())]
        if not named:
            check_frameworks([name], [item.id for item in frameworks], in_folder=True)
        return named[0]

    def _table(self) -> pd.DataFrame:
        """Return the shown frameworks' shares and papers by year, formatted."""
        import pandas as pd

        report = self._report
        columns: dict[tuple[str, str], list[str]] = {}
        for year in report.years:
            shares = [percent(report.share(item.id, year)) for item in report.shown]
            papers = [paper_counts(report, item.id, [year]) for item in report.shown]
            searched = percent(year.readable / year.listed if year.listed else None)
            columns[year.label, "share"] = [*shares, searched]
            searched = f"{number(year.readable)} of {number(year.listed)}"
            columns[year.label, "papers"] = [*papers, searched]
        names = [item.name for item in report.shown]
        return pd.DataFrame(columns, index=[*names, "papers searched"])

    def _notes(self) -> tuple[str, ...]:
        report = self._report
        return make_warnings(report, report.years, incomplete_shares(report))

    def __repr__(self) -> str:
        return "\n".join([title(self._report), self._table().to_string(), *self._notes()])

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._notes())
        return f"<p><b>{escape(title(self._report))}</b></p>{self._table().to_html()}{notes}"


def read(folder: str | Path) -> SavedReport:
    """Read a report folder by its path, or by its name or address. Raises `ValueError`."""
    with _as_value_error():
        path = find_snapshot(str(folder), fetch_published)
        return SavedReport(path, read_folder(path, Scope()).snapshot)


@contextmanager
def _as_value_error() -> Iterator[None]:
    """Raise a `ValueError` instead of an error of ours or of a file, so that callers know one."""
    try:
        yield
    except (PapertallyError, OSError) as error:
        raise ValueError(str(error)) from None


def _query_of(snapshot: Snapshot) -> ReportQuery:
    """Return the question that a folder was written for. Raises `UsageError`."""
    asked = dict(snapshot.made_for)
    zone = asked.get("zone", "any")
    return ReportQuery(
        parse_statuses(asked.get("population", "all")) or None,
        _choose(Rule, asked.get("rule", "lexicon"), "rule"),
        zone=_choose(ZoneFilter, _FORMER_ZONES.get(zone, zone), "zone"),
        counting=_choose(Counting, asked.get("counting", "any"), "way of counting"),
    )


def _as_finding(row: Sequence[Any]) -> PaperRow:
    """Return a row of papers.csv as one of findings.csv."""
    cells = dict(zip(PAPERS, row, strict=True)) | {"substring": 0, "url_only": None}
    return PaperRow(*(cells[name] for name in FINDINGS))


def _choose(choices: type[_Choice], word: str, meaning: str) -> _Choice:
    """Return the choice of a name. Raises `UsageError`."""
    try:
        return choices(word)
    except ValueError:
        known = ", ".join(choices)
        raise UsageError(f"{word!r} is no {meaning}: it is one of {known}") from None


def _frame(rows: Iterable[Sequence[object]], columns: Columns) -> pd.DataFrame:
    """Return rows with a value for each column as a table with the columns' types."""
    import pandas as pd

    cells: list[Sequence[object]] = list(zip(*rows, strict=True)) or [()] * len(columns)
    series = {}
    for (name, column), values in zip(columns.items(), cells, strict=True):
        series[name] = _typed(values, column.type)
    return pd.DataFrame(series)


def _typed(values: Sequence[Any], type_: str) -> pd.Series[Any]:
    import pandas as pd

    name = _TYPES[type_]
    if type_ == "string":
        # enums would stay objects of their own
        values = ["" if value is None else str(value) for value in values]
    elif type_ == "date":
        values = [value or None for value in values]
    elif None in values:
        name = _TYPES_WITH_GAPS.get(type_, name)
    return pd.Series(values, dtype=name)
