"""Load a snapshot for a report from the workspace."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from papertally.absent_papers import nothing_stored
from papertally.audit.metrics import read_audit
from papertally.errors import UsageError
from papertally.fetch.venues import load_venues
from papertally.match.finders import AnywhereFinder, HitFinder
from papertally.match.lexicon import BoundaryRule, Lexicon
from papertally.match.matcher import Matcher
from papertally.match.run import count_terms
from papertally.match.stored_texts import listing_text
from papertally.match.time_limit import SECONDS
from papertally.models import (
    INVENTED_VENUE,
    OPENREVIEW,
    FrameworkInfo,
    LexiconInfo,
    Origin,
    Scope,
    Tally,
    VenueYear,
)
from papertally.progress import SILENT, Progress
from papertally.report.snapshot import LoadedSnapshot, Snapshot
from papertally.resources import names_in
from papertally.store.ledger import PaperRow, YearLedger
from papertally.store.workspace import Workspace


def read_stored(
    workspace: Workspace,
    lexicon: Lexicon,
    scope: Scope,
    as_of: str = "",
    progress: Progress = SILENT,
    *,
    anywhere: bool = False,
    with_listing: bool = True,
) -> LoadedSnapshot:
    """Read the stored ledger and findings of a venue's years.

    Phrases of the command line are never stored: their texts are searched here. So are the texts
    for names `anywhere` in zones, and `with_listing` the entries of the listings.
    """
    years = workspace.ledger.years(scope)
    workspace.listings.check_as_of(years, as_of)
    stored, terms = lexicon.split()
    rulesets = None
    if stored.frameworks:
        rulesets = workspace.mentions.current_rulesets(stored.fingerprints)
    ledgers = workspace.ledger.read_all(scope, rulesets, as_of)
    rows = [row for ledger in ledgers.values() for row in ledger.rows]
    if not rows:
        raise nothing_stored(scope, workspace.folder)
    held = Scope(scope.venue, tuple(year.year for year in years))
    papers = _read_findings(workspace, ledgers, stored)
    too_slow = Counter[VenueYear]()
    if terms.frameworks:
        counted, too_slow = count_terms(workspace, ledgers, terms.frameworks, progress)
        papers += counted
    without_abstract: dict[int, int] = {}
    if with_listing:
        matcher = Matcher(lexicon.frameworks)
        papers, without_abstract = _add_listing_mentions(workspace, matcher, years, as_of, papers)
    substrings = None
    if anywhere:
        counted, others = count_terms(
            workspace, ledgers, lexicon.frameworks, progress, anywhere=True
        )
        too_slow |= others
        finder = AnywhereFinder(lexicon.frameworks)
        counted, _ = _add_listing_mentions(workspace, finder, years, as_of, counted)
        substrings = tuple(counted)
    snapshot = replace(
        Snapshot.from_rows(rows, papers, describe(lexicon)),
        # Phrases are not hand-checked.
        audit=read_audit(workspace, held, stored, ledgers) if stored.frameworks else None,
        anywhere=substrings,
        missing_years=tuple(sorted(set(scope.years) - set(held.years))),
        delisted=_count_delisted(ledgers),
        listings=tuple(ledger.describe_listing(year) for year, ledger in ledgers.items()),
        without_abstract=tuple(without_abstract.items()),
        venue_name=shown_venue(years[0]),
    )
    notes = (*_notes_on(workspace, years, as_of), *_notes_on_slow(too_slow))
    return LoadedSnapshot(snapshot, notes, ledgers=ledgers)


def shown_venue(year: VenueYear) -> str:
    """Return how a venue is written for people; empty if that is its id in capitals."""
    name = names_in("venues.toml").get(year.venue, year.name)
    return "" if name == year.venue.upper() or year.venue == INVENTED_VENUE else name


def _read_findings(
    workspace: Workspace, ledgers: Mapping[VenueYear, YearLedger], lexicon: Lexicon
) -> list[PaperRow]:
    """Read the stored findings of a lexicon's frameworks in the readable papers."""
    papers: list[PaperRow] = []
    for year, ledger in ledgers.items():
        found = workspace.ledger.findings(year, ledger.readable)
        papers += [row for row in found if row.framework in lexicon.fingerprints]
    return papers


def _count_delisted(ledgers: Mapping[VenueYear, YearLedger]) -> tuple[tuple[int, int], ...]:
    """Return pairs of a year and its number of papers that only earlier listings hold."""
    dropped = {year.year: len(ledger.dropped) for year, ledger in ledgers.items()}
    return tuple((year, count) for year, count in dropped.items() if count)


def _notes_on(workspace: Workspace, years: Iterable[VenueYear], as_of: str) -> tuple[str, ...]:
    """Return what must be known of years whose listing on OpenReview is not all submissions."""
    venues, notes = load_venues(), []
    for year in years:
        listing = workspace.listings.find(year, as_of)
        config = venues[year.venue].years.get(year.year) if year.venue in venues else None
        if listing and listing.source == OPENREVIEW and config and config.note:
            notes.append(config.note)
    return tuple(notes)


def _notes_on_slow(papers: Mapping[VenueYear, int]) -> Iterator[str]:
    """Yield that papers could not be searched, for each year."""
    for year, count in papers.items():
        yield (
            f"{year}: papers that could not be searched within the {SECONDS} seconds that a text "
            f"may take, and count as without a mention: {count:,}"
        )


def describe(lexicon: Lexicon) -> LexiconInfo:
    """Return what a report says of the rules that it was counted by."""
    frameworks = []
    for framework in lexicon.frameworks:
        shown = (framework.id, framework.name, framework.homepage, framework.substring)
        is_term = framework.id in lexicon.terms
        # a term has one alias; a framework that includes others may have none
        alias = framework.aliases[0] if is_term else None
        expression = alias.text if alias and alias.rule == BoundaryRule.REGEX else ""
        origin = Origin.BUNDLED
        for ids, other in (
            (lexicon.own, Origin.OWN),
            (lexicon.libraries, Origin.LIBRARY),
            (lexicon.terms, Origin.TERM),
        ):
            if framework.id in ids:
                origin = other
        facts = (framework.ambiguous, expression, framework.released, origin)
        frameworks.append(FrameworkInfo(*shown, *facts, case=bool(alias and alias.case)))
    # the version of the frameworks' rules, whatever terms are counted beside them
    stored, terms = lexicon.split()
    version = (stored if stored.frameworks else terms).fingerprint[:12]
    return LexiconInfo(version, tuple(frameworks), lexicon.groups)


def _add_listing_mentions(
    workspace: Workspace,
    finder: HitFinder,
    years: Iterable[VenueYear],
    as_of: str,
    papers: Iterable[PaperRow],
) -> tuple[list[PaperRow], dict[int, int]]:
    """Add the mentions in the listing's own words; count each year's notes without an abstract.

    Papers that no listing names have no such words: their `listing` stays None.
    """
    rows = {(row.year, row.paper, row.framework): row for row in papers}
    without_abstract: dict[int, int] = {}
    for year in years:
        listing = workspace.listings.find(year, as_of)
        notes = workspace.listings.notes(listing) if listing and not listing.is_own else []
        without_abstract[year.year] = sum(not note.abstract for note in notes)
        listed = {note.id for note in notes}
        for key, row in rows.items():
            if row.year == year.year and row.paper in listed:
                rows[key] = row._replace(listing=0)
        for note in notes:
            counts = Counter(mention.framework for mention in finder.find(listing_text(note)))
            for framework, count in counts.items():
                key = year.year, note.id, framework
                row = rows.get(key) or PaperRow.of(year, note.id, framework, Tally())
                rows[key] = row._replace(listing=count)
    return [rows[key] for key in sorted(rows)], without_abstract


def count_titles(loaded: LoadedSnapshot, terms: Lexicon, *, anywhere: bool) -> LoadedSnapshot:
    """Count terms in the titles of a report folder, which are all that it holds of the listing.

    Raises `UsageError` if it holds no titles.
    """
    finder = AnywhereFinder(terms.frameworks) if anywhere else Matcher(terms.frameworks)
    titled = [row for row in loaded.snapshot.ledger if row.title and row.listing_date]
    if not titled:
        raise UsageError("this folder has no titles to search, and --term needs the workspace")
    rows = []
    for row in titled:
        found = Counter(hit.framework for hit in finder.find(" ".join(row.title.split())))
        for framework, count in found.items():
            year = VenueYear(row.venue, row.year)
            empty = PaperRow.of(year, row.paper, framework, Tally())
            rows.append(empty._replace(listing=count))
    snapshot = replace(
        loaded.snapshot,
        findings=tuple(rows),
        anywhere=tuple(rows) if anywhere else None,
        lexicon=describe(terms),
        audit=None,
        without_abstract=(),
        only_titles=True,
    )
    return replace(loaded, snapshot=snapshot)
