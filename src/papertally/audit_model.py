"""Records of hand-checking that the store, the audit and reports share; no behaviour."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a person says of a mention in its sentence, or of a near miss."""

    USE = "use"
    MENTION = "mention"
    """The software is named, but the authors do not say that they use it."""
    OTHER = "other"
    """Not the software."""
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class AuditFigures:
    """What hand-checking says of one framework's counts, or of all together."""

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
    """Share that is the software, (use + mention) / all but unsure; over all weighted by the mentions of each year
    and framework. None where nothing was judged."""
    low: float | None = None
    """95 % Wilson interval of `precision`; over all with the effective sample size."""
    high: float | None = None
    papers: int = 0
    """Papers in which the framework was found; over all pairs of paper and framework."""
    near: int = 0
    """Readable papers without a mention that hold a near miss."""
    near_judged: int = 0
    near_true: int = 0
    """Near misses judged use or mention: papers that the rules missed."""
    missed: float | None = None
    """Those scaled up to all near misses; None where none could be judged yet."""
    missed_high: float | None = None
    """Upper end of the 95 % interval of `missed`, which is Wilson's for the finite number of near misses; over all
    the sum of the frameworks' ends."""
    recall_view: float | None = None
    """Found papers / (found papers + missed ones). True recall is at most about this: papers without a near miss are
    not looked at, and may be missed too. None where there was no near miss to judge."""
    recall_low: float | None = None
    """The same with `missed_high`: the lower end of what the sample of near misses says of recall."""
    annotators: int = 0
    kappa: float | None = None
    """Cohen's kappa, the mean over pairs of annotators weighted by what both judged; None where undefined."""
    papers_right: float | None = None
    """Share of `papers` that do mention the software, estimated from the judged ones; None over all, and where none
    was judged."""
    papers_low: float | None = None
    """95 % interval of `papers_right`."""
    papers_high: float | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two annotators agree on what both judged."""

    first: str
    second: str
    items: int
    same: int
    """Items of which both said the same of the four words."""
    software: int
    """Items of which both said the same of whether it is the software: yes (use or mention), no, or unsure."""
    kappa: float | None
    """None where both gave one and the same verdict throughout: chance alone would then agree fully too."""


@dataclass(frozen=True, slots=True)
class Audit:
    """The figures of all hand-checking of a venue's years."""

    overall: AuditFigures
    frameworks: tuple[AuditFigures, ...]
    """Those with a verdict, in the lexicon's order."""
    agreements: tuple[Agreement, ...] = ()
