"""The demo: survey an invented sample, then report the real counts of ICLR 2018 and 2019."""

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from papertally import pipeline, snapshot_loader
from papertally.demo.server import StandInServer
from papertally.extract.run import extract_pending
from papertally.fetch.venues import find_years
from papertally.match.run import match_pending
from papertally.models import Rule, Scope
from papertally.progress import Progress
from papertally.report.counts import make_report
from papertally.report.document import make_document
from papertally.report.folder import write_folder
from papertally.report.query import ReportQuery
from papertally.report.render.terminal import as_table
from papertally.resources import DATA_FOLDER, find_snapshot
from papertally.settings import Extraction, Hosts, Settings, default_jobs

_SAMPLE = Scope("sample", (2101, 2102))


def run_demo(
    out: Path | None, progress: Progress, say: Callable[[str], None], show: Callable[[str], None]
) -> None:
    """Survey the sample against a stand-in server, then report the bundled snapshot.

    Both reports are written to `out`, or to a new temporary folder. `say` gets the steps, `show`
    the results.
    """
    folder = out or Path(tempfile.mkdtemp(prefix="papertally-demo-"))
    bundled = snapshot_loader.BUNDLED_SNAPSHOT
    say("Surveying an invented sample, served by a stand-in OpenReview on this machine ...")
    with tempfile.TemporaryDirectory(prefix="papertally-demo-") as workspace:
        sample = _survey_sample(Path(workspace), progress, say)
    show("INVENTED SAMPLE: made-up papers of a made-up venue, to show how it works\n")
    show(_write_report(sample, Rule.LEXICON, folder / "sample"))
    show(
        "THE REAL ICLR 2018 AND 2019, counted as the 2018 search boxes counted: "
        "any substring of the full text\n"
    )
    real = snapshot_loader.read_folder(find_snapshot(bundled), Scope())
    show(_write_report(real, Rule.SUBSTRING, folder / bundled))
    show("Charts and tables:")
    for name in ("sample", bundled):
        show(f"  {folder / name / 'chart.png'}")
    command = "papertally" if shutil.which("papertally") else sys.argv[0]
    show(f"Again at any time: {command} report iclr 2018 2019 --from iclr-2018-2019 --anywhere")


def _survey_sample(
    workspace: Path, progress: Progress, say: Callable[[str], None]
) -> snapshot_loader.LoadedSnapshot:
    """Run the stages of a survey.

    Failed papers do not end it: the sample has damaged files to show how they are counted.
    """
    with StandInServer(DATA_FOLDER / "sample") as server:
        settings = Settings(
            workspace,
            extraction=Extraction(jobs=default_jobs()),
            hosts=Hosts(server.v1, server.v2, server.site),
        )
        lexicon = pipeline.read_lexicon(settings)
        with pipeline.writing(settings, f"survey {_SAMPLE}") as opened:
            years, _ = find_years(settings, _SAMPLE)
            stopped = pipeline.run_fetch(opened, settings, years, say, say, progress)
            if stopped:
                raise stopped
            extract_pending(opened, _SAMPLE, settings.extraction, progress=progress)
            match_pending(opened, _SAMPLE, lexicon, progress)
            return snapshot_loader.read_stored(opened, lexicon, _SAMPLE)


def _write_report(loaded: snapshot_loader.LoadedSnapshot, rule: Rule, folder: Path) -> str:
    """Write a report folder and return the table for the terminal."""
    report = make_report(loaded.snapshot, ReportQuery(rule=rule), loaded.warnings)
    document = make_document(report)
    write_folder(document, folder)
    return as_table(document)
