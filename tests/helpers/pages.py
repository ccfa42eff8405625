"""Pages of reports, with titles and sentences that try to be markup."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from papertally.models import Evidence, Zone
from papertally.report.counts import Report, make_report
from papertally.report.document import make_document
from papertally.report.i18n import Language
from papertally.report.query import Display, ReportQuery
from papertally.report.render import html
from papertally.report.snapshot_folder import read_snapshot
from papertally.resources import find_snapshot
from tests.helpers.snapshots import BUNDLED, make_snapshot, with_papers

HOSTILE = "<script>alert('title')</script> & <b>bold</b>"


FILES = ("counts.csv", "ledger.csv")


SVG = b"""<?xml version="1.0" encoding="utf-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg width="576pt" height="300pt" viewBox="0 0 576 300" xmlns="http://www.w3.org/2000/svg"
 version="1.1">
 <title id="t">Spoken in a file</title><desc id="d">Spoken too</desc>
 <metadata><x>http://elsewhere.invalid</x></metadata>
 <defs><style type="text/css">*{stroke-linejoin: round}</style></defs>
 <g id="point-keras-2018"><path d="M 0 0"/></g>
 <g id="point-a&lt;b-2019" clip-path="url(#c)"><path d="M 0 0"/></g>
 <g id="point-unknown-2019"><path d="M 0 0"/></g>
</svg>
"""


def bundled(language: Language = Language.EN, frameworks: tuple[str, ...] = ()) -> Report:
    folder = find_snapshot(BUNDLED)
    assert folder
    return make_report(
        read_snapshot(folder),
        ReportQuery(frameworks=frameworks),
        display=Display(language=language),
    )


def toy(
    folder: Path,
    years: dict[int, dict[str, int]] | None = None,
    *,
    name: str = "keras",
    **display: Any,
) -> Report:
    """Make a report of a framework of two years, and one with an odd id."""
    years = years or {2018: {"ok": 20, "empty": 1}, 2019: {"ok": 40}}
    found = {"keras": {2018: 5, 2019: 20}, "a<b": {2018: 3, 2019: 9}}
    snapshot = read_snapshot(make_snapshot(folder, years, found, names_={"keras": name}))
    snapshot = with_papers(snapshot, lambda _at, _row: {"title": HOSTILE})
    return make_report(snapshot, ReportQuery(), display=Display(**display))


def as_html(
    report: Report,
    svg: bytes,
    alt: str,
    evidence: Sequence[Evidence] = (),
    files: Sequence[str] = (),
) -> str:
    return html.as_html(make_document(report), svg, alt, evidence, files=files)


def evidence_of(report: Report, most: int = 30) -> list[Evidence]:
    """Return sentences for the shown frameworks, as the workspace's texts would give them."""
    snippets = {
        framework.id: f"{HOSTILE} We train all models with {framework.name} on one machine."
        for framework in report.shown
    }
    taken = Counter[str]()
    evidence = []
    for row in report.found:
        taken[row.framework] += 1
        if row.framework not in snippets or taken[row.framework] > most:
            continue
        start = snippets[row.framework].index("with ") + 5
        hit = (start, snippets[row.framework].index(" on one"))
        place = (row.venue, row.year, row.paper, row.framework, row.framework, Zone.BODY, 7, 1000)
        evidence.append(Evidence(*place, snippets[row.framework], hit))
    return evidence


def html_with_evidence(
    report: Report, svg: bytes = SVG, alt: str = "alt", files: Sequence[str] = ()
) -> str:
    return as_html(report, svg, alt, evidence_of(report), files)
