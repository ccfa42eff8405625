"""The arguments and options that commands share, each group of them read into one record.

The records hold what click returns. Sizes, times and shares are parsed when the settings are built,
so that an unattended survey can report a wrong one as it reports other trouble.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from papertally.cli.context import Decorator, add_options, as_record
from papertally.errors import UsageError
from papertally.models import Counting, Revision, Rule, Scope, Status, VenueYear, ZoneFilter
from papertally.settings import (
    MAX_JOBS,
    Extraction,
    Fetching,
    Settings,
    default_jobs,
    parse_bytes,
    parse_duration,
    parse_share,
    parse_venue,
    parse_years,
)

if TYPE_CHECKING:
    from papertally.report.query import Display, ReportQuery

_MAX_CONTACT = 200
"""Letters of an address in the User-Agent header."""
_MAX_SECONDS = 86_400
_DEFAULTS = Settings(Path())


class VenueType(click.ParamType[str]):
    """A venue's name."""

    name = "venue"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the name and return the venue's id."""
        return parse_venue(value)


class SecondsType(click.ParamType[float]):
    """A number of seconds, at most a day."""

    name = "seconds"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Check that it is a positive number; `nan` and `inf` are refused."""
        seconds = click.FLOAT.convert(value, param, ctx)
        if not 0 < seconds <= _MAX_SECONDS:
            self.fail(
                f"{value} is no time: give seconds above 0, at most {_MAX_SECONDS:,} (a day)",
                param,
                ctx,
            )
        return float(seconds)


class YearsType(click.ParamType[tuple[int, ...]]):
    """One word of years, such as `2018` or `2017-2026`."""

    name = "years"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Return the years of the word."""
        return parse_years([value]) if isinstance(value, str) else tuple(value)


def make_scope(venue: str | None, words: Iterable[tuple[int, ...]]) -> Scope:
    """Make the scope of `VENUE YEARS` as click returns them."""
    years = {year for word in words for year in word}
    return Scope(venue or "", tuple(sorted(years)))


def scope_arguments(*, required: bool) -> Decorator:
    """Return a decorator that adds `VENUE YEARS` and passes them as `scope`."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def call(venue: str | None, years: tuple[tuple[int, ...], ...], **values: Any) -> Any:
            return command(scope=make_scope(venue, years), **values)

        return add_options(
            click.argument("venue", type=VenueType(), required=required),
            click.argument("years", type=YearsType(), nargs=-1, required=required),
        )(call)

    return decorate


def year_arguments(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `VENUE YEAR` to a command and pass them as `year`."""

    @wraps(command)
    def call(venue: str, year: int, **values: Any) -> Any:
        return command(year=VenueYear(venue, year), **values)

    def one_year(context: click.Context, _param: click.Parameter, years: tuple[int, ...]) -> int:
        if len(years) != 1:
            raise UsageError(f"{context.info_name} takes one year at a time")
        return years[0]

    return add_options(
        click.argument("venue", type=VenueType()),
        click.argument("year", type=YearsType(), callback=one_year),
    )(call)


def split_names(words: Iterable[str]) -> tuple[str, ...]:
    """Parse framework ids that were given once or more, with commas."""
    return tuple(part.strip().lower() for word in words for part in word.split(",") if part.strip())


def parse_population(text: str) -> tuple[Status, ...]:
    """Parse `all`, which is the empty tuple, or statuses with commas. Raises `UsageError`."""
    words = split_names([text])
    if words == ("all",):
        return ()
    known = {str(status): status for status in Status}
    for word in words:
        if word not in known:
            raise UsageError(f"{word!r} is no population: use all, {', '.join(known)}")
    if not words:
        raise UsageError("--population needs all or a status")
    return tuple(sorted({known[word] for word in words}))


def parse_as_of(text: str) -> str:
    """Check a date; empty means none. Raises `UsageError`."""
    from papertally.pipeline import parse_date

    return parse_date(text) if text else ""


lexicon_option = click.option(
    "--lexicon",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Frameworks of your own, added to the bundled ones; one of the same name replaces it.",
)
venues_option = click.option(
    "--venues",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Venues of your own, added to the bundled ones.",
)
as_of_option = click.option(
    "--as-of", default="", metavar="DATE", help="Use the newest listing that is not later."
)
population_option = click.option(
    "--population",
    default="all",
    show_default=True,
    metavar="STATUS",
    help="all, or accepted, rejected, withdrawn, desk-rejected, or some of them with commas.",
)
zone_option = click.option(
    "--zone",
    type=click.Choice([str(zone) for zone in ZoneFilter]),
    default="any",
    show_default=True,
    help="Search the PDFs' text (any) or a part of it, or the listing's title, abstract, TL;DR "
    "and keywords (front).",
)
keep_pdf_option = click.option(
    "--keep-pdf",
    type=click.Choice(["yes", "no"]),
    default="yes",
    show_default=True,
    help="no: delete each fetched PDF once its text is extracted.",
)


def framework_option(text: str) -> Decorator:
    """Return the option `-f`, with its help."""
    return click.option("-f", "--framework", multiple=True, metavar="X,Y", help=text)


def rule_option(text: str) -> Decorator:
    """Return the option `--rule`, with its help."""
    return click.option(
        "--rule",
        type=click.Choice([str(rule) for rule in Rule]),
        default=str(Rule.LEXICON),
        show_default=True,
        help=text,
    )


def format_option(*formats: str, text: str | None = None) -> Decorator:
    """Return the option `--format` with its choices, the first of them by default."""
    return click.option(
        "--format", type=click.Choice(formats), default=formats[0], show_default=True, help=text
    )


def out_option(text: str) -> Decorator:
    """Return the option `--out`, with its help."""

    def check(_context: click.Context, _param: click.Parameter, value: str | None) -> Path | None:
        if value == "":  # an unset shell variable does not mean the current folder
            raise UsageError("--out needs the name of a folder; . is this one")
        if value and Path(value).exists() and not Path(value).is_dir():
            raise UsageError(f"--out {value} is a file: name a folder")
        return Path(value) if value else None

    return click.option("--out", callback=check, metavar="DIR", help=text)


@dataclass(frozen=True, slots=True)
class ExtractOptions:
    """What bounds the reading of documents."""

    jobs: int | None
    timeout: float
    memory: str
    engine: str | None
    max_failures: str

    def apply(self, settings: Settings) -> Settings:
        """Return settings with these limits. Raises `UsageError`."""
        extraction = Extraction(
            jobs=self.jobs or default_jobs(),
            timeout=self.timeout,
            memory=parse_bytes(self.memory),
            engine=self.engine or "",
        )
        return replace(settings, extraction=extraction, max_failures=parse_share(self.max_failures))


extract_options = as_record(
    "extraction",
    ExtractOptions,
    click.option(
        "--jobs",
        type=click.IntRange(min=1, max=64),
        metavar="N",
        help=f"Worker processes. Default: the cores this process may use, at most {MAX_JOBS}.",
    ),
    click.option(
        "--timeout",
        type=SecondsType(),
        default=int(_DEFAULTS.extraction.timeout),
        show_default=True,
        metavar="SECONDS",
        help="Time for one document.",
    ),
    click.option(
        "--memory",
        default=f"{_DEFAULTS.extraction.memory >> 30}G",
        show_default=True,
        metavar="SIZE",
        help="Memory of one worker.",
    ),
    click.option(
        "--engine", type=click.Choice(["pdfium", "pdfminer"]), help="Use this text engine alone."
    ),
    click.option(
        "--max-failures",
        default=f"{_DEFAULTS.max_failures:.0%}",
        show_default=True,
        metavar="SHARE",
        help="Share of papers that may fail before the exit code is 3.",
    ),
)


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """What is fetched and what a run may spend on it."""

    sample: int | None
    revision: str
    max_requests: int | None
    max_time: str | None
    wait: bool
    relist_after: str | None
    min_free: str
    contact: str
    venues: tuple[Path, ...]

    def apply(self, settings: Settings, population: str, keep_pdf: str = "yes") -> Settings:
        """Return settings that fetch a population within these limits. Raises `UsageError`."""
        # The address goes into a header, which must not be broken into two.
        contact = self.contact
        if not contact.isprintable() or not contact.isascii() or len(contact) > _MAX_CONTACT:
            raise UsageError("--contact takes a mail or web address")
        fetching = Fetching(
            statuses=parse_population(population),
            sample=self.sample,
            max_requests=self.max_requests,
            max_time=_parse_duration(self.max_time),
            wait=self.wait,
            min_free=parse_bytes(self.min_free, may_be_zero=True),
            relist_after=_parse_duration(self.relist_after),
            revision=Revision(self.revision),
            contact=contact,
            keep_pdf=keep_pdf == "yes",
        )
        return replace(settings, fetching=fetching, venues=self.venues)


def _parse_duration(text: str | None) -> float | None:
    """Parse a time in seconds; an option that is not given or empty has none."""
    return parse_duration(text) if text else None


fetch_options = as_record(
    "fetching",
    FetchOptions,
    click.option(
        "--sample",
        type=click.IntRange(min=1),
        metavar="N",
        help="Fetch N papers of each year, a fair sample of it, not all.",
    ),
    click.option(
        "--revision",
        type=click.Choice([str(Revision.CURRENT), str(Revision.ORIGINAL)]),
        default=str(_DEFAULTS.fetching.revision),
        show_default=True,
        help="Fetch PDFs as they stand, or as they were first submitted.",
    ),
    click.option(
        "--max-requests",
        type=click.IntRange(min=1),
        metavar="N",
        help="Stop after so many requests, with 6.",
    ),
    click.option(
        "--max-time", metavar="TIME", help="Stop after this time, such as 50m, with exit code 6."
    ),
    click.option("--wait", is_flag=True, help="Sit out quotas, however long."),
    click.option(
        "--relist-after",
        metavar="TIME",
        help="List a year anew when its listing is older. Default: 7d, and never once the year "
        "is finished.",
    ),
    click.option(
        "--min-free",
        default=f"{_DEFAULTS.fetching.min_free >> 30}G",
        show_default=True,
        metavar="SIZE",
        help="Stop before the disk has less free; 0: when it is full.",
    ),
    click.option(
        "--contact", default="", metavar="ADDRESS", help="Your address, told to OpenReview."
    ),
    venues_option,
)


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What a report counts, and how it is shown and written."""

    wide: bool
    chart: str
    measure: str
    events: bool
    mentions: bool
    excel: bool
    latex: bool
    lang: str
    robustness: bool
    zone: str
    count: str
    rule: str
    framework: tuple[str, ...]
    as_of: str
    format: str
    out: Path | None
    population: str

    def query(self) -> "ReportQuery":
        """Return what is to be counted. Raises `UsageError`."""
        from papertally.report.query import ReportQuery, check_zone

        query = ReportQuery(
            parse_population(self.population),
            Rule(self.rule),
            split_names(self.framework),
            ZoneFilter(self.zone),
            Counting(self.count),
        )
        check_zone(query)
        return query

    def display(self) -> "Display":
        """Return how the report is to be shown."""
        from papertally.report.i18n import Language
        from papertally.report.query import ChartForm, Display, Measure

        return Display(
            wide=self.wide,
            robustness=self.robustness,
            language=Language(self.lang),
            chart=ChartForm(self.chart),
            measure=Measure(self.measure),
            events=self.events,
        )

    def check_files(self) -> None:
        """Raise `UsageError` for options about files without `--out`, or a folder of another program."""
        if self.out:
            from papertally.report.datapackage import check_folder

            check_folder(self.out)
            return
        for name in ("mentions", "excel", "latex", "events"):
            printed = name == "excel" and self.format == "csv"
            if getattr(self, name) and not printed:
                raise UsageError(f"--{name} is about the files of --out DIR: name a folder with it")


report_options = as_record(
    "reporting",
    ReportOptions,
    click.option(
        "--wide", is_flag=True, help="Also show in which part of the papers the mentions stand."
    ),
    click.option(
        "--chart",
        type=click.Choice(["auto", "bars", "slope", "lines"]),
        default="auto",
        show_default=True,
        help="Form of the chart; auto: bars for one year, a slope for two, lines for more.",
    ),
    click.option(
        "--measure",
        type=click.Choice(["share", "papers"]),
        default="share",
        show_default=True,
        help="What the chart's axis shows.",
    ),
    click.option(
        "--events", is_flag=True, help="Mark the frameworks' first releases in the chart."
    ),
    click.option(
        "--mentions",
        is_flag=True,
        help="Also write mentions.csv: every mention with its sentence.",
    ),
    click.option(
        "--excel",
        is_flag=True,
        help="Begin CSV files with a byte order mark, as Excel likes them.",
    ),
    click.option("--latex", is_flag=True, help="Also write the table for LaTeX, with booktabs."),
    click.option(
        "--lang",
        type=click.Choice(["en", "zh"]),
        default="en",
        show_default=True,
        help="Language of the report.",
    ),
    click.option(
        "--robustness",
        is_flag=True,
        help="Also show the count under every reading, and co-mentions.",
    ),
    zone_option,
    click.option(
        "--count",
        type=click.Choice([str(counting) for counting in Counting]),
        default=str(Counting.ANY),
        show_default=True,
        help="Papers that mention it (any), that mention it alone of its group (only), or also "
        "what is counted with it (grouped); the lexicon has the groups.",
    ),
    rule_option("Match by the lexicon's rules, or any substring as the 2018 search boxes did."),
    framework_option("Show and compare these frameworks; counts.csv and papers.csv hold all."),
    as_of_option,
    format_option("table", "csv", "json", "markdown", text="Form of the report on stdout."),
    out_option("Write all files into this folder."),
    population_option,
)
