"""The sample as a CSV sheet for people who label in a spreadsheet, and back again."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from papertally.audit.sampling import AnnotationTask
from papertally.audit.session import QUESTIONS, VERDICTS
from papertally.csv_escape import guarded
from papertally.errors import UsageError
from papertally.models import Verdict

COLUMNS = (
    "key", "kind", "venue", "year", "paper", "title", "link", "framework", "alias", "page", "zone", "sentence",
    "question", "verdict",
)  # fmt: skip
LARGEST = 64 << 20
"""Bytes of a sheet that is read back."""

_SEPARATOR = re.compile(r"""(?i)"?sep=([^\w"\s]|\t)"?\1*\s*""")
"""The first line by which Excel is told what stands between the cells."""


@dataclass(frozen=True, slots=True)
class SheetVerdict:
    """One verdict of a sheet, and where it stands."""

    number: int
    key: str
    verdict: Verdict


def write_sheet(
    path: Path,
    items: Iterable[AnnotationTask],
    link: Callable[[AnnotationTask], str],
    names: Mapping[str, str],
    given: Mapping[str, Verdict],
) -> int:
    """Write a sheet and return its rows; an existing file is refused, as it may hold somebody's work.

    UTF-8 with a byte order mark, without which spreadsheets take it for something else. `link` gives a paper's page,
    `names` the frameworks', `given` the verdicts that stand already, by key.
    """
    rows = [list(map(guarded, _row(task, link(task), names, given))) for task in items]
    try:
        with path.open("x", encoding="utf-8-sig", errors="replace", newline="") as file:
            csv.writer(file, lineterminator="\r\n").writerows([COLUMNS, *rows])
    except FileExistsError:
        raise UsageError(
            f"{path} is there already and may hold verdicts: name another file"
        ) from None
    return len(rows)


def _row(
    task: AnnotationTask, link: str, names: Mapping[str, str], given: Mapping[str, Verdict]
) -> list[str]:
    row, item = task.row, task.item
    return [
        task.key, item.kind, row.venue, str(row.year), row.paper, row.title, link, item.framework,
        item.alias, str(item.page), item.zone, task.marked, QUESTIONS[item.kind].format(names[item.framework]),
        given.get(task.key, ""),
    ]  # fmt: skip


def read_sheet(path: Path) -> list[SheetVerdict]:
    """Read the verdicts of a sheet; rows without one are left out.

    Commas, semicolons or tabs between the cells, as spreadsheets of different countries write them. Raises
    `UsageError` that names the line.
    """
    rows = _rows(path, _decoded(path))
    first, head = next(rows, (1, []))
    names = [cell.strip().lower() for cell in head]
    for name in ("key", "verdict"):
        if names.count(name) != 1:
            raise UsageError(
                f"{path}:{first}: needs one column {name!r}: is it a sheet of `papertally audit --sheet-out`?"
            )
    key, verdict = names.index("key"), names.index("verdict")
    found: dict[str, SheetVerdict] = {}
    for number, cells in rows:
        if not any(map(str.strip, cells)):
            continue
        if len(cells) < len(names) or any(cells[len(names) :]):
            raise UsageError(
                f"{path}:{number}: has {len(cells)} cells where the first line has {len(names)}"
            )
        line = _line(path, number, cells[key].strip(), cells[verdict])
        if line and found.setdefault(line.key, line).verdict != line.verdict:
            raise UsageError(
                f"{path}:{number}: says {line.verdict} of {line.key}, line {found[line.key].number} another"
            )
    return [found[name] for name in found]


def check_keys(path: Path, lines: Sequence[SheetVerdict], known: Iterable[str]) -> None:
    """Raise `UsageError` where a verdict is on nothing that is stored now."""
    keys = frozenset(known)
    for line in lines:
        if line.key not in keys:
            raise UsageError(
                f"{path}:{line.number}: no mention or near miss has the key {line.key[:40]!r}: it was changed, or "
                "texts or rules were since the sheet was written; correct or delete the line"
            )


def _line(path: Path, number: int, key: str, word: str) -> SheetVerdict | None:
    word = word.strip().lstrip("'").strip().lower()
    if not word:
        return None
    if word not in VERDICTS:
        raise UsageError(
            f"{path}:{number}: {word[:40]!r} is no verdict: write use, mention, other or unsure, or u, m, o, ?"
        )
    return SheetVerdict(number, key, VERDICTS[word])


def _decoded(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise UsageError(f"{path} is larger than {LARGEST >> 20} MB and no sheet of papertally")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f'{path}:{line}: is not UTF-8: save the sheet as "CSV UTF-8"') from None


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with the number of their first line."""
    first, _, rest = text.partition("\n")
    told = _SEPARATOR.fullmatch(first)
    mark = told[1] if told else max(",;\t", key=first.count)
    reader = csv.reader(
        io.StringIO(rest if told else text, newline=""), delimiter=mark, strict=True
    )
    while True:
        number = reader.line_num + (2 if told else 1)
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise UsageError(f"{path}:{number}: is no CSV: {error}") from None
        if row is None:
            return
        yield number, row
