"""Count papers: the record of a report, with its counts, shares and comparisons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING

from papertally.errors import UsageError
from papertally.models import (
    Audit,
    Counting,
    FrameworkInfo,
    LexiconInfo,
    Origin,
    Rule,
    Status,
    Zone,
)
from papertally.report.comparison import (
    Comparison,
    PapersByYear,
    compare,
    first_to_last,
)
from papertally.report.i18n import translatable, translate
from papertally.report.query import Display, ReportQuery, check_frameworks, check_terms, check_zone
from papertally.report.schema import COUNTS, KEYS
from papertally.report.snapshot import Snapshot
from papertally.report.year import Unlike, Year, make_year, why_unlike
from papertally.statistics import wilson

if TYPE_CHECKING:
    import pandas as pd

ONLY_REFERENCES, ONLY_URL = "only in the references", "only as a URL"
ZONE_COLUMNS = (*Zone, ONLY_REFERENCES, ONLY_URL)
"""The columns of zones that `--details` adds."""
_MIN_SHARE_SHOWN = 0.01
"""Frameworks in a smaller share of every year's papers are not shown unless asked for.

In a listing of a few thousand papers such counts are a few dozen: too few for a test.
"""
_PLAIN = Display()


@dataclass(frozen=True, slots=True)
class Report:
    """The counts that tables, files and charts show."""

    snapshot: Snapshot
    query: ReportQuery
    years: tuple[Year, ...]
    readable_years: tuple[Year, ...]
    """The years with a readable paper."""
    compared: tuple[Year, ...]
    """The years that can be compared; empty if these are not alike."""
    unlike: Unlike | None
    """Why no years are compared although some can be; None if they are alike."""
    is_reduced: bool
    """Whether accepted papers alone are counted because one of the years has no others."""
    ends: tuple[Year, ...]
    """The first and the last compared year; of the readable ones, or of all, if none are two."""
    ledger: pd.DataFrame = field(repr=False)
    """The columns of ledger.csv; the papers of the population."""
    found: pd.DataFrame = field(repr=False)
    """A row `venue, year, paper, framework` for each paper that counts."""
    papers_by_year: PapersByYear = field(repr=False)
    """Papers that count by year and framework; 0 for those that were not found."""
    counts: pd.DataFrame = field(repr=False)
    """The columns of counts.csv, always all frameworks."""
    shown: tuple[FrameworkInfo, ...]
    """In the order of the table."""
    rare: tuple[FrameworkInfo, ...]
    """Found, but in too few papers for the table."""
    comparisons: tuple[Comparison, ...]
    """Those asked for and all found ones, over neighbouring compared years and first to last.

    Without names that are not counted by themselves under this query.
    """
    changes: dict[str, Comparison]
    """Those from the first compared year to the last, by framework id."""
    audit: Audit | None
    """Results of hand-checking; None if other mentions were checked than those that count here."""
    loading_warnings: tuple[str, ...] = ()
    """Warnings of whoever loaded the snapshot, such as that another run is still writing."""
    display: Display = _PLAIN

    def translate(self, text: str, **values: object) -> str:
        """Return an English sentence in the language of the report with its fields filled in."""
        return translate(text, self.display.language, **values)

    def join(self, texts: Iterable[object], separator: str = translatable(", ")) -> str:
        """Join the texts that are not empty, with a separator in the language of the report."""
        return self.translate(separator).join(str(text) for text in texts if text)

    def papers(self, framework: str, year: Year) -> int:
        """Return how many papers of a year mention a framework."""
        return self.papers_by_year[year.year, framework]

    def share(self, framework: str, year: Year) -> float | None:
        """Return the share of a year's readable papers with a mention; None if none is readable."""
        return self.papers(framework, year) / year.readable if year.readable else None


def make_report(
    snapshot: Snapshot, query: ReportQuery, warnings: Sequence[str] = (), display: Display = _PLAIN
) -> Report:
    """Count a snapshot of one venue.

    Raises `UsageError` for an unknown framework, for a zone or rule that the snapshot cannot
    answer, and if no paper is known to be of the population.
    """
    lexicon = snapshot.lexicon
    check_zone(query)
    check_frameworks(query.frameworks, [framework.id for framework in lexicon.frameworks])
    if lexicon.is_of_terms:
        check_terms(query, lexicon)
    query, is_reduced = _reduced_to_accepted(snapshot, query)
    ledger = _population(snapshot, query)
    years = tuple(
        make_year(snapshot.ledger, ledger, venue, year, of_listing=query.of_listing)
        for venue, year in snapshot.years()
    )
    found = counted_rows(snapshot, query).merge(ledger[KEYS], on=KEYS)
    papers = Counter(zip(found["year"], found["framework"], strict=True))
    shown, rare = _choose(lexicon, query, years, papers)
    readable = tuple(year for year in years if year.readable)
    comparable = tuple(year for year in years if year.comparable)
    unlike = why_unlike(
        comparable,
        dict(snapshot.without_abstract),
        all_statuses=not query.statuses,
        of_listing=query.of_listing,
    )
    compared = () if unlike else comparable
    ends = next((found for found in (compared, readable) if len(found) > 1), years)
    # only the lexicon's mentions in the PDFs' text are checked by hand
    is_checked = query.rule == Rule.LEXICON and not query.of_listing
    comparisons = _compare(lexicon, query, compared, papers)
    return Report(
        snapshot=snapshot,
        query=query,
        years=years,
        readable_years=readable,
        compared=compared,
        unlike=unlike,
        is_reduced=is_reduced,
        ends=(ends[0], ends[-1]) if ends else (),
        ledger=ledger,
        found=found,
        papers_by_year=papers,
        counts=_counts(lexicon, query, years, papers),
        shown=shown,
        rare=rare,
        comparisons=comparisons,
        changes=first_to_last(comparisons, [year.year for year in compared]),
        audit=snapshot.audit if is_checked else None,
        loading_warnings=tuple(warnings),
        display=display,
    )


def _reduced_to_accepted(snapshot: Snapshot, query: ReportQuery) -> tuple[ReportQuery, bool]:
    """Reduce all years to accepted papers if one has no others and the rest knows decisions.

    Otherwise the years would be of different populations; `why_unlike` tells if they stay so.
    """
    if query.statuses or len(snapshot.years()) < 2:
        return query, False
    only_accepted, decided = [], []
    listed = snapshot.ledger[snapshot.ledger["listing_date"] != ""]
    for _, statuses in listed.groupby(["venue", "year"])["status"]:
        is_accepted = statuses == Status.ACCEPTED
        only_accepted.append(bool(is_accepted.all()))
        decided.append(bool(is_accepted.any()))
    if not any(only_accepted) or all(only_accepted) or not all(decided):
        return query, False
    return replace(query, statuses=(Status.ACCEPTED,)), True


def _population(snapshot: Snapshot, query: ReportQuery) -> pd.DataFrame:
    ledger = snapshot.ledger
    if not query.statuses:
        return ledger
    ledger = ledger[ledger["status"].isin([str(status) for status in query.statuses])]
    if ledger.empty:
        known = int((snapshot.ledger["status"] != Status.UNKNOWN).sum())
        why = f"of {known:,} papers the decision is known" if known else "no decision is known"
        venue, year = snapshot.years()[-1]
        raise UsageError(
            f"no paper is known to be {' or '.join(query.statuses)}: {why}; `papertally add "
            f"{venue} {year} --statuses FILE` takes decisions from elsewhere"
        )
    return ledger


def counted_rows(snapshot: Snapshot, query: ReportQuery) -> pd.DataFrame:
    """Return a row `venue, year, paper, framework` for each paper that counts, of all populations.

    Raises `UsageError` if the snapshot was counted without zones.
    """
    papers, columns = snapshot.findings, list(query.columns)
    # papers from before zones were stored have empty cells there, which are not zeros
    unknown = papers.loc[papers["mentions"] > 0, columns].isna()
    if set(columns) <= set(Zone) and unknown.any(axis=None):
        raise UsageError(
            f"these papers were counted without zones, so --zone {query.zone} cannot be told from "
            "them"
        )
    found = papers.loc[papers[columns].fillna(0).sum(axis=1) > 0, [*KEYS, "framework"]]
    if query.counting == Counting.ANY:
        return found
    return _by_group(found, snapshot.lexicon, query)


def _by_group(found: pd.DataFrame, lexicon: LexiconInfo, query: ReportQuery) -> pd.DataFrame:
    """Keep the papers that mention only one of a group, or add those of members to their heads."""
    import pandas as pd

    only = query.counting == Counting.ONLY
    group_of: dict[str, str] = {}
    for name, members in lexicon.groups.only if only else lexicon.groups.grouped:
        group_of |= dict.fromkeys(members, name)
    if query.rule == Rule.SUBSTRING:
        # a substring of a name such as `edward` is not about the framework
        for framework in lexicon.frameworks:
            if framework.ambiguous:
                group_of.pop(framework.id, None)
    if only:
        # a framework in no group is a group of its own; the blank keeps its id apart from names
        groups = found["framework"].map(lambda framework: group_of.get(framework, f" {framework}"))
        size = found.assign(group=groups).groupby([*KEYS, "group"])["framework"].transform("size")
        return found[size == 1]
    grouped = found[found["framework"].isin(list(group_of))]
    # the members keep rows of their own; a paper that mentions head and member counts once
    raised = grouped.assign(framework=grouped["framework"].map(group_of))
    return pd.concat([found, raised]).drop_duplicates()


def _counts(
    lexicon: LexiconInfo, query: ReportQuery, years: Sequence[Year], papers: PapersByYear
) -> pd.DataFrame:
    """Build counts.csv."""
    import pandas as pd

    frameworks = sorted(framework.id for framework in lexicon.frameworks)
    rows = []
    for year, framework in product(years, frameworks):
        count = papers[year.year, framework]
        share, low, high = None, None, None
        if year.readable:
            share = count / year.readable
            low, high = wilson(count, year.readable)
        rows.append((
            year.venue, year.year, query.population, year.listing_date,
            year.texts.revision,
            str(query.rule), lexicon.version, str(query.counting), str(query.zone), framework,
            count, count + year.missing, year.readable, year.listed, year.missing, year.complete,
            share, low, high,
        ))  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(COUNTS))
    return frame.astype({"share": "Float64", "share_low": "Float64", "share_high": "Float64"})


def _choose(
    lexicon: LexiconInfo, query: ReportQuery, years: Sequence[Year], papers: PapersByYear
) -> tuple[tuple[FrameworkInfo, ...], tuple[FrameworkInfo, ...]]:
    """Choose the frameworks to show and the rare ones, most papers in the last year first."""
    if query.frameworks:
        known = {framework.id: framework for framework in lexicon.frameworks}
        return tuple(known[name] for name in dict.fromkeys(query.frameworks)), ()
    if lexicon.is_of_terms:
        return lexicon.frameworks, ()
    by_papers: dict[str, list[int]] = {}
    shown, rare = [], []
    for framework in _counted_by_themselves(lexicon, query):
        counts = [papers[year.year, framework.id] for year in years]
        if not any(counts):
            continue
        by_papers[framework.id] = [-count for count in reversed(counts)]
        frequent = False
        for year, count in zip(years, counts, strict=True):
            frequent |= count > 0 and count >= _MIN_SHARE_SHOWN * year.readable
        if frequent:
            shown.append(framework)
        else:
            rare.append(framework)
    for chosen in (shown, rare):
        chosen.sort(key=lambda framework: (by_papers[framework.id], framework.id))
    return tuple(shown), tuple(rare)


def _counted_by_themselves(lexicon: LexiconInfo, query: ReportQuery) -> list[FrameworkInfo]:
    """Return the frameworks whose count is about them alone.

    A member of a group is counted with its head, and an ambiguous substring is not about the
    framework.
    """
    members: set[str] = set()
    if query.counting == Counting.GROUPED:
        members = {member for _, group in lexicon.groups.grouped for member in group}
    substring = query.rule == Rule.SUBSTRING
    frameworks = [item for item in lexicon.frameworks if item.id not in members]
    return [item for item in frameworks if not (substring and item.ambiguous)]


def _compare(
    lexicon: LexiconInfo, query: ReportQuery, years: Sequence[Year], papers: PapersByYear
) -> tuple[Comparison, ...]:
    """Compare the frameworks that were asked for or found in one of the years."""
    frameworks = []
    for framework in _counted_by_themselves(lexicon, query):
        found = any(papers[year.year, framework.id] for year in years)
        if found or framework.id in query.frameworks or framework.origin == Origin.TERM:
            frameworks.append(framework)
    return compare(frameworks, {year.year: year.readable for year in years}, papers)


def papers_by_zone(report: Report) -> dict[tuple[int, str, str], int]:
    """Count the papers of the population that mention a framework in each of `ZONE_COLUMNS`.

    Mentions are the lexicon's, whatever the rule. Keys are year, framework id and column; years
    that were counted without zones are left out.
    """
    papers = report.snapshot.findings
    mentioned = papers[papers["mentions"] > 0].merge(report.ledger[KEYS], on=KEYS)
    zones = mentioned[list(Zone)]
    unknown = set(mentioned.loc[zones.isna().any(axis=1), "year"])
    # a paper counts in every zone with a mention, so the columns do not add up to its papers
    flags = mentioned[["year", "framework"]].assign(
        **{zone: mentioned[zone] > 0 for zone in Zone},
        **{
            ONLY_REFERENCES: mentioned["references"] == mentioned["mentions"],
            ONLY_URL: mentioned["url_only"],
        },
    )
    sums = flags.groupby(["year", "framework"])[list(ZONE_COLUMNS)].sum().to_dict("index")
    counts = {}
    for year in report.years:
        if not year.readable or year.year in unknown:
            continue
        for framework in report.snapshot.lexicon.frameworks:
            by_column = sums.get((year.year, framework.id), {})
            for column in ZONE_COLUMNS:
                counts[year.year, framework.id, str(column)] = int(by_column.get(column, 0))
    return counts


def co_mentions(found: pd.DataFrame) -> dict[tuple[int, str, str], int]:
    """Count the papers that mention two frameworks, by year and both ids; zeros are left out."""
    pairs = found.merge(found, on=KEYS, suffixes=("", "_other"))
    sizes = pairs.groupby(["year", "framework", "framework_other"]).size().rename("papers")
    rows = sizes.reset_index().itertuples(index=False, name=None)
    return {(int(year), first, second): int(papers) for year, first, second, papers in rows}
