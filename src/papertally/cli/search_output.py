"""What a search found, as text: for the terminal, as CSV and as JSON."""

import csv
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from io import StringIO
from itertools import groupby
from typing import TYPE_CHECKING, Any

from papertally.cli.context import printable
from papertally.csv_escape import escape_cell

if TYPE_CHECKING:
    from papertally.search import MentionFound, PaperFound, SearchResult

_PAPER = ("venue", "year", "paper", "title", "status", "forum")
_MENTION = ("framework", "alias", "zone", "page", "start", "snippet")
_MAX_ALIAS = 30


def left_out(result: "SearchResult") -> str:
    """Say how many papers are found, but not listed."""
    return f"{result.left_out:,} more {'paper is' if result.left_out == 1 else 'papers are'} left out by --limit"


@dataclass(frozen=True, slots=True)
class _Line:
    """One line for people: how far it is indented, and its parts, each with a style for terminals."""

    indent: int
    parts: tuple[tuple[str, str], ...]


def as_table(result: "SearchResult", width: int | None) -> str:
    """Write the result for a terminal of `width` columns, or plainly for a file."""
    lines = list(_lines(result))
    if width is None:
        return "".join(
            " " * line.indent + "".join(text for text, _ in line.parts) + "\n" for line in lines
        )
    from rich.console import Console as Terminal
    from rich.padding import Padding
    from rich.text import Text

    terminal = Terminal(file=(out := StringIO()), width=width, force_terminal=True, highlight=False)
    for line in lines:
        terminal.print(
            Padding(Text.assemble(*line.parts), (0, 0, 0, line.indent)) if line.parts else ""
        )
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def _lines(result: "SearchResult") -> Iterator[_Line]:
    for count in result.counts():
        yield _Line(0, ((count, "bold"),))
    for note in result.notes:
        yield _Line(0, ((f"! {note}", "yellow"),))
    for reason in result.query.reasons:
        yield _Line(0, ((printable(str(reason)), "italic"),))
    for paper in result.papers:
        yield _Line(0, ())
        yield from _paper_lines(paper)
    if result.left_out:
        yield _Line(0, ())
        yield _Line(0, ((f"... {left_out(result)}", "dim"),))


def _paper_lines(paper: "PaperFound") -> Iterator[_Line]:
    row = paper.row
    yield _Line(0, ((printable(row.title or row.paper), "bold cyan"),))
    status = "status unknown" if row.status == "unknown" else row.status
    where = paper.forum or f"paper {printable(row.paper)}"
    hits = f"{paper.hits:,} {'hit' if paper.hits == 1 else 'hits'}"
    yield _Line(2, ((f"{row.venue} {row.year} · {status} · {hits} · {where}", "dim"),))
    for (_, sentence), hits_of in groupby(
        paper.evidence, key=lambda one: (one.mention.page, one.sentence.text)
    ):
        yield _Line(4, _sentence_parts(sentence, list(hits_of)))


def _sentence_parts(sentence: str, hits: "list[MentionFound]") -> tuple[tuple[str, str], ...]:
    """Give a sentence with its place, the rules that found something in it, and all hits marked."""
    first = hits[0]
    place = "front" if first.zone == "front" else f"p. {first.mention.page} {first.zone}"
    rules = ", ".join(dict.fromkeys(_rule(one) for one in hits if one.mention.framework))
    parts, at = [(f"{place} [{rules}]: " if rules else f"{place}: ", "green")], 0
    for one in hits:
        start, end = max(at, one.sentence.start), max(at, one.sentence.end)
        parts += [(sentence[at:start], ""), (sentence[start:end], "bold yellow reverse")]
        at = end
    return (*parts, (sentence[at:], ""))


def _rule(one: "MentionFound") -> str:
    """Name the alias by which a framework was found; a long expression by its kind alone."""
    alias = one.mention.alias
    return (
        alias
        if len(alias) <= _MAX_ALIAS and "\\" not in alias
        else f"{one.mention.framework}, {one.mention.kind}"
    )


def as_csv(result: "SearchResult", *, mentions: bool) -> str:
    """Write a row per paper, or with `mentions` one per sentence; no cell is taken for a formula."""
    last = _MENTION if mentions else ("hits",)
    writer = csv.writer(out := StringIO(), lineterminator="\n")
    writer.writerow([*_PAPER, *last])
    for paper in result.papers:
        cells = _paper(paper)
        for more in [_mention(one) for one in paper.evidence] if mentions else [cells]:
            row = cells | more
            writer.writerow([_one_line(row[name]) for name in (*_PAPER, *last)])
    return out.getvalue()


def _one_line(cell: Any) -> Any:
    """Write a text on one line, and as no formula; numbers stay."""
    return escape_cell(" ".join(cell.split())) if isinstance(cell, str) else cell


def as_json(result: "SearchResult", *, mentions: bool) -> dict[str, Any]:
    """Give the query, the counts of each year, the papers, and what a reader has to know."""
    query = result.query
    return {
        "query": {
            "text": query.text,
            "how": query.how,
            "frameworks": list(query.frameworks),
            "zone": query.zone,
            "population": ",".join(query.statuses) or "all",
            "paper": query.paper,
            "as_of": query.as_of,
        },
        "years": [
            {name: getattr(year, name) for name in (*year.__slots__, "complete")}
            for year in result.years
        ],
        "papers": [
            _paper(paper)
            | ({"mentions": [_mention(one) for one in paper.evidence]} if mentions else {})
            for paper in result.papers
        ],
        **({"reasons": [asdict(one) for one in query.reasons]} if query.reasons else {}),
        "left_out": result.left_out,
        "notes": [*result.notes, *result.waiting()],
    }


def _paper(paper: "PaperFound") -> dict[str, Any]:
    row = paper.row
    return {
        "venue": row.venue,
        "year": row.year,
        "paper": row.paper,
        "title": row.title,
        "status": row.status,
        "forum": paper.forum,
        "hits": paper.hits,
    }


def _mention(one: "MentionFound") -> dict[str, Any]:
    """Give a hit; its snippet has it at `hit`, from and to, and in the listing's own words there is no page."""
    found, shown = one.mention, one.sentence
    return {
        "framework": found.framework,
        "alias": found.alias,
        "kind": found.kind,
        "zone": one.zone,
        "page": None if one.zone == "front" else found.page,
        "start": found.start,
        "end": found.end,
        "snippet": shown.text,
        "hit": [shown.start, shown.end],
    }
