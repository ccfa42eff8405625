"""The commands that take the user's own papers in and any papers out: `add` and `remove`."""

import os
from pathlib import Path

import click

from papertally.cli.context import (
    SharedOptions,
    check_stored,
    make_console,
    make_settings,
    shared_options,
    writing,
)
from papertally.cli.options import year_arguments
from papertally.errors import UsageError
from papertally.models import Revision, VenueYear


@click.command(
    epilog="\b\nExample: papertally add iclr 2018 papers/ --notes iclr-2018-notes.json.xz"
)
@year_arguments
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, metavar="[PATH]...")
@click.option(
    "--notes",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Note list as OpenReview serves it (.json or .json.xz): titles, statuses, keywords, "
    "dates.",
)
@click.option(
    "--listed-on",
    default="",
    metavar="DATE",
    help="Date of the note list. Default: its newest tmdate.",
)
@click.option(
    "--statuses",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Decisions from elsewhere, for papers that are known: CSV with id and status, or a JSON "
    "list.",
)
@click.option(
    "--revision",
    type=click.Choice([str(revision) for revision in Revision]),
    default=str(Revision.UNKNOWN),
    show_default=True,
    help="Which version of the papers these files are.",
)
@click.option(
    "--copy",
    is_flag=True,
    help="Keep a copy in the workspace instead of reading files where they are.",
)
@shared_options
def add(
    year: VenueYear,
    paths: tuple[Path, ...],
    notes: Path | None,
    listed_on: str,
    statuses: Path | None,
    revision: str,
    copy: bool,
    shared: SharedOptions,
) -> None:
    """Add PDFs, .txt files, folders or archives of them to a year of any venue.

    A paper's id is its file's name without the ending. Files stay where they are; members of archives are kept
    in the workspace.
    """
    from papertally import pipeline
    from papertally.fetch.decisions import read_decisions, set_decisions
    from papertally.fetch.local.add import add as add_files

    settings, console = make_settings(shared), make_console(shared)
    _check_paths(paths, notes, listed_on, statuses)
    listing, warning = None, ""
    if notes:
        listing, warning = pipeline.read_listing(year, notes, listed_on)
    decisions = read_decisions(statuses) if statuses else {}
    if warning:
        console.warn(warning)
    with writing(settings, console, f"add {year}") as workspace:
        if paths or listing:
            added = add_files(
                workspace,
                year,
                paths,
                listing,
                copy=copy,
                revision=Revision(revision),
                undated=bool(warning),
                progress=console.progress(),
            )
            console.print_all(added.notes, lambda note: console.info(f"note: {note}"))
            console.print_all(added.warnings, console.warn)
            console.info(f"{year}: {added}")
        if statuses:
            line, warnings = set_decisions(workspace, year, decisions, statuses.name)
            console.print_all(warnings, console.warn)
            console.info(line)


def _check_paths(
    paths: tuple[Path, ...], notes: Path | None, listed_on: str, statuses: Path | None
) -> None:
    """Raise `UsageError` if no path is given or one of them does not exist.

    The paths are checked before the workspace is opened, so that a typing error does not make one.
    """
    if not (paths or notes or statuses):
        raise UsageError(
            "name the files, folders or archives to add, or a list with --notes or --statuses"
        )
    for path in paths:
        if not os.path.lexists(path):  # a broken link is reported as an unreadable file later
            raise UsageError(f"{path} does not exist")
    if listed_on and not notes:
        raise UsageError("--listed-on dates a note list: give it with --notes")


@click.command(epilog="\b\nExample: papertally remove my-papers 2020")
@year_arguments
@click.option("--paper", default="", metavar="ID", help="Remove this paper alone.")
@click.option("--pdfs-only", is_flag=True, help="Delete kept files; texts and counts stay.")
@shared_options
def remove(year: VenueYear, paper: str, pdfs_only: bool, shared: SharedOptions) -> None:
    """Remove a year, or one paper of it, from the workspace.

    Files outside the workspace are never touched.
    """
    from papertally import snapshot_loader
    from papertally.fetch.local.add import remove as remove_papers

    settings, console = make_settings(shared), make_console(shared)
    snapshot_loader.require_workspace(settings, year.scope)
    with writing(settings, console, f"remove {year}") as workspace:
        check_stored(workspace, year.scope)
        papers, files = remove_papers(workspace, year, paper, pdfs_only=pdfs_only)
    console.info(f"{year}: removed {papers:,} papers and {files:,} kept files")
