"""What a report is asked, and how it is shown; the command `report`."""

import shutil
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from papertally import pipeline
from papertally import snapshot_loader as reading
from papertally.cli.context import (
    Console,
    make_console,
    make_scope,
    make_settings,
    parse_population,
    read_date,
    split_names,
)
from papertally.cli.options import (
    VenueType,
    YearsType,
    lexicon_option,
    report_options,
    shared_options,
)
from papertally.errors import UsageError
from papertally.models import Counting, Rule
from papertally.resources import snapshot_folder
from papertally.settings import Settings
from papertally.store.workspace import Workspace

if TYPE_CHECKING:
    from papertally.match.lexicon import Lexicon
    from papertally.report.counts import Report
    from papertally.report.query import Display, ReportQuery


@dataclass(frozen=True, slots=True)
class TextSource:
    """Where the texts behind a report are found."""

    settings: Settings
    lexicon: "Lexicon"
    as_of: str


def terminal_width() -> int | None:
    """Give the columns of the terminal that results go to; None where they go elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def make_question(options: dict[str, Any]) -> "ReportQuery":
    """Read what is asked for, before any work is begun for it."""
    from papertally.report.query import ReportQuery, check_zone

    question = ReportQuery(
        parse_population(options["population"]),
        Rule(options["rule"]),
        split_names(options["framework"]),
        options["zone"],
        Counting(options["count"]),
    )
    check_zone(question)
    return question


def require_frameworks(asked: tuple[str, ...], lexicon: "Lexicon") -> None:
    """Raise `UsageError` where a framework is asked for that the lexicon does not hold."""
    from papertally.report.query import check_frameworks

    check_frameworks(asked, [framework.id for framework in lexicon.frameworks])


def warn_of_lexicon(lexicon: "Lexicon", console: Console) -> None:
    """Warn where a user's lexicon replaces bundled entries, which an added name may do unawares, or has faults."""
    if lexicon.replaced:
        console.warn(f"your lexicon replaces the bundled entry of {', '.join(lexicon.replaced)}")
    if lexicon.own:
        from papertally.match.lexicon_check import check

        faulty = dict.fromkeys(fault.framework for fault in check(lexicon, lexicon.own))
        if faulty:
            console.warn(
                f"the rules of {', '.join(faulty)} may count wrongly: `papertally frameworks` with your file says why"
            )


def make_display(options: dict[str, Any]) -> "Display":
    """Read how the report is to be shown."""
    from papertally.report.i18n import Language
    from papertally.report.query import ChartForm, Display, Measure

    return Display(
        wide=options["wide"],
        robustness=options["robustness"],
        language=Language(options["lang"]),
        chart=ChartForm(options["chart"]),
        measure=Measure(options["measure"]),
        events=options["events"],
    )


def check_files(options: dict[str, Any]) -> None:
    """Raise `UsageError` where files are asked for, but no folder to write them into, or one that is another's."""
    for name in ("mentions", "excel", "latex", "events"):
        printed = name == "excel" and options["format"] == "csv"
        if options[name] and not options["out"] and not printed:
            raise UsageError(f"--{name} is about the files of --out DIR: name a folder with it")
    if options["out"]:
        from papertally.report.datapackage import check_folder

        check_folder(options["out"])


def show(
    stored: reading.LoadedSnapshot,
    question: "ReportQuery",
    console: Console,
    options: dict[str, Any],
    texts: TextSource | None = None,
    *,
    quiet: bool = False,
) -> "Report":
    """Print a report, unless asked to be quiet, and write its folder, as the report options say.

    `texts` are what the sentences behind the counts are read from.
    """
    from papertally.report.counts import make_report
    from papertally.report.render.terminal import FORMATS, as_table
    from papertally.report.warnings import notices

    report = make_report(stored.snapshot, question, stored.warnings, make_display(options))
    if options["format"] == "table" and not quiet:
        width = terminal_width()
        click.echo(as_table(report, width, colour=width is not None), nl=False)
    elif not quiet:
        mark = "\ufeff" if options["format"] == "csv" and options["excel"] else ""
        click.echo(mark + FORMATS[options["format"]](report), nl=False)
        for line in notices(
            report
        ):  # CSV has no place for them; in the other forms they are said twice
            console.warn(line.removeprefix("Warning: ").removeprefix("警告："))
    if options["out"]:
        _write(report, console, options, texts)
    return report


def _write(
    report: "Report", console: Console, options: dict[str, Any], texts: TextSource | None
) -> None:
    from papertally.report.folder import Extras, write_folder
    from papertally.report.i18n import Language

    mentions = None
    if texts:
        from papertally import evidence

        with Workspace(texts.settings.workspace) as workspace:
            sentences = evidence.sample_evidence(workspace, texts.lexicon, report, texts.as_of)
            report = replace(report, evidence=sentences)
            if options["mentions"]:
                mentions = evidence.all_evidence(workspace, texts.lexicon, report, texts.as_of)
    excel = options["excel"] or report.display.language == Language.ZH
    names, warnings = write_folder(
        report, options["out"], Extras(mentions, excel, options["latex"])
    )
    for line in warnings:
        console.warn(line)
    console.say(f"wrote {', '.join(names)} to {options['out']}")


@click.command(
    epilog="\b\nExample: papertally report iclr 2018 2019 --from iclr-2018-2019 --rule substring"
)
@click.argument("venue", type=VenueType(), required=False)
@click.argument("years", type=YearsType(), nargs=-1)
@click.option(
    "--from", metavar="DIR", help="Report from this folder, or a bundled one by its name."
)
@click.option(
    "--term", multiple=True, metavar="PHRASE",
    help="Count this phrase (whole words, any case; in lower case also its plural), or name=/regex/. Repeatable.",
)  # fmt: skip
@click.option(
    "--as-is", is_flag=True, help="Report what is stored; do not extract or match what is pending."
)
@report_options
@lexicon_option
@shared_options
@click.pass_context
def report(
    context: click.Context,
    /,
    venue: str | None,
    years: tuple[tuple[int, ...], ...],
    as_is: bool,
    **options: Any,
) -> None:
    """Print the year-over-year table of a venue, and write its files.

    What is pending is extracted and matched first.
    """
    settings, console, scope = (
        make_settings(context, options),
        make_console(context, options),
        make_scope(venue, years),
    )
    question, as_of = make_question(options), read_date(options["as_of"])
    check_files(options)
    if options["from"] is not None:
        for name in ("as_of", "lexicon", "term", "mentions"):
            if options[name]:
                option = name.replace("_", "-")
                raise UsageError(
                    f"--{option} needs the workspace, which holds listings and texts, not --from"
                )
        stored, texts = (
            reading.read_folder(snapshot_folder(options["from"]), scope, options["out"]),
            None,
        )
    elif venue:
        lexicon = (
            pipeline.read_terms(options["term"])
            if options["term"]
            else pipeline.read_lexicon(settings)
        )
        require_frameworks(question.frameworks, lexicon)
        warn_of_lexicon(lexicon, console)
        progress = console.progress()
        stored = reading.pending_then_read(
            settings, scope, lexicon, as_of=as_of, as_is=as_is, progress=progress
        )
        texts = TextSource(settings, lexicon, as_of)
    else:
        raise UsageError(
            "name a venue and years, such as `papertally report iclr 2018 2019`, or a folder with --from"
        )
    show(stored, question, console, options, texts)


COMMANDS = (report,)
