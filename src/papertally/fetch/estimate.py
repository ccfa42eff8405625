"""What fetching the rest of a year would take, before it is begun: papers, bytes, days, and what a part would tell."""

import os
import shlex
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt
from pathlib import Path

from papertally.fetch.local.paper_ids import counted
from papertally.fetch.selection import FailedDownloads, missing, of_population
from papertally.fetch.venues import YearConfig
from papertally.models import Note, Revision
from papertally.settings import Fetching, Settings, default_workspace
from papertally.store.workspace import Workspace

_MEBIBYTE = 1 << 20


def survey_command(settings: Settings, year: YearConfig) -> str:
    """Write the survey of a year for the user's shell, with the options that were given."""
    whole = _program()
    bare = shutil.which("papertally")
    return f"{'papertally' if bare and _quoted(bare) == whole else whole} {_words(settings, year)}"


def crontab_line(settings: Settings, year: YearConfig) -> str:
    """Write the same for a crontab, which knows neither the user's folder nor variables."""
    parts = (year.venue, str(year.year), *map(str, settings.fetching.statuses))
    out = '"$HOME"/' + "-".join(parts)
    line = f"{_program()} {_words(settings, year)} --cron --max-time 50m --out {out}"
    return "15 * * * *  " + line.replace("%", r"\%")  # a bare one is an end of line to cron


def _program() -> str:
    """Name this program so that it is found from anywhere."""
    called = Path(sys.argv[0]).name == "papertally" and shutil.which(sys.argv[0])
    beside = Path(sys.executable).with_name("papertally")
    if called or beside.is_file():
        return _quoted(called or beside)
    return f"{_quoted(sys.executable)} -m papertally"


def _words(settings: Settings, year: YearConfig) -> str:
    """Write what follows the program's name."""
    fetching, usual = settings.fetching, Fetching()
    words = ["survey", year.venue, str(year.year)]
    words += ["--population", ",".join(fetching.statuses)] if fetching.statuses else []
    words += ["--revision", str(fetching.revision)] if fetching.revision != Revision.CURRENT else []
    words += ["--contact", fetching.contact] if fetching.contact else []
    words += (
        ["--min-free", f"{fetching.min_free / _MEBIBYTE:g}M"]
        if fetching.min_free != usual.min_free
        else []
    )
    for path in settings.venues:
        words += ["--venues", str(path.absolute())]
    for path in settings.lexicons:
        words += ["--lexicon", str(path.absolute())]
    if settings.workspace != default_workspace() or os.environ.get(
        "XDG_DATA_HOME"
    ):  # which cron does not know
        words += ["--workspace", str(settings.workspace)]
    return shlex.join(words)


def _quoted(path: str | Path) -> str:
    return shlex.quote(str(Path(path).absolute()))


WAITS = "waits"
"""The fact under which the moments are kept before which routes are not to be asked."""
_TYPICAL_BYTES = {2023: 4.6e6, 2024: 5.1e6, 2025: 6.1e6}
"""Mean size of a PDF of ICLR in these years."""
_MIN_SIZES = 20
"""So many known sizes are needed before their mean is used."""
_USUAL_LIMIT = (36, 3600)
"""Files per seconds, where no run has seen a quota: what accounts were granted in 2026."""
_SECONDS_PER_FILE = 5
"""What a file takes while the quota lasts."""
_SAID_WITH_PARTS = 10
"""Fewer hours than these are said to the half, fewer days to the tenth."""
_Z = 1.96
_EXAMPLE_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left of a year, or of one population of it."""

    listed: int
    papers: int
    """Those of the population that is wanted; all listed where that is all."""
    missing: int
    refused: int
    """Those beside the missing whose PDF could not be had; it is asked for again now and then."""
    stored: int
    """Papers of the population whose PDF is here."""
    bytes: float
    """Estimated, of the missing PDFs."""
    limit: tuple[int, int]
    """Files per seconds."""
    limit_is_seen: bool
    left: int
    """Files that the quota allows at once, as far as is known."""
    settings: Settings
    entry: YearConfig

    @property
    def seconds(self) -> float:
        """Give the time the missing ones take at the quota."""
        return self._seconds(self.missing)

    def rest(self) -> str:
        """Say when all that is wanted will be here; empty where no quota was seen yet."""
        if not (self.limit_is_seen and self.missing):
            return ""
        return (
            f"; the last of {counted(self.missing, 'missing PDF')} of {self._name} comes in about "
            f"{duration(self.missing * self.limit[1] / self.limit[0])} at this quota"
        )

    def lines(self) -> list[str]:
        """Say it for people, with the commands for a part of it now and for the rest."""
        source = "the quota last seen" if self.limit_is_seen else "OpenReview's usual quota"
        statuses = self.settings.fetching.statuses
        who = f"{self.papers:,} {' or '.join(statuses)} of " if statuses else ""
        refused = (
            f", {self.refused:,} could not be had and are asked for again once a day"
            if self.refused
            else ""
        )
        return [
            f"{self._name}: {who}{self.listed:,} submissions listed, "
            f"{counted(self.stored, 'PDF')} here, {self.missing:,} to fetch{refused}",
            f"about {self.bytes / 1e9:.1f} GB, {duration(self.seconds)} at {source} of {self.limit[0]:,} files per "
            f"{duration(self.limit[1])}",
            *(self._sample(n) for n in self._samples()),
            *(self._rest() if self.missing else []),
        ]

    @property
    def _name(self) -> str:
        return f"{self.entry.venue} {self.entry.year}"

    def _rest(self) -> list[str]:
        return [
            "OPENREVIEW_USERNAME and OPENREVIEW_PASSWORD_FILE must be set in the crontab, above its lines: it knows no "
            "variable of your shell (see README)",
            "the rest comes by itself with this line in your crontab: "
            + crontab_line(self.settings, self.entry),
        ]

    def _samples(self) -> list[int]:
        if self.settings.fetching.sample:
            return [self.settings.fetching.sample]
        return sorted({n for n in (self.limit[0], 100, 400, 1000) if self.stored < n < self.papers})

    def _sample(self, n: int) -> str:
        """Say how long a sample takes, and what it tells."""
        command = f"`{survey_command(self.settings, self.entry)} --sample {n}`"
        if n >= self.papers:
            return f"{command} takes all {counted(self.papers, 'paper')}"
        missing = self.missing if self.settings.fetching.sample else n - self.stored
        return (
            f"{command} takes about {duration(self._seconds(missing))} and gives a share of {_EXAMPLE_SHARE:.0%} "
            f"within ± {100 * precision(n, self.papers):.1f} points (95 %)"
        )

    def _seconds(self, files: int) -> float:
        """Give the time for so many files: what the quota still allows comes at once."""
        return files * (_SECONDS_PER_FILE if files <= self.left else self.limit[1] / self.limit[0])


def precision(papers: int, listed: int) -> float:
    """Give the half-width of the 95 % interval of a share of 20 %, when so many of the listed papers were read."""
    if papers >= listed:
        return 0.0
    return _Z * sqrt(
        _EXAMPLE_SHARE * (1 - _EXAMPLE_SHARE) / papers * (listed - papers) / max(1, listed - 1)
    )


def duration(seconds: float) -> str:
    """Write a time as people say it.

    >>> duration(3000), duration(3600), duration(12_000), duration(200_000)
    ('50 minutes', '1 hour', '3.5 hours', '2.3 days')
    """
    for size, name, parts in ((86_400, "day", 10), (3600, "hour", 2), (60, "minute", 1)):
        if seconds >= size:
            count = seconds / size
            exact = round(count * parts) / parts if count < _SAID_WITH_PARTS else round(count)
            return f"{exact:g} {name}{'' if exact == 1 else 's'}"
    return f"{seconds:.0f} seconds"


def make_plan(
    workspace: Workspace, settings: Settings, year: YearConfig, notes: Sequence[Note]
) -> Plan:
    """Plan the rest of a year from what is known of sizes and quotas."""
    fetching = settings.fetching
    rest = missing(workspace, settings.hosts, year, notes, fetching)
    refused = FailedDownloads(workspace, year, fetching.revision).refused(rest)
    wanted = {note.id for note in of_population(workspace, year, notes, fetching)}
    fetched = [stored for stored in workspace.files.of(year.key) if stored.file.version_key]
    sizes = [stored.file.bytes for stored in fetched]
    typical = sum(sizes) / len(sizes) if len(sizes) >= _MIN_SIZES else _typical_bytes(year.year)
    here = {stored.paper for stored in fetched if stored.file.revision == fetching.revision}
    coming = len(rest) - len(refused)
    seen = seen_limit(workspace)
    limit = seen or _USUAL_LIMIT
    return Plan(
        len(notes), len(wanted), coming, len(refused), len(here & wanted), coming * typical, limit, seen is not None,
        _left(workspace, year, limit), settings, year,
    )  # fmt: skip


def _left(workspace: Workspace, year: YearConfig, limit: tuple[int, int]) -> int:
    """Say how many files the quota allows at once: none while it is used up, else all but what came in its time."""
    waits = workspace.seen.recall(WAITS) or {}
    if any("/attachment" in route and moment > time.time() for route, moment in waits.items()):
        return 0
    since = datetime.now(UTC) - timedelta(seconds=limit[1])
    return (
        limit[0] - workspace.files.fetched_since(year.key, since.isoformat(timespec="seconds"))[0]
    )


def _typical_bytes(year: int) -> float:
    """Give the mean size in the nearest year that is known."""
    return _TYPICAL_BYTES[min(_TYPICAL_BYTES, key=lambda known: abs(known - year))]


def seen_limit(workspace: Workspace) -> tuple[int, int] | None:
    """Give the quota of downloads as the server last stated it."""
    limit = workspace.seen.recall("limit attachment")
    return (int(limit[0]), int(limit[1])) if limit else None
