"""The population that is to be fetched: years that have papers of it, and what to say where none is known."""

from collections.abc import Callable, Iterator, Sequence

from papertally.errors import UsageError
from papertally.fetch import years as fetch_years
from papertally.fetch.run import lacks_decisions
from papertally.fetch.venues import VenueYear
from papertally.settings import Settings
from papertally.store.workspace import Workspace


def each(
    workspace: Workspace, settings: Settings, years: Sequence[VenueYear], work: Callable[[VenueYear], Iterator[str]]
) -> Iterator[str]:
    """Work on each year and yield what is to be told of those that have a paper of the population.

    Raises at the end `NotListedError` as `years.each` does, and `UsageError` for the years that have none.
    """
    without: dict[int, None] = {}

    def told(year: VenueYear) -> Iterator[str]:
        for line in work(year):
            if _has_any(workspace, settings, year):
                yield line
            else:
                without[year.year] = None

    yield from fetch_years.each(years, told)
    if without:
        raise _nobody_known(workspace, settings, [year for year in years if year.year in without])


def check(workspace: Workspace, settings: Settings, years: Sequence[VenueYear]) -> None:
    """Raise `UsageError` where no year has a paper of the population."""
    if not any(_has_any(workspace, settings, year) for year in years):
        raise _nobody_known(workspace, settings, years)


def _has_any(workspace: Workspace, settings: Settings, year: VenueYear) -> bool:
    wanted = settings.fetching.statuses
    return not wanted or any(row.status in wanted for row in workspace.tables.read_ledger(year.venue, year.year)[0])


def _nobody_known(workspace: Workspace, settings: Settings, years: Sequence[VenueYear]) -> UsageError:
    first = years[0]
    why = next(filter(None, (lacks_decisions(workspace, year) for year in years)), "the listing says nothing of that")
    return UsageError(
        f"no paper of {first.venue} {', '.join(str(year.year) for year in years)} is known to be "
        f"{' or '.join(settings.fetching.statuses)}: {why}; `papertally add {first.venue} {first.year} "
        "--statuses FILE` takes decisions from elsewhere"
    )
