"""What the commands share: settings from options, and words to the user."""

import logging
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from papertally import pipeline, snapshot_loader
from papertally.errors import PapertallyError, UsageError
from papertally.models import Revision, Scope, Status
from papertally.progress import SILENT, Bar, Lines, Progress
from papertally.settings import (
    Extraction,
    Fetching,
    Settings,
    default_jobs,
    default_workspace,
    hosts_from_environment,
    parse_bytes,
    parse_duration,
    parse_share,
)
from papertally.store.connection import disk_warning
from papertally.store.workspace import Workspace

_MAX_CONTACT = 200
_MAX_NOTES = 10
"""Notes of one kind that are printed; the rest is counted."""


REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def printable(text: str, instead: str = " ") -> str:
    """Take out what would move or colour a terminal: titles, names and rules come from files that others made."""
    return "".join(one if one.isprintable() else instead for one in text)


@dataclass(slots=True)
class Console:
    """Where words to the user go: everything but results, on stderr."""

    quiet: bool

    def say(self, line: str) -> None:
        """Tell something, unless the user asked for quiet."""
        if not self.quiet:
            click.echo(line, err=True)

    def warn(self, line: str) -> None:
        """Tell something that must not be missed."""
        click.echo(f"warning: {line}", err=True)

    def list(self, lines: list[str], tell: Callable[[str], None]) -> None:
        """Tell several things of one kind, the first ones in full."""
        for line in lines[:_MAX_NOTES]:
            tell(line)
        if len(lines) > _MAX_NOTES:
            tell(
                f"... and {len(lines) - _MAX_NOTES:,} more of the kind (all are in the workspace's log)"
            )
        for line in lines:
            logging.getLogger("papertally").info("%s", line)

    def progress(self) -> Progress:
        """Choose how progress is shown: a bar on a terminal, lines otherwise."""
        if self.quiet:
            return SILENT
        return Bar(sys.stderr) if sys.stderr.isatty() else Lines(sys.stderr)


def read_fetching(options: dict[str, Any]) -> Fetching:
    """Read the fetching options."""
    contact = options.get("contact", "")
    if not contact.isprintable() or not contact.isascii() or len(contact) > _MAX_CONTACT:
        raise UsageError("--contact takes a mail or web address")
    return Fetching(
        statuses=parse_population(options.get("population", "all")),
        sample=options.get("sample"),
        max_requests=options.get("max_requests"),
        max_time=parse_duration(options["max_time"]) if options.get("max_time") else None,
        wait=options.get("wait", False),
        min_free=parse_bytes(options.get("min_free", "5G"), may_be_zero=True),
        relist_after=parse_duration(options["relist_after"])
        if options.get("relist_after")
        else None,
        revision=Revision(options.get("revision", "current")),
        contact=contact,
        keep_pdf=options.get("keep_pdf", "yes") == "yes",
    )


def parse_population(word: str) -> tuple[Status, ...]:
    """Read `all` (empty) or a comma list of statuses."""
    words = [part.strip().lower() for part in word.split(",") if part.strip()]
    if words == ["all"]:
        return ()
    known = {str(status): status for status in Status}
    for part in words:
        if part not in known:
            raise click.UsageError(f"{part!r} is no population: use all, {', '.join(known)}")
    if not words:
        raise click.UsageError("--population needs all or a status")
    return tuple(sorted({known[part] for part in words}))


def split_names(words: Iterable[str]) -> tuple[str, ...]:
    """Read framework ids given once or more, with commas."""
    return tuple(part.strip().lower() for word in words for part in word.split(",") if part.strip())


def read_date(word: str) -> str:
    """Check a date; empty means none."""
    return pipeline.parse_date(word) if word else ""


def check_stored(workspace: Workspace, scope: Scope) -> None:
    """Raise `UsageError` where a venue's name or years are those of nothing that is stored."""
    if scope.venue and not workspace.ledger.years(scope):
        raise snapshot_loader.nothing_stored(scope)


def make_scope(venue: str | None, years: tuple[tuple[int, ...], ...]) -> Scope:
    """Make the scope of `VENUE YEARS` as click gives them."""
    return Scope(venue or "", tuple(sorted({year for word in years for year in word})))


def make_settings(context: click.Context, options: dict[str, Any]) -> Settings:
    """Build the settings from a command's options, the group's, and the environment."""
    group = context.find_root().params
    extraction = Extraction(
        jobs=options.get("jobs") or default_jobs(),
        timeout=options.get("timeout", 60.0),
        memory=parse_bytes(options.get("memory", "2G")),
        engine=options.get("engine") or "",
    )
    return Settings(
        workspace=_absolute(
            options.get("workspace") or group.get("workspace") or default_workspace()
        ),
        lexicons=tuple(options.get("lexicon", ())),
        venues=tuple(options.get("venues", ())),
        extraction=extraction,
        hosts=hosts_from_environment(),
        fetching=read_fetching(options),
        max_failures=parse_share(options.get("max_failures", "5%")),
    )


def _absolute(folder: Path) -> Path:
    try:
        return folder.expanduser().absolute()
    except RuntimeError:  # the home of a user that is not there
        raise UsageError(
            f"the workspace {folder} cannot be found: there is no such home folder"
        ) from None


def writing(
    settings: Settings, console: Console, command: str
) -> AbstractContextManager[Workspace]:
    """Open the workspace as its one writer, after a warning where its disk is unsafe."""
    if warning := disk_warning(settings.workspace):
        console.warn(warning)
    return pipeline.writing(settings, command)


def valid_until(expires: float) -> str:
    """Say until when a token is valid."""
    if not expires:
        return "for a time OpenReview does not tell"
    return f"until {datetime.fromtimestamp(expires).astimezone().isoformat(' ', 'minutes')}"


def is_verbose(context: click.Context, options: dict[str, Any]) -> bool:
    """Say whether the user wants more words."""
    return bool(options.get("verbose") or context.find_root().params.get("verbose"))


def make_console(context: click.Context, options: dict[str, Any]) -> Console:
    """Build the console, and show the log on stderr where the user wants more words."""
    group = context.find_root().params
    verbose = is_verbose(context, options)
    logging.getLogger("papertally").setLevel(
        logging.DEBUG if verbose else logging.INFO
    )  # also for the log file
    if verbose:
        logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    return Console(bool(options.get("quiet") or group.get("quiet")))


def ending(error: Exception) -> tuple[str, int]:
    """Give the words for people and the exit code; what nobody foresaw is a bug and goes to the log with its place."""
    if isinstance(error, click.ClickException):
        asked = error.ctx if isinstance(error, click.UsageError) else None
        return error.format_message() + (
            f" (see `{asked.command_path} --help`)" if asked else ""
        ), 2
    if isinstance(error, PapertallyError):
        return str(error), error.exit_code
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename} cannot be used: {error.strerror}", 2
    logging.getLogger("papertally").error("a bug", exc_info=error)
    return (
        f"a bug in papertally: {type(error).__name__}: {error}; please report it, -v shows where",
        1,
    )
