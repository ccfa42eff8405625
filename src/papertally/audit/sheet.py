"""The sample as a CSV sheet for people who annotate in a spreadsheet, and back again."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from papertally.audit.sampling import AnnotationTask
from papertally.audit.session import QUESTIONS, VERDICTS
from papertally.csv_escape import escape_cell
from papertally.errors import UsageError
from papertally.models import Verdict
from papertally.store.disk import full_disk

COLUMNS = (
    "key", "kind", "venue", "year", "paper", "title", "link", "framework", "alias", "page", "zone",
    "sentence", "question", "verdict",
)  # fmt: skip
_MAX_BYTES = 64 << 20
"""Size of a sheet that is read back."""

_SEPARATOR_LINE = re.compile(r"""(?i)"?sep=([^\w"\s]|\t)"?\1*\s*""")
"""The first line that tells Excel which character separates the cells; Excel itself may put that
character behind it, once per empty cell."""


@dataclass(frozen=True, slots=True)
class SheetVerdict:
    """One verdict of a sheet, with its line."""

    line: int
    key: str
    verdict: Verdict


def write_sheet(
    path: Path,
    tasks: Iterable[AnnotationTask],
    link: Callable[[AnnotationTask], str],
    names: Mapping[str, str],
    given: Mapping[str, Verdict],
) -> int:
    """Write a sheet and return the number of its rows.

    `link` returns a paper's page, `names` maps frameworks to their names, `given` holds the
    verdicts so far by key. Raises `UsageError` for an existing file, which may hold somebody's
    work.
    """
    rows = []
    for task in tasks:
        item, row = task.item, task.row
        cells = (
            task.key, item.kind, row.venue, str(row.year), row.paper, row.title, link(task),
            item.framework, item.alias, str(item.page), item.zone, task.marked,
            QUESTIONS[item.kind].format(names[item.framework]), given.get(task.key, ""),
        )  # fmt: skip
        rows.append([escape_cell(cell) for cell in cells])
    try:
        # with a byte order mark, without which Excel does not read a file as UTF-8
        with path.open("x", encoding="utf-8-sig", errors="replace", newline="") as file:
            csv.writer(file, lineterminator="\r\n").writerows([COLUMNS, *rows])
    except FileExistsError:
        raise UsageError(
            f"{path} exists already and may contain verdicts: choose another file"
        ) from None
    except OSError as error:
        with suppress(OSError):  # part of a sheet would be taken for somebody's work
            path.unlink()
        if full := full_disk(error, path.parent):
            raise full from None
        raise
    return len(rows)


def read_sheet(path: Path) -> list[SheetVerdict]:
    """Read the verdicts of a sheet; rows without one are left out.

    Commas, semicolons or tabs separate the cells, as spreadsheets of different countries write
    them. Raises `UsageError` with the line.
    """
    rows = _read_rows(path)
    first, header = next(rows, (1, []))
    names = [cell.strip().lower() for cell in header]
    for name in ("key", "verdict"):
        if names.count(name) != 1:
            raise UsageError(
                f"{path}:{first}: needs one column {name!r}: is it a sheet of "
                "`papertally audit --sheet-out`?"
            )
    found: dict[str, SheetVerdict] = {}
    for line, cells in rows:
        if not any(map(str.strip, cells)):
            continue
        if len(cells) < len(names) or any(cells[len(names) :]):
            raise UsageError(
                f"{path}:{line}: has {len(cells)} cells where the first line has {len(names)}"
            )
        verdict = _parse_verdict(path, line, cells[names.index("verdict")])
        if verdict is None:
            continue
        key = cells[names.index("key")].strip()
        known = found.setdefault(key, SheetVerdict(line, key, verdict))
        if known.verdict != verdict:
            raise UsageError(f"{path}:{line}: says {verdict} of {key}, line {known.line} another")
    return list(found.values())


def _parse_verdict(path: Path, line: int, cell: str) -> Verdict | None:
    """Return the verdict of a cell; None if it is empty."""
    word = cell.strip().lstrip("'").strip().lower()  # an apostrophe marks a spreadsheet's text
    if not word:
        return None
    if word not in VERDICTS:
        raise UsageError(
            f"{path}:{line}: {word[:40]!r} is not a verdict: write use, mention, other or "
            "unsure (or u, m, o, ?)"
        )
    return VERDICTS[word]


def check_keys(path: Path, verdicts: Sequence[SheetVerdict], known: Iterable[str]) -> None:
    """Raise `UsageError` if a verdict's key belongs to nothing that is stored now."""
    keys = frozenset(known)
    for verdict in verdicts:
        if verdict.key not in keys:
            raise UsageError(
                f"{path}:{verdict.line}: no mention or near miss has the key {verdict.key[:40]!r}: "
                "it was changed, or texts or rules were since the sheet was written; correct or "
                "delete the line"
            )


def _read_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows, each with the number of its first line."""
    text = _read_text(path)
    first, _, rest = text.partition("\n")
    declared = _SEPARATOR_LINE.fullmatch(first)
    separator = declared[1] if declared else max(",;\t", key=first.count)
    skipped = 1 if declared else 0
    lines = io.StringIO(rest if declared else text, newline="")
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        number = reader.line_num + 1 + skipped
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise UsageError(f"{path}:{number}: is not CSV: {error}") from None
        if row is None:
            return
        yield number, row


def _read_text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise UsageError(f"{path} is larger than {_MAX_BYTES >> 20} MB, too large for a sheet")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f'{path}:{line}: is not UTF-8: save the sheet as "CSV UTF-8"') from None
