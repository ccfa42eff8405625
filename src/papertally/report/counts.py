"""Count papers: the record of a report, with its counts, shares and comparisons."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from papertally.errors import UsageError
from papertally.models import (
    Counting,
    FrameworkInfo,
    LexiconInfo,
    Origin,
    Rule,
    Status,
    Zone,
)
from papertally.report.audit_summary import Audit
from papertally.report.comparison import (
    Comparison,
    PapersByYear,
    compare,
    first_to_last,
)
from papertally.report.i18n import translatable, translate
from papertally.report.query import Display, ReportQuery, check_frameworks, check_terms
from papertally.report.snapshot import Snapshot, with_plain_names
from papertally.report.year import Unlike, Year, is_accepted_alone, make_year, why_unlike
from papertally.statistics import wilson, wilson_of_listing
from papertally.store.ledger import LedgerRow, PaperRow

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
    ledger: tuple[LedgerRow, ...] = field(repr=False)
    """The papers of the population."""
    found: tuple[PaperRow, ...] = field(repr=False)
    """A row per paper and framework that counts, of all frameworks."""
    papers_by_year: PapersByYear = field(repr=False)
    """Papers that count by year and framework; 0 for those that were not found."""
    counts: tuple[tuple[Any, ...], ...] = field(repr=False)
    """The rows of counts.csv, always all frameworks."""
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

    @property
    def is_of_all(self) -> bool:
        """Return whether the population is all papers that are known."""
        return len(self.ledger) == len(self.snapshot.ledger)

    def papers(self, framework: str, year: Year) -> int:
        """Return how many papers of a year mention a framework."""
        return self.papers_by_year[year.year, framework]

    def interval_of_read(self, framework: str, year: Year) -> tuple[float, float] | None:
        """Return the 95 % Wilson interval of a share; None if none was read, or chosen ones."""
        return _interval(self.papers(framework, year), year)

    def interval_of_year(self, framework: str, year: Year) -> tuple[float, float] | None:
        """Return the same of a whole year: of its listing if the papers read are a sample of it.

        None if they were chosen, and tell nothing of the others.
        """
        if year.complete:
            return self.interval_of_read(framework, year)
        if not year.is_sample:
            return None
        return wilson_of_listing(self.papers(framework, year), year.readable, year.listed)

    def share(self, framework: str, year: Year) -> float | None:
        """Return the share of a year's readable papers with a mention; None if none is readable."""
        return self.papers(framework, year) / year.readable if year.readable else None

    def range_of_year(self, framework: str, year: Year) -> tuple[float, float]:
        """Return that interval of a year, or the least and the most that the share may be.

        The year must have a readable paper.
        """
        papers, listed = self.papers(framework, year), year.readable + year.missing
        bounds = papers / listed, (papers + year.missing) / listed
        return self.interval_of_year(framework, year) or bounds


def make_report(
    snapshot: Snapshot, query: ReportQuery, warnings: Sequence[str] = (), display: Display = _PLAIN
) -> Report:
    """Count a snapshot of one venue.

    Raises `UsageError` for an unknown framework, for a zone or rule that the snapshot cannot
    answer, and if no paper is known to be of the population.
    """
    lexicon = with_plain_names(snapshot.lexicon)
    snapshot = replace(snapshot, lexicon=lexicon)
    known = [framework.id for framework in lexicon.frameworks]
    # those of a workspace were checked before its papers were read
    check_frameworks(query.frameworks, known, in_folder=True)
    check_terms(query, lexicon)
    query, is_reduced = _choose_population(snapshot, query)
    ledger = _population(snapshot, query)
    years = _make_years(snapshot, ledger, of_listing=query.of_listing)
    population = {(row.venue, row.year, row.paper) for row in ledger}
    found = [row for row in counted_rows(snapshot, query) if row.key in population]
    papers = Counter((row.year, row.framework) for row in found)
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
        found=tuple(found),
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


def _choose_population(snapshot: Snapshot, query: ReportQuery) -> tuple[ReportQuery, bool]:
    """Return the query with its population, and whether it is a part of what the listings have.

    All years are reduced to accepted papers if one has no others and the rest knows decisions.
    Otherwise the years would be of different populations; `why_unlike` tells if they stay so.
    """
    if query.statuses:
        return query, False
    statuses: dict[tuple[str, int], set[Status]] = {}
    for row in snapshot.ledger:
        if row.listing_date:
            statuses.setdefault((row.venue, row.year), set()).add(row.status)
    accepted_alone = [
        is_accepted_alone(snapshot.listing_of(*year), known) for year, known in statuses.items()
    ]
    decided = all(Status.ACCEPTED in known for known in statuses.values())
    if not any(accepted_alone) or not decided:
        return replace(query, statuses=()), False
    return replace(query, statuses=(Status.ACCEPTED,)), not all(accepted_alone)


def _make_years(
    snapshot: Snapshot, population: Iterable[LedgerRow], *, of_listing: bool
) -> tuple[Year, ...]:
    whole: dict[tuple[str, int], list[LedgerRow]] = {key: [] for key in snapshot.years()}
    part: dict[tuple[str, int], list[LedgerRow]] = {key: [] for key in whole}
    for row in snapshot.ledger:
        whole[row.venue, row.year].append(row)
    for row in population:
        part[row.venue, row.year].append(row)
    return tuple(
        make_year(snapshot.listing_of(*key), rows, part[key], of_listing=of_listing)
        for key, rows in whole.items()
    )


def _population(snapshot: Snapshot, query: ReportQuery) -> tuple[LedgerRow, ...]:
    if not query.statuses:
        return snapshot.ledger
    ledger = tuple(row for row in snapshot.ledger if row.status in query.statuses)
    if not ledger:
        known = sum(row.status != Status.UNKNOWN for row in snapshot.ledger)
        why = f"of {known:,} papers the decision is known" if known else "no decision is known"
        venue, year = snapshot.years()[-1]
        raise UsageError(
            f"no paper is known to be {' or '.join(query.statuses)}: {why}; `papertally add "
            f"{venue} {year} --statuses FILE` adds decisions from elsewhere"
        )
    return ledger


def counted_rows(snapshot: Snapshot, query: ReportQuery) -> list[PaperRow]:
    """Return a row per paper and framework that counts, of all populations.

    Raises `UsageError` if the snapshot was counted without zones, or substrings are to be counted
    in a zone without the texts.
    """
    in_zones = set(query.columns) <= set(Zone)
    rows = snapshot.anywhere if query.needs_texts else snapshot.findings
    if rows is None:
        raise UsageError(
            f"--anywhere with --zone {query.zone} needs the texts, which a report folder does not "
            "hold: leave one of them out"
        )
    found = []
    for row in rows:
        # papers from before zones were stored have empty cells there, which are not zeros
        if in_zones and row.mentions and row.body is None:
            raise UsageError(
                f"these papers were counted without zones, so --zone {query.zone} cannot be told "
                "from them"
            )
        if query.mentions(row):
            found.append(row)
    if query.counting == Counting.ANY:
        return found
    return _by_group(found, snapshot.lexicon, query)


def _by_group(
    found: Sequence[PaperRow], lexicon: LexiconInfo, query: ReportQuery
) -> list[PaperRow]:
    """Keep the papers that mention only one of a group, or add those of members to their heads."""
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
        groups = [(row.key, group_of.get(row.framework, f" {row.framework}")) for row in found]
        sizes = Counter(groups)
        return [row for row, group in zip(found, groups, strict=True) if sizes[group] == 1]
    rows = {(row.key, row.framework): row for row in found}
    # the members keep rows of their own; a paper that mentions head and member counts once
    for row in found:
        if head := group_of.get(row.framework):
            counted = rows.get((row.key, head))
            rows[row.key, head] = counted.plus(row) if counted else row._replace(framework=head)
    return list(rows.values())


def _interval(papers: int, year: Year) -> tuple[float, float] | None:
    return wilson(papers, year.readable) if year.readable and year.stands_for_all else None


def _counts(
    lexicon: LexiconInfo, query: ReportQuery, years: Sequence[Year], papers: PapersByYear
) -> tuple[tuple[Any, ...], ...]:
    """Build the rows of counts.csv."""
    frameworks = sorted(framework.id for framework in lexicon.frameworks)
    rows = []
    for year, framework in product(years, frameworks):
        count = papers[year.year, framework]
        share = count / year.readable if year.readable else None
        low, high = _interval(count, year) or (None, None)
        rows.append((
            year.venue, year.year, _population_of(year, query), year.listing_date,
            year.texts.revision,
            str(query.rule), lexicon.version, str(query.counting), str(query.zone), framework,
            count, count + year.missing, year.readable, year.listed, year.missing, year.complete,
            share, low, high,
        ))  # fmt: skip
    return tuple(rows)


def _population_of(year: Year, query: ReportQuery) -> str:
    return str(Status.ACCEPTED) if year.only_accepted and not query.statuses else query.population


def _choose(
    lexicon: LexiconInfo, query: ReportQuery, years: Sequence[Year], papers: PapersByYear
) -> tuple[tuple[FrameworkInfo, ...], tuple[FrameworkInfo, ...]]:
    """Choose the frameworks to show and the rare ones, most papers in the last year first."""
    if query.frameworks:
        known = {framework.id: framework for framework in lexicon.frameworks}
        return tuple(known[name] for name in dict.fromkeys(query.frameworks)), ()
    terms = tuple(item for item in lexicon.frameworks if item.origin == Origin.TERM)
    by_papers: dict[str, list[int]] = {}
    shown, rare = [], []
    for framework in _counted_by_themselves(lexicon, query):
        counts = [papers[year.year, framework.id] for year in years]
        if framework in terms or not any(counts):
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
    return (*shown, *terms), tuple(rare)


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
    population = {row.key for row in report.ledger}
    sums: Counter[tuple[int, str, str]] = Counter()
    unknown = set()
    for row in report.snapshot.findings:
        if not row.mentions or row.key not in population:
            continue
        if row.body is None:
            unknown.add(row.year)
        # a paper counts in every zone with a mention, so the columns do not add up to its papers
        columns: list[str] = [zone for zone in Zone if getattr(row, zone)]
        if row.references == row.mentions:
            columns.append(ONLY_REFERENCES)
        if row.url_only:
            columns.append(ONLY_URL)
        sums.update((row.year, row.framework, str(column)) for column in columns)
    counts = {}
    for year in report.years:
        if not year.readable or year.year in unknown:
            continue
        for framework in report.snapshot.lexicon.frameworks:
            for column in map(str, ZONE_COLUMNS):
                counts[year.year, framework.id, column] = sums[year.year, framework.id, column]
    return counts


def co_mentions(found: Iterable[PaperRow]) -> dict[tuple[int, str, str], int]:
    """Count the papers that mention two frameworks, by year and both ids; zeros are left out."""
    frameworks: dict[tuple[str, int, str], list[str]] = {}
    for row in found:
        frameworks.setdefault(row.key, []).append(row.framework)
    counts: Counter[tuple[int, str, str]] = Counter()
    for (_, year, _), names in frameworks.items():
        counts.update((year, first, second) for first in names for second in names)
    return dict(counts)
