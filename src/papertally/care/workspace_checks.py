"""Checks of a workspace: run, database, ledger, texts, matches, files and search index."""

import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from papertally.care.checks import Finding, note, well, wrong
from papertally.care.leftovers import (
    ORPHANS,
    count_documents,
    find_leftovers,
    total_bytes,
)
from papertally.fetch.names import format_count
from papertally.fetch.venues import load_venues
from papertally.match.stored_texts import TextTooLongError, unpack
from papertally.models import NOT_EXTRACTED, Outcome, Scope
from papertally.progress import Progress
from papertally.store.connection import DATABASE
from papertally.store.files import FILES
from papertally.store.lock import LOG_FILE, current_run, read_holder
from papertally.store.search_index import (
    DamagedIndexError,
    IndexFile,
    IndexFileError,
    OldIndexError,
)
from papertally.store.workspace import DatabaseError, Workspace

REPAIR = "`papertally doctor --repair`"
_NONE_KEPT = "none are kept here; your own are read where they lie"


def check_run(workspace: Workspace) -> Iterator[Finding]:
    """Look at the run at work, and at how the last one ended."""
    folder = workspace.folder
    if running := current_run(folder):
        holder = read_holder(folder)
        if holder and holder.is_hung:
            yield note(
                f"at work for more than a day: {running}; if {LOG_FILE} there does not grow, "
                f"stop it with `kill {holder.pid}`"
            )
            return
        yield well(f"at work: {running}; what it is about to write is not checked")
        return
    last = next(iter(workspace.runs.last(1)), None)
    if last is None:
        yield well("no run has written here yet")
    elif last.ended is None:
        yield note(
            f"the last run, `papertally {last.command}`, was killed: nothing that it stored is "
            "lost; run the same command again"
        )
    elif last.exit_code == 1:
        yield note(
            f"the last run, `papertally {last.command}`, ended by a bug: please report it with "
            "`papertally doctor --bundle FILE`"
        )
    elif last.exit_code:
        yield note(
            f"the last one, `papertally {last.command}`, ended with exit code {last.exit_code}: "
            f"{last.outcome}"
        )
    else:
        yield well(f"the last one, `papertally {last.command}`, ended: {last.outcome}")


def check_database(workspace: Workspace) -> Iterator[Finding]:
    """Return the size of a database that is sound, and of older ones beside it."""
    size = (workspace.folder / DATABASE).stat().st_size
    yield well(f"{DATABASE} is sound, {_megabytes(size)}")
    for path in sorted(workspace.folder.glob(f"{DATABASE}.version-*")):
        yield note(
            f"{path.name} is the database before an upgrade, {_megabytes(path.stat().st_size)}: "
            "delete it once you need no older papertally"
        )


def describe_damage(folder: Path, fault: str) -> Iterator[Finding]:
    """Yield that a database is damaged, what can be had again, and how."""
    yield wrong(
        f"{DATABASE} is damaged ({fault}): put a copy back if you have one; else move it out of "
        f"{folder} and make the rest again, as follows"
    )
    for year, count in count_documents(folder).items():
        yield note(_describe_year(folder / FILES / year, year, count))
    yield note(
        "files of your own that lie elsewhere are untouched: `papertally add VENUE YEAR PATH` "
        f"reads them again; {folder / LOG_FILE} has the commands of before"
    )
    yield note(
        "listings of earlier dates and verdicts of audits are in the database alone. SQLite's own "
        "program, 3.40 or later, may save them from the file that you moved, if the program was "
        f"built with .recover (some systems' is not): `sqlite3 {DATABASE} .recover | sqlite3 "
        f"new.db`; put new.db in its place as {DATABASE}. `papertally audit --sheet-in` reads the "
        "sheets that you filled in"
    )


def _describe_year(folder: Path, year: str, count: int) -> str:
    """Return how the texts of a year's files can be had again; `year` is a path such as iclr/2024.

    Venues that are not known have copies of the user's files alone.
    """
    venue, _, number = year.partition("/")
    found = f"{format_count(count, 'file')} of {venue} {number} lie in {folder}: once the database "
    if venue in load_venues():
        return (
            f"{found}is moved, `papertally survey {venue} {number}` takes the PDFs that it lists, "
            "without fetching them again"
        )
    return (
        f"{found}is moved, `papertally add {venue} {number} PATH` reads your files again, from "
        "where they are or, if they are gone, from that folder"
    )


def check_ledger(workspace: Workspace) -> Iterator[Finding]:
    """Look whether each paper of each listing has one status, and the sums are right."""
    totals, waiting = Counter[Outcome](), 0
    years = workspace.ledger.years(Scope())
    for year in years:
        ledger = workspace.ledger.read(year)
        papers = Counter(row.paper for row in ledger.rows)
        listed = {item.id for item in workspace.listings.notes(ledger.listing, brief=True)}
        outcomes = Counter(row.ledger for row in ledger.rows)
        double = sum(count > 1 for count in papers.values())
        if double or listed - papers.keys() or outcomes.total() != len(ledger.rows):
            yield wrong(
                f"{year}: {len(listed - papers.keys()):,} listed papers have no status and "
                f"{double:,} have several: please report it with `papertally doctor --bundle FILE`"
            )
        totals += outcomes
        waiting += sum(row.reason.startswith(NOT_EXTRACTED) for row in ledger.rows)
    if not years:
        yield well("nothing is stored yet: `papertally survey` or `papertally add`")
        return
    totals[Outcome.NOT_FETCHED] -= waiting
    parts = [f"{totals[outcome]:,} {outcome}" for outcome in Outcome if totals[outcome]]
    if waiting:
        parts.append(f"{waiting:,} to read")
    number = format_count(totals.total() + waiting, "paper")
    yield well(
        f"{format_count(len(years), 'year')}, {number}, each with a status: {', '.join(parts)}"
    )


def check_texts(workspace: Workspace, progress: Progress) -> Iterator[Finding]:
    """Unpack every text, and look whether the counts are those of the mentions."""
    damaged = find_damaged_texts(workspace, progress)
    texts = len(workspace.texts.stamps())
    if damaged:
        yield wrong(
            f"{len(damaged):,} of {format_count(texts, 'text')} cannot be read: {REPAIR} marks "
            "them, and `papertally extract` reads their files again"
        )
    if sums := workspace.upkeep.wrong_sums():
        yield wrong(
            f"the counts of {format_count(len(sums), 'text')} are not those of the mentions found: "
            f"{REPAIR} matches again"
        )
    if not damaged and not sums:
        yield well(f"{format_count(texts, 'text')} can be read, and the counts add up")


def find_damaged_texts(workspace: Workspace, progress: Progress) -> list[int]:
    """Return the files whose text is missing or is not as it was stored."""
    damaged = workspace.upkeep.without_body()
    keys = sorted(workspace.texts.stamps())
    for key, body in progress.track(workspace.texts.bodies(keys), "check", len(keys)):
        try:
            unpack(body).decode()
        except TextTooLongError:
            continue
        except (DatabaseError, UnicodeDecodeError, zlib.error):
            damaged.add(key)
    return sorted(damaged)


def check_files(workspace: Workspace) -> Iterator[Finding]:
    """Look for files that nothing refers to, and for files that are gone before they were read."""
    folder = workspace.folder
    stored = workspace.upkeep.kept_files()
    if not current_run(folder):
        left, is_well = find_leftovers(workspace), True
        if left.removable:
            is_well = False
            yield wrong(
                f"{format_count(len(left.removable), 'file')} of killed runs or stored twice, "
                f"{_megabytes(total_bytes(left.removable))}: {REPAIR} deletes them"
            )
        if left.strays:
            is_well = False
            yield wrong(
                f"{format_count(len(left.strays), 'document')} that no paper has, "
                f"{_megabytes(total_bytes(left.strays))}: {REPAIR} moves them to "
                f"{folder / ORPHANS}"
            )
        if left.expected:
            yield note(
                f"{format_count(len(left.expected), 'PDF')} that a killed run had stored: the "
                "next `papertally fetch` or `papertally survey` of the year takes them"
            )
        if is_well:
            here = [item.file.path for item in stored if item.file.path.is_file()]
            size = _megabytes(total_bytes(tuple(here)))
            yield well(f"{len(here):,} papers' files kept here, {size}" if here else _NONE_KEPT)
    pending = workspace.texts.pending(Scope())
    gone = sum(not item.file.path.exists() for item in pending)
    if len(pending) > gone and not current_run(folder):
        unread = len(pending) - gone
        yield note(
            f"{format_count(unread, 'file')} not read yet: `papertally report` of the year reads "
            "them, or `papertally extract`"
        )
    if gone:
        yield note(
            f"{format_count(gone, 'file')} not read yet and gone: `papertally survey` fetches them "
            "again, `papertally add` takes your own from where they are now"
        )
    if (folder / ORPHANS).is_dir():
        yield note(
            f"{folder / ORPHANS} has documents that no paper had: add them with `papertally add`, "
            "or delete the folder"
        )


def check_index(workspace: Workspace) -> Iterator[Finding]:
    """Look whether the search index is sound, and made of the texts that are stored."""
    stamps = workspace.texts.stamps()
    try:
        with IndexFile(workspace.folder) as file:
            file.check()
            current = sum(stamps.get(key) == saved for key, saved, _, _ in file.indexed())
    except OldIndexError as error:
        yield well(f"{error}: the next search makes it again")
    except DamagedIndexError as error:
        yield wrong(f"{error}: {REPAIR} or the next search makes it again")
    except IndexFileError as error:
        yield well(f"{error}: searches read the texts, and the next one makes it")
    else:
        if current < len(stamps):
            rest = len(stamps) - current
            yield well(f"sound; the next search adds {format_count(rest, 'text')} to {current:,}")
        else:
            yield well(f"sound, and made of all {format_count(current, 'text')}")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
