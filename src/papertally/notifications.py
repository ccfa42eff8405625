"""Unattended runs: report only if something changed, and print each warning at most once a day."""

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import msgspec

from papertally import __version__
from papertally.errors import UsageError
from papertally.match.lexicon import Lexicon
from papertally.models import Scope
from papertally.settings import user_folder
from papertally.store.lock import read_holder
from papertally.store.runs import FactKey
from papertally.store.workspace import Workspace

if TYPE_CHECKING:
    from papertally.report.counts import Report

_SECONDS_PER_DAY = 86_400
MARK = ".told-"
"""How the names begin of the files that mark what was printed."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of a report that are compared with later ones; years are text, as in JSON."""

    lexicon: str
    """The lexicon's version."""
    complete: bool
    readable: dict[str, int]
    """Readable papers of each year."""
    papers: dict[str, dict[str, int]]
    """Papers of each year by framework; frameworks without any are left out."""
    shown: Sequence[str] = ()
    """The frameworks in the report's table."""
    population: str = ""
    """Whose papers are counted; empty in records of an earlier version."""
    listed: dict[str, int] = field(default_factory=dict)
    """Listed papers of each year; empty in records of an earlier version."""


def report_figures(report: "Report") -> Figures:
    """Collect the numbers of a report that later ones are compared with."""
    papers: dict[str, dict[str, int]] = {}
    for year in report.years:
        counts = {
            framework.name: report.papers(framework.id, year)
            for framework in report.snapshot.lexicon.frameworks
        }
        papers[str(year.year)] = {name: count for name, count in counts.items() if count}
    return Figures(
        report.snapshot.lexicon.version,
        all(year.complete for year in report.years),
        {str(year.year): year.readable for year in report.years},
        papers,
        [framework.name for framework in report.shown],
        report.query.population,
        {str(year.year): year.listed for year in report.years},
    )


def describe_changes(
    venue: str, before: Figures | None, after: Figures, lexicon_numbers: Mapping[str, int]
) -> list[str]:
    """Describe in a line per year what is new: readable papers, and frameworks with another count.

    A year that was not reported before has nothing to be compared with: its papers may have been
    here for long. `lexicon_numbers` maps versions of lexicons, which are hashes, to numbers for
    people.

    >>> now = Figures("a", True, {"2026": 14}, {"2026": {"PyTorch": 6}}, listed={"2026": 20})
    >>> describe_changes("iclr", None, now, {})
    ['iclr 2026: 14 of 20 papers read']
    """
    if before is None:
        before = Figures(after.lexicon, complete=False, readable={}, papers={})
    rules = ""
    if before.population and before.population != after.population:
        rules = f"population {before.population} -> {after.population}: "
    if before.lexicon != after.lexicon:
        old = lexicon_numbers.get(before.lexicon, before.lexicon)
        rules += f"lexicon {old} -> {lexicon_numbers.get(after.lexicon, after.lexicon)}: "
    # Only frameworks in the table, now or last time: the rare ones would make the line too long.
    names = dict.fromkeys((*after.shown, *before.shown))
    lines = []
    for year, readable in after.readable.items():
        if year in before.readable:
            parts = _changes_of_year(year, before, after, names)
            if parts:
                lines.append(f"{rules}{venue} {year}: {', '.join(parts)}")
        elif readable:
            lines.append(f"{venue} {year}: {readable:,} of {after.listed[year]:,} papers read")
    return lines


def _changes_of_year(
    year: str, before: Figures, after: Figures, frameworks: Iterable[str]
) -> list[str]:
    parts = []
    if more := after.readable[year] - before.readable[year]:
        parts.append(f"{more:+,} papers")
    for name in frameworks:
        old_count = before.papers.get(year, {}).get(name, 0)
        new_count = after.papers[year].get(name, 0)
        if old_count != new_count:
            parts.append(f"{name} {old_count:,} -> {new_count:,}")
    return parts


class _Record(TypedDict, total=False):
    """How `LastReport` is stored."""

    figures: Figures
    """The last ones that were shown."""
    when: float
    """When they were, in seconds since 1970."""
    inputs: str
    """The hash of what was reported last."""
    folder: str
    """The hash of the folder that was written."""


class LastReport:
    """What one line of a crontab last reported and printed.

    `name` identifies what the line asks for; `out` is the folder it writes, if any.
    """

    def __init__(self, workspace: Workspace, name: str, out: Path | None) -> None:
        self._workspace, self._name, self._out = workspace, name, out
        stored: dict[str, Any] = workspace.facts.recall(FactKey.LAST_REPORT, dict, name)
        try:
            msgspec.convert(stored, _Record)
        except msgspec.ValidationError:
            stored = {}
        self._stored = stored

    def hash_inputs(self, scope: Scope, lexicon: Lexicon, question: object) -> str:
        """Hash all that decides the report: data, rules, question, folder and program version."""
        folder = str(self._out.absolute()) if self._out else ""
        data = self._workspace.fingerprint(scope)
        parts = (__version__, data, lexicon.fingerprint, lexicon, question, folder)
        return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def is_current(self, inputs: str) -> bool:
        """Return whether these inputs were reported and the folder is unchanged since."""
        if self._out and _hash_folder(self._out) != self._stored.get("folder"):
            return False
        return bool(self._stored.get("inputs") == inputs)

    def update(self, report: "Report", inputs: str, show: Callable[[str], None]) -> None:
        """Show what changed since it was last shown, and store what was reported.

        Changes are shown at most once a day, and when the report becomes complete.
        """
        stored = dict(self._stored)
        before = msgspec.convert(stored["figures"], Figures) if stored.get("figures") else None
        after = report_figures(report)
        numbers = self._number_lexicons(before, after)
        lines = describe_changes(report.years[0].venue, before, after, numbers)
        is_completed = after.complete and not (before and before.complete)
        is_due = is_completed or not _is_within_a_day(stored.get("when", 0))
        if lines and is_due:
            stored |= {"figures": asdict(after), "when": time.time()}
        elif before and not lines:
            # Stores a new lexicon that changed no number, so that the next change is not put down
            # to it.
            stored["figures"] = asdict(after)
        # With changes still to be shown, the same inputs have to be reported again.
        stored["inputs"] = "" if lines and not is_due else inputs
        stored["folder"] = _hash_folder(self._out) if self._out else ""
        if stored != self._stored:
            self._remember(stored)
        # after it is stored: with a full disk it would be shown by every run
        for line in lines if is_due else ():
            self._show(line, show)

    def _show(self, line: str, show: Callable[[str], None]) -> None:
        """Show a line of changes; if that fails, they are to be shown by the next run."""
        try:
            show(line)
        except OSError:
            self._remember(self._stored)
            raise

    def _remember(self, stored: dict[str, Any]) -> None:
        self._workspace.facts.remember(FactKey.LAST_REPORT, stored, self._name)

    def _number_lexicons(self, *reported: Figures | None) -> dict[str, int]:
        """Return the numbers of lexicons, in the order in which this workspace first saw them."""
        known = self._workspace.facts.recall(FactKey.LEXICONS, list[str])
        versions = [*known, *(figures.lexicon for figures in reported if figures)]
        versions = list(dict.fromkeys(versions))
        if versions != known:
            self._workspace.facts.remember(FactKey.LEXICONS, versions)
        return {version: number for number, version in enumerate(versions, start=1)}


def _hash_folder(folder: Path) -> str:
    """Hash a report folder's manifest; empty if it is missing or does not match the files."""
    try:
        manifest = (folder / "datapackage.json").read_bytes()
        for resource in json.loads(manifest)["resources"]:
            digest = hashlib.sha256((folder / resource["path"]).read_bytes()).hexdigest()
            if resource["hash"] != f"sha256:{digest}":
                return ""
    except (OSError, ValueError, LookupError, TypeError):
        return ""
    return hashlib.sha256(manifest).hexdigest()


def describe_hung_run(folder: Path) -> str:
    """Describe the run that has held a workspace for more than a day; empty if there is none."""
    holder = read_holder(folder)
    if holder is None or not holder.is_hung:
        return ""
    return (
        f"another run has held the workspace {folder} for more than a day: {holder}; if it no "
        f"longer writes to papertally.log there, stop it with `kill {holder.pid}`, or with "
        f"`kill -9 {holder.pid}` if that does nothing: what was done is kept"
    )


def describe_outage(workspace: Workspace) -> str:
    """Describe the sources that no run could reach for a day; empty if there are none."""
    parts = []
    for source, since in workspace.facts.times(FactKey.OUTAGES).items():
        if time.time() - since >= _SECONDS_PER_DAY:
            moment = time.strftime("%Y-%m-%d %H:%M", time.localtime(since))
            parts.append(f"{source} has not worked since {moment}")
    return "; ".join(parts)


def _is_within_a_day(moment: float) -> bool:
    """Return whether a moment is within the last day; one in the future is from a wrong clock."""
    return 0 <= time.time() - moment < _SECONDS_PER_DAY


def warn_once_a_day(workspace: Path, warning: str, show: Callable[[str], None]) -> None:
    """Show a warning about a workspace at most once a day; numbers in it are ignored.

    The mark of it is an empty file, which a full disk and a run that holds the database allow: in
    the workspace or, if nothing can be written there, beside the user's configuration.
    """
    kind = re.sub(r"\d[\d,.]*", "0", warning)
    digest = hashlib.sha256(f"{workspace}\0{kind}".encode("utf-8", "surrogatepass")).hexdigest()
    name = f"{MARK}{digest[:16]}"
    marks = [workspace / name]
    with suppress(OSError, UsageError):  # a user may have no home
        configuration = user_folder("config")
        marks.append(configuration / name)
        configuration.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not any(map(_is_fresh, marks)):
        show(warning)
        any(map(_renew, marks))


def _is_fresh(mark: Path) -> bool:
    """Return whether a mark was made within the last day."""
    try:
        return _is_within_a_day(mark.stat().st_mtime)
    except OSError:
        return False


def _renew(mark: Path) -> bool:
    """Make a mark, or give it today's date; return whether that worked. Old ones are deleted."""
    now = int(time.time())  # not rounded up, which would be in the future
    try:
        mark.touch()
        os.utime(mark, (now, now))
        for other in mark.parent.glob(f"{MARK}*"):
            if not _is_fresh(other):
                other.unlink(missing_ok=True)
    except OSError:
        return False
    return True
