"""How the PDFs of a year come from OpenReview, by its quota and its zips."""

from papertally.fetch.estimate import duration, rate_text
from papertally.fetch.openreview.zips import ZIP_SUFFIX, Zips
from papertally.fetch.rate_limit import Limit, Rate, remembered_limit
from papertally.models import VenueYear
from papertally.settings import Hosts
from papertally.store.runs import FactKey, Facts

DOWNLOAD_ROUTE = "attachment"
USUAL_LIMIT = Limit(36, 3600)  # of PDFs: what accounts were granted in 2026


def known_rate(facts: Facts, hosts: Hosts, api: str) -> Rate:
    """Return how PDFs come from one of the APIs: by the quota last seen, or else the usual one."""
    files = Zips(facts, hosts.v1 if api == "v1" else hosts.v2).files_per_request
    seen = remembered_limit(facts, DOWNLOAD_ROUTE)
    if files > 1:
        # zips may have a quota of their own
        seen = remembered_limit(facts, DOWNLOAD_ROUTE + ZIP_SUFFIX) or seen
    return Rate(seen or USUAL_LIMIT, seen is not None, files)


def year_rate(facts: Facts, hosts: Hosts, year: VenueYear) -> Rate:
    """Return how the PDFs of a year come, from the API that was last asked for them."""
    return known_rate(facts, hosts, facts.recall(FactKey.API, str, year))


def time_to_fetch(facts: Facts, hosts: Hosts, year: VenueYear, files: int) -> str:
    """Format how long so many PDFs of a year take.

    >>> time_to_fetch(workspace.facts, Hosts(), year, 1589)  # doctest: +SKIP
    'about 1.8 days (36 files an hour)'
    """
    rate = year_rate(facts, hosts, year)
    return f"about {duration(rate.seconds(files))} ({rate_text(rate)})"
