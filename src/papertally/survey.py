"""The stages in order, under one lock; each function is one command without its words."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

from papertally.bundled import data_folder
from papertally.errors import FailureShareError, LockedError, PapertallyError, UsageError, WorkspaceError
from papertally.model import FAILED, FrameworkInfo, Ledger, LexiconInfo, Listing
from papertally.progress import SILENT, Progress
from papertally.settings import Settings
from papertally.store import Scope, Workspace
from papertally.store.connect import DATABASE
from papertally.store.lock import RunLock, current_run

if TYPE_CHECKING:
    from papertally.match import Lexicon
    from papertally.report.snapshot import Snapshot

_LOG_BYTES, _LOG_FILES = 1_000_000, 5
_RUNS_SHOWN = 5
BUNDLED_SNAPSHOT = "iclr-2018-2019"
_log = logging.getLogger("papertally")


@contextmanager
def writing(settings: Settings, command: str) -> Iterator[Workspace]:
    """Open the workspace as its one writer, with a log and a record of the run."""
    with RunLock(settings.workspace, command), Workspace(settings.workspace, write=True) as workspace:
        handler = RotatingFileHandler(
            settings.workspace / "papertally.log", maxBytes=_LOG_BYTES, backupCount=_LOG_FILES - 1, encoding="utf-8"
        )
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        _log.addHandler(handler)
        key = workspace.runs.start(command)
        code, outcome = 1, "ended by a bug"
        try:
            _log.info("papertally %s", command)
            yield workspace
            code, outcome = 0, "done"
        except KeyboardInterrupt:
            code, outcome = 130, "interrupted"
            raise
        except PapertallyError as error:
            code, outcome = error.exit_code, str(error)
            raise
        except Exception:
            _log.exception("a bug")
            raise
        finally:
            workspace.runs.end(key, code, outcome)
            _log.info("%s: exit code %s, %s", command, code, outcome)
            _log.removeHandler(handler)
            handler.close()


def read_listing(venue: str, year: int, path: Path, listed_on: str = "") -> tuple[Listing, str]:
    """Read a note list as a listing, with a warning where its date had to be taken from the calendar."""
    from papertally.fetch.notes import newest_date, read_note_file

    notes = read_note_file(path)
    day = parse_date(listed_on) if listed_on else newest_date(notes)
    warning = ""
    if not day:
        day = datetime.now(UTC).date().isoformat()
        warning = f"{path} holds no dates: the listing is dated today; --listed-on DATE says otherwise"
    return Listing(venue, year, day, path.name, tuple(notes)), warning


def parse_date(word: str) -> str:
    """Check an ISO date."""
    try:
        return date.fromisoformat(word).isoformat()
    except ValueError:
        raise UsageError(f"{word!r} is no date: write it as 2018-10-31") from None


def run_fetch(workspace: Workspace, settings: Settings, scope: Scope, progress: Progress = SILENT) -> list[str]:
    """Fetch the years of a venue; return a line for each."""
    from papertally.fetch.http import Client
    from papertally.fetch.openreview import OpenReview, fetch
    from papertally.fetch.venues import find_year, load_venues

    venues = load_venues(data_folder() / "venues.toml", settings.venues)
    years = [find_year(venues, scope.venue, year) for year in scope.years]
    lines = []
    for year in years:
        done = fetch(workspace, OpenReview(Client(), settings.hosts, year), year, progress)
        failed = f", {done.failed:,} could not be had" if done.failed else ""
        lines.append(f"{year.venue} {year.year}: {done.listed:,} submissions listed, {done.new:,} PDFs fetched{failed}")
    return lines


def run_extract(
    workspace: Workspace,
    settings: Settings,
    scope: Scope,
    again: Iterable[Ledger] = (),
    progress: Progress = SILENT,
) -> tuple[Counter[Ledger], list[str]]:
    """Extract what is pending; return the outcomes and notes for people."""
    from papertally.extract.run import extract

    return extract(workspace, scope, settings.extraction, again, progress)


def check_failures(workspace: Workspace, settings: Settings, scope: Scope) -> None:
    """Raise `FailureShareError` where more of the scope's papers failed than the user allows."""
    outcomes: Counter[Ledger] = Counter()
    for venue, year in years_in(workspace, scope):
        rows, _ = workspace.tables.read(venue, year, None)
        outcomes.update(row.ledger for row in rows if row.ledger not in (Ledger.NO_PDF, Ledger.NOT_FETCHED))
    failed, total = sum(outcomes[ledger] for ledger in FAILED), outcomes.total()
    if failed > settings.max_failures * total:
        raise FailureShareError(
            f"{failed:,} of {total:,} papers failed ({failed / total:.1%}, more than {settings.max_failures:.0%}): "
            "the ledger of `papertally report --out DIR` says why, --max-failures allows more"
        )


def run_match(workspace: Workspace, lexicon: "Lexicon", scope: Scope, progress: Progress = SILENT) -> int:
    """Match what is pending; return the number of texts."""
    from papertally.match.run import match

    return match(workspace, scope, lexicon, progress)


def read_lexicon(settings: Settings) -> "Lexicon":
    """Read the bundled lexicon and the user's files. Raises `LexiconError`."""
    from papertally.match import load_lexicon

    return load_lexicon(data_folder() / "frameworks.toml", settings.lexicons)


def years_in(workspace: Workspace, scope: Scope) -> list[tuple[str, int]]:
    """List the venues and years of a scope of which anything is stored."""
    return [
        (venue, year) for venue, year in workspace.tables.years(scope.venue) if not scope.years or year in scope.years
    ]


@dataclass(frozen=True, slots=True)
class Stored:
    """What the workspace holds for a report, and what must be said about it."""

    snapshot: "Snapshot"
    warnings: tuple[str, ...]


def pending_then_read(
    settings: Settings, scope: Scope, *, as_of: str = "", as_is: bool = False, progress: Progress = SILENT
) -> Stored:
    """Extract and match what is pending, then read; beside a running writer, read what is stored and say so."""
    require_workspace(settings, scope)
    warnings: list[str] = []
    lexicon = read_lexicon(settings)
    if not as_is:
        try:
            with writing(settings, f"report {scope}") as workspace:
                run_extract(workspace, settings, scope, progress=progress)
                run_match(workspace, lexicon, scope, progress)
        except LockedError as error:
            warnings.append(f"these are the papers stored so far: {error}")
        except WorkspaceError as error:
            warnings.append(f"only what is stored is reported: {error}")
    with Workspace(settings.workspace) as workspace:
        return read_stored(workspace, lexicon, scope, as_of, warnings)


def read_stored(
    workspace: Workspace, lexicon: "Lexicon", scope: Scope, as_of: str = "", warnings: Sequence[str] = ()
) -> Stored:
    """Read the stored ledger and findings of a venue's years."""
    from papertally.match.run import fingerprints
    from papertally.report.snapshot import from_rows

    rulesets = workspace.matches.current_rulesets(fingerprints(lexicon))
    years = years_in(workspace, scope)
    ledger, papers = [], []
    for venue, year in years:
        more_ledger, more_papers = workspace.tables.read(venue, year, rulesets, as_of)
        ledger += more_ledger
        papers += more_papers
    if not ledger:
        raise nothing_stored(scope)
    absent = sorted(set(scope.years) - {row.year for row in ledger})
    gaps = [f"{nothing_stored(Scope(scope.venue, tuple(absent)))}"] if absent else []
    info = LexiconInfo(
        lexicon.fingerprint[:12],
        tuple(
            FrameworkInfo(item.id, item.name, item.homepage, item.substring, item.ambiguous)
            for item in lexicon.frameworks
        ),
    )
    return Stored(from_rows(ledger, papers, info), (*warnings, *gaps))


def read_folder(folder: Path, scope: Scope) -> Stored:
    """Read a report folder for a report on one venue and some years, or all of its only venue."""
    from papertally.report.snapshot import from_folder

    snapshot = from_folder(folder)
    held = snapshot.years()
    venues = {venue for venue, _ in held}
    if not scope.venue and len(venues) != 1:
        raise UsageError(f"{folder} holds {', '.join(sorted(venues)) or 'no paper'}: name a venue before --from")
    venue = scope.venue or venues.pop()
    years = {year for name, year in held if name == venue}
    absent = sorted(set(scope.years) - years)
    if not years or (scope.years and set(scope.years) <= set(absent)):
        words = ", ".join(f"{name} {year}" for name, year in held)
        raise UsageError(f"{folder} does not hold {scope}, only {words or 'no paper'}")
    gaps = [f"{folder} does not hold {venue} {', '.join(map(str, absent))}"] if absent else []
    return Stored(snapshot.only(venue, scope.years), tuple(gaps))


def check_years(settings: Settings, scope: Scope) -> None:
    """Raise `UsageError` where a year cannot be fetched, before anything is begun."""
    from papertally.fetch.venues import find_year, load_venues

    venues = load_venues(data_folder() / "venues.toml", settings.venues)
    for year in scope.years:
        find_year(venues, scope.venue, year)


def require_workspace(settings: Settings, scope: Scope) -> None:
    """Raise `UsageError` where there is no workspace yet, instead of making an empty one."""
    if not (settings.workspace / DATABASE).is_file():
        raise nothing_stored(scope)


def state(settings: Settings, scope: Scope) -> dict[str, Any]:
    """Say what the workspace holds, as plain data: years with their ledgers, disk used, last runs."""
    require_workspace(settings, scope)
    with Workspace(settings.workspace) as workspace:
        years = years_in(workspace, scope)
        return {
            "workspace": str(settings.workspace),
            "bytes": sum(path.stat().st_size for path in settings.workspace.rglob("*") if path.is_file()),
            "running": current_run(settings.workspace),
            "years": [_year_state(workspace, venue, year) for venue, year in years],
            "runs": [asdict(run) for run in workspace.runs.last(_RUNS_SHOWN)],
        }


def _year_state(workspace: Workspace, venue: str, year: int) -> dict[str, Any]:
    rows, _ = workspace.tables.read(venue, year, None)
    ledger = Counter(row.ledger for row in rows)
    return {
        "venue": venue,
        "year": year,
        "listing_date": max((row.listing_date for row in rows), default=""),
        "listed": len(rows),
        "ledger": {ledger_: ledger[ledger_] for ledger_ in Ledger},
        "to_extract": len(workspace.texts.pending(Scope(venue, (year,)))),
    }


def nothing_stored(scope: Scope) -> UsageError:
    """Say that nothing is there and what to run, the bundled snapshot first."""
    venue = scope.venue or "iclr"
    years = " ".join(map(str, scope.years or (2018, 2019)))
    bundled = f"{venue} {years} " if venue == "iclr" and set(scope.years or (2018,)) <= {2018, 2019} else ""
    return UsageError(
        f"nothing is stored for {scope}: see the bundled counts with `papertally report {bundled}--from "
        f"{BUNDLED_SNAPSHOT}`, fetch with `papertally survey {venue} {years}`, or take files you have with "
        f"`papertally add {venue} {years.split()[0]} PATH`"
    )
