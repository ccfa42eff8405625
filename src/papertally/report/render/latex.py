"""The tables of frameworks for LaTeX, with the rules of the booktabs package.

pandas can write such tables, but not the notes below one; with these escaped by ourselves the rest is few lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from papertally.report import phrases, tables
from papertally.report.counts import Report
from papertally.report.document import Table, document
from papertally.report.sentences import source_line
from papertally.report.warnings import notices

_PAGE = 450
"""Points between margins of an inch; what is wider goes on in another table."""
_LETTER = 4.8
"""Points of a letter in the usual size, on average."""
_GAP = 12
"""Points between two columns."""
_MAX_NAME = 24
"""Letters of a name on one line."""
_MAX_HEAD = 14
_ESCAPES = str.maketrans(
    {
        **{special: f"\\{special}" for special in "&%$#_{}"},
        "~": r"\textasciitilde{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        "^": r"\textasciicircum{}",
        "\\": r"\textbackslash{}",
        # these have no place in the fonts of old engines
        "→": r"$\rightarrow$",
        "−": "$-$",
        "≥": r"$\geq$",
        "–": "--",
        "\u00a0": "~",
    }
)


def as_latex(report: Report) -> str:
    r"""Write the frameworks' papers, shares and changes, and notes; the preamble needs `\usepackage{booktabs}`."""
    notes = [phrases.how_counted(report), *notices(report), source_line(report)]
    below = "".join(f"\n\n{{\\footnotesize {_escaped(note)}}}" for note in notes)
    table = next(
        (
            block
            for block in document(report)
            if isinstance(block, Table) and block.name == "frameworks"
        ),
        None,
    )
    if table is None:
        return f"{_escaped(phrases.nothing_shown(report))}{below}\n"
    tables = "\n\n\\medskip\n\n".join(
        _tabular(part) for one in _tables(report, table) for part in _parts(one)
    )
    return (
        "% \\usepackage{booktabs}; names in other scripts need XeLaTeX or LuaLaTeX and a font for them\n"
        f"{tables}{below}\n"
    )


def _tables(report: Report, table: Table) -> Iterator[Table]:
    """Part the frameworks' table as papers, changes and zones; add the intervals of the shares."""
    years, known = len(report.years), 1 + len(tables.framework_heads(report))
    lines = [table.heads, *table.rows]
    shares = [
        tables.share_heads(report),
        *(tables.share_cells(report, one) for one in report.shown),
    ]
    papers = 2 if years < 3 else 1 + years
    if years > 2:
        yield _table([line[:papers] for line in lines])
    kept = 1 if years > 2 else papers
    yield _table([[*line[:kept], *more] for line, more in zip(lines, shares, strict=True)])
    if years > 1:
        yield _table([[line[0], line[papers], *line[known - 3 : known]] for line in lines])
    if len(table.heads) > known:
        yield _table([[line[0], *line[known:]] for line in lines])


def _table(lines: Sequence[list[str]]) -> Table:
    return Table("frameworks", lines[0], list(lines[1:]))


def _parts(table: Table) -> Iterator[Table]:
    """Part a table that is wider than a page; each part begins with the names."""
    lines = [table.heads, *table.rows]
    names, *widths = [_GAP + _LETTER * max(map(_letters, column)) for column in _columns(table)]
    names = min(names, _GAP + _LETTER * _MAX_NAME)
    part, used = [0], names
    for place, width in enumerate(widths, start=1):
        if len(part) > 1 and used + width > _PAGE:
            yield _table([[line[place] for place in part] for line in lines])
            part, used = [0], names
        part.append(place)
        used += width
    yield _table([[line[place] for place in part] for line in lines])


def _columns(table: Table) -> Iterator[list[str]]:
    """Give all lines of each column."""
    for head, *rest in zip(table.heads, *table.rows, strict=True):
        yield [*_head_lines(head), *rest]


def _tabular(table: Table) -> str:
    heads = " & ".join(map(_head, table.heads))
    rows = "\n".join(map(_row, table.rows))
    long = max(_letters(row[0]) for row in table.rows) > _MAX_NAME
    columns = ("p{11em}" if long else "l") + "r" * (len(table.heads) - 1)
    return f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{heads} \\\\\n\\midrule\n{rows}\n\\bottomrule\n\\end{{tabular}}"


def _head(text: str) -> str:
    lines = list(map(_escaped, _head_lines(text)))
    if len(lines) < 2:
        return lines[0]
    both = " \\\\ ".join(lines)
    return f"\\begin{{tabular}}[b]{{@{{}}r@{{}}}}{both}\\end{{tabular}}"


def _head_lines(text: str) -> list[str]:
    """Break a long head before its brackets, else at the blank next to its middle."""
    if _letters(text) <= _MAX_HEAD:
        return [text]
    blanks = [place for place, letter in enumerate(text) if letter == " "]
    bracket = re.search(" ?[(（]", text)
    if not bracket and not blanks:
        return [text]
    middle = (
        bracket.start() if bracket else min(blanks, key=lambda place: abs(2 * place - len(text)))
    )
    return [text[:middle], text[middle:].lstrip()]


def _letters(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _row(cells: Iterable[str]) -> str:
    # an empty group, as a row that begins with [ or * would be taken for an argument of the one before
    return f"{{}}{' & '.join(map(_escaped, cells))} \\\\"


def _escaped(text: str) -> str:
    return " ".join(text.splitlines()).translate(_ESCAPES)
