"""The full report as Markdown, with its chart and method box."""

from __future__ import annotations

from urllib.parse import quote

from papertally.report.counts import Report
from papertally.report.document import document
from papertally.report.method import METHOD_TITLE, method_box
from papertally.report.render.escaping import blocks_as_markdown, escaped


def as_report_md(report: Report, chart: str, alt: str) -> str:
    """Write report.md; `chart` is the name of the picture beside it, `alt` what it shows in words."""
    title, *rest = document(report, full=True)
    parts = [
        blocks_as_markdown([title]),
        f"![{escaped(' '.join(alt.split()))}]({quote(chart)})\n",
        blocks_as_markdown(rest),
        f"### {escaped(report.translate(METHOD_TITLE))}\n",
        "".join(f"- {escaped(line)}\n" for line in method_box(report)),
    ]
    return "\n".join(parts)
