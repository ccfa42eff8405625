"""What a bug report needs, in one text: no texts or titles of papers, no secrets, no names."""

import csv
import os
import platform
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TextIO

from papertally.care.checks import Check
from papertally.care.machine_checks import list_versions
from papertally.care.privacy import PUBLIC_SOURCES, Scrubber
from papertally.errors import PapertallyError, UsageError
from papertally.fetch.venues import load_venues
from papertally.models import YOUR_FILES, Scope, VenueYear
from papertally.settings import Settings
from papertally.store.connection import DATABASE, utc_now
from papertally.store.disk import full_disk, is_regular
from papertally.store.files import FILES
from papertally.store.ledger import LedgerRow
from papertally.store.lock import LOG_FILE
from papertally.store.runs import RunRecord
from papertally.store.workspace import Workspace

_RUNS, _LOG_LINES, _LOG_BYTES = 20, 300, 200_000
_MAX_LINE = 2000
_MIN_NAME = 3
"""Letters of a name that is replaced; shorter ones tell nothing."""
_SAFE_VALUE = re.compile(
    r"-?\d[\d.]{0,12}[a-zA-Z%]{0,3}|true|false|yes|no|all|en|zh|table|csv|json"
)
_RUN_BEGINS = re.compile(r"(.{23} INFO papertally: papertally (\w+))")
_RUN_ENDS = re.compile(r"(.{23} INFO papertally: \w+).*(: exit code \d+)")
"""How runs begin and end in the log."""
_COLUMNS = (
    "venue", "year", "paper", "status", "listing_date", "revision", "engine", "pages", "letters",
    "ledger", "reason", "source",
)  # fmt: skip
"""Those of ledger.csv that tell nothing of what a paper is about."""
_HEAD = """\
papertally bug report, {moment}

Read it before you send it. It has no text or title of a paper, and no password, token, address or
name that papertally knows of; papers and venues that only you have are numbered.
"""


@dataclass(slots=True)
class _Contents:
    """What the bundle takes from the workspace, as far as that can be read."""

    log: list[str] = field(default_factory=list)
    """Its last lines."""
    runs: list[RunRecord] = field(default_factory=list)
    rows: list[LedgerRow] = field(default_factory=list)
    private: dict[str, str] = field(default_factory=dict)
    """Names that others must not read, with what stands in their place."""
    kinds: Counter[str] = field(default_factory=Counter)
    """How many names of each kind are hidden."""
    is_whole: bool = False


def _read_contents(folder: Path) -> _Contents:
    found = _Contents()
    for path in sorted((folder / FILES).glob("*")):
        _hide_venue(found, path.name)
    found.log = _read_log(folder)
    for line in found.log:
        if begun := _RUN_BEGINS.match(line):
            _hide_venue_of(found, line[begun.start(2) :])
    if (folder / DATABASE).is_file():
        with suppress(PapertallyError), Workspace(folder) as workspace:
            found.runs = workspace.runs.last(_RUNS)
            for run in found.runs:
                _hide_venue_of(found, run.command)
            for year in workspace.ledger.years(Scope()):
                _read_year(found, workspace, year)
            for own in workspace.upkeep.own_names():
                names = {str(own.path), own.path.name, own.path.stem, own.stem}
                _hide(found, names - {row.paper for row in found.rows}, "file")
            _hide(found, workspace.upkeep.titles(), "title")
            found.is_whole = True
    return found


def _read_year(found: _Contents, workspace: Workspace, year: VenueYear) -> None:
    """Read a year's ledger; of papers that no public listing names, the ids are replaced."""
    _hide_venue(found, year.venue, year.name)
    ledger = workspace.ledger.read(year)
    source = ledger.listing.source if ledger.listing else ""
    is_public = year.venue in load_venues() and source in PUBLIC_SOURCES
    for row in ledger.rows:
        if not (is_public and row.listing_date):
            _hide(found, (row.paper, *row.aliases), "paper")
            row = row._replace(paper=found.private.get(row.paper, "[paper]"))
        found.rows.append(row._replace(venue=found.private.get(row.venue, row.venue)))


def _hide_venue(found: _Contents, *names: str) -> None:
    if names[0] not in load_venues():
        _hide(found, (*names, names[0].upper()), "venue")


def _hide_venue_of(found: _Contents, command: str) -> None:
    """Hide the venue of a command, which may have been removed since."""
    for word in command.split()[1:2]:
        if not word.startswith("-") and word != "everything":
            _hide_venue(found, word)


def _hide(found: _Contents, names: Iterable[str], kind: str) -> None:
    """Let the same number stand for names of one thing, unless they are hidden already."""
    new = [name for name in names if len(name) >= _MIN_NAME and name not in found.private]
    if new:
        found.kinds[kind] += 1
        found.private |= dict.fromkeys(new, f"[{kind} {found.kinds[kind]}]")


def make_bundle(settings: Settings, checks: Sequence[Check]) -> str:
    """Return the text of a bug report."""
    contents = _read_contents(settings.workspace)
    scrubber = Scrubber(settings, contents.private)
    sections = {
        "versions": _versions(),
        "machine": _machine(),
        "settings": _settings(settings),
        "checks": (f"{check.health:<7}{check.name:<10}{check.text}" for check in checks),
        "files": _files(settings.workspace),
        "runs": map(_run_line, contents.runs),
        "log": _log_lines(contents),
    }
    text = StringIO()
    text.write(_HEAD.format(moment=utc_now()))
    for name, lines in sections.items():
        shown = scrubber.clean("\n".join(line[:_MAX_LINE] for line in lines))
        text.write(f"\n== {name}\n{shown or 'none'}\n")
    text.write("\n== ledger\n")
    _write_ledger(text, contents.rows, scrubber)
    return text.getvalue()


def check_target(path: Path) -> None:
    """Raise `UsageError` if a bundle cannot be written to a path."""
    if os.path.lexists(path):
        raise UsageError(f"{path} exists already: choose another file")
    if not path.parent.is_dir():
        raise UsageError(f"the folder {path.parent} does not exist: make it, or choose another")


def write_bundle(path: Path, text: str) -> None:
    """Write a bundle whole or not at all. Raises `UsageError` or `DiskFullError`."""
    check_target(path)
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.unlink(missing_ok=True)  # of a killed run
        with temporary.open("x", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise full_disk(error, path.parent) or UsageError(
            f"{path} cannot be written ({error.strerror}): choose another file"
        ) from None


def _versions() -> Iterator[str]:
    for name, found in list_versions().items():
        yield f"{name} {found or 'not installed'}"


def _machine() -> Iterator[str]:
    yield f"{platform.system()} {platform.release()} {platform.machine()}"
    yield f"{platform.python_implementation()} on {os.cpu_count()} cores"
    for name in ("LANG", "LC_ALL", "TERM", "TZ"):
        yield f"{name}={os.environ.get(name, '')}"


def _settings(settings: Settings) -> Iterator[str]:
    yield f"jobs {settings.extraction.jobs}"
    for name in sorted(os.environ):
        if name.startswith(("PAPERTALLY_", "OPENREVIEW_")):
            value = os.environ[name]
            yield f"{name}: {value if _SAFE_VALUE.fullmatch(value) else 'set'}"


def _files(folder: Path) -> Iterator[str]:
    """Yield mode, size and name of what lies at the top of a workspace and is its own."""
    with suppress(OSError):
        for path in sorted(folder.iterdir()):
            if path.name.startswith(("papertally.", "run.", "search-index")):
                found = path.lstat()
                yield f"{found.st_mode & 0o777:o} {found.st_size:>12,} {path.name}"


def _run_line(run: RunRecord) -> str:
    return f"{run.started} {run.ended or 'not ended'} {run.exit_code} {run.command}: {run.outcome}"


def _write_ledger(text: TextIO, rows: Sequence[LedgerRow], scrubber: Scrubber) -> None:
    reasons = sorted({row.reason.replace("\n", " ") for row in rows} | {""})
    # all at once, as there may be many private names
    shown = scrubber.clean("\n".join(reasons)).split("\n")
    cleaned = dict(zip(reasons, shown, strict=False)) if len(shown) == len(reasons) else {}
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        source = row.source if row.source in (*PUBLIC_SOURCES, YOUR_FILES, "") else "other"
        row = row._replace(
            reason=cleaned.get(row.reason.replace("\n", " "), "[private]"), source=source
        )
        writer.writerow([getattr(row, name) for name in _COLUMNS])


def _read_log(folder: Path) -> list[str]:
    """Return the last lines of the log; a link or a pipe in its place is not read."""
    data = b""
    for name in (f"{LOG_FILE}.1", LOG_FILE):
        with suppress(OSError):
            path = folder / name
            if is_regular(path):
                with path.open("rb") as file:
                    file.seek(max(0, path.stat().st_size - _LOG_BYTES))
                    data += file.read(_LOG_BYTES)
    return data[-_LOG_BYTES:].decode("utf-8", "replace").splitlines()[-_LOG_LINES:]


def _log_lines(found: _Contents) -> Iterator[str]:
    """Yield the last lines of the log, without what `add` tells of the user's files.

    If their names are not known, only the commands, how they ended, and bugs are told.
    """
    is_told, is_whole = False, found.is_whole
    for line in found.log:
        if begun := _RUN_BEGINS.match(line):
            is_told = is_whole and begun[2] != "add"
            yield line if is_whole else begun[1]
        elif ended := _RUN_ENDS.match(line):
            is_told = is_whole
            yield line if is_whole else f"{ended[1]} ... {ended[2]}"
        elif " ERROR " in line:
            is_told = True
            yield line
        elif is_told:
            yield line
