"""The report and its method box as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from papertally.report.document import Block, BlockKind, Document, Paragraph
from papertally.report.headline import find_headline, lines_to_print
from papertally.report.method import METHOD_TITLE
from papertally.report.phrases import NO_BREAK
from papertally.report.tables import Table

_SPECIAL = re.compile(r"([\\`*_\[\]<>|$&~])")
"""Characters that Markdown, or GitHub's formulas and strike-through, would take for markup."""
_URL = re.compile(r"(https?://[^\s()<>|\\`；。]*[^\s()<>|\\`；。;,.])")
"""A web address without the punctuation after it."""


def as_markdown(document: Document) -> str:
    """Return the report as Markdown."""
    title, *rest = document.blocks()
    return _blocks([title, *_opening(document), *rest])


def _opening(document: Document) -> list[Block]:
    """Return the sentence to print, the caveat and the source, which stand before the tables."""
    report = document.report
    lines = lines_to_print(report, find_headline(report))
    return [Paragraph(line.replace(NO_BREAK, " ")) for line in lines]


def as_report_md(document: Document, chart: str, alt: str) -> str:
    """Return report.md, with the chart and the method box.

    `chart` is the name of the picture beside the file, and `alt` describes it.
    """
    title, *rest = document.blocks(full=True)
    parts = [
        _blocks([title]),
        f"![{_escape(alt)}]({quote(chart)})\n",
        _blocks([*_opening(document), *rest]),
        f"##{as_method(document)}",  # its title is a heading of the third level here
    ]
    return "\n".join(parts)


def as_method(document: Document) -> str:
    """Return method.md: the method box as a list."""
    title = _escape(document.report.translate(METHOD_TITLE))
    lines = [f"- {_escape(line)}\n" for line in document.method]
    return f"# {title}\n\n{''.join(lines)}"


def _blocks(blocks: Iterable[Block]) -> str:
    parts = []
    for block in blocks:
        if isinstance(block, Table):
            header, *rows = (
                f"| {' | '.join(_escape(cell) for cell in row)} |"
                for row in (block.headers, *block.rows)
            )
            rule = " | ".join(["---", *["---:"] * (len(block.headers) - 1)])  # numbers to the right
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
