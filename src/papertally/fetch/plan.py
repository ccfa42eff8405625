"""What fetching the rest of a year would take, before it is begun: papers, bytes, days, and what a part would tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from papertally.fetch.choice import missing, of_population
from papertally.fetch.names import counted
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
    """What is left of a year, or of one population of it."""

    venue: str
    year: int
    listed: int
    papers: int
    """Those of the population that is wanted; all listed where that is all."""
    missing: int
    stored: int
    """Papers of the population whose PDF is here."""
    bytes: float
    """Estimated, of the missing PDFs."""
    limit: tuple[int, int]
    """Files per seconds."""
    limit_is_seen: bool
    fetching: Fetching

    @property
    def seconds(self) -> float:
        """Give the time the missing ones take at the quota."""
        return self._seconds(self.missing)

    def rest(self) -> str:
        """Say when all that is wanted will be here; empty where no quota was seen yet."""
        if not (self.limit_is_seen and self.missing):
            return ""
        return (
            f"; the last of {counted(self.missing, 'missing PDF')} of {self.venue} {self.year} comes in about "
            f"{duration(self.seconds)} at this quota"
        )

    def lines(self) -> list[str]:
        """Say it for people, with the commands for a part of it now and for the rest."""
        source = "the quota last seen" if self.limit_is_seen else "OpenReview's usual quota"
        who = f"{self.papers:,} {' or '.join(self.fetching.statuses)} of " if self.fetching.statuses else ""
        cron = f"15 * * * *  papertally survey {self._named} --cron --max-time 50m --out DIR"
        return [
            f"{self.venue} {self.year}: {who}{self.listed:,} submissions listed, "
            f"{counted(self.stored, 'PDF')} here, {self.missing:,} to fetch",
            f"about {self.bytes / 1e9:.1f} GB, {_with_days(self.seconds)} at {source} of {self.limit[0]:,} files per "
            f"{duration(self.limit[1])}",
            *(self._sample(n) for n in self._samples()),
            *([f"the rest comes by itself with this line in your crontab: {cron}"] if self.missing else []),
        ]

    @property
    def _named(self) -> str:
        """Name the year and its population as on a command line."""
        population = f" --population {','.join(self.fetching.statuses)}" if self.fetching.statuses else ""
        return f"{self.venue} {self.year}{population}"

    def _samples(self) -> list[int]:
        if self.fetching.sample:
            return [self.fetching.sample]
        return sorted({n for n in (self.limit[0], 100, 400, 1000) if self.stored < n < self.papers})

    def _sample(self, n: int) -> str:
        """Say how long a sample takes, and what it tells."""
        command = f"`papertally survey {self._named} --sample {n}`"
        if n >= self.papers:
            return f"{command} takes all {counted(self.papers, 'paper')}"
        missing = self.missing if self.fetching.sample else n - self.stored
        return (
            f"{command} takes about {duration(self._seconds(missing))} and gives a share of {_EXAMPLE_SHARE:.0%} "
            f"within ± {100 * precision(n, self.papers):.1f} points (95 %)"
        )

    def _seconds(self, files: int) -> float:
        return files * self.limit[1] / self.limit[0]


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
    wanted = {note.id for note in of_population(workspace, year, notes, fetching)}
    fetched = [stored for stored in workspace.files.of(year.venue, year.year) if stored.file.version_key]
    sizes = [stored.file.bytes for stored in fetched]
    typical = sum(sizes) / len(sizes) if len(sizes) >= _FEWEST_SIZES else _typical_bytes(year.year)
    seen = seen_limit(workspace)
    return Plan(
        year.venue, year.year, len(notes), len(wanted), len(rest), len({file.paper for file in fetched} & wanted),
        len(rest) * typical, seen or _USUAL_LIMIT, seen is not None, fetching,
    )  # fmt: skip


def _typical_bytes(year: int) -> float:
    """Give the mean size in the nearest year that is known."""
    return _TYPICAL_BYTES[min(_TYPICAL_BYTES, key=lambda known: abs(known - year))]


def seen_limit(workspace: Workspace) -> tuple[int, int] | None:
    """Give the quota of downloads as the server last stated it."""
    limit = workspace.seen.recall("limit attachment")
    return (int(limit[0]), int(limit[1])) if limit else None
