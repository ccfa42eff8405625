"""The results of hand-checking, as `audit` computes them and reports and folders show them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuditFigures:
    """The results of hand-checking one framework's counts, or those of all frameworks together."""

    framework: str
    """Its id; empty for all frameworks together."""
    mentions: int = 0
    """Stored mentions, of which the judged ones are a sample."""
    judged: int = 0
    use: int = 0
    mention: int = 0
    other: int = 0
    unsure: int = 0
    precision: float | None = None
    """Share that is the software: (use + mention) / all but unsure.

    For all frameworks it is weighted by the mentions of each year and framework. None if nothing
    was judged.
    """
    low: float | None = None
    """95 % Wilson interval of `precision`; for all frameworks with the effective sample size."""
    high: float | None = None
    papers: int = 0
    """Papers with the framework; for all frameworks pairs of paper and framework."""
    near: int = 0
    """Readable papers without a mention that hold a near miss."""
    near_judged: int = 0
    near_true: int = 0
    """Near misses judged use or mention: papers that the rules missed."""
    missed: float | None = None
    """Those scaled up to all near misses; None if none could be judged yet."""
    missed_high: float | None = None
    """Upper end of the 95 % interval of `missed`: Wilson's for the finite number of near misses.

    For all frameworks it is the sum of their ends.
    """
    recall_view: float | None = None
    """Found papers / (found + missed papers). True recall is at most about this.

    Papers without a near miss are not looked at, and may be missed too. None if there was no near
    miss to judge.
    """
    recall_low: float | None = None
    """The same with `missed_high`: the lower end of the interval."""
    annotators: int = 0
    kappa: float | None = None
    """Cohen's kappa: the mean over pairs of annotators, weighted by the items both judged.

    None if it is undefined.
    """
    papers_right: float | None = None
    """Share of `papers` that do mention the software, estimated from the judged ones.

    None for all frameworks, and if no paper was judged.
    """
    papers_low: float | None = None
    """95 % interval of `papers_right`."""
    papers_high: float | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement of two annotators on the items that both judged."""

    first: str
    second: str
    items: int
    same: int
    """Items with the same verdict by both."""
    software: int
    """Items of which both agree whether it is the software: yes (use or mention), no, unsure."""
    kappa: float | None
    """None if both gave the same verdict to all items: chance would then agree fully, too."""


@dataclass(frozen=True, slots=True)
class Audit:
    """The results of all hand-checking of a venue's years."""

    overall: AuditFigures
    frameworks: tuple[AuditFigures, ...]
    """Those that have a verdict, in the lexicon's order."""
    agreements: tuple[Agreement, ...] = ()
