"""The full report as Markdown, with its chart and method box."""

from __future__ import annotations

from urllib.parse import quote

from papertally.report.document import Document
from papertally.report.method import METHOD_TITLE
from papertally.report.render.escaping import blocks_as_markdown, escaped


def as_report_md(document: Document, chart: str, alt: str) -> str:
    """Write report.md; `chart` is the name of the picture beside it, `alt` what it shows in words."""
    title, *rest = document.blocks(full=True)
    parts = [
        blocks_as_markdown([title]),
        f"![{escaped(' '.join(alt.split()))}]({quote(chart)})\n",
        blocks_as_markdown(rest),
        f"### {escaped(document.report.translate(METHOD_TITLE))}\n",
        "".join(f"- {escaped(line)}\n" for line in document.method),
    ]
    return "\n".join(parts)


def as_method(document: Document) -> str:
    """Return method.md: the method box as a list."""
    lines = [f"- {escaped(line)}\n" for line in document.method]
    return f"# {escaped(document.report.translate(METHOD_TITLE))}\n\n{''.join(lines)}"
