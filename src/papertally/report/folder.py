"""Write a report folder, file by file, into a folder that may hold other things."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Container, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from papertally.errors import UsageError
from papertally.models import Evidence
from papertally.report.chart import draw
from papertally.report.comparison import changes_table
from papertally.report.counts import Report, co_mentions
from papertally.report.csv_io import to_csv
from papertally.report.datapackage import MANIFEST, check_folder, earlier_names, manifest
from papertally.report.method import as_method
from papertally.report.render.html import as_html
from papertally.report.render.latex import as_latex
from papertally.report.render.markdown import as_report_md
from papertally.report.schema import (
    CHANGES,
    CO_MENTIONS,
    COUNTS,
    LEDGER,
    MENTIONS,
    PAPERS,
    Column,
    names,
    wide_columns,
)

if TYPE_CHECKING:
    import pandas as pd

_BOM = b"\xef\xbb\xbf"
_ASIDE = ".papertally-"
"""How the names of files begin that are not whole yet."""
_SECONDS_OF_A_RUN = 600


@dataclass(frozen=True, slots=True)
class Extras:
    """What a folder holds beside the usual files."""

    mentions: Sequence[Evidence] | None = None
    """All mentions, for mentions.csv; None where the file is not wanted."""
    excel: bool = False
    """Whether CSV files begin with a byte order mark, by which spreadsheets know UTF-8."""
    latex: bool = False


def write_folder(
    report: Report, folder: Path, extras: Extras | None = None, kept: Container[str] = ()
) -> tuple[list[str], tuple[str, ...]]:
    """Write tables, charts, texts and, last, their manifest; return their names, and warnings of the chart.

    `kept` names the files to write where not all are wanted, as in a bundled snapshot. Each file is written aside
    and renamed, so that a reader never meets half a file; files of an earlier manifest that are not written any more
    are removed. The same report gives the same bytes. Raises `UsageError` where the folder cannot be written, or has
    a manifest that is not ours.
    """
    check_folder(folder)
    extras = extras or Extras()
    contents = _tables(report, extras)
    warnings: tuple[str, ...] = ()
    if kept:
        contents = {name: data for name, data in contents.items() if name in kept}
    else:
        drawing = draw(report)
        warnings = drawing.warnings
        contents |= {
            "chart.png": drawing.png,
            "chart.svg": drawing.svg,
            "chart.txt": f"{drawing.alt}\n".encode(),
        }
        contents |= _texts(report, drawing.svg, drawing.alt, sorted(contents), latex=extras.latex)
    _write(folder, contents, manifest(report, contents))
    return [*contents, MANIFEST], warnings


def _tables(report: Report, extras: Extras) -> dict[str, bytes]:
    wanted: dict[str, tuple[pd.DataFrame, tuple[Column, ...]]] = {
        "counts.csv": (report.counts, COUNTS),
        "changes.csv": (changes_table(report), CHANGES),
        "wide.csv": (_wide(report), wide_columns(report.years)),
        "papers.csv": (report.snapshot.papers, PAPERS),
        "ledger.csv": (report.snapshot.ledger, LEDGER),
    }
    if extras.mentions is not None:
        wanted["mentions.csv"] = (_mentions(extras.mentions), MENTIONS)
    if report.display.robustness:
        wanted["co_mentions.csv"] = (_co_mentions(report), CO_MENTIONS)
    mark = _BOM if extras.excel else b""
    return {
        name: mark + to_csv(table, columns).encode() for name, (table, columns) in wanted.items()
    }


def _texts(
    report: Report, svg: bytes, alt: str, files: Sequence[str], *, latex: bool
) -> dict[str, bytes]:
    texts = {
        "report.md": as_report_md(report, "chart.svg", alt),
        "report.html": as_html(report, svg, alt, files=files),
        "method.md": as_method(report),
    }
    if latex:
        texts["table.tex"] = as_latex(report)
    return {name: text.encode() for name, text in texts.items()}


def _wide(report: Report) -> pd.DataFrame:
    import pandas as pd

    incomplete = [year for year in report.years if not year.complete]
    rows = [
        [
            framework.id,
            # of a year that could not be read nothing is known, and a 0 would be drawn as one
            *(
                report.papers(framework.id, year) if year.readable else None
                for year in report.years
            ),
            *(report.papers(framework.id, year) + year.missing for year in incomplete),
        ]
        for framework in sorted(report.snapshot.lexicon.frameworks, key=lambda item: item.id)
    ]
    return pd.DataFrame(rows, columns=names(wide_columns(report.years)), dtype=object)


def _mentions(found: Sequence[Evidence]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (
            one.venue,
            one.year,
            one.paper,
            one.framework,
            one.alias,
            str(one.zone),
            one.page,
            one.start,
            one.snippet,
        )
        for one in sorted(
            found, key=lambda one: (one.venue, one.year, one.paper, one.framework, one.start)
        )
    ]
    return pd.DataFrame(rows, columns=names(MENTIONS))


def _co_mentions(report: Report) -> pd.DataFrame:
    """Count each pair of frameworks that any paper mentions, in each year, with zeros."""
    import pandas as pd

    counts = co_mentions(report.found).set_index(["year", "framework", "other"])["papers"].to_dict()
    found = sorted(set(report.found["framework"]))
    asked = (report.question.population, str(report.question.rule), report.question.zone)
    rows = [
        (
            year.venue,
            year.year,
            *asked,
            one,
            other,
            int(counts.get((year.year, one, other), 0)),
            year.complete,
        )
        for year in report.years
        for one, other in combinations(found, 2)
    ]
    return pd.DataFrame(rows, columns=names(CO_MENTIONS))


def _write(folder: Path, contents: dict[str, bytes], described: bytes) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in contents.items():
            _replace(folder / name, data)
        for name in _earlier(folder) - contents.keys():
            (folder / name).unlink(missing_ok=True)
        _sweep(folder)
        _replace(folder / MANIFEST, described)
    except OSError as error:
        raise UsageError(
            f"the output folder {folder} cannot be written: {error.strerror}; name another"
        ) from None


def _earlier(folder: Path) -> set[str]:
    """Name the files in the folder that an earlier report wrote; a name that leads elsewhere is none of them."""
    if not (folder / MANIFEST).is_file():
        return set()
    named = earlier_names((folder / MANIFEST).read_text(encoding="utf-8", errors="replace"))
    return {
        name
        for name in named
        if Path(name).name == name and name != MANIFEST and (folder / name).is_file()
    }


def _sweep(folder: Path) -> None:
    """Remove the half-written files that a killed run left; those of a run at work are younger."""
    for aside in folder.glob(f"{_ASIDE}*"):
        if time.time() - aside.stat().st_mtime > _SECONDS_OF_A_RUN:
            aside.unlink(missing_ok=True)


def _replace(path: Path, data: bytes) -> None:
    if path.is_file() and path.read_bytes() == data:
        return
    handle, aside = tempfile.mkstemp(prefix=_ASIDE, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(aside).chmod(0o644)
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
