"""Count papers: which population, by which rule, with shares, intervals and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from papertally.errors import UsageError
from papertally.models import (
    EARLIER_VERSION,
    LATER_VERSION,
    MAX_MISSING,
    NOT_READ_YET,
    Counting,
    Evidence,
    FrameworkInfo,
    Groups,
    Ledger,
    LexiconInfo,
    Revision,
    Rule,
    Status,
)
from papertally.report.query import Display, ReportQuery, check_frameworks, check_terms, check_zone
from papertally.report.schema import COUNTS, KEYS, names
from papertally.report.snapshot import Snapshot
from papertally.report.year import Part, uneven_parts
from papertally.statistics import wilson

if TYPE_CHECKING:
    import pandas as pd

ZONE_COLUMNS = ("body", "appendix", "references", "other")
ONLY_REFERENCES, ONLY_URL = "only in the references", "only as a URL"
WIDE = (*ZONE_COLUMNS, ONLY_REFERENCES, ONLY_URL)


def papers_by_zone(report: Report) -> dict[tuple[int, str, str], int]:
    """Count the papers of the population that mention a framework in each of `WIDE`, by the lexicon.

    Keys are year, framework and column. Years that were counted without zones are left out.
    """
    zones = list(ZONE_COLUMNS)
    papers = report.snapshot.papers
    mentioned = papers[papers["mentions"] > 0].merge(report.ledger[KEYS], on=KEYS)
    unknown = set(mentioned.loc[mentioned[zones].isna().any(axis=1), "year"])
    flags = mentioned[["year", "framework"]].assign(
        **{zone: mentioned[zone] > 0 for zone in zones},
        **{
            ONLY_REFERENCES: mentioned["references"] == mentioned["mentions"],
            ONLY_URL: mentioned["url_only"],
        },
    )
    sums = flags.groupby(["year", "framework"])[list(WIDE)].sum().to_dict("index")
    return {
        (year.year, framework.id, column): int(
            sums.get((year.year, framework.id), {}).get(column, 0)
        )
        for year in report.years
        for framework in report.snapshot.lexicon.frameworks
        for column in WIDE
        if year.readable and year.year not in unknown
    }


def hits(snapshot: Snapshot, question: ReportQuery) -> pd.DataFrame:
    """Give the rows `venue, year, paper, framework` that count, of all populations.

    Raises `UsageError` where the snapshot does not know the zone.
    """
    papers, columns = snapshot.papers, list(question.columns)
    known = papers["mentions"] > 0
    if columns[0] in ("body", "appendix", "references") and papers.loc[known, columns].isna().any(
        axis=None
    ):
        raise UsageError(
            f"these papers were counted without zones, so --zone {question.zone} cannot be told from them"
        )
    found = papers.loc[papers[columns].fillna(0).sum(axis=1) > 0, [*KEYS, "framework"]]
    if question.counting == Counting.ANY:
        return found
    groups = _told_apart(snapshot.lexicon, question)
    return (
        _alone(found, groups)
        if question.counting == Counting.ONLY
        else _with_members(found, groups)
    )


def _told_apart(lexicon: LexiconInfo, question: ReportQuery) -> Groups:
    """Give the groups; by substring without the frameworks whose name is a word too, such as `edward`."""
    if question.rule != Rule.SUBSTRING:
        return lexicon.groups
    words = {one.id for one in lexicon.frameworks if one.ambiguous}
    only, grouped = (
        tuple(
            (name, tuple(member for member in members if member not in words))
            for name, members in groups
        )
        for groups in (lexicon.groups.only, lexicon.groups.grouped)
    )
    return Groups(only, grouped)


def co_mentions(found: pd.DataFrame) -> pd.DataFrame:
    """Count the papers that mention two frameworks: `year, framework, other, papers`; zeros are left out."""
    pairs = found.merge(found, on=KEYS, suffixes=("", "_other")).rename(
        columns={"framework_other": "other"}
    )
    return pairs.groupby(["year", "framework", "other"]).size().rename("papers").reset_index()


def _alone(found: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Keep the rows of papers that mention no other framework of the same group."""
    group_of = {member: name for name, members in groups.only for member in members}
    group = found["framework"].map(
        lambda name: group_of.get(name, f" {name}")
    )  # one that is in none is its own
    size = found.assign(group=group).groupby([*KEYS, "group"])["framework"].transform("size")
    return found[size == 1]


def _with_members(found: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Add to each framework the papers of those that are counted with it; these keep rows of their own."""
    import pandas as pd

    head_of = {member: head for head, members in groups.grouped for member in members}
    counted_with = found[found["framework"].isin(list(head_of))]
    raised = counted_with.assign(framework=counted_with["framework"].map(head_of))
    return pd.concat([found, raised]).drop_duplicates()


_PLAIN = Display()
_SHOWN_FROM = 0.01
"""Frameworks in a smaller share of each year's papers are not shown unless asked for."""


@dataclass(frozen=True, slots=True)
class Year:
    """The ledger of one year's population."""

    venue: str
    year: int
    listing_date: str
    """ISO date; empty where no listing names any of the papers."""
    listed: int
    ledger: dict[Ledger, int]
    """Papers by where they ended; adds up to `listed`."""
    revision: str
    """Which versions were read: original, current, unknown, mixed; empty where none was."""
    submissions: int = 0
    """Papers of the whole listing, whatever the population."""
    undecided: int = 0
    """Of the submissions, those whose status is not known."""
    waiting: int = 0
    """Of the papers that count as not fetched, those that are here but not extracted or matched yet."""
    engines: tuple[str, ...] = ()
    """Names of the text engines that read papers."""
    versions_differ: bool = False
    """Whether accepted papers were read in their final and others in their last submitted version."""
    median_pages: float | None = None
    """Of the PDFs that were read; None where there are none or their pages are not known."""
    earlier: int = 0
    """Readable papers that were read in an earlier version than the one listed."""
    later: int = 0
    """Readable papers that were read in a later version than the one listed."""
    refused: int = 0
    """Papers that are not fetched because they cannot be had, with a reason in the ledger."""
    uneven: tuple[Part, ...] = ()
    """Papers by status where those that are here are no random part of the population; empty where they may be."""
    fronts: int | None = None
    """Papers whose listing entry was searched instead of the PDF; None where PDFs were."""

    @property
    def is_sample(self) -> bool:
        """Say whether the papers of an incomplete year may be a random draw from its listing."""
        return not self.uneven and self.refused <= MAX_MISSING * self.listed

    @property
    def stands_for_all(self) -> bool:
        """Say whether the papers read may stand for the year, as intervals and verdicts assume."""
        return self.complete or self.is_sample

    @property
    def readable(self) -> int:
        """Count the papers whose text was searched."""
        return self.ledger[Ledger.OK] if self.fronts is None else self.fronts

    @property
    def missing(self) -> int:
        """Count the papers that were to be searched but were not fetched."""
        return self.ledger[Ledger.NOT_FETCHED] if self.fronts is None else 0

    @property
    def unread(self) -> int:
        """Count the papers that could not be read or have no PDF: neither readable nor missing."""
        return self.listed - self.readable - self.missing if self.fronts is None else 0

    @property
    def complete(self) -> bool:
        """Say whether so few papers are missing that the count may stand as it is."""
        return self.missing <= MAX_MISSING * self.listed


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that tables, files and charts show."""

    snapshot: Snapshot
    question: ReportQuery
    years: tuple[Year, ...]
    ledger: pd.DataFrame = field(repr=False)
    """The columns of ledger.csv; the papers of the population."""
    found: pd.DataFrame = field(repr=False)
    """A row `venue, year, paper, framework` for each paper that counts."""
    papers_by_year: dict[tuple[int, str], int] = field(repr=False)
    """Papers by year and framework."""
    counts: pd.DataFrame = field(repr=False)
    """The columns of counts.csv, always all frameworks."""
    shown: tuple[FrameworkInfo, ...]
    """In the order of the table."""
    rare: tuple[FrameworkInfo, ...]
    """Found, but in too few papers for the table."""
    warnings: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    """Sentences that mention the shown frameworks; empty where the texts are not at hand."""
    display: Display = _PLAIN

    def translate(self, text: str, **values: object) -> str:
        """Return an English sentence in the language of the report with its fields filled in."""
        return self.display.translate(text, **values)

    def papers(self, framework: str, year: Year) -> int:
        """Count the papers of a year that mention a framework."""
        return self.papers_by_year[year.year, framework]

    def share(self, framework: str, year: Year) -> float | None:
        """Give the share of a year's readable papers that mention a framework; None without any."""
        return self.papers(framework, year) / year.readable if year.readable else None


def make_report(
    snapshot: Snapshot,
    question: ReportQuery,
    warnings: Sequence[str] = (),
    display: Display = _PLAIN,
) -> Report:
    """Count a snapshot of one venue. Raises `UsageError` where a framework or population is not known."""
    check_zone(question)
    check_frameworks(
        question.frameworks, [framework.id for framework in snapshot.lexicon.frameworks]
    )
    check_terms(question, snapshot.lexicon)
    ledger = snapshot.ledger
    if question.statuses:
        ledger = ledger[ledger["status"].isin([str(status) for status in question.statuses])]
        if ledger.empty:
            raise _nobody(snapshot, question)
    years = tuple(
        _year(
            venue,
            year,
            snapshot.ledger,
            ledger[(ledger["venue"] == venue) & (ledger["year"] == year)],
            question.zone,
        )
        for venue, year in snapshot.years()
    )
    found = hits(snapshot, question).merge(ledger[KEYS], on=KEYS)
    papers = _papers(snapshot, found, years)
    counts = _counts(snapshot, question, years, papers)
    shown, rare = _choose(snapshot, question, years, papers)
    return Report(
        snapshot,
        question,
        years,
        ledger,
        found,
        papers,
        counts,
        shown,
        rare,
        tuple(warnings),
        display=display,
    )


def _nobody(snapshot: Snapshot, question: ReportQuery) -> UsageError:
    """Say that no paper is known to be of the population, and how its decisions may be had."""
    known = int((snapshot.ledger["status"] != Status.UNKNOWN).sum())
    why = f"of {known:,} papers the decision is known" if known else "no decision is known"
    venue, year = snapshot.years()[-1]
    return UsageError(
        f"no paper is known to be {' or '.join(question.statuses)}: {why}; `papertally add {venue} {year} --statuses "
        "FILE` takes decisions from elsewhere"
    )


def _year(venue: str, year: int, everything: pd.DataFrame, rows: pd.DataFrame, zone: str) -> Year:
    """Sum up the population's `rows`; the listing has its date even where it names none of them."""
    found = rows["ledger"].value_counts()
    whole = everything[(everything["venue"] == venue) & (everything["year"] == year)]
    dates = [date for date in whole["listing_date"].unique() if date]
    read = rows[rows["ledger"] == Ledger.OK]
    revisions = sorted(read["revision"].unique())
    return Year(
        venue=venue,
        year=year,
        listing_date=max(dates, default=""),
        listed=len(rows),
        ledger={ledger: int(found.get(ledger, 0)) for ledger in Ledger},
        revision=revisions[0] if len(revisions) == 1 else "mixed" if revisions else "",
        median_pages=_median_pages(rows),
        versions_differ=_versions_differ(rows),
        submissions=len(whole),
        undecided=int((whole["status"] == Status.UNKNOWN).sum()),
        waiting=int(rows["reason"].isin(NOT_READ_YET).sum()),
        refused=_refused(rows) if zone != "front" else 0,
        engines=tuple(sorted({str(name).split(" ")[0] for name in read["engine"]})),
        earlier=int(read["reason"].str.startswith(EARLIER_VERSION).sum()),
        later=int(read["reason"].str.startswith(LATER_VERSION).sum()),
        uneven=uneven_parts(rows) if zone != "front" else (),
        fronts=int((rows["listing_date"] != "").sum()) if zone == "front" else None,
    )


def _refused(rows: pd.DataFrame) -> int:
    reasons = rows.loc[rows["ledger"] == Ledger.NOT_FETCHED, "reason"]
    return int(((reasons != "") & ~reasons.isin(NOT_READ_YET)).sum())


def _median_pages(rows: pd.DataFrame) -> float | None:
    """Give the median pages of the papers that were read; texts without pages say nothing."""
    pages = rows.loc[(rows["ledger"] == Ledger.OK) & (rows["pages"] > 1), "pages"]
    return float(pages.median()) if len(pages) else None


def _versions_differ(rows: pd.DataFrame) -> bool:
    """Tell whether current PDFs of accepted papers stand beside those of papers that are not."""
    read = rows[(rows["ledger"] == Ledger.OK) & (rows["revision"] == Revision.CURRENT)]
    statuses = set(read["status"]) - {Status.UNKNOWN}
    return Status.ACCEPTED in statuses and len(statuses) > 1


def _papers(
    snapshot: Snapshot, found: pd.DataFrame, years: tuple[Year, ...]
) -> dict[tuple[int, str], int]:
    papers = found.groupby(["year", "framework"]).size().to_dict()
    names_ = [framework.id for framework in snapshot.lexicon.frameworks]
    return {
        (year.year, name): int(papers.get((year.year, name), 0))
        for year in years
        for name in names_
    }


def _counts(
    snapshot: Snapshot,
    question: ReportQuery,
    years: tuple[Year, ...],
    papers: dict[tuple[int, str], int],
) -> pd.DataFrame:
    import pandas as pd

    by_year = {year.year: year for year in years}
    rows = [
        _count(by_year[year], question, snapshot.lexicon.version, framework, count)
        for (year, framework), count in sorted(papers.items())
    ]
    frame = pd.DataFrame(rows, columns=names(COUNTS))
    return frame.astype({"share": "Float64", "share_low": "Float64", "share_high": "Float64"})


def _count(
    year: Year, question: ReportQuery, lexicon: str, framework: str, papers: int
) -> tuple[object, ...]:
    low, high = wilson(papers, year.readable) if year.readable else (None, None)
    share = papers / year.readable if year.readable else None
    return (
        year.venue, year.year, question.population, year.listing_date, year.revision, str(question.rule), lexicon,
        str(question.counting), question.zone, framework, papers, papers + year.missing, year.readable, year.listed,
        year.missing, year.complete, share, low, high,
    )  # fmt: skip


def _choose(
    snapshot: Snapshot,
    question: ReportQuery,
    years: tuple[Year, ...],
    papers: dict[tuple[int, str], int],
) -> tuple[tuple[FrameworkInfo, ...], tuple[FrameworkInfo, ...]]:
    """Pick the frameworks to show, most papers in the last year first, and name the found ones left out."""
    known = {framework.id: framework for framework in snapshot.lexicon.frameworks}
    if snapshot.lexicon.is_of_terms and not question.frameworks:
        return snapshot.lexicon.frameworks, ()
    if question.frameworks:
        return tuple(known[name] for name in dict.fromkeys(question.frameworks)), ()
    counts = {name: [papers[year.year, name] for year in years] for name in known}
    found = [name for name, values in counts.items() if any(values)]
    if question.counting == Counting.GROUPED:
        within = {member for _, members in snapshot.lexicon.groups.grouped for member in members}
        found = [name for name in found if name not in within]
    if question.rule == Rule.SUBSTRING:
        found = [name for name in found if not known[name].ambiguous]
    found.sort(key=lambda name: ([-count for count in reversed(counts[name])], name))
    frequent = {
        name
        for name in found
        if any(
            k and k >= _SHOWN_FROM * year.readable
            for k, year in zip(counts[name], years, strict=True)
        )
    }
    return (
        tuple(known[name] for name in found if name in frequent),
        tuple(known[name] for name in found if name not in frequent),
    )
