"""What fetching the rest of a year would take, before it is begun: papers, bytes, days, and what a part would tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from papertally.fetch.choice import missing
from papertally.fetch.venues import VenueYear
from papertally.model import Note
from papertally.settings import Fetching, Hosts
from papertally.store import Workspace

_TYPICAL_BYTES = {2023: 4.6e6, 2024: 5.1e6, 2025: 6.1e6}
"""Mean size of a PDF of ICLR in these years."""
_FEWEST_SIZES = 20
"""So many known sizes are needed before their mean is used."""
_USUAL_LIMIT = (36, 3600)
"""Files per seconds, where no run has seen a quota: what accounts were granted in 2026."""
_LEAST_OF_A_DAY = 0.05
_Z = 1.96
_EXAMPLE_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left of a year."""

    listed: int
    missing: int
    stored: int
    bytes: float
    """Estimated, of the missing PDFs."""
    limit: tuple[int, int]
    """Files per seconds."""
    limit_is_seen: bool
    sample: int | None = None
    """So many papers are wanted of all listed."""

    @property
    def seconds(self) -> float:
        """Give the time the missing ones take at the quota."""
        return self.missing * self.limit[1] / self.limit[0]

    def lines(self, venue: str, year: int) -> list[str]:
        """Say it for people."""
        source = "the quota last seen" if self.limit_is_seen else "OpenReview's usual quota"
        lines = [
            f"{venue} {year}: {self.listed:,} submissions listed, {self.stored:,} PDFs here, {self.missing:,} to fetch",
            f"about {self.bytes / 1e9:.1f} GB, {_with_days(self.seconds)} at {source} of {self.limit[0]:,} files per "
            f"{duration(self.limit[1])}",
        ]
        usual = (self.limit[0], 100, 400, 1000)
        parts = [self.sample] if self.sample else [n for n in usual if self.stored < n < self.listed]
        return lines + [
            f"`papertally fetch {venue} {year} --sample {n}` would give a share of {_EXAMPLE_SHARE:.0%} within "
            f"± {100 * precision(n, self.listed):.1f} points (95 %)"
            for n in sorted(set(parts))
        ]


def precision(papers: int, listed: int) -> float:
    """Give the half-width of the 95 % interval of a share of 20 %, when so many of the listed papers were read."""
    if papers >= listed:
        return 0.0
    return _Z * sqrt(_EXAMPLE_SHARE * (1 - _EXAMPLE_SHARE) / papers * (listed - papers) / max(1, listed - 1))


def _with_days(seconds: float) -> str:
    """Write a time, also as a part of a day where it is a good one: cron runs go by days."""
    days = seconds / 86_400
    return f"{duration(seconds)} ({days:.1f} days)" if _LEAST_OF_A_DAY <= days < 1 else duration(seconds)


def duration(seconds: float) -> str:
    """Write a time as people say it: `hour`, `50 minutes`, `6.2 days`."""
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds / size
            return f"1 {name}" if count == 1 else f"{count:.3g} {name}s"
    return f"{seconds:.0f} seconds"


def make_plan(workspace: Workspace, hosts: Hosts, year: VenueYear, notes: Sequence[Note], fetching: Fetching) -> Plan:
    """Plan the rest of a year from what is known of sizes and quotas."""
    rest = missing(workspace, hosts, year, notes, fetching)
    sizes = [stored.file.bytes for stored in workspace.files.of(year.venue, year.year) if stored.file.version_key]
    known = len(sizes) >= _FEWEST_SIZES
    typical = sum(sizes) / len(sizes) if known else _TYPICAL_BYTES.get(year.year, min(_TYPICAL_BYTES.values()))
    seen = seen_limit(workspace)
    size = len(rest) * typical
    return Plan(len(notes), len(rest), len(sizes), size, seen or _USUAL_LIMIT, seen is not None, fetching.sample)


def seen_limit(workspace: Workspace) -> tuple[int, int] | None:
    """Give the quota of downloads as the server last stated it."""
    limit = workspace.seen.recall("limit attachment")
    return (int(limit[0]), int(limit[1])) if limit else None
