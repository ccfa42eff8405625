"""The report and its method box as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from papertally.report import headline
from papertally.report.document import SECTIONS, Block, BlockKind, Document, Paragraph
from papertally.report.formatting import NO_BREAK
from papertally.report.method import METHOD_TITLE
from papertally.report.render.answer import make_answer
from papertally.report.tables import Table
from papertally.report.venues import side_by_side_note
from papertally.report.venues_document import VenuesDocument

_SPECIAL = re.compile(r"([\\`*_\[\]<>|$&~])")
"""Characters that Markdown, or GitHub's formulas and strike-through, would take for markup."""
_URL = re.compile(r"(https?://[^\s()<>|\\`；。]*[^\s()<>|\\`；。;,.])")
"""A web address without the punctuation after it."""


def as_markdown(document: Document | VenuesDocument) -> str:
    """Return the report as Markdown."""
    title, *rest = document.blocks()
    return _blocks([title, *_paragraphs(_opening(document)), *rest])


def _opening(document: Document | VenuesDocument) -> list[str]:
    """Return what to print, the caveat and the source."""
    if isinstance(document, VenuesDocument):
        *lines, source = document.lines_to_print()
        return [*lines, side_by_side_note(document.reports), source]
    return headline.lines_to_print(document.report, headline.find_headline(document.report))


def as_report_md(document: Document | VenuesDocument, chart: str, alt: str) -> str:
    """Return report.md: the answer, the chart, all tables under headings, and the method box.

    `chart` is the name of the picture beside the file, and `alt` describes it.
    """
    parts = [
        _head(document),
        f"![{_escape(alt)}]({quote(chart)})\n",
        _blocks(_with_headings(document)),
        f"##{as_method(document)}",  # its title is a heading of the third level here
    ]
    return "\n".join(parts)


def _head(document: Document | VenuesDocument) -> str:
    """Return the title, the answer in words, and what is to be said with the numbers."""
    lines = _answers(document) if isinstance(document, VenuesDocument) else _answer(document)
    return _blocks([document.heading, *_paragraphs(dict.fromkeys(filter(None, lines)))])


def _answer(document: Document) -> list[str]:
    report, answer = document.report, make_answer(document)
    lines = [answer.caveat, *answer.notes, *document.warnings, answer.as_published, answer.source]
    if answer.to_print:
        lines.insert(0, report.translate("To print: {sentence}", sentence=answer.to_print))
    return lines


def _answers(document: VenuesDocument) -> list[str]:
    *lines, source = document.lines_to_print()
    answers = [make_answer(item) for item in document.documents]
    return [
        *lines,
        side_by_side_note(document.reports),
        *document.named([item.use_check] for item in document.documents),
        *document.named(answer.notes for answer in answers),
        *document.warnings,
        *document.named([answer.as_published] for answer in answers),
        source,
    ]


def _paragraphs(lines: Iterable[str]) -> list[Paragraph]:
    """Return lines that were made for a terminal, where some blanks hold words together."""
    return [Paragraph(line.replace(NO_BREAK, " ")) for line in lines]


def _with_headings(document: Document | VenuesDocument) -> Iterator[Block | str]:
    """Yield the blocks below title and warnings, with the headings of their sections."""
    last = ""
    for block in document.blocks(full=True)[1:]:
        section = last
        if isinstance(block, Table):
            section = block.name
        elif block.kind == BlockKind.SENTENCE:
            section = "sentences"
        elif block.kind == BlockKind.NOTICE:
            continue
        if section != last and section in SECTIONS:
            yield document.reports[0].translate(SECTIONS[section])
        last = section
        yield block


def as_method(document: Document | VenuesDocument) -> str:
    """Return method.md: the method box as a list."""
    title = _escape(document.reports[0].translate(METHOD_TITLE))
    lines = [f"- {_escape(line)}\n" for line in document.method]
    return f"# {title}\n\n{''.join(lines)}"


def _blocks(blocks: Iterable[Block | str]) -> str:
    """Return blocks in their order; texts are headings of sections."""
    parts = []
    for block in blocks:
        if isinstance(block, str):
            parts.append(f"### {_escape(block)}")
        elif isinstance(block, Table):
            header, *rows = (
                f"| {' | '.join(_escape(cell) for cell in row)} |"
                for row in (block.headers, *block.rows)
            )
            numbers = len(block.headers) - block.labels  # to the right
            rule = " | ".join(["---"] * block.labels + ["---:"] * numbers)
            parts.append("\n".join([header, f"| {rule} |", *rows]))
        elif block.kind == BlockKind.TITLE:
            parts.append(f"## {_escape(block.text)}")
        else:
            parts.append(_escape(block.text))
    return "\n\n".join(parts) + "\n"


def _escape(text: str) -> str:
    """Return a text on one line that Markdown shows as it is; web addresses become links."""
    parts = []
    for index, part in enumerate(_URL.split(" ".join(text.splitlines()))):
        is_url = index % 2 == 1  # `split` returns texts and matches in turn
        parts.append(f"<{part}>" if is_url else _SPECIAL.sub(r"\\\1", part))
    return "".join(parts)
