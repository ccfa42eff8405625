"""The Python interface: a report folder as pandas tables."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from papertally.report.comparability import single_years
from papertally.report.counts import Report, make_report
from papertally.report.csv_io import read_csv
from papertally.report.formatting import number, paper_counts, percent
from papertally.report.headline import title, venues_title
from papertally.report.phrases import venue_name, venue_names
from papertally.report.query import ReportQuery, check_frameworks
from papertally.report.schema import CHANGES, COUNTS, FINDINGS, LEDGER, PAPERS, Columns
from papertally.report.snapshot import Snapshot
from papertally.report.snapshot_folder import read_venues
from papertally.report.tables import change_rows, paper_rows
from papertally.report.venues import name_venues, side_by_side_note, with_same_frameworks
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

    Its tables are those of the folder's CSV files, of all its venues. `counts`, `changes` and
    `papers` are counted from the ledger and the findings, for the question that the folder was
    written for.
    """

    def __init__(self, folder: Path, snapshots: Sequence[Snapshot]) -> None:
        self._snapshots = snapshots
        self._papers: list[tuple[Any, ...]] | None = None
        queries = [_query_of(snapshot) for snapshot in self._snapshots]
        if queries[0].needs_texts:
            # the findings cannot tell them
            self._papers = list(read_csv(folder / "papers.csv", PAPERS))
        reports = []
        for snapshot, query in zip(self._snapshots, queries, strict=True):
            if self._papers is not None:
                found = [row for row in map(_as_finding, self._papers) if _is_of(row, snapshot)]
                snapshot = replace(snapshot, anywhere=tuple(found))
            reports.append(make_report(snapshot, query))
        self._reports = with_same_frameworks(reports)

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Return the papers and shares of every framework and year."""
        return _frame(_rows(self._reports, lambda report: report.counts), COUNTS)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Return the changes between years that can be compared, with their tests."""
        return _frame(_rows(self._reports, change_rows), CHANGES)

    @cached_property
    def papers(self) -> pd.DataFrame:
        """Return a row per paper and framework that counts."""
        rows = _rows(self._reports, paper_rows) if self._papers is None else self._papers
        return _frame(rows, PAPERS)

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Return all papers with their decisions and what became of them."""
        snapshots = sorted(self._snapshots, key=_venue)
        return _frame([values_of(row) for item in snapshots for row in item.ledger], LEDGER)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """Return the mentions of every framework in every paper, by either rule and by zone."""
        snapshots = sorted(self._snapshots, key=_venue)
        return _frame([values_of(row) for item in snapshots for row in item.findings], FINDINGS)

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
        to `high`; of several venues the rows are by venue and year. The framework is named by its
        id or its name; `anywhere` counts its name as a substring in any case. Raises `ValueError`
        for an unknown name or what the folder cannot answer.
        """
        with _as_value_error():
            query = ReportQuery(
                parse_statuses(population) if population else None,
                Rule.SUBSTRING if anywhere else Rule.LEXICON,
                (self._find(framework),),
                _choose(ZoneFilter, zone, "zone"),
                _choose(Counting, counting, "way of counting"),
            )
            for snapshot in self._snapshots:
                require_population(snapshot.listings, query.statuses)
            reports = [make_report(snapshot, query) for snapshot in self._snapshots]
        if reduced := [report for report in reports if report.is_reduced]:
            of_venues = f" of {venue_names(reduced)}" if len(reports) > 1 else ""
            warnings.warn(
                f"accepted papers alone are counted{of_venues}, because the listing of one of the "
                "years has no others",
                stacklevel=2,
            )
        counts = _frame(_rows(reports, lambda report: report.counts), COUNTS)
        counts = counts[counts["framework"] == query.frameworks[0]]
        keys = ["venue", "year"] if len(reports) > 1 else ["year"]
        columns = dict.fromkeys(keys) | _COUNTED
        return counts[list(columns)].rename(columns=_COUNTED).set_index(keys)

    def _find(self, name: str) -> str:
        """Return the id of a framework. Raises `UsageError`."""
        name = " ".join(name.lower().split())
        frameworks = self._snapshots[0].lexicon.frameworks
        named = [item.id for item in frameworks if name in (item.id, item.name.lower())]
        if not named:
            check_frameworks([name], [item.id for item in frameworks], in_folder=True)
        return named[0]

    def _table(self) -> pd.DataFrame:
        """Return the shown frameworks' shares and papers by year, formatted."""
        if len(self._reports) == 1:
            return _table(self._reports[0])
        import pandas as pd

        names = [venue_name(report) for report in self._reports]
        table = pd.concat(
            [_table(item, marked=False) for item in self._reports], keys=names, names=["venue"]
        )
        # by framework, with the venues below each other, and the years in their order
        rows = list(dict.fromkeys(table.index.get_level_values(1)))
        table = table.swaplevel().reindex([(row, name) for row in rows for name in names])
        return table[sorted(table.columns.get_level_values(0).unique())].fillna("")

    def _title(self) -> str:
        if len(self._reports) == 1:
            return title(self._reports[0])
        return venues_title(self._reports)

    def _notes(self) -> list[str]:
        notes = []
        for report in self._reports:
            told = make_warnings(report, report.years, incomplete_shares(report))
            if years := single_years(report, report.years):
                told = (*told, report.translate("No headline for {years}.", years="; ".join(years)))
            notes.append(told)
        beside = [side_by_side_note(self._reports)] if len(notes) > 1 else []
        return [*beside, *name_venues(self._reports, notes)]

    def __repr__(self) -> str:
        return "\n".join([self._title(), self._table().to_string(), *self._notes()])

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._notes())
        return f"<p><b>{escape(self._title())}</b></p>{self._table().to_html()}{notes}"


def _venue(snapshot: Snapshot) -> str:
    return snapshot.years()[0][0]


def _is_of(row: PaperRow, snapshot: Snapshot) -> bool:
    return row.venue == _venue(snapshot)


def _rows(
    reports: Iterable[Report], rows_of: Callable[[Report], Iterable[Sequence[object]]]
) -> Iterator[Sequence[object]]:
    """Yield the rows of all venues, in the order of the files."""
    for report in sorted(reports, key=lambda report: _venue(report.snapshot)):
        yield from rows_of(report)


def _table(report: Report, *, marked: bool = True) -> pd.DataFrame:
    """Return shares and papers; incomplete years are `marked` if no other venue has the column."""
    import pandas as pd

    columns: dict[tuple[str, str], list[str]] = {}
    for year in report.years:
        shares = [percent(report.share(item.id, year)) for item in report.shown]
        papers = [paper_counts(report, item.id, [year]) for item in report.shown]
        searched = percent(year.readable / year.listed if year.listed else None)
        label = year.label if marked else str(year.year)
        columns[label, "share"] = [*shares, searched]
        searched = f"{number(year.readable)} of {number(year.listed)}"
        columns[label, "papers"] = [*papers, searched]
    names = [item.name for item in report.shown]
    return pd.DataFrame(columns, index=[*names, "papers searched"])


def read(folder: str | Path) -> SavedReport:
    """Read a report folder by its path, or by its name or address. Raises `ValueError`."""
    with _as_value_error():
        path = find_snapshot(str(folder), fetch_published)
        return SavedReport(path, [item.snapshot for item in read_venues(path, [Scope()])])


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
