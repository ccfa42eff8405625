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
"""Letters of an alias that is shown; longer ones are regular expressions."""


def left_out(result: "SearchResult") -> str:
    """Format how many papers are found, but not listed."""
    papers = "paper is" if result.left_out == 1 else "papers are"
    return f"{result.left_out:,} more {papers} left out by --limit"


@dataclass(frozen=True, slots=True)
class _Line:
    """One line for people: its indent, and its parts, each with a style for terminals."""

    indent: int
    parts: tuple[tuple[str, str], ...]


def as_table(result: "SearchResult", width: int | None) -> str:
    """Format the result for a terminal of `width` columns, or plainly for a file."""
    lines = list(_lines(result))
    if width is None:
        plain = (" " * line.indent + "".join(text for text, _ in line.parts) for line in lines)
        return "".join(f"{line}\n" for line in plain)
    from rich.console import Console as Terminal
    from rich.padding import Padding
    from rich.text import Text

    out = StringIO()
    terminal = Terminal(file=out, width=width, force_terminal=True, highlight=False)
    for line in lines:
        text = Text.assemble(*line.parts)
        terminal.print(Padding(text, (0, 0, 0, line.indent)) if line.parts else "")
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def _lines(result: "SearchResult") -> Iterator[_Line]:
    for count in result.counts():
        yield _Line(0, ((count, "bold"),))
    for wider in result.wider:
        yield _Line(0, ((printable(str(wider)), ""),))
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
    for (_, sentence), mentions in groupby(
        paper.evidence, key=lambda found: (found.mention.page, found.sentence.text)
    ):
        yield _Line(4, _sentence_parts(sentence, list(mentions)))


def _sentence_parts(sentence: str, mentions: "list[MentionFound]") -> tuple[tuple[str, str], ...]:
    """Return a sentence with its page, the rules that found something, and all hits marked."""
    first = mentions[0]
    where = "front" if first.zone == "front" else f"p. {first.mention.page} {first.zone}"
    # In the order of the sentence, each rule once; a search for a text has no rules.
    rules = dict.fromkeys(_rule(found) for found in mentions if found.mention.framework)
    if rules:
        where += f" [{', '.join(rules)}]"
    parts, at = [(f"{where}: ", "green")], 0
    for found in mentions:
        # Two rules may find overlapping pieces: no letter is printed twice.
        start, end = max(at, found.sentence.start), max(at, found.sentence.end)
        parts += [(sentence[at:start], ""), (sentence[start:end], "bold yellow reverse")]
        at = end
    return (*parts, (sentence[at:], ""))


def _rule(found: "MentionFound") -> str:
    """Return the alias that found a framework; for a long expression, framework and kind."""
    alias = found.mention.alias
    if len(alias) <= _MAX_ALIAS and "\\" not in alias:
        return alias
    return f"{found.mention.framework}, {found.mention.kind}"


def as_csv(result: "SearchResult", *, mentions: bool) -> str:
    """Write a row per paper, or with `mentions` one per mention; no cell is taken for a formula."""
    columns = (*_PAPER, *_MENTION) if mentions else (*_PAPER, "hits")
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for paper in result.papers:
        cells = _paper(paper)
        rows = [cells]
        if mentions:
            rows = [cells | _mention(found) for found in paper.evidence]
        for row in rows:
            writer.writerow([_one_line(row[column]) for column in columns])
    return out.getvalue()


def _one_line(cell: Any) -> Any:
    """Return a text on one line, protected from being read as a formula; numbers stay."""
    return escape_cell(" ".join(cell.split())) if isinstance(cell, str) else cell


def as_json(result: "SearchResult", *, mentions: bool) -> dict[str, Any]:
    """Return the query, the counts of each year, the papers, and what a reader has to know."""
    query = result.query
    papers = []
    for paper in result.papers:
        entry = _paper(paper)
        if mentions:
            entry["mentions"] = [_mention(found) for found in paper.evidence]
        papers.append(entry)
    document: dict[str, Any] = {
        "query": {
            "text": query.text,
            "how": query.mode,
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
        "papers": papers,
    }
    if query.reasons:
        document["reasons"] = [asdict(reason) for reason in query.reasons]
    document["wider"] = [asdict(wider) for wider in result.wider]
    document["left_out"] = result.left_out
    document["notes"] = [*result.notes, *result.waiting()]
    return document


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


def _mention(found: "MentionFound") -> dict[str, Any]:
    """Return a hit as plain data.

    `start` and `end` are places in the paper's text, `hit` is the place within the snippet. The
    listing's own words have no page.
    """
    mention, sentence = found.mention, found.sentence
    return {
        "framework": mention.framework,
        "alias": mention.alias,
        "kind": mention.kind,
        "zone": found.zone,
        "page": None if found.zone == "front" else mention.page,
        "start": mention.start,
        "end": mention.end,
        "snippet": sentence.text,
        "hit": [sentence.start, sentence.end],
    }
