"""The figures of hand-checking as a table for a terminal, with sentences on what they mean."""

from collections.abc import Mapping
from io import StringIO
from textwrap import wrap

from papertally.report.audit_summary import Agreement, Audit, AuditFigures
from papertally.report.cross_checks import correct

_NO_VALUE = "–"
_HEADERS = (
    "framework", "judged", "use", "mention", "other", "unsure", "precision (95 %)", "papers",
    "corrected (95 %)", "missed", "recall at most (low)",
)  # fmt: skip
_WIDTH = 110
_UNLIMITED = 1000
"""Characters in a row of the table, so that rich breaks none."""


def audit_table(audit: Audit, names: Mapping[str, str]) -> str:
    """Draw the figures, then the sentences that keep a reader from taking them for more."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    for header in _HEADERS:
        table.add_column(justify="left" if header == _HEADERS[0] else "right", no_wrap=True)
    table.add_row(*_HEADERS)
    for figures in audit.frameworks:
        # as Text, because rich would read a name such as [red] as markup
        table.add_row(*map(Text, _row(figures, names.get(figures.framework, figures.framework))))
    table.add_row(*map(Text, _row(audit.overall, "all together")))
    out = StringIO()
    Console(file=out, width=_UNLIMITED, no_color=True).print(table)
    lines = [*out.getvalue().splitlines(), ""]
    for sentence in _explanations(audit):
        lines += wrap(sentence, _WIDTH, subsequent_indent="  ")
    return "\n".join(lines) + "\n"


def _explanations(audit: Audit) -> list[str]:
    return [
        f"judged: mentions of a random sample, of all {audit.overall.mentions:,}, stratified by "
        "year and framework.",
        "precision: (use + mention) / all judged but unsure, with its Wilson interval; all "
        "together it is weighted by the mentions of each year and framework (interval with Kish's "
        "effective sample size).",
        "corrected: papers x the share of them that do mention it, estimated from the papers with "
        "a judged mention, each weighted by 1 / its chance to have one. A paper is right where any "
        "judged mention is, so that one of which only wrong mentions were judged may hold right "
        "ones: corrected is too low rather than too high. Missed papers are not added.",
        _explain_recall(audit.overall),
        *map(_explain_agreement, audit.agreements),
    ]


def _explain_recall(overall: AuditFigures) -> str:
    if overall.recall_view is None:
        return "recall: not known, as no near miss was judged."
    return (
        "recall at most: papers found / (found + missed); low is the lower end of its 95 % "
        f"interval, as judged near misses are a sample. {overall.near:,} papers without a mention "
        f"hold a near miss; {overall.near_true:,} of {overall.near_judged:,} judged ones were "
        "true, and missed scales this up to all, framework by framework. Papers without a near "
        "miss are not looked at, so that true recall may be lower."
    )


def _explain_agreement(pair: Agreement) -> str:
    kappa = "all of one kind, so no kappa"
    if pair.kappa is not None:
        kappa = f"Cohen's kappa {pair.kappa:.2f}"
    return (
        f"agreement of {pair.first} and {pair.second}: {pair.same:,} of {pair.items:,} alike in "
        f"the four words, {kappa}; {pair.software:,} of {pair.items:,} alike on whether it is the "
        "software."
    )


def _row(figures: AuditFigures, name: str) -> list[str]:
    """Format the cells of one framework, or of all together."""
    counts = (figures.judged, figures.use, figures.mention, figures.other, figures.unsure)
    precision = right = missed = recall = _NO_VALUE
    if figures.precision is not None and figures.low is not None and figures.high is not None:
        interval = f"{100 * figures.low:.1f} to {100 * figures.high:.1f}"
        precision = f"{figures.precision:.1%} ({interval})"
    estimate = correct(figures.papers, figures) if figures.framework else None
    if estimate:
        right = f"{estimate[0]:,.0f} ({estimate[1]:,.0f} to {estimate[2]:,.0f})"
    if figures.missed is not None and figures.near:
        missed = f"{figures.missed:,.1f}"
    if figures.recall_view is not None:
        recall = f"{figures.recall_view:.1%} ({100 * (figures.recall_low or 0.0):.1f})"
    papers = f"{figures.papers:,}"
    return [name, *(f"{n:,}" for n in counts), precision, papers, right, missed, recall]
