"""What fetching the rest of a year takes: size, time, what a sample shows, and the commands."""

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt
from pathlib import Path

from papertally.fetch.context import Run
from papertally.fetch.http import SourceFacts
from papertally.fetch.names import format_count
from papertally.fetch.rate_limit import Rate, remembered_waits
from papertally.fetch.selection import FailedDownloads, missing, of_population
from papertally.fetch.venues import YearConfig
from papertally.models import Note, Revision, VenueYear
from papertally.resources import LIBRARIES, LIBRARIES_FILE
from papertally.settings import Fetching, Settings, default_workspace
from papertally.store.workspace import Workspace

_MEBIBYTE = 1 << 20
_MIN_SIZES_FOR_MEAN = 20
_SECONDS_PER_FILE = 5  # what a file takes while the quota lasts
_MAX_COUNT_WITH_PARTS = 10  # fewer hours than these are shown to the half, fewer days to the tenth
_SAMPLE_SIZES = (100, 400, 1000)
_Z = 1.96  # for an interval of 95 %
_EXAMPLE_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """The PDFs of a year that one source is to give."""

    source: SourceFacts
    missing: int
    """PDFs to fetch, without the refused ones."""
    refused: int
    """PDFs that failed to download and are requested once a day."""
    bytes: float
    """Estimated size of the missing PDFs."""
    rate: Rate
    allowed_now: int
    """Files that the quota allows at once, as far as is known."""

    def seconds(self, files: int) -> float:
        """Return the time for so many files; those that the quota allows now come at once."""
        if files <= self.allowed_now:
            return files * _SECONDS_PER_FILE
        return self.rate.seconds(files)

    @property
    def line(self) -> str:
        """Return how long the missing PDFs take, for people."""
        line = f"{self.missing:,} from {self.source.name}: {duration(self.seconds(self.missing))}"
        if not self.source.needs_login:
            return line
        limit = "the quota last seen" if self.rate.is_seen else f"{self.source.name}'s usual quota"
        return f"{line} at {limit} of {rate_text(self.rate)}"


@dataclass(frozen=True, slots=True)
class Plan:
    """The rest of a year, or of one population of it."""

    settings: Settings
    year: YearConfig
    kind: str
    """What the listing lists, for people: `submissions listed` or `accepted papers listed`."""
    listed: int
    papers: int
    """Those of the population."""
    stored: int
    """Papers of the population whose PDF, or a file of the user, is here."""
    parts: tuple[PlannedPart, ...]

    @property
    def missing(self) -> int:
        """Return how many PDFs are to be fetched."""
        return sum(part.missing for part in self.parts)

    def lines(self) -> list[str]:
        """Return the plan for people, with the commands for a sample now and for the rest."""
        if not self.parts:
            return [f"{self.year.key}: {self.listed:,} {self.kind}"]
        statuses = self.settings.fetching.statuses
        papers = f"{self.papers:,} {' or '.join(statuses)} of " if statuses else ""
        refused = sum(part.refused for part in self.parts)
        later = f", {refused:,} could not be downloaded and are tried again once a day"
        size = sum(part.bytes for part in self.parts) / 1e9
        busy = [part for part in self.parts if part.missing]
        lines = [
            f"{self.year.key}: {papers}{self.listed:,} {self.kind}, "
            f"{format_count(self.stored, 'PDF')} here, {self.missing:,} to fetch"
            f"{f', about {size:.1f} GB' if busy else ''}{later if refused else ''}",
            *(f"{self.year.key}: {part.line}" for part in busy),
        ]
        lines += [self._sample_line(size) for size in self._sample_sizes()]
        advice = [part.source.crontab_advice for part in busy if part.source.needs_login]
        if advice:
            crontab = crontab_line(self.settings, self.year)
            lines += [*advice, f"this line in your crontab fetches the rest: {crontab}"]
        elif busy and not self.settings.fetching.sample:
            lines.append(
                f"`{survey_command(self.settings, self.year)}` fetches and counts them all"
            )
        return lines

    def remaining_time(self) -> str:
        """Return when the last PDF comes, to follow an error; empty if no quota was seen yet."""
        for part in self.parts:
            if part.rate.is_seen and part.missing:
                return (
                    f"; the last of {format_count(part.missing, 'missing PDF')} of {self.year.key} "
                    f"comes in about {duration(part.rate.seconds(part.missing))} at this quota"
                )
        return ""

    def _sample_sizes(self) -> list[int]:
        if self.settings.fetching.sample:
            return [self.settings.fetching.sample]
        quotas = {part.rate.files for part in self.parts if part.source.needs_login}
        return sorted(
            size for size in quotas | {*_SAMPLE_SIZES} if self.stored < size < self.papers
        )

    def _sample_line(self, size: int) -> str:
        command = f"`{survey_command(self.settings, self.year)} --sample {size}`"
        if size >= self.papers:
            return f"{command} takes all {format_count(self.papers, 'paper')}"
        # `missing` counts the sample alone if the user asked for one
        files = self.missing if self.settings.fetching.sample else size - self.stored
        points = 100 * half_width(size, self.papers)
        return (
            f"{command} takes about {duration(self._seconds(files))} and gives a share of "
            f"{_EXAMPLE_SHARE:.0%} within ± {points:.1f} points (95 %)"
        )

    def _seconds(self, files: int) -> float:
        """Return the time for so many of the missing files, which are a mixture of the parts'."""
        shares = [part.missing / (self.missing or 1) for part in self.parts]
        counts = [round(files * share) for share in shares]
        return sum(part.seconds(n) for part, n in zip(self.parts, counts, strict=True))


def make_plan(
    run: Run, runs: Sequence[Run], year: YearConfig, notes: Sequence[Note], kind: str
) -> Plan:
    """Plan the rest of a year by the sizes and quotas that are known.

    `runs` are those with the clients of the sources of PDFs; `kind` is what `notes` are.
    """
    workspace, fetching = run.workspace, run.settings.fetching
    population = {note.id for note in of_population(workspace, year, notes, fetching.statuses)}
    stored = set[str]()
    if fetching.revision == Revision.CURRENT:
        stored = workspace.files.own_papers(year.key)
    for fetched in workspace.files.of(year.key):
        if fetched.file.version_key and fetched.file.revision == fetching.revision:
            stored.add(fetched.paper)
    return Plan(
        run.settings,
        year,
        kind,
        listed=len(notes),
        papers=len(population),
        stored=len(stored & population),
        parts=tuple(_plan_part(run, year, notes) for run in runs),
    )


def _plan_part(run: Run, year: YearConfig, notes: Sequence[Note]) -> PlannedPart:
    workspace, source = run.workspace, run.client.source
    rest = missing(run, year, notes)
    revision = run.settings.fetching.revision
    refused = FailedDownloads(workspace, year.key, revision).daily(rest)
    to_fetch = len(rest) - len(refused)
    files = workspace.files.of(year.key)
    sizes = [fetched.file.bytes for fetched in files if fetched.file.version_key]
    nearest_year = min(source.mean_pdf_bytes, key=lambda known: abs(known - year.key.year))
    mean_bytes = source.mean_pdf_bytes[nearest_year]
    if len(sizes) >= _MIN_SIZES_FOR_MEAN:
        mean_bytes = sum(sizes) / len(sizes)
    rate = source.rate(year) if source.rate else Rate(source.usual_limit, is_seen=False)
    return PlannedPart(
        source,
        missing=to_fetch,
        refused=len(refused),
        bytes=to_fetch * mean_bytes,
        rate=rate,
        allowed_now=_allowed_now(workspace, year, source, rate) if source.needs_login else 0,
    )


def half_width(papers: int, listed: int) -> float:
    """Return the half-width of the 95 % interval of a share of 20 % of so many listed papers."""
    if papers >= listed:
        return 0.0
    variance = _EXAMPLE_SHARE * (1 - _EXAMPLE_SHARE) / papers
    # the correction for a sample of a finite population
    return _Z * sqrt(variance * (listed - papers) / max(1, listed - 1))


def duration(seconds: float) -> str:
    """Format a duration in the largest unit that fits.

    >>> duration(3000), duration(3600), duration(12_000), duration(200_000)
    ('50 minutes', '1 hour', '3.5 hours', '2.3 days')
    """
    units = ((86_400, "day", 10), (3600, "hour", 2), (60, "minute", 1), (1, "second", 1))
    for size, name, parts in units:
        if seconds >= size:
            count = seconds / size
            shown = float(round(count))
            if count < _MAX_COUNT_WITH_PARTS:
                shown = round(count * parts) / parts
            return f"{shown:g} {name}{'' if shown == 1 else 's'}"
    return "0 seconds"


def rate_text(rate: Rate) -> str:
    """Format a rate for people.

    >>> from papertally.fetch.rate_limit import Limit
    >>> rate_text(Rate(Limit(36, 3600), is_seen=True, files_per_request=50))
    '36 zips of 50 files an hour'
    """
    kind = "files" if rate.files_per_request == 1 else f"zips of {rate.files_per_request} files"
    return f"{rate.limit.requests:,} {kind} {per(rate.limit.seconds)}"


def per(seconds: float) -> str:
    """Format the time of a rate.

    >>> per(3600), per(7200)
    ('an hour', 'per 2 hours')
    """
    length = duration(seconds)
    return "an hour" if length == "1 hour" else f"per {length.removeprefix('1 ')}"


def fetched_within(workspace: Workspace, year: VenueYear, seconds: float, source: str) -> int:
    """Count a year's PDFs that were fetched from a source within so many seconds."""
    since = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="seconds")
    return sum(origin == source for origin, _ in workspace.files.fetched_since(year, since))


def survey_command(settings: Settings, year: YearConfig) -> str:
    """Return the survey of a year for the user's shell, with the options that were given."""
    program = _program()
    on_path = shutil.which("papertally")
    if on_path and _quoted(on_path) == program:
        program = "papertally"
    words = _arguments(settings, year)
    if os.environ.get("PAPERTALLY_WORKSPACE"):
        return f"{program} {words}"  # the shell knows the variable
    return f"{program} {words}{_workspace(settings)}"


def crontab_line(settings: Settings, year: YearConfig) -> str:
    """Return the survey for a crontab, which knows neither the user's folder nor variables."""
    statuses = settings.fetching.statuses or ()
    folder = "-".join((year.key.venue, str(year.key.year), *map(str, statuses)))
    options = f'--cron --max-time 50m --out "$HOME"/{folder}'
    words = f"{_arguments(settings, year)}{_workspace(settings)}"
    line = f"{_program()} {words} {options}"
    return "15 * * * *  " + line.replace("%", r"\%")  # cron ends a line at a plain one


def _program() -> str:
    # from any folder, as cron has another one
    called = Path(sys.argv[0]).name == "papertally" and shutil.which(sys.argv[0])
    beside_python = Path(sys.executable).with_name("papertally")
    if called or beside_python.is_file():
        return _quoted(called or beside_python)
    return f"{_quoted(sys.executable)} -m papertally"


def _arguments(settings: Settings, year: YearConfig) -> str:
    fetching = settings.fetching
    words = ["survey", year.key.venue, str(year.key.year)]
    if fetching.statuses is not None:
        words += ["--population", ",".join(fetching.statuses) or "all"]
    if fetching.source:
        words += ["--source", fetching.source]
    if fetching.pace != Fetching().pace:
        words += ["--pace", f"{fetching.pace:.12g}s"]
    if fetching.revision != Revision.CURRENT:
        words += ["--revision", str(fetching.revision)]
    if fetching.contact:
        words += ["--contact", fetching.contact]
    if fetching.min_free != Fetching().min_free:
        words += ["--min-free", f"{fetching.min_free / _MEBIBYTE:g}M"]
    for path in settings.venues:
        words += ["--venues", str(path.absolute())]
    for path in settings.lexicons:
        words += ["--lexicon", LIBRARIES if path == LIBRARIES_FILE else str(path.absolute())]
    return shlex.join(words)


def _workspace(settings: Settings) -> str:
    # the default depends on XDG_DATA_HOME, which cron does not know
    if settings.workspace == default_workspace() and not os.environ.get("XDG_DATA_HOME"):
        return ""
    return f" --workspace {_quoted(settings.workspace)}"


def _quoted(path: str | Path) -> str:
    return shlex.quote(str(Path(path).absolute()))


def _allowed_now(workspace: Workspace, year: YearConfig, source: SourceFacts, rate: Rate) -> int:
    """Return how many files the quota allows at once: what is not used of its current window."""
    if any(f"/{source.download_route}" in route for route in remembered_waits(workspace.facts)):
        return 0
    return rate.files - fetched_within(workspace, year.key, rate.limit.seconds, source.id)
