"""The options that commands share in groups, each of them read into one record.

click checks choices and numbers. Sizes, periods, shares and the population of `survey` are parsed
when the settings are built, so that an unattended survey prints a wrong one once a day, as it does
with other trouble.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from papertally.cli.context import Console, as_record, option
from papertally.cli.options import (
    AS_OF,
    COUNT,
    FILES,
    FORM,
    LANG,
    LEXICON,
    OUT,
    PAPERS,
    POPULATION,
    POPULATION_TEXT,
    VENUES,
    ZONE,
    parse_population,
    split_names,
    under,
)
from papertally.errors import UsageError
from papertally.models import Counting, Revision, Rule, Status, ZoneFilter
from papertally.settings import (
    MAX_JOBS,
    Extraction,
    Fetching,
    Settings,
    default_jobs,
    parse_bytes,
    parse_duration,
    parse_share,
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


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What `report` counts, and how it is shown and written."""

    framework: tuple[str, ...] = option(
        "Show only these frameworks. Default: those in at least 1 % of the papers.",
        "-f",
        multiple=True,
        metavar="X,Y",
        heading=COUNT,
    )
    term: tuple[str, ...] = option(
        "Count this phrase: whole words in any case, and the plural of a phrase in lower case. Or "
        "name=/regex/. Repeatable.",
        multiple=True,
        metavar="PHRASE",
        heading=COUNT,
    )
    anywhere: bool = option(
        "Count any substring in any case, as the search boxes of 2018 did.",
        is_flag=True,
        heading=COUNT,
    )
    case: bool = option(
        "Count a --term only with the same upper and lower case.", is_flag=True, heading=COUNT
    )
    zone: str = under(COUNT, ZONE)
    count: str = option(
        "Count papers that mention it (any), that mention nothing else of its group (only), or "
        "that mention it or what belongs to it (grouped). The lexicon defines the groups.",
        choices=list(Counting),
        heading=COUNT,
    )
    lexicon: tuple[Path, ...] = under(COUNT, LEXICON)
    population: tuple[Status, ...] | None = under(PAPERS, POPULATION)
    as_of: str = under(PAPERS, AS_OF)
    from_: str | None = option(
        "Use this report folder instead of the workspace; or a bundled one by its name, or a "
        "published one by its https address, which is downloaded once.",
        metavar="DIR|URL",
        heading=PAPERS,
    )
    details: bool = option(
        "Show also intervals, tests, zones, other ways of counting and the ledger.",
        is_flag=True,
        heading=FORM,
    )
    measure: str = option("What the chart shows.", choices=["share", "papers"], heading=FORM)
    events: bool = option(
        "Mark the first release of each framework in the chart.", is_flag=True, heading=FORM
    )
    format: str = option(
        "Format of the output.",
        choices=["table", "csv", "json", "markdown", "latex"],
        heading=FORM,
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

    lexicon: tuple[Path, ...] = under(COUNT, LEXICON)
    population: str | None = under(PAPERS, POPULATION_TEXT)
    lang: str = LANG
    out: Path | None = OUT
    keep_pdf: str = option(
        "no: delete each fetched PDF after its text is extracted.",
        choices=["yes", "no"],
        heading=FILES,
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
        from papertally.report.folder_files import earlier_files

        earlier_files(folder)


extract_options = as_record("extraction", ExtractOptions, "Advanced")
fetch_options = as_record("fetching", FetchOptions, "Fetching")
report_options = as_record("reporting", ReportOptions)
survey_options = as_record("reporting", SurveyOptions)
