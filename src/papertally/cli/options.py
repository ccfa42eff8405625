"""The options that commands share, each group of them read into one record.

click checks choices and numbers, and parses dates and populations. Sizes, periods, shares and the
population of `survey` are parsed when the settings are built, so that an unattended survey prints a
wrong one once a day, as it does with other trouble.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from papertally.cli.context import Console, as_record, option
from papertally.errors import UsageError
from papertally.models import Counting, Revision, Rule, Status, ZoneFilter
from papertally.resources import find_lexicon
from papertally.settings import (
    MAX_JOBS,
    Extraction,
    Fetching,
    Settings,
    default_jobs,
    parse_bytes,
    parse_date,
    parse_duration,
    parse_share,
    parse_statuses,
)

if TYPE_CHECKING:
    from papertally.report.query import Display, ReportQuery

_MAX_CONTACT = 200
"""Letters of an address in the User-Agent header."""
_MAX_SECONDS = 86_400
_DEFAULTS = Settings(Path())


def _seconds(text: str) -> float:
    """Parse a positive number of seconds; `nan` and `inf` are refused."""
    seconds = float(click.FLOAT(text) or 0)
    if not 0 < seconds <= _MAX_SECONDS:
        raise click.BadParameter(
            f"{text} is not a time: write seconds above 0, at most {_MAX_SECONDS:,} (a day)"
        )
    return seconds


def split_names(words: Iterable[str]) -> tuple[str, ...]:
    """Parse names that were given once or more, with commas; in lower case."""
    parts = ",".join(words).lower().split(",")
    return tuple(part.strip() for part in parts if part.strip())


def parse_population(text: str | None) -> tuple[Status, ...] | None:
    """Parse the value of `--population`; None if it is not given.

    Raises click's `UsageError`, to which click adds the command whose help says more.
    """
    if text is None:
        return None
    try:
        return parse_statuses(text)
    except UsageError as error:
        raise click.UsageError(str(error)) from None


def out_folder(name: str | None) -> Path | None:
    """Check the folder of `--out`. Raises `UsageError`."""
    if name == "":  # an unset shell variable does not mean the current folder
        raise UsageError("--out needs the name of a folder; . is the current one")
    if name and Path(name).exists() and not Path(name).is_dir():
        raise UsageError(f"--out {name} is a file: name a folder")
    return Path(name) if name else None


FILE: dict[str, Any] = {"type": click.Path(path_type=Path), "metavar": "FILE"}
"""The settings of an option for a file."""
LEXICON = option(
    "Add your own frameworks; one with the name of a bundled one replaces it. Or `libraries`: the "
    "bundled rules of NumPy, scikit-learn and other libraries.",
    multiple=True,
    # not a `Path`, to which ./libraries is libraries
    type=click.Path(),
    metavar="FILE",
    parse=lambda names: tuple(map(find_lexicon, names)),
)
VENUES = option("Add your own venues.", multiple=True, **FILE)
AS_OF = option(
    "Use the newest listing on or before DATE.",
    default="",
    metavar="DATE",
    parse=lambda text: parse_date(text) if text else "",
)
_POPULATION = option(
    "all, or one or more of accepted, rejected, withdrawn, desk-rejected (with commas). Default: "
    "what is listed.",
    metavar="STATUS",
)
POPULATION: Any = partial(
    _POPULATION, callback=lambda _context, _parameter, text: parse_population(text)
)
"""None if it is not given: what the listings hold."""
ZONE = option(
    "Where to look: the PDF's text (any), a part of it, or title, abstract, TL;DR and keywords "
    "(listing).",
    choices=list(ZoneFilter),
)


@dataclass(frozen=True, slots=True)
class ExtractOptions:
    """What bounds the reading of documents."""

    jobs: int | None = option(
        f"Worker processes. Default: the available cores, at most {MAX_JOBS}.",
        type=click.IntRange(1, 64),
        metavar="N",
    )
    timeout: float = option(
        "Time limit for one document.",
        default=int(_DEFAULTS.extraction.timeout),
        metavar="SECONDS",
        type=_seconds,
    )
    memory: str = option(
        "Memory limit of one worker.",
        default=f"{_DEFAULTS.extraction.memory >> 30}G",
        metavar="SIZE",
    )
    engine: str | None = option(
        "Read PDFs with this engine only.", type=click.Choice(["pdfium", "pdfminer"])
    )
    max_failures: str = option(
        "End with exit code 3 if a larger share of papers fails.",
        default=f"{_DEFAULTS.max_failures:.0%}",
        metavar="SHARE",
    )

    def apply(self, settings: Settings) -> Settings:
        """Return settings with these limits. Raises `UsageError`."""
        jobs, memory = self.jobs or default_jobs(), parse_bytes(self.memory)
        return replace(
            settings,
            extraction=Extraction(jobs, self.timeout, memory, self.engine or ""),
            max_failures=parse_share(self.max_failures),
        )


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """What is fetched and what a run may spend on it."""

    sample: int | None = option(
        "Fetch a random sample of N papers of each year; under 30 are too few to compare years.",
        type=click.IntRange(1),
        metavar="N",
    )
    revision: str = option(
        "Fetch the latest PDFs, or those first submitted (original).",
        choices=[Revision.CURRENT, Revision.ORIGINAL],
    )
    max_requests: int | None = option(
        "Stop after N requests (exit code 6).", type=click.IntRange(1), metavar="N"
    )
    max_time: str | None = option(
        "Stop after this time, such as 50m (exit code 6).", metavar="TIME"
    )
    wait: bool = option("Wait for quotas to reset.", is_flag=True)
    relist_after: str | None = option(
        "List a year again if its listing is older than TIME. Default: 7d, but a finished year is "
        "not listed again.",
        metavar="TIME",
    )
    min_free: str = option(
        "Stop if less than SIZE is free on the disk. 0: stop when it is full.",
        default=f"{_DEFAULTS.fetching.min_free >> 30}G",
        metavar="SIZE",
    )
    contact: str = option(
        "Your mail or web address, sent to the sites that papers come from.",
        default="",
        metavar="ADDRESS",
    )
    source: str | None = option(
        "Use only OpenReview (all submissions), or only proceedings (accepted papers, no login). "
        "Default: both.",
        type=click.Choice(["openreview", "proceedings"]),
    )
    pace: str | None = option(
        "Time between two requests to a site without login. Default and minimum: 1s.",
        metavar="TIME",
    )
    venues: tuple[Path, ...] = VENUES

    def warn_of_sample(self, console: Console) -> None:
        """Print that a sample is too small, before it is fetched."""
        from papertally.report.year import MIN_COMPARED

        if self.sample and self.sample < MIN_COMPARED:
            console.warn(
                f"--sample {self.sample}: years are compared only if {MIN_COMPARED} papers or more "
                "of each were read"
            )

    def apply(
        self,
        settings: Settings,
        statuses: tuple[Status, ...] | None,
        *,
        keep_pdf: bool = True,
    ) -> Settings:
        """Return settings that fetch papers of `Fetching.statuses` within these limits.

        Raises `UsageError`.
        """
        # The address goes into a header, which must not be broken into two.
        contact = self.contact
        if not contact.isprintable() or not contact.isascii() or len(contact) > _MAX_CONTACT:
            raise UsageError("--contact must be a mail or web address")
        fetching = Fetching(
            statuses=statuses,
            source=self.source or "",
            pace=parse_duration(self.pace) if self.pace else _DEFAULTS.fetching.pace,
            sample=self.sample,
            max_requests=self.max_requests,
            max_time=parse_duration(self.max_time) if self.max_time else None,
            wait=self.wait,
            min_free=parse_bytes(self.min_free, may_be_zero=True),
            relist_after=parse_duration(self.relist_after) if self.relist_after else None,
            revision=Revision(self.revision),
            contact=contact,
            keep_pdf=keep_pdf,
        )
        return replace(settings, fetching=fetching, venues=self.venues)


@dataclass(frozen=True, slots=True)
class Showing:
    """What a report counts, and how it is shown and written."""

    query: "ReportQuery"
    display: "Display"
    form: str = "table"
    """The form on stdout."""
    out: Path | None = None
    """Folder for the files; None for none."""


_COUNT, _PAPERS, _FORM, _FILES = "What to count", "Which papers", "Form", "Files"
"""Headings of the help."""

LANG = option("Language of the report, errors and warnings.", choices=["en", "zh"], heading=_FORM)
OUT = option(
    "Write page, chart and tables to this folder.",
    metavar="DIR",
    parse=out_folder,
    heading=_FILES,
)


def first_given(options: Any, names: Iterable[str]) -> str:
    """Return the first option that was given, as it is written; empty if none was."""
    for name in names:
        if getattr(options, name):
            return f"--{name.replace('_', '-')}"
    return ""


def refuse_workspace_options(options: Any, names: Iterable[str]) -> None:
    """Raise `UsageError` for the first given option that a report folder cannot serve."""
    if given := first_given(options, names):
        raise UsageError(f"{given} needs the workspace, which holds listings and texts, not --from")


def under(heading: str, declared: Any) -> Any:
    """Return a declared option with a heading in the help."""
    return partial(declared, heading=heading)


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What `report` counts, and how it is shown and written."""

    framework: tuple[str, ...] = option(
        "Show only these frameworks. Default: those in at least 1 % of the papers.",
        "-f",
        multiple=True,
        metavar="X,Y",
        heading=_COUNT,
    )
    term: tuple[str, ...] = option(
        "Count this phrase: whole words in any case, and the plural of a phrase in lower case. Or "
        "name=/regex/. Repeatable.",
        multiple=True,
        metavar="PHRASE",
        heading=_COUNT,
    )
    anywhere: bool = option(
        "Count any substring in any case, as the search boxes of 2018 did.",
        is_flag=True,
        heading=_COUNT,
    )
    case: bool = option(
        "Count a --term only with the same upper and lower case.", is_flag=True, heading=_COUNT
    )
    zone: str = under(_COUNT, ZONE)
    count: str = option(
        "Count papers that mention it (any), that mention nothing else of its group (only), or "
        "that mention it or what belongs to it (grouped). The lexicon defines the groups.",
        choices=list(Counting),
        heading=_COUNT,
    )
    lexicon: tuple[Path, ...] = under(_COUNT, LEXICON)
    population: tuple[Status, ...] | None = under(_PAPERS, POPULATION)
    as_of: str = under(_PAPERS, AS_OF)
    from_: str | None = option(
        "Use this report folder instead of the workspace; or a bundled one by its name, or a "
        "published one by its https address, which is downloaded once.",
        metavar="DIR|URL",
        heading=_PAPERS,
    )
    details: bool = option(
        "Show also intervals, tests, zones, other ways of counting and the ledger.",
        is_flag=True,
        heading=_FORM,
    )
    measure: str = option("What the chart shows.", choices=["share", "papers"], heading=_FORM)
    events: bool = option(
        "Mark the first release of each framework in the chart.", is_flag=True, heading=_FORM
    )
    format: str = option(
        "Format of the output.",
        choices=["table", "csv", "json", "markdown", "latex"],
        heading=_FORM,
    )
    lang: str = LANG
    out: Path | None = OUT

    def query(self) -> "ReportQuery":
        """Return what is to be counted. Raises `UsageError`."""
        from papertally.report.query import ReportQuery

        if self.case and not self.term:
            raise UsageError("--case works only with --term: frameworks have their own rules")
        if self.case and self.anywhere:
            raise UsageError("--case and --anywhere are different ways to count: use only one")
        return ReportQuery(
            self.population,
            Rule.SUBSTRING if self.anywhere else Rule.LEXICON,
            split_names(self.framework),
            ZoneFilter(self.zone),
            Counting(self.count),
        )

    def showing(self) -> Showing:
        """Return what is to be counted and how it is to be shown. Raises `UsageError`."""
        from papertally.report.i18n import Language
        from papertally.report.query import Display, Measure

        if self.events and not self.out:
            raise UsageError("--events changes the chart only: add --out DIR to write one")
        check_folder(self.out)
        display = Display(
            details=self.details,
            language=Language(self.lang),
            measure=Measure(self.measure),
            events=self.events,
        )
        return Showing(self.query(), display, self.format, self.out)


@dataclass(frozen=True, slots=True)
class SurveyOptions:
    """What `survey` counts and writes; `report` has the other ways to look at the same papers."""

    lexicon: tuple[Path, ...] = under(_COUNT, LEXICON)
    population: str | None = under(_PAPERS, _POPULATION)
    lang: str = LANG
    out: Path | None = OUT
    keep_pdf: str = option(
        "no: delete each fetched PDF after its text is extracted.",
        choices=["yes", "no"],
        heading=_FILES,
    )
    cron: bool = option(
        "Print only changes, and each problem once a day.",
        is_flag=True,
        heading="Unattended",
    )

    def showing(self) -> Showing:
        """Return what is to be counted and how it is to be shown. Raises `UsageError`."""
        from papertally.report.i18n import Language
        from papertally.report.query import Display, ReportQuery

        check_folder(self.out)
        query = ReportQuery(parse_population(self.population))
        return Showing(query, Display(language=Language(self.lang)), out=self.out)


def check_folder(folder: Path | None) -> None:
    """Raise `UsageError` for a folder in other use, before anything is counted."""
    if folder:
        from papertally.report.folder import earlier_files

        earlier_files(folder)


extract_options = as_record("extraction", ExtractOptions, "Advanced")
fetch_options = as_record("fetching", FetchOptions, "Fetching")
report_options = as_record("reporting", ReportOptions)
survey_options = as_record("reporting", SurveyOptions)
