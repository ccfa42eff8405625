"""From verdicts to figures: precision, agreement, and what near misses say of recall."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import prod

from papertally.audit.sampling import AuditPool, Stratum
from papertally.match.lexicon import Lexicon
from papertally.models import Agreement, Audit, AuditFigures, Scope, Status, Verdict
from papertally.statistics import wilson, wilson_of_listing
from papertally.store.verdicts import HIT, NEAR, AuditItem, Given
from papertally.store.workspace import Workspace

Paper = tuple[Stratum, int]
"""A year and framework, and the file of a paper."""


def share_right(
    held: Iterable[Paper], judged: Iterable[tuple[Paper, bool]]
) -> tuple[float, float, float] | None:
    """Estimate the share of papers that mention the software, with its 95 % interval; None where none was judged.

    `held` gives the paper of each mention, `judged` that of each judged one and whether it is the software. A paper is
    right where any judged mention of it is. Papers with many mentions are more likely to be judged, so each weighs 1 /
    its chance to be (Hájek's estimator); the interval is Wilson's with Kish's effective sample size. Where every paper
    is settled, as all mentions were judged, the share is exact.
    Sources: J. Hájek, Comment on a paper by D. Basu (1971); L. Kish, Survey Sampling (1965).
    """
    mentions = Counter(held)
    seen: dict[Paper, list[bool]] = defaultdict(list)
    for paper, is_right in judged:
        seen[paper].append(is_right)
    if not seen:
        return None
    right = {paper: any(verdicts) for paper, verdicts in seen.items()}
    if all(
        right.get(paper) or len(seen.get(paper, ())) == count for paper, count in mentions.items()
    ):
        share = sum(right.values()) / len(right)
        return share, share, share
    weights = _weights(mentions, seen)
    whole = sum(weights.values())
    share = sum(weight for paper, weight in weights.items() if right[paper]) / whole
    if len({*right.values()}) == 1:
        share = float(any(right.values()))  # exactly, where rounding would leave a trace
    effective = whole**2 / sum(weight**2 for weight in weights.values())
    return share, *wilson(share * effective, effective)


def chance(mentions: int, judged: int, own: int) -> float:
    """Give the chance that a paper with `own` of the mentions has one among the judged ones, drawn at random.

    >>> chance(128, 12, 1), chance(3, 2, 2)
    (0.09375, 1.0)
    """
    return 1 - prod((mentions - judged - at) / (mentions - at) for at in range(own))


def _weights(
    mentions: Mapping[Paper, int], seen: Mapping[Paper, Sequence[bool]]
) -> dict[Paper, float]:
    size, drawn = Counter[Stratum](), Counter[Stratum]()
    for (stratum, _), count in mentions.items():
        size[stratum] += count
    for (stratum, _), verdicts in seen.items():
        drawn[stratum] += len(verdicts)
    return {
        (stratum, file): 1 / chance(size[stratum], drawn[stratum], mentions[stratum, file])
        for stratum, file in seen
    }


SOFTWARE = (Verdict.USE, Verdict.MENTION)
"""Verdicts that say that it is the software."""

Labels = Mapping[str, Mapping[str, Verdict]]
"""Verdicts by item and annotator."""
Judged = Mapping[str, tuple[AuditItem, Verdict]]
"""One verdict for each item, and where it stands."""


def figures(
    workspace: Workspace,
    scope: Scope,
    lexicon: Lexicon,
    frameworks: tuple[str, ...] = (),
    statuses: tuple[Status, ...] = (),
    as_of: str = "",
) -> Audit | None:
    """Sum up the hand-checking of a venue's years; None where nobody has judged anything there.

    Only verdicts on what the lexicon finds now count: those on mentions that changed rules or texts no longer give
    are kept, but not used.
    """
    if not (given := workspace.verdicts.of(scope)):
        return None
    return sum_up(AuditPool(workspace, scope, lexicon, frameworks, statuses, as_of), given)


def sum_up(stock: AuditPool, given: Sequence[Given]) -> Audit:
    """Make the figures from the verdicts on what is in stock."""
    keys = stock.keys({(one.year, one.paper) for one in given})
    known = [one for one in given if one.item in keys]
    labels: dict[str, dict[str, Verdict]] = defaultdict(dict)
    for one in known:
        labels[one.item][one.annotator] = one.verdict
    judged = {item: (keys[item], settle(by.values())) for item, by in labels.items()}
    named = {place.framework for place, _ in judged.values()}
    each = [
        _of_framework(stock, judged, labels, name) for name in stock.frameworks if name in named
    ]
    return Audit(_overall(stock, judged, labels, each), tuple(each), agreements(labels))


def settle(verdicts: Iterable[Verdict]) -> Verdict:
    """Make one verdict of several annotators': the majority's on whether it is the software; a tie is unsure.

    Where the majority says that it is, it is a use where more of them say use than mention.
    """
    votes = Counter(verdicts)
    software = _software(votes)
    if software == votes[Verdict.OTHER]:
        return Verdict.UNSURE
    if software < votes[Verdict.OTHER]:
        return Verdict.OTHER
    return Verdict.USE if votes[Verdict.USE] > votes[Verdict.MENTION] else Verdict.MENTION


def kappa(pairs: Iterable[tuple[Verdict, Verdict]]) -> float | None:
    """Give Cohen's kappa of two annotators; None where chance alone would make them agree fully.

    Source: J. Cohen, A coefficient of agreement for nominal scales (1960).
    """
    table = Counter(pairs)
    total = table.total()
    if not total:
        return None
    seen = sum(count for (first, second), count in table.items() if first == second) / total
    firsts, seconds = Counter[Verdict](), Counter[Verdict]()
    for (first, second), count in table.items():
        firsts[first] += count
        seconds[second] += count
    expected = sum(firsts[one] * seconds[one] for one in Verdict) / total**2
    return (seen - expected) / (1 - expected) if expected < 1 else None


def agreements(labels: Labels) -> tuple[Agreement, ...]:
    """Compare each two annotators on the items that both judged."""
    found = []
    for first, second in combinations(sorted({name for by in labels.values() for name in by}), 2):
        pairs = [(by[first], by[second]) for by in labels.values() if first in by and second in by]
        if pairs:
            same = sum(one == other for one, other in pairs)
            software = sum(_side(one) == _side(other) for one, other in pairs)
            found.append(Agreement(first, second, len(pairs), same, software, kappa(pairs)))
    return tuple(found)


def weighted(
    sizes: Mapping[Stratum, int], votes: Mapping[Stratum, tuple[int, int]]
) -> tuple[float, float, float]:
    """Estimate the share of the whole from strata that were sampled unevenly, with its 95 % interval.

    `votes` holds how many of each stratum were right and how many were judged; those without any are left out.
    The share is the mean of the strata's, weighted by their size; the interval is Wilson's with Kish's effective
    sample size, (sum of weights)^2 / sum of squared weights, where each judged item weighs size / judged. Mentions of
    one paper are taken as independent, which they are not quite. Source: L. Kish, Survey Sampling (1965).
    """
    held = {stratum: (right, judged) for stratum, (right, judged) in votes.items() if judged}
    whole = sum(sizes[stratum] for stratum in held)
    share = (
        sum(sizes[stratum] * right / judged for stratum, (right, judged) in held.items()) / whole
    )
    effective = whole**2 / sum(
        sizes[stratum] ** 2 / judged for stratum, (_, judged) in held.items()
    )
    right = sum(right for right, _ in held.values())
    if right in (0, sum(judged for _, judged in held.values())):
        share = float(right > 0)  # exactly, where rounding would leave a trace
    return share, *wilson(share * effective, effective)


def _of_framework(stock: AuditPool, judged: Judged, labels: Labels, name: str) -> AuditFigures:
    own = {item: by for item, by in judged.items() if by[0].framework == name}
    own_labels = {item: labels[item] for item in own}
    hits, misses = _votes(own, HIT), _votes(own, NEAR)
    right, sure = _software(hits), _sure(hits)
    low, high = wilson(right, sure) if sure else (None, None)
    near = sum(place.framework == name for place in stock.near)
    papers = len({place.file for place in stock.hits if place.framework == name})
    missed, most = _missed(near, misses) if stock.scanned else (None, None)
    papers_right, papers_low, papers_high = _papers(stock, own, name) or (None, None, None)
    return AuditFigures(
        name,
        mentions=sum(place.framework == name for place in stock.hits),
        **_counts(hits),
        precision=right / sure if sure else None,
        low=low,
        high=high,
        papers=papers,
        near=near,
        near_judged=misses.total(),
        near_true=_software(misses),
        missed=missed,
        missed_high=most,
        recall_view=_recall(papers, missed) if near else None,
        recall_low=_recall(papers, most) if near else None,
        annotators=_annotators(own_labels),
        kappa=_mean_kappa(own_labels),
        papers_right=papers_right,
        papers_low=papers_low,
        papers_high=papers_high,
    )


def _papers(stock: AuditPool, own: Judged, name: str) -> tuple[float, float, float] | None:
    held = [(stock.stratum(place), place.file) for place in stock.hits if place.framework == name]
    judged = [
        ((stock.stratum(place), place.file), verdict in SOFTWARE)
        for place, verdict in own.values()
        if place.kind == HIT and verdict != Verdict.UNSURE
    ]
    return share_right(held, judged)


def _overall(
    stock: AuditPool, judged: Judged, labels: Labels, each: Sequence[AuditFigures]
) -> AuditFigures:
    sizes = Counter(map(stock.stratum, stock.hits))
    votes: dict[Stratum, tuple[int, int]] = {}
    for place, verdict in judged.values():
        if place.kind == HIT and verdict != Verdict.UNSURE:
            right, sure = votes.get(stock.stratum(place), (0, 0))
            votes[stock.stratum(place)] = right + (verdict in SOFTWARE), sure + 1
    precision, low, high = weighted(sizes, votes) if votes else (None, None, None)
    known = [one for one in each if one.missed is not None]
    looked = any(one.near_judged for one in each)
    missed = sum(one.missed or 0.0 for one in known) if looked else None
    most = sum(one.missed_high or 0.0 for one in known) if looked else None
    found = sum(one.papers for one in known)
    return AuditFigures(
        "",
        mentions=len(stock.hits),
        **_counts(_votes(judged, HIT)),
        precision=precision,
        low=low,
        high=high,
        papers=len({(place.file, place.framework) for place in stock.hits}),
        near=len(stock.near),
        near_judged=sum(one.near_judged for one in each),
        near_true=sum(one.near_true for one in each),
        missed=missed,
        missed_high=most,
        recall_view=_recall(found, missed),
        recall_low=_recall(found, most),
        annotators=_annotators(labels),
        kappa=_mean_kappa(labels),
    )


def _side(verdict: Verdict) -> Verdict:
    """Give what a verdict says of whether it is the software: use stands for yes, mention too."""
    return Verdict.USE if verdict in SOFTWARE else verdict


def _votes(judged: Judged, kind: str) -> Counter[Verdict]:
    return Counter(verdict for place, verdict in judged.values() if place.kind == kind)


def _software(votes: Counter[Verdict]) -> int:
    return sum(votes[verdict] for verdict in SOFTWARE)


def _sure(votes: Counter[Verdict]) -> int:
    return votes.total() - votes[Verdict.UNSURE]


def _counts(votes: Counter[Verdict]) -> dict[str, int]:
    """Give the figures that count verdicts."""
    return {"judged": votes.total(), **{str(verdict): votes[verdict] for verdict in Verdict}}


def _missed(near: int, votes: Counter[Verdict]) -> tuple[float | None, float | None]:
    """Scale the missed papers of the sample up to all near misses, with the upper end of the 95 % interval.

    Nones where no near miss could be judged.
    """
    if not near:
        return 0.0, 0.0
    true, sure = _software(votes), _sure(votes)
    return (
        (near * true / sure, near * wilson_of_listing(true, sure, near)[1])
        if sure
        else (None, None)
    )


def _recall(found: int, missed: float | None) -> float | None:
    return None if missed is None or not found + missed else found / (found + missed)


def _annotators(labels: Labels) -> int:
    return len({name for by in labels.values() for name in by})


def _mean_kappa(labels: Labels) -> float | None:
    """Give the mean kappa over pairs of annotators, weighted by what both judged; None where there is none."""
    pairs = [one for one in agreements(labels) if one.kappa is not None]
    items = sum(one.items for one in pairs)
    return sum(one.items * (one.kappa or 0.0) for one in pairs) / items if items else None
