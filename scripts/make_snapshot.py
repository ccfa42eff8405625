#!/usr/bin/env python3
"""Make the bundled snapshot of ICLR 2018 and 2019 from texts, note lists and decisions.

usage: make_snapshot.py TEXTS LISTS [OUT]

TEXTS holds iclr-2018-texts.tar.xz, iclr-2018-notes.json.xz and the same of 2019; LISTS holds
iclr-2018.json.xz and iclr-2019.json.xz of papercopilot/paperlists. Forum ids, titles, statuses and
counts are facts of the listings and are kept; keywords and texts are left out.
"""

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from papertally import pipeline, snapshot_loader
from papertally.extract.run import extract_pending
from papertally.fetch.decisions import read_decisions, set_decisions
from papertally.fetch.local.add import add
from papertally.match.run import match_pending
from papertally.models import Scope, VenueYear
from papertally.report.counts import make_report
from papertally.report.document import make_document
from papertally.report.folder import write_folder
from papertally.report.query import ReportQuery
from papertally.resources import BUNDLED_SNAPSHOT, DATA_FOLDER
from papertally.settings import Extraction, Settings, default_jobs

YEARS = (2018, 2019)
KEPT = {"ledger.csv", "findings.csv", "datapackage.json"}
SOURCES = [
    *(
        {
            "title": f"Texts of the papers of ICLR {year}, "
            f"as the public search box of autumn {year - 1} held them",
            "path": f"https://github.com/Smerity/search_iclr_{year}",
        }
        for year in YEARS
    ),
    {
        "title": "Decisions on the papers: papercopilot/paperlists",
        "path": "https://github.com/papercopilot/paperlists",
    },
]
"""The origin of the texts and decisions, beside the listings of OpenReview."""


def main() -> None:
    """Add both years to a temporary workspace and write the report folder without texts."""
    texts, lists = Path(sys.argv[1]), Path(sys.argv[2])
    default = DATA_FOLDER / "snapshots" / BUNDLED_SNAPSHOT
    target = Path(sys.argv[3]) if len(sys.argv) > 3 else default
    scope = Scope("iclr", YEARS)
    with tempfile.TemporaryDirectory() as workspace:
        settings = Settings(Path(workspace), extraction=Extraction(jobs=default_jobs()))
        with pipeline.writing(settings, "make snapshot") as opened:
            for year in YEARS:
                key = VenueYear("iclr", year)
                listing, _ = pipeline.read_listing(key, texts / f"iclr-{year}-notes.json.xz")
                add(opened, key, [texts / f"iclr-{year}-texts.tar.xz"], listing)
                decisions = lists / f"iclr-{year}.json.xz"
                set_decisions(opened, key, read_decisions(decisions), decisions.name)
            lexicon = pipeline.read_lexicon(settings)
            extract_pending(opened, scope, settings.extraction)
            match_pending(opened, scope, lexicon)
            snapshot = snapshot_loader.read_stored(opened, lexicon, scope).snapshot
    rows = [row._replace(keywords="", source=f"search_iclr_{row.year}") for row in snapshot.ledger]
    bare = replace(snapshot, ledger=tuple(rows))
    names, _ = write_folder(make_document(make_report(bare, ReportQuery())), target, kept=KEPT)
    add_sources(target / "datapackage.json")
    print(f"wrote {', '.join(names)} to {target}")


def add_sources(path: Path) -> None:
    """Add to a manifest the sources that a report does not know."""
    document = json.loads(path.read_text(encoding="utf-8"))
    document["sources"] += SOURCES
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
