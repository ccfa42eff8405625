"""The stages in order, under one lock; each function is one command without its words."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from papertally.bundled import data_folder
from papertally.errors import FailureShareError, PapertallyError, QuotaError, UsageError
from papertally.model import FAILED, Ledger, Listing, Status
from papertally.progress import SILENT, Progress
from papertally.settings import Settings
from papertally.store import Scope, Workspace
from papertally.store.lock import RunLock

if TYPE_CHECKING:
    from papertally.fetch.http import Client
    from papertally.fetch.venues import VenueYear
    from papertally.match import Lexicon

_AT_ONCE = 24
"""PDFs that lie on the disk at once where they are not kept."""
_LOG_BYTES, _LOG_FILES = 1_000_000, 5
_log = logging.getLogger("papertally")


@contextmanager
def writing(settings: Settings, command: str) -> Iterator[Workspace]:
    """Open the workspace as its one writer, with a log and a record of the run."""
    with RunLock(settings.workspace, command) as lock, Workspace(settings.workspace, write=True) as workspace:
        workspace.pause = lock.pause
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
        except BrokenPipeError:  # nobody reads the results any more; they are stored
            code, outcome = 0, "done"
            raise
        except KeyboardInterrupt:
            code, outcome = 130, "interrupted"
            raise
        except PapertallyError as error:
            code, outcome = error.exit_code, str(error)
            raise
        except Exception as error:
            if (ended := getattr(error, "exit_code", None)) is not None:  # click's way to end after the words were told
                code, outcome = ended, str(error.__context__ or "ended")
            else:
                _log.exception("a bug")
            raise
        finally:
            workspace.runs.end(key, code, outcome)
            _log.info("%s: exit code %s, %s", command, code, outcome)
            _log.removeHandler(handler)
            handler.close()


def read_listing(venue: str, year: int, path: Path, listed_on: str = "") -> tuple[Listing, str]:
    """Read a note list as a listing, with a warning where its date had to be taken from the calendar."""
    from papertally.fetch.names import printable
    from papertally.fetch.notes import newest_date, read_note_file

    notes = read_note_file(path)
    day = parse_date(listed_on) if listed_on else newest_date(notes)
    warning = ""
    if not day:
        day = datetime.now(UTC).date().isoformat()
        warning = f"{path} holds no dates: the listing is dated today; --listed-on DATE says otherwise"
    return Listing(venue, year, day, printable(path.name), tuple(notes)), warning


def read_statuses(path: Path) -> dict[str, tuple[Status, str]]:
    """Read a file of decisions: each paper's status and the words it was read from."""
    from papertally.fetch.statuses import read_statuses as read
    from papertally.fetch.statuses import status_of

    return {paper: (status_of(words), words) for paper, words in read(path).items()}


def set_statuses(
    workspace: Workspace, venue: str, year: int, decisions: dict[str, tuple[Status, str]], source: str
) -> str:
    """Set the statuses of the papers that are known, and say how many that were."""
    with workspace.transaction():
        known, changed = workspace.decisions.save(venue, year, decisions, source)
    return f"{venue} {year}: {known:,} of {len(decisions):,} statuses are of known papers, {changed:,} are new"


def parse_date(word: str) -> str:
    """Check an ISO date."""
    try:
        return date.fromisoformat(word).isoformat()
    except ValueError:
        raise UsageError(f"{word!r} is no date: write it as 2018-10-31") from None


def run_fetch(workspace: Workspace, settings: Settings, scope: Scope, progress: Progress = SILENT) -> Iterator[str]:
    """Fetch the years of a venue, yielding a line for each; a quota ends it with `QuotaError`, all kept.

    Raises `UsageError` at the end where years have no paper of the population that was asked for.
    """
    client, without = make_client(workspace, settings), []
    years, gaps = check_years(settings, scope)
    yield from gaps
    for year in years:
        lines = _fetch_year(workspace, client, settings, year, progress)
        if _has_population(workspace, settings, year):
            yield from lines
        else:
            without.append(year.year)
    if without:
        raise _nobody_known(settings, scope, without)


def _nobody_known(settings: Settings, scope: Scope, years: list[int]) -> UsageError:
    return UsageError(
        f"no paper of {scope.venue} {', '.join(map(str, years))} is known to be "
        f"{' or '.join(settings.fetching.statuses)}: the listing says nothing of that; `papertally add "
        f"{scope.venue} {years[0]} --statuses FILE` takes decisions from elsewhere"
    )


def _fetch_year(
    workspace: Workspace, client: "Client", settings: Settings, year: "VenueYear", progress: Progress
) -> list[str]:
    from papertally.fetch.run import fetch

    listed, done = fetch(workspace, client, settings.hosts, year, settings.fetching, progress)
    words = f"{year.venue} {year.year}: {listed:,} submissions listed, {done.new:,} PDFs fetched{done.failures}"
    return [words, *done.notes]


def _has_population(workspace: Workspace, settings: Settings, year: "VenueYear") -> bool:
    """Say whether a year has a paper of the population that was asked for."""
    wanted = settings.fetching.statuses
    return not wanted or any(row.status in wanted for row in workspace.tables.read_ledger(year.venue, year.year)[0])


def fetch_and_extract(
    workspace: Workspace, settings: Settings, scope: Scope, progress: Progress, say: Callable[[str], None]
) -> tuple[Counter[Ledger], QuotaError | None]:
    """Fetch what the budget allows and extract it; a quota that ends fetching is returned, not raised.

    Without `keep_pdf` files are fetched by the dozen, read, and let go, so that a year fits on a small disk.
    """
    outcomes: Counter[Ledger] = Counter()
    stopped = None
    for line in check_years(settings, scope)[1]:
        say(line)
    try:
        if settings.fetching.keep_pdf:
            _fetch_and_keep(workspace, settings, scope, progress, say)
        else:
            outcomes += _fetch_and_let_go(workspace, settings, scope, progress, say)
    except QuotaError as error:
        if not years_in(workspace, scope):
            raise  # nothing is listed yet, so there is nothing to report
        stopped = error
    more, notes = run_extract(workspace, settings, scope, progress=progress)
    for note in notes:
        say(note)
    if not settings.fetching.keep_pdf:
        _let_go(workspace, scope)
    return outcomes + more, stopped


def _fetch_and_keep(
    workspace: Workspace, settings: Settings, scope: Scope, progress: Progress, say: Callable[[str], None]
) -> None:
    client = make_client(workspace, settings)
    for year in check_years(settings, scope)[0]:
        for line in _fetch_year(workspace, client, settings, year, progress):
            say(line)  # of a year without the population the report tells


def _fetch_and_let_go(
    workspace: Workspace, settings: Settings, scope: Scope, progress: Progress, say: Callable[[str], None]
) -> Counter[Ledger]:
    from papertally.fetch.run import fetch

    outcomes: Counter[Ledger] = Counter()
    client = make_client(workspace, settings)
    for year in check_years(settings, scope)[0]:
        total, new, fetching = 0, 1, settings.fetching
        remarks: dict[str, None] = {}
        while new:
            listed, done = fetch(workspace, client, settings.hosts, year, fetching, progress, _AT_ONCE)
            fetching = replace(fetching, relist_after=None)  # what the user asked for is done
            remarks |= dict.fromkeys(done.notes)
            outcomes += run_extract(workspace, settings, scope, progress=progress)[0]
            _let_go(workspace, scope)
            new, total = done.new, total + done.new
        words = f"{year.venue} {year.year}: {listed:,} submissions listed, {total:,} PDFs fetched, read and let go"
        for line in (words, *remarks):
            say(line)
    return outcomes


def _let_go(workspace: Workspace, scope: Scope) -> None:
    """Delete the fetched PDFs that have been read; their text, hash and size stay."""
    for file in workspace.texts.read_and_kept(scope):
        file.path.unlink(missing_ok=True)


def plan_fetch(workspace: Workspace, settings: Settings, scope: Scope) -> Iterator[str]:
    """Say what fetching the rest of the years would take; only listings are asked for."""
    from papertally.fetch.plan import make_plan
    from papertally.fetch.run import list_if_due

    client = make_client(workspace, settings)
    years, gaps = check_years(settings, scope)
    yield from gaps
    without = []
    for year in years:
        notes, remarks = list_if_due(workspace, client, settings.hosts, year, settings.fetching)
        yield from remarks
        if not _has_population(workspace, settings, year):
            without.append(year.year)
            continue
        yield from make_plan(workspace, settings.hosts, year, notes, settings.fetching).lines(year.venue, year.year)
    if without:
        raise _nobody_known(settings, scope, without)


def make_client(workspace: Workspace, settings: Settings) -> "Client":
    """Make the HTTP client of a run, with its budget."""
    from papertally.fetch.budget import Budget
    from papertally.fetch.http import Client

    fetching = settings.fetching
    budget = Budget(fetching.max_requests, fetching.max_time, fetching.wait, workspace.pause)
    return Client(settings.hosts, budget, fetching.contact)


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


def read_terms(terms: Sequence[str]) -> "Lexicon":
    """Make a lexicon of phrases given on the command line."""
    from papertally.match.terms import term_lexicon

    return term_lexicon(terms)


def check_years(settings: Settings, scope: Scope) -> tuple[list["VenueYear"], list[str]]:
    """Look up how years are fetched; say which are left out beside others, because they never were on OpenReview.

    Raises `UsageError` where one is not known or none is left, before anything is begun.
    """
    from papertally.fetch.venues import find_years, load_venues

    return find_years(load_venues(data_folder() / "venues.toml", settings.venues), scope.venue, scope.years)
