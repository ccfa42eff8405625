"""The commands that take the user's own papers in and any papers out: `add` and `remove`."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from papertally.cli.arguments import is_year, parse_first_venue, parse_one_year, year_arguments
from papertally.cli.context import (
    Console,
    SectionedCommand,
    SharedOptions,
    as_record,
    option,
    shared_options,
    writing,
)
from papertally.cli.options import FILE
from papertally.errors import UsageError
from papertally.models import OPENREVIEW, Listing, Revision, Scope, VenueYear
from papertally.settings import Settings, parse_bytes

if TYPE_CHECKING:
    from papertally.fetch.pmlr.clone import Clone
    from papertally.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class AddOptions:
    """What is known of the papers, and where their files are kept."""

    notes: Path | None = option(
        "Note list from OpenReview (.json or .json.xz), with titles, statuses, keywords and dates.",
        **FILE,
    )
    listed_on: str = option(
        "Date of the note list. Default: the newest tmdate in it.", default="", metavar="DATE"
    )
    statuses: Path | None = option(
        "Decisions on papers that are stored: CSV with the columns id and status, or a JSON list.",
        **FILE,
    )
    revision: str = option(
        "Version of the papers in these files.",
        choices=list(Revision),
        default=str(Revision.UNKNOWN),
    )
    copy: bool = option(
        "Copy the files into the workspace. Default: they are read where they are.",
        is_flag=True,
        heading="Files",
    )
    max_unpacked: str = option(
        "What archives may unpack to together; never more than is free on the disk.",
        default="2G",
        metavar="SIZE",
    )
    complete: bool = option(
        "All papers of the year are added now, so it can be compared with other years.",
        is_flag=True,
    )

    def check(self, paths: tuple[Path, ...], *, has_year: bool) -> None:
        """Raise `UsageError` if no file is named or one of the paths does not exist.

        The paths are checked before the workspace is opened: a typing error must not make one.
        """
        parse_bytes(self.max_unpacked)
        if self.complete and self.notes:
            raise UsageError("--complete and --notes exclude each other: leave one out")
        if not (paths or self.notes or self.statuses or self.complete):
            raise UsageError(
                "name the files, folders or archives to add, or a list with --notes or --statuses"
            )
        for path in paths:
            if not os.path.lexists(path):  # a broken link is reported as an unreadable file later
                raise UsageError(f"{path} does not exist")
        if self.listed_on and not self.notes:
            raise UsageError("--listed-on is the date of a note list: add --notes")
        if not has_year and (self.notes or self.statuses):
            raise UsageError("--notes and --statuses need a year: write it before the paths")


@dataclass(frozen=True, slots=True)
class _NewPapers:
    """What is added to one year."""

    year: VenueYear
    paths: tuple[Path, ...]
    listing: Listing | None
    clone: "Clone | None"
    """The volume of PMLR that the paths are a clone of."""
    is_dated: bool
    """Whether the listing has a date of its own."""


@click.command(
    cls=SectionedCommand,
    epilog="\b\nExample: papertally add iclr 2018 papers/ --notes iclr-2018-notes.json.xz",
)
@click.argument("venue")
@click.argument("words", nargs=-1, metavar="[YEAR] [PATH]...")
@as_record("options", AddOptions, "What is known of the papers")
@shared_options
def add(venue: str, words: tuple[str, ...], options: AddOptions, shared: SharedOptions) -> None:
    """Add your own PDFs, .txt files, folders or archives to a year of any venue.

    The id of a paper is the name of its file without the ending. Files stay where they are; files
    from archives are copied into the workspace. Without YEAR, PATH is a folder with one folder per
    year, such as papers/2019 and papers/2020.

    A clone of a volume of PMLR (github.com/mlresearch/v48 is ICML 2016) brings its listing with it:
    the papers that its posts name are the accepted papers of the year, and other PDFs are left out.
    If the volume has PDFs on one branch and posts on another, name a clone of each.
    """
    from papertally import pipeline
    from papertally.fetch.decisions import read_decisions, set_decisions
    from papertally.fetch.local.scan import find_year_folders
    from papertally.fetch.pmlr.clone import read_clone

    settings, console = shared.settings(), shared.console()
    name = venue
    venue, year, paths = _split_words(name, words)
    options.check(paths, has_year=year is not None)
    passed_over: list[str] = []
    folders = {year: paths} if year else find_year_folders(paths, passed_over)
    years = [VenueYear(venue, number, name) for number in sorted(folders)]
    listing, warning = None, ""
    if options.notes:
        listing, warning = pipeline.read_listing(years[0], options.notes, options.listed_on)
    decisions = read_decisions(options.statuses) if options.statuses else {}
    clones = {key.year: read_clone(key, folders[key.year], settings.venues) for key in years}
    if options.notes and clones[years[0].year]:
        raise UsageError("the folder has a list of its papers, in _posts: leave out --notes")
    console.print_all([warning] if warning else [], console.warn)
    console.print_all(passed_over, console.warn)
    scope = Scope(venue, tuple(sorted(folders)), name)
    with writing(settings, console, f"add {scope}") as workspace:
        workspace.facts.remember_name(years[0])
        if paths or listing or options.complete:
            for key in years:
                new = _NewPapers(
                    key, folders[key.year], listing, clones[key.year], is_dated=not warning
                )
                _add_papers(workspace, new, options, settings, console)
        if options.statuses:
            line, warnings = set_decisions(workspace, years[0], decisions, options.statuses.name)
            console.print_all(warnings, console.warn)
            console.info(line)


def _split_words(venue: str, words: tuple[str, ...]) -> tuple[str, int | None, tuple[Path, ...]]:
    """Parse the arguments of `add`: the venue, the year if it is named, and the paths.

    A word that is a year and also the name of a folder is the year. Raises `UsageError`.
    """
    venue = parse_first_venue(venue, words)
    if not words:
        raise UsageError(f"name the year and files, such as `papertally add {venue} 2019 papers/`")
    if is_year(words[0]):
        return venue, parse_one_year(words[0]), tuple(map(Path, words[1:]))
    if not os.path.lexists(words[0]):
        raise UsageError(f"{words[0]} is neither a year nor a folder that exists")
    return venue, None, tuple(map(Path, words))


def _add_papers(
    workspace: "Workspace",
    new: _NewPapers,
    options: AddOptions,
    settings: Settings,
    console: Console,
) -> None:
    """Add the papers of one year and print what was done."""
    from papertally.fetch.local.add import add as add_files
    from papertally.fetch.pmlr.clone import advise_posts

    added = add_files(
        workspace,
        new.year,
        new.paths,
        new.listing,
        clone=new.clone,
        copy=options.copy,
        max_unpacked=parse_bytes(options.max_unpacked),
        revision=Revision(options.revision),
        whole_year=options.complete,
        undated=not new.is_dated,
        progress=console.progress(),
    )
    if added.new and not workspace.listings.find(new.year):
        added.notes += advise_posts(new.year, settings.venues)
    console.print_all(added.notes, lambda note: console.info(f"note: {note}"))
    console.print_all(added.warnings, console.warn)
    console.info(f"{new.year}: {added}")


@click.command(epilog="\b\nExample: papertally remove my-papers 2020")
@year_arguments
@click.option("--paper", default="", metavar="ID", help="Remove only this paper.")
@click.option(
    "--pdfs-only",
    is_flag=True,
    help="Delete the stored PDFs; texts and counts stay.",
)
@click.option("--yes", is_flag=True, help="Remove fetched papers without asking, for scripts.")
@shared_options
def remove(year: VenueYear, paper: str, pdfs_only: bool, yes: bool, shared: SharedOptions) -> None:
    """Remove a year, or one paper of it, from the workspace.

    Files outside the workspace are not touched. If fetched papers would be lost, the command shows
    how long it takes to fetch them again, and asks.
    """
    from papertally.fetch.local.add import remove as remove_papers
    from papertally.fetch.names import format_count

    settings, console = shared.settings(), shared.console()
    if not yes and not _may_remove(settings, year, paper, pdfs_only=pdfs_only):
        console.info(f"{year}: nothing is removed")
        return
    with writing(settings, console, f"remove {year}", stored=year.scope) as workspace:
        papers, files = remove_papers(workspace, year, paper, pdfs_only=pdfs_only)
    removed = f"{format_count(papers, 'paper')} and {format_count(files, 'kept file')}"
    console.info(f"{year}: removed {removed}")


def _may_remove(settings: Settings, year: VenueYear, paper: str, *, pdfs_only: bool) -> bool:
    """Ask whether what was fetched may be removed. Raises `UsageError` without a terminal.

    The question does not hold the lock: who answers late must not keep other runs away.
    """
    from papertally import absent_papers
    from papertally.fetch.estimate import duration
    from papertally.fetch.local.add import count_fetched
    from papertally.fetch.manners import MIN_PACE
    from papertally.fetch.names import format_count
    from papertally.fetch.openreview.quota import time_to_fetch
    from papertally.store.workspace import Workspace

    absent_papers.require_workspace(settings, year.scope)
    with Workspace(settings.workspace) as workspace:
        if not workspace.ledger.years(year.scope):
            raise absent_papers.nothing_stored(year.scope, settings.workspace)
        counts = count_fetched(workspace, year, paper, pdfs_only=pdfs_only)
        by_login = counts.pop(OPENREVIEW, 0)
        costs = []
        if counts:
            costs.append(f"about {duration(counts.total() * MIN_PACE)} from {', '.join(counts)}")
        if by_login:
            costs.append(time_to_fetch(workspace.facts, settings.hosts, year, by_login))
    if not costs:
        return True
    text = (
        f"{year}: {format_count(counts.total() + by_login, 'fetched PDF')} would be lost, and "
        f"fetching them again takes {' and '.join(costs)}"
    )
    if not sys.stdin.isatty():
        raise UsageError(f"{text}: add --yes to remove them")
    return click.confirm(f"{text}. Remove them?", err=True)
