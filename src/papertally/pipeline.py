"""Run the stages under the run lock; each function does the work of a command.

First-party imports stand inside functions here, for start-up time: the commands import this module,
and each needs only some stages.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from papertally.errors import (
    INTERRUPTED,
    DiskFullError,
    FailureShareError,
    LockedError,
    PapertallyError,
    WorkspaceError,
    WorkspaceTakenError,
)
from papertally.models import FAILED, Listing, Outcome, Scope, VenueYear
from papertally.progress import SILENT, Progress
from papertally.resources import DATA_FOLDER
from papertally.settings import Settings, parse_date, user_folder
from papertally.store.disk import NO_OUTPUT
from papertally.store.ledger import LedgerRow
from papertally.store.lock import LOG_FILE, RunLock
from papertally.store.workspace import DatabaseError, Workspace

if TYPE_CHECKING:
    from papertally.fetch.venues import YearConfig
    from papertally.match.lexicon import Lexicon

_MAX_LOG_BYTES, _MAX_LOG_FILES = 1_000_000, 5
_log = logging.getLogger("papertally")
if _log.level == logging.NOTSET:  # without -v
    _log.setLevel(logging.INFO)


@contextmanager
def writing(settings: Settings, command: str) -> Iterator[Workspace]:
    """Open the workspace as its one writer, with its log, and record the run and its outcome."""
    with (
        RunLock(settings.workspace, command) as lock,
        Workspace(settings.workspace, write=True) as workspace,
    ):
        workspace.pause = lock.pause
        key = workspace.runs.start(command)
        with _log_file(settings.workspace):
            _log.info("papertally %s", command)
            try:
                yield workspace
                workspace.check_place()
            except BaseException as error:
                code, outcome = _describe_end(workspace.explain(error) or error)
                _log.info("%s: exit code %s, %s", command, code, outcome)
                with suppress(DatabaseError):  # which would hide the error
                    workspace.runs.end(key, code, outcome)
                raise
            workspace.runs.end(key, 0, "done")
            _log.info("%s: exit code 0, done", command)


class _LogHandler(RotatingFileHandler):
    """Writes what it can: a full disk leaves gaps in the log, and ends no run."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Drop a record that cannot be written, of which logging would print a traceback."""


@contextmanager
def _log_file(folder: Path) -> Iterator[None]:
    """Write the log into a workspace while the context lasts."""
    handler = _LogHandler(
        folder / LOG_FILE,
        maxBytes=_MAX_LOG_BYTES,
        backupCount=_MAX_LOG_FILES - 1,
        encoding="utf-8",
        delay=True,
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    _log.addHandler(handler)
    try:
        yield
    finally:
        _log.removeHandler(handler)
        with suppress(OSError):  # what could not be written is tried once more
            handler.close()


def _describe_end(error: BaseException) -> tuple[int, str]:
    """Return the exit code and the outcome of a run that an exception ended."""
    if isinstance(error, BrokenPipeError):  # nobody reads the output any more; all is stored
        return 0, "done"
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED, "interrupted"
    if isinstance(error, PapertallyError):
        return error.exit_code, str(error)
    if isinstance(error, OSError) and error.errno in NO_OUTPUT:
        return DiskFullError.exit_code, "the output cannot be written"
    code = getattr(error, "exit_code", None)
    if code is not None:  # click's Exit, raised after the error was printed
        return code, str(error.__context__ or "ended")
    if isinstance(error, Exception):
        _log.exception("a bug")
    return 1, "ended by a bug"


def read_listing(year: VenueYear, path: Path, listed_on: str = "") -> tuple[Listing, str]:
    """Read a note list as a listing; return a warning if its date is not known."""
    from papertally.fetch.names import clean_name
    from papertally.fetch.notes import newest_date, read_note_file

    notes = read_note_file(path)
    day = parse_date(listed_on) if listed_on else newest_date(notes)
    warning = ""
    if not day:
        day = datetime.now(UTC).date().isoformat()
        warning = f"{path} contains no dates, so the listing gets today's: use --listed-on DATE"
    return Listing(year, day, clean_name(path.name), tuple(notes)), warning


def run_fetch(
    workspace: Workspace,
    settings: Settings,
    years: Sequence["YearConfig"],
    say: Callable[[str], None],
    warn: Callable[[str], None],
    progress: Progress = SILENT,
    *,
    dry_run: bool = False,
) -> PapertallyError | None:
    """Fetch years and print what was done; return what ended that early, if anything.

    Years without a paper of the population are not printed and returned as a `UsageError`. A dry
    run only lists the years, and prints what the download would take.
    """
    from papertally.fetch import run as fetching

    run = fetching.make_run(workspace, settings, progress)
    work = fetching.plan_year if dry_run else fetching.fetch_year
    statuses = settings.fetching.statuses
    stopped: PapertallyError | None = None
    without_population = []
    for result in fetching.fetch_years(years, lambda year: work(run, year)):
        stopped = result.stopped
        if fetching.has_population(workspace, result.year, statuses):
            for note in result.notes:
                say(note)
            for warning in result.warnings:
                warn(warning)
        else:
            without_population.append(result.year)
    fetching.note_outage(run, stopped)
    if stopped is None and without_population:
        return fetching.population_error(workspace, without_population, statuses or ())
    return stopped


def fetch_and_extract(
    workspace: Workspace,
    settings: Settings,
    scope: Scope,
    years: Sequence["YearConfig"],
    progress: Progress,
    say: Callable[[str], None],
    warn: Callable[[str], None],
) -> tuple[Counter[Outcome], PapertallyError | None]:
    """Fetch what the budget allows and extract it.

    Return the outcomes of extraction and what ended the fetching early, if anything. Without
    `keep_pdf` PDFs are fetched in batches, read and deleted, so that a year fits on a small disk.
    Raises what ended the fetching if nothing is stored, so that there is nothing to report.
    """
    from papertally.fetch import run as fetching

    outcomes: Counter[Outcome] = Counter()
    stopped: PapertallyError | None = None

    def read() -> None:
        counts, notes = _extract(workspace, scope, settings, progress)
        outcomes.update(counts)
        for note in notes:
            say(note)
        if not settings.fetching.keep_pdf:
            for stored in workspace.texts.read_and_kept(scope):
                workspace.files.delete_kept(stored.file)

    run = fetching.make_run(workspace, settings, progress)
    read_batch = None if settings.fetching.keep_pdf else read
    for result in fetching.fetch_years(
        years, lambda year: fetching.fetch_year(run, year, read_batch)
    ):
        stopped = result.stopped
        for note in result.notes:
            say(note)
        for warning in result.warnings:
            warn(warning)
    fetching.note_outage(run, stopped)
    # another run has the workspace then, so nothing may be written any more
    is_taken = isinstance(stopped, WorkspaceTakenError)
    if stopped and (is_taken or not workspace.ledger.years(scope)):
        raise stopped
    read()
    return outcomes, stopped


def _extract(
    workspace: Workspace, scope: Scope, settings: Settings, progress: Progress
) -> tuple[Counter[Outcome], list[str]]:
    """Extract what is pending; without that the reader need not even be imported."""
    if not workspace.texts.pending(scope):
        return Counter(), []
    from papertally.extract.run import extract_pending

    return extract_pending(workspace, scope, settings.extraction, progress=progress)


def update(
    settings: Settings, scope: Scope, lexicon: "Lexicon", progress: Progress = SILENT
) -> tuple[str, ...]:
    """Extract and match what is pending; return why that was not possible, if so.

    If another run holds the workspace, what is stored so far can be read.
    """
    from papertally.match.run import match_pending

    try:
        with writing(settings, f"report {scope}") as workspace:
            _extract(workspace, scope, settings, progress)
            stored, _ = lexicon.split()
            if stored.frameworks:
                match_pending(workspace, scope, stored, progress)
    except LockedError as error:
        return (f"these are the papers stored so far: {error}",)
    except (DiskFullError, WorkspaceError) as error:
        return (f"only what is stored is reported: {error}",)
    return ()


def check_failures(rows: Iterable[LedgerRow], max_failures: float) -> None:
    """Raise `FailureShareError` if a larger share of the papers that are here failed."""
    outcomes = Counter[str](row.ledger for row in rows)
    check_outcomes(outcomes, max_failures)


def check_outcomes(outcomes: Mapping[str, int], max_failures: float) -> None:
    """Raise `FailureShareError` if a larger share failed of what was there to be read."""
    not_here = (Outcome.NO_PDF, Outcome.NOT_FETCHED)
    total = sum(count for outcome, count in outcomes.items() if outcome not in not_here)
    failed = sum(outcomes.get(outcome, 0) for outcome in FAILED)
    if failed > max_failures * total:
        raise FailureShareError(
            f"{failed:,} of {total:,} papers failed ({failed / total:.1%}, more than "
            f"{max_failures:.0%}): see ledger.csv of `papertally report --out DIR` or `scale "
            "collect` for the reasons, or allow more with --max-failures"
        )


def fetch_published(address: str, tell: Callable[[str], None] = _log.info) -> Path:
    """Return the folder with the files of a published report folder.

    It is downloaded once, into the user's cache; `tell` is called with a line about that. Raises
    `UsageError` if it cannot be used, and `TemporaryError` if its host does not answer.
    """
    from papertally.fetch.snapshot import fetch_snapshot
    from papertally.report.snapshot_folder import read_snapshot

    cache = user_folder("cache") / "snapshots"
    return fetch_snapshot(address, cache, read_snapshot, tell)


def read_lexicon(
    settings: Settings,
    terms: Sequence[str] = (),
    *,
    case: bool = False,
    with_frameworks: bool = True,
) -> "Lexicon":
    """Read the bundled lexicon and the user's files, and add phrases to it.

    The phrases alone are returned if it is not wanted `with_frameworks`. With `case` they count
    only as written. Raises `UsageError`, of which `LexiconError` is one.
    """
    from papertally.match.lexicon_file import load_lexicon
    from papertally.match.terms import add_terms, term_lexicon

    phrases = term_lexicon(terms, case=case) if terms else None
    if phrases and not with_frameworks:
        return phrases
    lexicon = load_lexicon(DATA_FOLDER / "frameworks.toml", settings.lexicons)
    return add_terms(lexicon, phrases) if phrases else lexicon
