"""What the commands share: options that stand before and after them, years, messages."""

import logging
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from papertally import stored, survey
from papertally.errors import UsageError
from papertally.model import Revision, Rule, Status, parse_venue, parse_years
from papertally.progress import SILENT, Bar, Lines, Progress
from papertally.settings import (
    MOST_JOBS,
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
from papertally.store import Scope, Workspace

Command = TypeVar("Command", bound=Callable[..., Any])
_LONGEST_CONTACT = 200
_MOST_NOTES = 10
"""Notes of one kind that are printed; the rest is counted."""
_LONGEST = 86_400


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
        for line in lines[:_MOST_NOTES]:
            tell(line)
        if len(lines) > _MOST_NOTES:
            tell(f"... and {len(lines) - _MOST_NOTES:,} more of the kind (all are in the workspace's log)")
        for line in lines:
            logging.getLogger("papertally").info("%s", line)

    def progress(self) -> Progress:
        """Choose how progress is shown: a bar on a terminal, lines otherwise."""
        if self.quiet:
            return SILENT
        return Bar(sys.stderr) if sys.stderr.isatty() else Lines(sys.stderr)


class VenueType(click.ParamType[str]):
    """A venue's name."""

    name = "venue"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the name and give its id."""
        return parse_venue(value)


class SecondsType(click.ParamType[float]):
    """A time that ends."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Check that it is a positive number; `nan` and `inf` are no time to wait."""
        seconds = click.FLOAT.convert(value, param, ctx)
        if not 0 < seconds <= _LONGEST:
            self.fail(f"{value} is no time: give seconds above 0, at most {_LONGEST:,} (a day)", param, ctx)
        return float(seconds)


class YearsType(click.ParamType[tuple[int, ...]]):
    """One word of years, such as `2018` or `2017-2026`."""

    name = "years"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Give the years of the word."""
        return parse_years([value]) if isinstance(value, str) else tuple(value)


def shared_options(command: Command) -> Command:
    """Take `--workspace`, `--quiet` and `-v`, which stand before a command and after it."""
    for option in (
        click.option("-v", "--verbose", is_flag=True, help="Say more about what happens."),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing but results, warnings and errors."),
        click.option("--workspace", type=click.Path(path_type=Path), help="Folder of everything that is kept."),
    ):
        command = option(command)
    return command


def lexicon_option(command: Command) -> Command:
    """Take `--lexicon`."""
    return click.option(
        "--lexicon", type=click.Path(path_type=Path), multiple=True, metavar="FILE",
        help="Frameworks of your own, added to the bundled ones; one of the same name replaces it.",
    )(command)  # fmt: skip


def extraction_options(command: Command) -> Command:
    """Take what bounds the reading of documents."""
    for option in (
        click.option(
            "--max-failures", default="5%", show_default=True, metavar="SHARE",
            help="Share of papers that may fail before the exit code is 3.",
        ),
        click.option("--engine", type=click.Choice(["pdfium", "pdfminer"]), help="Use this text engine alone."),
        click.option("--memory", default="2G", show_default=True, metavar="SIZE", help="Memory of one worker."),
        click.option(
            "--timeout", type=SecondsType(), default=60, show_default=True, metavar="SECONDS",
            help="Time for one document.",
        ),
        click.option(
            "--jobs", type=click.IntRange(min=1, max=64), metavar="N",
            help=f"Worker processes. Default: the cores this process may use, at most {MOST_JOBS}.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def fetching_options(command: Command) -> Command:
    """Take what is fetched and what a run may spend on it."""
    for option in (
        click.option(
            "--venues", type=click.Path(path_type=Path), multiple=True, metavar="FILE",
            help="Venues of your own, added to the bundled ones.",
        ),
        click.option("--contact", default="", metavar="ADDRESS", help="Your address, told to OpenReview."),
        click.option(
            "--min-free", default="5G", show_default=True, metavar="SIZE", help="Stop before the disk has less free."
        ),
        click.option(
            "--relist-after", default="7d", show_default=True, metavar="TIME",
            help="List an open year anew when its listing is older.",
        ),
        click.option("--wait", is_flag=True, help="Sit out quotas, however long."),
        click.option("--max-time", metavar="TIME", help="Stop after this time, such as 50m, with exit code 6."),
        click.option(
            "--max-requests", type=click.IntRange(min=1), metavar="N", help="Stop after so many requests, with 6."
        ),
        click.option(
            "--revision", type=click.Choice(["current", "original"]), default="current", show_default=True,
            help="Fetch PDFs as they stand, or as they were first submitted.",
        ),
        click.option(
            "--sample", type=click.IntRange(min=1), metavar="N",
            help="Fetch N papers of each year, a fair sample of it, not all.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def keep_pdf_option(command: Command) -> Command:
    """Take `--keep-pdf`."""
    return click.option(
        "--keep-pdf", type=click.Choice(["yes", "no"]), default="yes", show_default=True,
        help="no: delete each fetched PDF once its text is extracted.",
    )(command)  # fmt: skip


def read_fetching(options: dict[str, Any]) -> Fetching:
    """Read the fetching options."""
    contact = options.get("contact", "")
    if not contact.isprintable() or not contact.isascii() or len(contact) > _LONGEST_CONTACT:
        raise UsageError("--contact takes a mail or web address")
    return Fetching(
        statuses=parse_population(options.get("population", "all")),
        sample=options.get("sample"),
        max_requests=options.get("max_requests"),
        max_time=parse_duration(options["max_time"]) if options.get("max_time") else None,
        wait=options.get("wait", False),
        min_free=parse_bytes(options.get("min_free", "5G")),
        relist_after=parse_duration(options.get("relist_after", "7d")),
        revision=Revision(options.get("revision", "current")),
        contact=contact,
        keep_pdf=options.get("keep_pdf", "yes") == "yes",
    )


def out_option(words: str) -> Callable[[Command], Command]:
    """Take `--out`; an empty one, as an unset shell variable gives, is not the folder one stands in."""

    def check(_context: click.Context, _param: click.Parameter, value: str | None) -> Path | None:
        if value == "":
            raise UsageError("--out needs the name of a folder; . is this one")
        if value and Path(value).exists() and not Path(value).is_dir():
            raise UsageError(f"--out {value} is a file: name a folder")
        return Path(value) if value else None

    return click.option("--out", callback=check, metavar="DIR", help=words)


def population_option(command: Command) -> Command:
    """Take `--population`."""
    return click.option(
        "--population", default="all", show_default=True, metavar="STATUS",
        help="all, or accepted, rejected, withdrawn, desk-rejected, or some of them with commas.",
    )(command)  # fmt: skip


def report_options(command: Command) -> Command:
    """Take what a report is asked: population, rule, frameworks, form."""
    for option in (
        population_option,
        out_option("Write all files into this folder."),
        click.option(
            "--format", type=click.Choice(["table", "csv", "json", "markdown"]), default="table",
            show_default=True, help="Form of the report on stdout.",
        ),
        click.option("--as-of", default="", metavar="DATE", help="Use the newest listing that is not later."),
        click.option("-f", "--framework", multiple=True, metavar="X,Y", help="Show these frameworks; files have all."),
        click.option(
            "--rule", type=click.Choice([str(rule) for rule in Rule]), default=str(Rule.LEXICON), show_default=True,
            help="Match by the lexicon's rules, or any substring as the 2018 search boxes did.",
        ),
        click.option(
            "--zone", type=click.Choice(["any", "front"]), default="any", show_default=True,
            help="Search the PDFs' text (any), or the listing's title, abstract, TL;DR and keywords (front).",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


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
    return survey.parse_date(word) if word else ""


def check_stored(workspace: Workspace, scope: Scope) -> None:
    """Raise `UsageError` where a venue's name or years are those of nothing that is stored."""
    if scope.venue and not survey.years_in(workspace, scope):
        raise stored.nothing_stored(scope)


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
        workspace=_absolute(options.get("workspace") or group.get("workspace") or default_workspace()),
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
        raise UsageError(f"the workspace {folder} cannot be found: there is no such home folder") from None


def valid_until(expires: float) -> str:
    """Say until when a token is valid."""
    if not expires:
        return "for a time OpenReview does not tell"
    return f"until {datetime.fromtimestamp(expires).astimezone().isoformat(' ', 'minutes')}"


def warn_of_expiry(settings: Settings, console: Console) -> None:
    """Warn in the last day of a token that the run cannot renew by itself."""
    from papertally.fetch.login import LAST_DAY, expiry_now, password_from_environment

    expires = expiry_now(settings.hosts.v2)
    if expires and time.time() < expires < time.time() + LAST_DAY and not password_from_environment():
        console.warn(f"the OpenReview token is valid {valid_until(expires)} only: run `papertally login` before then")


def make_console(context: click.Context, options: dict[str, Any]) -> Console:
    """Build the console, and show the log on stderr where the user wants more words."""
    group = context.find_root().params
    verbose = options.get("verbose") or group.get("verbose")
    logging.getLogger("papertally").setLevel(logging.DEBUG if verbose else logging.INFO)  # also for the log file
    if verbose:
        logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    return Console(bool(options.get("quiet") or group.get("quiet")))
