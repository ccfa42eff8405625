"""Fetch or plan the years of a venue in turn, with a line for people about each."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from papertally.fetch.download import Fetched
from papertally.fetch.estimate import make_plan
from papertally.fetch.http import Client
from papertally.fetch.local.paper_ids import counted
from papertally.fetch.response import NotListedError
from papertally.fetch.run import fetch, list_if_due, pace_kept
from papertally.fetch.told import Important
from papertally.fetch.venues import VenueYear
from papertally.progress import Progress
from papertally.settings import Settings
from papertally.store.workspace import Workspace

_AT_ONCE = 24
"""PDFs that lie on the disk at once where they are not kept."""
_ELSEWHERE = "`papertally add {} PATH` takes PDFs from elsewhere"


def each(years: Iterable[VenueYear], work: Callable[[VenueYear], Iterator[str]]) -> Iterator[str]:
    """Yield the lines of each year's work; one that cannot be listed keeps no other away and is raised at the end."""
    troubles = []
    for year in years:
        try:
            yield from work(year)
        except NotListedError as error:
            troubles.append(str(error))
    if troubles:
        raise NotListedError("; ".join(troubles))


def whole(
    workspace: Workspace, client: Client, settings: Settings, year: VenueYear, progress: Progress
) -> Iterator[str]:
    """Fetch a year; what ends that early is raised after the line that says what was done."""
    listed, done = fetch(workspace, client, settings, year, progress)
    yield from _lines(year, listed, done, f"fetched{done.failures}")


def in_parts(
    workspace: Workspace,
    client: Client,
    settings: Settings,
    year: VenueYear,
    progress: Progress,
    read: Callable[[], None],
) -> Iterator[str]:
    """Fetch a year by the dozen and `read` each part, which lets its files go."""
    total = 0
    notes: dict[str, None] = {}
    problems: list[str] = []
    while True:
        listed, done = fetch(workspace, client, settings, year, progress, _AT_ONCE)
        # what the user asked for is done
        settings = replace(settings, fetching=replace(settings.fetching, relist_after=None))
        notes |= dict.fromkeys(done.notes)
        problems += done.problems
        total += done.new
        read()
        if done.stopped or not done.new:
            break
    done = replace(done, new=total, notes=[*notes], problems=problems)
    yield from _lines(year, listed, done, f"fetched, read and let go{done.failures}")


def planned(workspace: Workspace, client: Client, settings: Settings, year: VenueYear) -> Iterator[str]:
    """List a year if that is due, and say what fetching the rest would take."""
    with pace_kept(workspace, client):
        notes, remarks = list_if_due(workspace, client, settings.hosts, year, settings.fetching)
    yield from remarks
    yield from make_plan(workspace, settings, year, notes).lines()


def _lines(year: VenueYear, listed: int, done: Fetched, what: str) -> Iterator[str]:
    name = f"{year.venue} {year.year}"
    yield f"{name}: {listed:,} submissions listed, {counted(done.new, 'PDF')} {what}"
    yield from done.notes
    if in_vain := done.in_vain(listed):
        cure = f"see on openreview.net whether your account may read them; {_ELSEWHERE.format(name)}"
        yield Important(f"{name}: {in_vain}: {'run again later' if done.is_passing else cure}")
    if done.stopped:
        raise done.stopped
