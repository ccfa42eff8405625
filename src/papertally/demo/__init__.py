"""The whole way on an invented sample, then the real counts of ICLR 2018 and 2019."""

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from papertally import pipeline
from papertally import snapshot_loader as reading
from papertally.demo.server import StandIn
from papertally.models import Rule, Scope
from papertally.progress import Progress
from papertally.resources import data_folder, snapshot_folder
from papertally.settings import Extraction, Hosts, Settings, default_jobs

_SAMPLE = Scope("sample", (2101, 2102))


def run_demo(
    out: Path | None, progress: Progress, say: Callable[[str], None], show: Callable[[str], None]
) -> None:
    """Survey the sample against a stand-in server, then report the bundled snapshot; `show` gets results."""
    folder = out or Path(tempfile.mkdtemp(prefix="papertally-demo-"))
    say("Surveying an invented sample, served by a stand-in OpenReview on this machine ...")
    with tempfile.TemporaryDirectory(prefix="papertally-demo-") as workspace:
        stored = _survey_sample(Path(workspace), progress, say)
    show("INVENTED SAMPLE: made-up papers of a made-up venue, to show how it works\n")
    show(_report(stored, Rule.LEXICON, folder / "sample"))
    show(
        "THE REAL ICLR 2018 AND 2019, counted as the 2018 search boxes counted: any substring of the full text\n"
    )
    real = reading.read_folder(snapshot_folder(reading.BUNDLED_SNAPSHOT), Scope())
    show(_report(real, Rule.SUBSTRING, folder / reading.BUNDLED_SNAPSHOT))
    show("Charts and tables:")
    for name in ("sample", reading.BUNDLED_SNAPSHOT):
        show(f"  {folder / name / 'chart.png'}")
    command = "papertally" if shutil.which("papertally") else sys.argv[0]
    show(
        f"Again at any time: {command} report iclr 2018 2019 --from iclr-2018-2019 --rule substring"
    )


def _survey_sample(
    workspace: Path, progress: Progress, say: Callable[[str], None]
) -> reading.LoadedSnapshot:
    """Run the real stages; the sample's damaged files are meant and do not fail it."""
    with StandIn(data_folder() / "sample") as server:
        settings = Settings(
            workspace,
            extraction=Extraction(jobs=default_jobs()),
            hosts=Hosts(server.v1, server.v2, server.site),
        )
        lexicon = pipeline.read_lexicon(settings)
        with pipeline.writing(settings, f"survey {_SAMPLE}") as opened:
            for line in pipeline.run_fetch(opened, settings, _SAMPLE, progress):
                say(line)
            pipeline.run_extract(opened, settings, _SAMPLE, progress=progress)
            pipeline.run_match(opened, lexicon, _SAMPLE, progress)
            return reading.read_stored(opened, lexicon, _SAMPLE)


def _report(stored: reading.LoadedSnapshot, rule: Rule, folder: Path) -> str:
    from papertally.report.counts import make_report
    from papertally.report.folder import write_folder
    from papertally.report.query import ReportQuery
    from papertally.report.render.terminal import as_table

    report = make_report(stored.snapshot, ReportQuery(rule=rule), stored.warnings)
    write_folder(report, folder)
    return as_table(report)
