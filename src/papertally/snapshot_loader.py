"""Read what is stored, in the workspace or in a report folder, for a report; say what to run where it is not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from papertally.errors import LockedError, UsageError, WorkspaceError
from papertally.models import Audit, FrameworkInfo, LexiconInfo, Scope, Status, Tally, VenueYear
from papertally.pipeline import run_extract, run_match, writing
from papertally.progress import SILENT, Progress
from papertally.resources import data_folder
from papertally.settings import Settings
from papertally.store.connection import DATABASE
from papertally.store.ledger import LedgerRow, PaperRow
from papertally.store.workspace import Workspace

if TYPE_CHECKING:
    from papertally.match.lexicon import Framework, Lexicon
    from papertally.report.snapshot import Snapshot

BUNDLED_SNAPSHOT = "iclr-2018-2019"


@dataclass(frozen=True, slots=True)
class LoadedSnapshot:
    """What the workspace holds for a report, and what must be said about it."""

    snapshot: "Snapshot"
    warnings: tuple[str, ...]


def pending_then_read(
    settings: Settings,
    scope: Scope,
    lexicon: "Lexicon",
    *,
    as_of: str = "",
    as_is: bool = False,
    progress: Progress = SILENT,
) -> LoadedSnapshot:
    """Extract and match what is pending, then read; beside a running writer, read what is stored and say so."""
    require_workspace(settings, scope)
    warnings: list[str] = []
    if not as_is:
        try:
            with writing(settings, f"report {scope}") as workspace:
                run_extract(workspace, settings, scope, progress=progress)
                if not lexicon.is_of_terms:
                    run_match(workspace, lexicon, scope, progress)
        except LockedError as error:
            warnings.append(f"these are the papers stored so far: {error}")
        except WorkspaceError as error:
            warnings.append(f"only what is stored is reported: {error}")
    with Workspace(settings.workspace) as workspace:
        return read_stored(workspace, lexicon, scope, as_of, warnings, progress)


def read_stored(
    workspace: Workspace,
    lexicon: "Lexicon",
    scope: Scope,
    as_of: str = "",
    warnings: Sequence[str] = (),
    progress: Progress = SILENT,
) -> LoadedSnapshot:
    """Read the stored ledger and findings of a venue's years; phrases are searched for now."""
    from papertally.report.snapshot import Snapshot

    asked, years = scope, workspace.ledger.years(scope)
    if not years:
        raise nothing_stored(asked)
    scope = Scope(scope.venue, tuple(year.year for year in years))
    check_as_of(workspace, scope, as_of)
    ledger, papers = _read_years(workspace, lexicon, scope, years, as_of, progress)
    if not ledger:
        raise nothing_stored(asked)
    papers, bare = _with_front(workspace, lexicon, years, as_of, papers)
    left = ((year.year, len(workspace.ledger.dropped(year, as_of))) for year in years)
    frameworks = tuple(
        FrameworkInfo(
            item.id,
            item.name,
            item.homepage,
            item.substring,
            item.ambiguous,
            _expression(lexicon, item),
            item.released,
        )
        for item in lexicon.frameworks
    )
    info = LexiconInfo(lexicon.fingerprint[:12], frameworks, lexicon.is_of_terms, lexicon.groups)
    snapshot = replace(
        Snapshot.from_rows(ledger, papers, info),
        audit=_audit(workspace, lexicon, scope, as_of),
        missing_years=tuple(sorted(set(asked.years) - set(scope.years))),
        delisted=tuple((year, count) for year, count in left if count),
        without_abstract=tuple(bare.items()),
    )
    return LoadedSnapshot(snapshot, tuple(warnings))


def _expression(lexicon: "Lexicon", item: "Framework") -> str:
    """Give the expression of a term that was given as one."""
    first = item.aliases[0]
    return first.text if lexicon.is_of_terms and first.rule == "regex" else ""


def _audit(workspace: Workspace, lexicon: "Lexicon", scope: Scope, as_of: str) -> Audit | None:
    """Give the figures of hand-checking; phrases of the command line are not hand-checked."""
    from papertally.audit.metrics import read_audit

    return None if lexicon.is_of_terms else read_audit(workspace, scope, lexicon, as_of=as_of)


def _read_years(
    workspace: Workspace,
    lexicon: "Lexicon",
    scope: Scope,
    years: Sequence[VenueYear],
    as_of: str,
    progress: Progress,
) -> tuple[list[LedgerRow], list[PaperRow]]:
    from papertally.match.run import count_terms, fingerprints

    ledger: list[LedgerRow] = []
    papers: list[PaperRow] = []
    rulesets = (
        None if lexicon.is_of_terms else workspace.mentions.current_rulesets(fingerprints(lexicon))
    )
    for year in years:
        rows, readable = workspace.ledger.read(year, rulesets, as_of)
        ledger += rows
        papers += workspace.ledger.findings(year, readable)
    return ledger, count_terms(
        workspace, scope, lexicon, as_of, progress
    ) if lexicon.is_of_terms else papers


def check_as_of(workspace: Workspace, scope: Scope, as_of: str) -> None:
    """Raise `UsageError` where a year was listed, but only later than the date asked for."""
    for year in workspace.ledger.years(scope) if as_of else ():
        if workspace.listings.find(year) and not workspace.listings.find(year, as_of):
            raise UsageError(
                f"{year} has no listing as old as {as_of}: see `papertally status {year.venue}`"
            )


def _with_front(
    workspace: Workspace,
    lexicon: "Lexicon",
    years: Sequence[VenueYear],
    as_of: str,
    papers: list[PaperRow],
) -> tuple[list[PaperRow], dict[int, int]]:
    """Add the mentions in the listing's own words, and count by year the entries without an abstract.

    Papers without a note have no words to search.
    """
    from papertally.match.run import front_mentions

    rows = {(row.year, row.paper, row.framework): row for row in papers}
    listed, bare = set(), dict[int, int]()
    for key in years:
        year, listing = key.year, workspace.listings.find(key, as_of)
        notes = workspace.listings.notes(listing) if listing else []
        listed |= {(year, note.id) for note in notes}
        bare[year] = sum(not note.abstract for note in notes)
        for paper, counts in front_mentions(notes, lexicon).items():
            for framework, count in counts.items():
                empty = PaperRow.of(key, paper, framework, Tally())
                rows[year, paper, framework] = replace(
                    rows.get((year, paper, framework), empty), front=count
                )
    known = [
        replace(row, front=0) if row.front is None and (row.year, row.paper) in listed else row
        for _, row in sorted(rows.items())
    ]
    return known, bare


def read_folder(folder: Path, scope: Scope, out: Path | None = None) -> LoadedSnapshot:
    """Read a report folder for a report on one venue and some years, or all of its only venue.

    Raises `UsageError` also where `out`, the folder to be written, is the same, and would lose what is not asked for.
    """
    from papertally.report.snapshot_folder import read_snapshot

    snapshot = read_snapshot(folder)
    held = snapshot.years()
    venues = {venue for venue, _ in held}
    if not scope.venue and len(venues) != 1:
        raise UsageError(
            f"{folder} holds {', '.join(sorted(venues)) or 'no paper'}: name a venue before --from"
        )
    venue = scope.venue or venues.pop()
    years = {year for name, year in held if name == venue}
    absent = sorted(set(scope.years) - years)
    if not years or (scope.years and set(scope.years) <= set(absent)):
        words = ", ".join(f"{name} {year}" for name, year in held)
        raise UsageError(f"{folder} does not hold {scope}, only {words or 'no paper'}")
    asked = snapshot.only(venue, scope.years)
    if out and out.exists() and out.samefile(folder) and asked.years() != held:
        words = ", ".join(f"{name} {year}" for name, year in held)
        raise UsageError(
            f"{folder} holds {words}, and would lose what is not asked for: name another folder with --out, or ask for "
            "all its years"
        )
    return LoadedSnapshot(replace(asked, missing_years=tuple(absent)), ())


def require_workspace(settings: Settings, scope: Scope) -> None:
    """Raise `UsageError` where there is no workspace yet, instead of making an empty one."""
    if not (settings.workspace / DATABASE).is_file():
        raise nothing_stored(scope)


def check_population(workspace: Workspace, scope: Scope, statuses: Sequence[Status]) -> None:
    """Raise `UsageError` where no paper of a scope is known to be of a population; an empty one means all papers."""
    rows = (row for year in workspace.ledger.years(scope) for row in workspace.ledger.read(year)[0])
    if statuses and not any(row.status in statuses for row in rows):
        raise nobody_known(scope, statuses)


def nobody_known(scope: Scope, statuses: Sequence[Status]) -> UsageError:
    """Say that no paper is known to be of a population, and where decisions can be had."""
    example = f"{scope.venue or 'VENUE'} {scope.years[0] if scope.years else 'YEAR'}"
    return UsageError(
        f"no paper of {scope} is known to be {' or '.join(statuses)}: `papertally add {example} --statuses FILE` takes "
        "decisions from elsewhere"
    )


def nothing_stored(scope: Scope) -> UsageError:
    """Say that nothing is there and what to run."""
    return UsageError(f"nothing is stored for {scope}: {what_to_run(scope)}")


def what_to_run(scope: Scope) -> str:
    """Say how papers of a scope are had, the bundled snapshot first."""
    from papertally.fetch.venues import load_venues

    venue = scope.venue or "iclr"
    years = " ".join(map(str, scope.years or (2018, 2019)))
    bundled = (
        f"{venue} {years} "
        if venue == "iclr" and set(scope.years or (2018,)) <= {2018, 2019}
        else ""
    )
    can_fetch = venue in load_venues(data_folder() / "venues.toml")
    fetch = f"fetch with `papertally survey {venue} {years}`, or " if can_fetch else "or "
    return (
        f"see the bundled counts with `papertally report {bundled}--from {BUNDLED_SNAPSHOT}`, {fetch}take files you "
        f"have with `papertally add {venue} {years.split()[0]} PATH`"
    )
