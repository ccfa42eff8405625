"""The demo's proof that the whole way works: an invented sample is surveyed and its counts checked.

The sample is served by a stand-in OpenReview on this machine, so that nothing leaves it.
"""

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from papertally import pipeline, snapshot_loader
from papertally.demo.server import StandInServer
from papertally.errors import PapertallyError
from papertally.extract.run import extract_pending
from papertally.fetch.venues import find_years
from papertally.match.run import match_pending
from papertally.models import Scope
from papertally.progress import Progress
from papertally.report.counts import Report, make_report
from papertally.report.query import ReportQuery
from papertally.report.snapshot import LoadedSnapshot
from papertally.resources import DATA_FOLDER
from papertally.settings import Extraction, Hosts, Settings, default_jobs

_SAMPLE = Scope("sample", (2101, 2102))
_FOLDER = DATA_FOLDER / "sample"


@dataclass(frozen=True, slots=True)
class SurveyedSample:
    """What a survey of the invented sample did; its counts are those of the plan."""

    listed: int
    """Papers of both years."""
    unread: int
    """Papers without a PDF or with one that cannot be read; the sample has some on purpose."""
    seconds: float


def survey_sample(progress: Progress) -> SurveyedSample:
    """Fetch, extract, match and count the sample in a temporary workspace, which is removed.

    Raises `PapertallyError` if a count is not the planned one.
    """
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="papertally-demo-") as workspace, _plain_environment():
        report = make_report(_survey(Path(workspace), progress).snapshot, ReportQuery())
    _check(report)
    listed = sum(year.listed for year in report.years)
    unread = listed - sum(year.readable for year in report.years)
    return SurveyedSample(listed, unread, time.monotonic() - start)


@contextmanager
def _plain_environment() -> Iterator[None]:
    """Keep the user's login and proxy away from the stand-in while the context lasts."""
    before = dict(os.environ)
    for name in [name for name in before if name.startswith("OPENREVIEW_")]:
        del os.environ[name]
    os.environ["no_proxy"] = "127.0.0.1"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _survey(workspace: Path, progress: Progress) -> LoadedSnapshot:
    """Run the stages of a survey; papers that failed do not end it."""
    with StandInServer(_FOLDER) as server:
        settings = Settings(
            workspace,
            extraction=Extraction(jobs=default_jobs()),
            hosts=Hosts(server.v1, server.v2, server.site),
        )
        lexicon = pipeline.read_lexicon(settings)
        with pipeline.writing(settings, f"survey {_SAMPLE}") as opened:
            years, _ = find_years(settings, _SAMPLE)
            stopped = pipeline.run_fetch(opened, settings, years, _ignore, _ignore, progress)
            if stopped:
                raise stopped
            extract_pending(opened, _SAMPLE, settings.extraction, progress=progress)
            match_pending(opened, _SAMPLE, lexicon, progress)
            return snapshot_loader.read_stored(opened, lexicon, _SAMPLE)


def _ignore(_line: str) -> None:
    """Drop the notes and warnings of fetching, which are the same in every demo."""


def _check(report: Report) -> None:
    """Compare the counts with those that the sample was made for."""
    plan = json.loads((_FOLDER / "expected.json").read_text("utf-8"))
    for year in report.years:
        planned = plan[str(year.year)]["papers"]
        counted = {framework: report.papers(framework, year) for framework in planned}
        wrong = [framework for framework in planned if counted[framework] != planned[framework]]
        if wrong:
            name = wrong[0]
            raise PapertallyError(
                f"the demo counted {counted[name]} invented papers of {year.year} that mention "
                f"{name}, not {planned[name]}: please report this, `papertally -v demo` shows more"
            )
