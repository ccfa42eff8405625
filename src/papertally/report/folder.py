"""Write a report folder, file by file, into a folder that may hold other things."""

from __future__ import annotations

import os
import tempfile
import time
from codecs import BOM_UTF8
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from papertally.errors import UsageError
from papertally.models import Evidence
from papertally.report.chart import draw
from papertally.report.csv_io import to_csv
from papertally.report.datapackage import MANIFEST, earlier_files, manifest
from papertally.report.document import Document
from papertally.report.render.html import as_html
from papertally.report.render.latex import as_latex
from papertally.report.render.markdown import as_method, as_report_md
from papertally.report.schema import (
    CHANGES,
    CO_MENTIONS,
    COUNTS,
    LEDGER,
    MENTIONS,
    PAPERS,
    Column,
    names,
)
from papertally.report.tables import changes_frame, co_mentions_frame, wide_columns, wide_frame

if TYPE_CHECKING:
    import pandas as pd

_TEMPORARY = ".papertally-"
"""Prefix of the files that are still being written."""
_MAX_SECONDS_OF_WRITING = 600
"""Older temporary files come from a run that was killed."""


@dataclass(frozen=True, slots=True)
class Extras:
    """Files and sentences beside the usual ones."""

    evidence: Sequence[Evidence] = ()
    """Sentences that mention the shown frameworks, for the page; empty without the texts."""
    mentions: Sequence[Evidence] | None = None
    """All mentions, for mentions.csv; None leaves the file out."""
    excel: bool = False
    """Whether CSV files begin with a byte order mark, by which spreadsheets recognise UTF-8."""
    latex: bool = False


def write_folder(
    document: Document, folder: Path, extras: Extras | None = None, kept: Container[str] = ()
) -> tuple[list[str], tuple[str, ...]]:
    """Write tables, charts, texts and, last, their manifest; return the names and chart warnings.

    `kept` are the files to write if not all are wanted, as in a bundled snapshot. Each file is
    written aside and renamed, so that a reader never meets half a file. Files of an earlier
    manifest that are not written any more are removed. The same report gives the same bytes.
    Raises `UsageError` if the folder cannot be written or has a manifest that is not ours.
    """
    earlier = earlier_files(folder)
    extras = extras or Extras()
    contents = _tables(document, extras)
    warnings: tuple[str, ...] = ()
    if kept:
        contents = {name: data for name, data in contents.items() if name in kept}
    else:
        drawing = draw(document.report)
        warnings = drawing.warnings
        contents |= {
            "chart.png": drawing.png,
            "chart.svg": drawing.svg,
            "chart.txt": f"{drawing.alt}\n".encode(),
        }
        texts = {
            "report.md": as_report_md(document, "chart.svg", drawing.alt),
            "report.html": as_html(
                document, drawing.svg, drawing.alt, extras.evidence, files=sorted(contents)
            ),
            "method.md": as_method(document),
        }
        if extras.latex:
            texts["table.tex"] = as_latex(document)
        contents |= {name: text.encode() for name, text in texts.items()}
    _write(folder, contents, manifest(document, contents), earlier)
    return [*contents, MANIFEST], warnings


def _tables(document: Document, extras: Extras) -> dict[str, bytes]:
    report = document.report
    wanted: dict[str, tuple[pd.DataFrame, tuple[Column, ...]]] = {
        "counts.csv": (report.counts, COUNTS),
        "changes.csv": (changes_frame(report), CHANGES),
        "wide.csv": (wide_frame(report), wide_columns(report.years)),
        "papers.csv": (report.snapshot.papers, PAPERS),
        "ledger.csv": (report.snapshot.ledger, LEDGER),
    }
    if extras.mentions is not None:
        wanted["mentions.csv"] = (_mentions_frame(extras.mentions), MENTIONS)
    if report.display.robustness:
        wanted["co_mentions.csv"] = (co_mentions_frame(report), CO_MENTIONS)
    mark = BOM_UTF8 if extras.excel else b""
    return {
        name: mark + to_csv(table, columns).encode() for name, (table, columns) in wanted.items()
    }


def _mentions_frame(mentions: Sequence[Evidence]) -> pd.DataFrame:
    import pandas as pd

    columns = names(MENTIONS)
    rows = [[getattr(mention, name) for name in columns] for mention in mentions]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values(["venue", "year", "paper", "framework", "start"], kind="stable")


def _write(folder: Path, contents: dict[str, bytes], described: bytes, earlier: set[str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in contents.items():
            _replace(folder / name, data)
        for name in earlier - contents.keys():
            if (folder / name).is_file():
                (folder / name).unlink(missing_ok=True)
        # temporary files of another run that is still writing are younger
        for path in folder.glob(f"{_TEMPORARY}*"):
            if time.time() - path.stat().st_mtime > _MAX_SECONDS_OF_WRITING:
                path.unlink(missing_ok=True)
        # last, so that a folder with a new manifest is complete
        _replace(folder / MANIFEST, described)
    except OSError as error:
        raise UsageError(
            f"the output folder {folder} cannot be written: {error.strerror}; name another"
        ) from None


def _replace(path: Path, data: bytes) -> None:
    """Replace a file at once; one with the same content is left alone, with its date."""
    if path.is_file() and path.read_bytes() == data:
        return
    handle, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes files that only the owner can read
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
