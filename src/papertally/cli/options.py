"""The arguments and options that commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from papertally.errors import UsageError
from papertally.models import Counting, Rule
from papertally.settings import MAX_JOBS, parse_venue, parse_years

Command = TypeVar("Command", bound=Callable[..., Any])
_LONGEST = 86_400


class VenueType(click.ParamType[str]):
    """A venue's name."""

    name = "venue"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the name and give its id."""
        return parse_venue(value)


class SecondsType(click.ParamType[float]):
    """A time that ends."""

    name = "seconds"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Check that it is a positive number; `nan` and `inf` are no time to wait."""
        seconds = click.FLOAT.convert(value, param, ctx)
        if not 0 < seconds <= _LONGEST:
            self.fail(
                f"{value} is no time: give seconds above 0, at most {_LONGEST:,} (a day)",
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
        """Give the years of the word."""
        return parse_years([value]) if isinstance(value, str) else tuple(value)


def _together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Take several options as one; help lists the last one first."""

    def take(command: Command) -> Command:
        for option in options:
            command = option(command)
        return command

    return take


shared_options = _together(
    click.option("-v", "--verbose", is_flag=True, help="Say more about what happens."),
    click.option(
        "-q", "--quiet", is_flag=True, help="Say nothing but results, warnings and errors."
    ),
    click.option(
        "--workspace", type=click.Path(path_type=Path), help="Folder of everything that is kept."
    ),
)
"""They stand before a command and after it."""

lexicon_option = click.option(
    "--lexicon", type=click.Path(path_type=Path), multiple=True, metavar="FILE",
    help="Frameworks of your own, added to the bundled ones; one of the same name replaces it.",
)  # fmt: skip

venues_option = click.option(
    "--venues", type=click.Path(path_type=Path), multiple=True, metavar="FILE",
    help="Venues of your own, added to the bundled ones.",
)  # fmt: skip

as_of_option = click.option(
    "--as-of", default="", metavar="DATE", help="Use the newest listing that is not later."
)

extraction_options = _together(
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
        help=f"Worker processes. Default: the cores this process may use, at most {MAX_JOBS}.",
    ),
)  # fmt: skip
"""What bounds the reading of documents."""

fetching_options = _together(
    venues_option,
    click.option("--contact", default="", metavar="ADDRESS", help="Your address, told to OpenReview."),
    click.option(
        "--min-free", default="5G", show_default=True, metavar="SIZE",
        help="Stop before the disk has less free; 0: when it is full.",
    ),
    click.option(
        "--relist-after", metavar="TIME",
        help="List a year anew when its listing is older. Default: 7d, and never once the year is finished.",
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
)  # fmt: skip
"""What is fetched and what a run may spend on it."""

keep_pdf_option = click.option(
    "--keep-pdf", type=click.Choice(["yes", "no"]), default="yes", show_default=True,
    help="no: delete each fetched PDF once its text is extracted.",
)  # fmt: skip


def out_option(words: str) -> Callable[[Command], Command]:
    """Take `--out`; an empty one, as an unset shell variable gives, is not the folder one stands in."""

    def check(_context: click.Context, _param: click.Parameter, value: str | None) -> Path | None:
        if value == "":
            raise UsageError("--out needs the name of a folder; . is this one")
        if value and Path(value).exists() and not Path(value).is_dir():
            raise UsageError(f"--out {value} is a file: name a folder")
        return Path(value) if value else None

    return click.option("--out", callback=check, metavar="DIR", help=words)


population_option = click.option(
    "--population", default="all", show_default=True, metavar="STATUS",
    help="all, or accepted, rejected, withdrawn, desk-rejected, or some of them with commas.",
)  # fmt: skip

zone_option = click.option(
    "--zone", type=click.Choice(["any", "front", "body", "appendix", "references", "body+appendix"]),
    default="any", show_default=True,
    help="Search the PDFs' text (any) or a part of it, or the listing's title, abstract, TL;DR and keywords "
    "(front).",
)  # fmt: skip

report_options = _together(
    population_option,
    out_option("Write all files into this folder."),
    click.option(
        "--format", type=click.Choice(["table", "csv", "json", "markdown"]), default="table",
        show_default=True, help="Form of the report on stdout.",
    ),
    as_of_option,
    click.option(
        "-f", "--framework", multiple=True, metavar="X,Y",
        help="Show and compare these frameworks; counts.csv and papers.csv hold all.",
    ),
    click.option(
        "--rule", type=click.Choice([str(rule) for rule in Rule]), default=str(Rule.LEXICON), show_default=True,
        help="Match by the lexicon's rules, or any substring as the 2018 search boxes did.",
    ),
    click.option(
        "--count", type=click.Choice([str(counting) for counting in Counting]), default=str(Counting.ANY),
        show_default=True,
        help="Papers that mention it (any), that mention it alone of its group (only), or also what is counted "
        "with it (grouped); the lexicon has the groups.",
    ),
    zone_option,
    click.option(
        "--robustness", is_flag=True, help="Also show the count under every reading, and co-mentions."
    ),
    click.option(
        "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of the report."
    ),
    click.option("--latex", is_flag=True, help="Also write the table for LaTeX, with booktabs."),
    click.option("--excel", is_flag=True, help="Begin CSV files with a byte order mark, as Excel likes them."),
    click.option("--mentions", is_flag=True, help="Also write mentions.csv: every mention with its sentence."),
    click.option("--events", is_flag=True, help="Mark the frameworks' first releases in the chart."),
    click.option(
        "--measure", type=click.Choice(["share", "papers"]), default="share", show_default=True,
        help="What the chart's axis shows.",
    ),
    click.option(
        "--chart", type=click.Choice(["auto", "bars", "slope", "lines"]), default="auto", show_default=True,
        help="Form of the chart; auto: bars for one year, a slope for two, lines for more.",
    ),
    click.option("--wide", is_flag=True, help="Also show in which part of the papers the mentions stand."),
)  # fmt: skip
"""What a report is asked: population, rule, frameworks, form."""
