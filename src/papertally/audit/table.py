"""Figures of hand-checking in words and as a table for a terminal."""

from collections.abc import Mapping
from io import StringIO
from textwrap import wrap

from papertally.models import Audit, AuditFigures
from papertally.report.audit_summary import corrected

NONE = "–"
_HEADS = (
    "framework", "judged", "use", "mention", "other", "unsure", "precision (95 %)", "papers", "corrected (95 %)",
    "missed", "recall at most (low)",
)  # fmt: skip
_WIDTH = 110
_UNLIMITED = 1000
"""Characters in a row of the table, so that none is broken."""


def audit_table(audit: Audit, names: Mapping[str, str]) -> str:
    """Draw the figures, with a line on each thing that a reader could take for more than it is."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = [
        _HEADS,
        *(_row(one, names.get(one.framework, one.framework)) for one in audit.frameworks),
    ]
    rows.append(_row(audit.overall, "all together"))
    table = Table(box=None, pad_edge=False, show_header=False)
    for head in _HEADS:
        table.add_column(justify="left" if head == _HEADS[0] else "right", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))  # as Text, because a name such as [red] is no markup
    Console(file=(out := StringIO()), width=_UNLIMITED, no_color=True).print(table)
    told = [part for line in method(audit) for part in wrap(line, _WIDTH, subsequent_indent="  ")]
    return "\n".join([*out.getvalue().splitlines(), "", *told]) + "\n"


def method(audit: Audit) -> list[str]:
    """Say what the figures are, in a few sentences."""
    lines = [
        f"judged: mentions of a random sample, of all {audit.overall.mentions:,}, stratified by year and framework.",
        "precision: (use + mention) / all judged but unsure, with its Wilson interval; all together it is weighted by "
        "the mentions of each year and framework (interval with Kish's effective sample size).",
        "corrected: papers x the share of them that do mention it, estimated from the papers with a judged mention, "
        "each weighted by 1 / its chance to have one. A paper is right where any judged mention is, so that one of "
        "which only wrong mentions were judged may hold right ones: corrected is too low rather than too high. Missed "
        "papers are not added.",
        _recall_words(audit.overall),
    ]
    lines += [
        f"agreement of {one.first} and {one.second}: {one.same:,} of {one.items:,} alike in the four words, "
        + (
            f"Cohen's kappa {one.kappa:.2f}"
            if one.kappa is not None
            else "all of one kind, so no kappa"
        )
        + f"; {one.software:,} of {one.items:,} alike on whether it is the software."
        for one in audit.agreements
    ]
    return lines


def _recall_words(overall: AuditFigures) -> str:
    if overall.recall_view is None:
        return "recall: not known, as no near miss was judged."
    return (
        "recall at most: papers found / (found + missed); low is the lower end of its 95 % interval, as judged near "
        f"misses are a sample. {overall.near:,} papers without a mention hold a near miss; "
        f"{overall.near_true:,} of {overall.near_judged:,} judged ones were true, and missed scales this up to all, "
        "framework by framework. Papers without a near miss are not looked at, so that true recall may be lower."
    )


def _row(one: AuditFigures, name: str) -> tuple[str, ...]:
    fixed = corrected(one.papers, one) if one.framework else None
    precision = NONE
    if one.precision is not None and one.low is not None and one.high is not None:
        precision = f"{one.precision:.1%} ({100 * one.low:.1f} to {100 * one.high:.1f})"
    return (
        name, *(f"{count:,}" for count in (one.judged, one.use, one.mention, one.other, one.unsure)), precision,
        f"{one.papers:,}",
        f"{fixed[0]:,.0f} ({fixed[1]:,.0f} to {fixed[2]:,.0f})" if fixed else NONE,
        NONE if one.missed is None or not one.near else f"{one.missed:,.1f}",
        NONE if one.recall_view is None else f"{one.recall_view:.1%} ({100 * (one.recall_low or 0.0):.1f})",
    )  # fmt: skip
