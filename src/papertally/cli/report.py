"""The command `report`, and how the commands show a report."""

import shutil
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from papertally.cli.context import Console, SharedOptions, as_record, option, shared_options
from papertally.cli.options import ReportOptions, parse_as_of, report_options, scope_arguments
from papertally.errors import UsageError
from papertally.models import Scope

if TYPE_CHECKING:
    from papertally.match.lexicon import Lexicon
    from papertally.report.counts import Report
    from papertally.report.document import Document
    from papertally.report.folder import Extras
    from papertally.snapshot_loader import LoadedSnapshot
    from papertally.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the numbers of a report come from, and what is counted in the texts."""

    from_: str | None = option(
        "Report from this folder, or a bundled one by its name.", metavar="DIR"
    )
    term: tuple[str, ...] = option(
        "Count this phrase (whole words, any case; in lower case also its plural), or "
        "name=/regex/. Repeatable.",
        multiple=True,
        metavar="PHRASE",
    )
    as_is: bool = option(
        "Report what is stored; do not extract or match what is pending.", is_flag=True
    )


def terminal_width() -> int | None:
    """Return the columns of the terminal that results go to; None if they go elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def require_frameworks(names: tuple[str, ...], lexicon: "Lexicon") -> None:
    """Raise `UsageError` if the lexicon has no framework of one of the names."""
    from papertally.report.query import check_frameworks

    check_frameworks(names, [framework.id for framework in lexicon.frameworks])


def warn_of_lexicon(lexicon: "Lexicon", console: Console) -> None:
    """Warn if a user's lexicon replaces bundled entries or has faults.

    A name that is added may replace an entry without the user's knowledge.
    """
    if lexicon.replaced:
        console.warn(f"your lexicon replaces the bundled entry of {', '.join(lexicon.replaced)}")
    if lexicon.own:
        from papertally.match.lexicon_check import check

        faulty = dict.fromkeys(fault.framework for fault in check(lexicon, lexicon.own))
        if faulty:
            console.warn(
                f"the rules of {', '.join(faulty)} may count wrongly: `papertally frameworks` with "
                "your file says why"
            )


def show(
    loaded: "LoadedSnapshot",
    options: ReportOptions,
    console: Console,
    texts: "tuple[Workspace, Lexicon] | None" = None,
    *,
    quiet: bool = False,
) -> "Report":
    """Print a report, unless `quiet`, and write its folder, as the options say.

    The sentences behind the counts are read from `texts`: a workspace and the lexicon.
    """
    from papertally.report.counts import make_report
    from papertally.report.document import make_document
    from papertally.report.folder import write_folder

    report = make_report(loaded.snapshot, options.query(), loaded.warnings, options.display())
    document = make_document(report)
    if not quiet:
        _print(document, console, options)
    if options.out:
        extras = _read_extras(report, options, loaded, texts)
        names, warnings = write_folder(document, options.out, extras)
        for line in warnings:
            console.warn(line)
        console.info(f"wrote {', '.join(names)} to {options.out}")
    return report


def _print(document: "Document", console: Console, options: ReportOptions) -> None:
    from papertally.report.render.terminal import FORMATS, as_table

    if options.format == "table":
        width = terminal_width()
        click.echo(as_table(document, width, colour=width is not None), nl=False)
        return
    mark = "\ufeff" if options.format == "csv" and options.excel else ""
    click.echo(mark + FORMATS[options.format](document), nl=False)
    # CSV has no place for warnings; with the other forms they are printed twice.
    for warning in document.warnings:
        console.warn(warning.removeprefix("Warning: ").removeprefix("警告："))


def _read_extras(
    report: "Report",
    options: ReportOptions,
    loaded: "LoadedSnapshot",
    texts: "tuple[Workspace, Lexicon] | None",
) -> "Extras":
    """Read the sentences behind the counts, and all mentions if they are asked for."""
    from papertally.report.folder import Extras

    # Excel takes a CSV file without the mark for the system's encoding, which garbles Chinese.
    excel = options.excel or options.lang == "zh"
    if not texts:
        return Extras((), None, excel, options.latex)
    from papertally import evidence

    sentences = evidence.sample_evidence(*texts, report, loaded.ledgers)
    mentions = None
    if options.mentions:
        mentions = evidence.all_evidence(*texts, report, loaded.ledgers)
    return Extras(sentences, mentions, excel, options.latex)


@click.command(
    epilog="\b\nExample: papertally report iclr 2018 2019 --from iclr-2018-2019 --rule substring"
)
@scope_arguments(required=False)
@as_record("source", _Source)
@report_options
@shared_options
def report(scope: Scope, source: _Source, reporting: ReportOptions, shared: SharedOptions) -> None:
    """Print the year-over-year table of a venue, and write its files.

    What is pending is extracted and matched first.
    """
    from papertally import pipeline, snapshot_loader
    from papertally.match.terms import term_lexicon
    from papertally.resources import find_snapshot
    from papertally.store.workspace import Workspace

    settings, console = shared.settings(reporting.lexicon), shared.console()
    query = reporting.query()
    as_of = parse_as_of(reporting.as_of)
    reporting.check_files()
    if source.from_ is not None:
        _check_folder_options(source, reporting)
        folder = find_snapshot(source.from_)
        show(snapshot_loader.read_folder(folder, scope, reporting.out), reporting, console)
        return
    if not scope.venue:
        raise UsageError(
            "name a venue and years, such as `papertally report iclr 2018 2019`, or a folder with "
            "--from"
        )
    rules = term_lexicon(source.term) if source.term else pipeline.read_lexicon(settings)
    require_frameworks(query.frameworks, rules)
    warn_of_lexicon(rules, console)
    progress = console.progress()
    snapshot_loader.require_workspace(settings, scope)
    warnings: tuple[str, ...] = ()
    if not source.as_is:
        warnings = snapshot_loader.update(settings, scope, rules, progress)
    with Workspace(settings.workspace) as workspace:
        loaded = snapshot_loader.read_stored(workspace, rules, scope, as_of, progress)
        show(replace(loaded, warnings=warnings), reporting, console, (workspace, rules))


def _check_folder_options(source: _Source, reporting: ReportOptions) -> None:
    """Raise `UsageError` for an option that a report folder cannot serve."""
    values = (reporting.as_of, reporting.lexicon, source.term, reporting.mentions)
    for name, value in zip(("as-of", "lexicon", "term", "mentions"), values, strict=True):
        if value:
            raise UsageError(
                f"--{name} needs the workspace, which holds listings and texts, not --from"
            )
