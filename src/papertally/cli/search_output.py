"""What a search found, as text: for the terminal, as CSV and as JSON."""

import csv
import re
from collections.abc import Iterator
from dataclasses import asdict
from io import StringIO
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from papertally.cli.context import printable
from papertally.csv_escape import escape_cell
from papertally.match.sentences import CUT
from papertally.models import values_of
from papertally.report.render.cells import cell_width, cut

if TYPE_CHECKING:
    from papertally.search.results import MentionFound, PaperFound, SearchResult

_PAPER = ("venue", "year", "paper", "title", "status", "url")
_MENTION = (
    "venue", "year", "paper", "framework", "alias", "zone", "page", "start", "snippet",
)  # fmt: skip
_HEADING = f"mentions  {'decision':<13}  title"
_MIN_WIDTH = 40
"""Columns; on a narrower terminal lines are too long."""
_MAX_ONE_SCREEN = 20
"""Lines of papers below which the counts at the top can still be seen."""
_STYLES: dict[str, dict[str, Any]] = {
    "bold": {"bold": True},
    "yellow": {"fg": "yellow"},
    "green": {"fg": "green"},
    "hit": {"bold": True, "fg": "yellow"},
}
_MAX_ALIAS = 30
"""Letters of an alias that is shown; longer ones are regular expressions."""


def listed(result: "SearchResult") -> str:
    """Format how many of the papers found are listed; empty if all are."""
    if not result.left_out:
        return ""
    shown = len(result.papers)
    order = ", newest year and most mentions first" if shown > 1 else ""
    return f"{shown:,} of {shown + result.left_out:,} papers{order}: --limit N or all"


def as_table(result: "SearchResult", width: int, *, colour: bool) -> str:
    """Format the result for people, in lines of at most `width` columns.

    Hits are marked by their looks if it goes to a terminal in `colour`, else by double brackets.
    """
    width = max(width, _MIN_WIDTH)
    lines = list(_head(result, width))
    if result.papers:
        papers = list(_papers(result, width, colour=colour))
        again = result.counts() if len(papers) > _MAX_ONE_SCREEN else []
        again += filter(None, [listed(result)])
        lines += ["", _HEADING, *papers]
        if again:
            lines += ["", *(line for text in again for line in wrap([(text, "")], width))]
    text = "".join(f"{line}\n" for line in lines)
    return text if colour else click.unstyle(text)


def _head(result: "SearchResult", width: int) -> Iterator[str]:
    texts = [(count, "bold") for count in result.counts()]
    texts += [(str(wider), "") for wider in result.wider]
    texts += [(f"! {note}", "yellow") for note in result.notes]
    texts += [(str(reason), "") for reason in result.query.reasons]
    for text, style in texts:
        yield from wrap([(printable(text), style)], width)


def _papers(result: "SearchResult", width: int, *, colour: bool) -> Iterator[str]:
    """Yield the lines of the papers, below a heading per year."""
    names = {year.venue: year.name for year in result.years}
    by_year = groupby(result.papers, key=lambda paper: (paper.row.venue, paper.row.year))
    for at, ((venue, year), papers) in enumerate(by_year):
        if at:
            yield ""
        yield click.style(f"{names[venue]} {year}", bold=True)
        for paper in papers:
            yield from _paper_lines(paper, width)
            yield from _sentences(paper, width, mark="{}" if colour else "[[{}]]")


def _paper_lines(paper: "PaperFound", width: int) -> Iterator[str]:
    """Yield a paper's mentions, decision and title; its page if that fits."""
    row = paper.row
    start = f"{paper.hits:>8,}  {row.status:<13}  "
    title = " ".join(printable(row.title or row.paper).split())
    title = cut(title, width - len(start))
    yield start + click.style(title, fg="cyan")
    indent = " " * len(start)
    url = printable(row.url)
    if url and len(indent + url) <= width:
        yield indent + url
    elif row.title:
        yield indent + cut(f"paper {printable(row.paper)}", width - len(indent))


def _sentences(paper: "PaperFound", width: int, mark: str) -> Iterator[str]:
    for (_, sentence), mentions in groupby(
        paper.evidence, key=lambda found: (found.mention.page, found.sentence.text)
    ):
        yield from wrap(_sentence_parts(sentence, list(mentions), mark), width, indent=8)


def _sentence_parts(
    sentence: str, mentions: "list[MentionFound]", mark: str
) -> list[tuple[str, str]]:
    """Return a sentence with its page, the rules that found something, and all hits marked."""
    first = mentions[0]
    where = "listing" if first.zone == "listing" else f"p. {first.mention.page} {first.zone}"
    # In the order of the sentence, each rule once; a search for a text has no rules.
    rules = dict.fromkeys(_rule(found) for found in mentions if found.mention.framework)
    if rules:
        where += f" [{', '.join(rules)}]"
    parts, at = [(f"{where}: ", "green")], 0
    for found in mentions:
        # Two rules may find overlapping pieces: no letter is printed twice.
        start, end = max(at, found.sentence.start), max(at, found.sentence.end)
        parts.append((sentence[at:start], ""))
        if start < end:
            parts.append((mark.format(sentence[start:end]), "hit"))
        at = end
    return [*parts, (sentence[at:], "")]


def wrap(parts: list[tuple[str, str]], width: int, indent: int = 0) -> Iterator[str]:
    """Yield styled text in lines of at most `width` columns, broken at blanks alone.

    A word that is wider than a line is cut, but Chinese, Japanese and Korean, which have no blanks,
    are broken between characters.
    """
    text = "".join(part for part, _ in parts)
    styles = [style for part, style in parts for _ in part]
    room = width - indent
    lines: list[list[tuple[str, str]]] = [[]]
    used = 0
    for word in re.finditer(r"\s*(\S+)", text):
        letters = list(zip(word[1], styles[word.start(1) : word.end(1)], strict=True))
        blank = [(" ", styles[word.start()])] if used and word.start(1) > word.start() else []
        for piece in _pieces(letters, room):
            wide = sum(cell_width(letter) for letter, _ in piece)
            if used and used + len(blank) + wide > room:
                lines.append([])
                used, blank = 0, []
            lines[-1] += blank + piece
            used += len(blank) + wide
            blank = []
    for line in lines:
        runs = groupby(line, key=lambda letter: letter[1])
        styled = (_style("".join(letter for letter, _ in run), name) for name, run in runs)
        yield " " * indent + "".join(styled)


def _pieces(letters: list[tuple[str, str]], room: int) -> list[list[tuple[str, str]]]:
    """Return a word as it is; one that is too wide cut, or in pieces of one wide character."""
    text = "".join(letter for letter, _ in letters)
    if cell_width(text) > len(text):
        return [[letter] for letter in letters]
    if len(text) > room:
        return [[*letters[: room - 1], (CUT, "")]]
    return [letters]


def _style(text: str, name: str) -> str:
    return click.style(text, **_STYLES[name]) if name else text


def _rule(found: "MentionFound") -> str:
    """Return the alias that found a framework; for a long expression, framework and kind."""
    alias = found.mention.alias
    if len(alias) <= _MAX_ALIAS and "\\" not in alias:
        return alias
    return f"{found.mention.framework}, {found.mention.kind}"


def as_csv(result: "SearchResult", *, mentions: bool) -> str:
    """Write a row per paper, or with `mentions` one per mention; no cell is taken for a formula."""
    rows = [_paper(paper) for paper in result.papers]
    if mentions:
        papers = sorted(result.papers, key=lambda paper: values_of(paper.row)[:3])
        rows = [_paper(paper) | _mention(found) for paper in papers for found in paper.evidence]
    columns = _MENTION if mentions else (*_PAPER, "hits")
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
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
            "population": ",".join(query.statuses or ()) or "all",
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
        "url": row.url,
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
        "page": None if found.zone == "listing" else mention.page,
        "start": mention.start,
        "end": mention.end,
        "snippet": sentence.text,
        "hit": [sentence.start, sentence.end],
    }
