"""Precision, agreement and what near misses say of recall, computed from stored verdicts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import prod

from papertally.audit.sampling import AuditPool, Stratum
from papertally.match.lexicon import Lexicon
from papertally.models import Scope, VenueYear, Verdict
from papertally.report.audit_summary import Agreement, Audit, AuditFigures
from papertally.statistics import wilson, wilson_of_listing
from papertally.store.ledger import YearLedger
from papertally.store.verdicts import HIT, NEAR, AuditItem, VerdictRecord
from papertally.store.workspace import Workspace

Paper = tuple[Stratum, int]
"""A year and framework, and the file of a paper."""

Labels = Mapping[str, Mapping[str, Verdict]]
"""Verdicts by item and annotator."""
Judged = Mapping[str, tuple[AuditItem, Verdict]]
"""Items that have a verdict, with the one verdict made of all annotators', by their keys."""

SOFTWARE = (Verdict.USE, Verdict.MENTION)
"""Verdicts that say that it is the software."""


def read_audit(
    workspace: Workspace, scope: Scope, lexicon: Lexicon, ledgers: Mapping[VenueYear, YearLedger]
) -> Audit | None:
    """Compute the figures of a venue's years; None if nobody has judged anything there.

    Only verdicts on what the lexicon finds now count. Verdicts on mentions that changed rules or
    texts no longer give are kept, but not used.
    """
    records = workspace.verdicts.of(scope)
    if not records:
        return None
    return compute_audit(AuditPool(workspace, lexicon, ledgers), records)


def compute_audit(pool: AuditPool, records: Sequence[VerdictRecord]) -> Audit:
    """Compute the figures from the verdicts on items of the pool."""
    items = pool.items_by_key({(record.year, record.paper) for record in records})
    labels: dict[str, dict[str, Verdict]] = defaultdict(dict)
    for record in records:
        if record.item in items:
            labels[record.item][record.annotator] = record.verdict
    judged = {key: (items[key], majority_verdict(by.values())) for key, by in labels.items()}
    with_verdict = {item.framework for item, _ in judged.values()}
    frameworks = [
        _framework_figures(pool, judged, labels, name)
        for name in pool.frameworks
        if name in with_verdict
    ]
    overall = _overall_figures(pool, judged, labels, frameworks)
    return Audit(overall, tuple(frameworks), agreements(labels))


def majority_verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the one verdict that several annotators' verdicts make.

    The majority decides whether it is the software; a tie is unsure. Software is a use if more
    annotators said use than mention.
    """
    votes = Counter(verdicts)
    software = _count_software(votes)
    if software == votes[Verdict.OTHER]:
        return Verdict.UNSURE
    if software < votes[Verdict.OTHER]:
        return Verdict.OTHER
    return Verdict.USE if votes[Verdict.USE] > votes[Verdict.MENTION] else Verdict.MENTION


def agreements(labels: Labels) -> tuple[Agreement, ...]:
    """Compare each two annotators on the items that both judged."""
    annotators = sorted({annotator for by in labels.values() for annotator in by})
    found = []
    for first, second in combinations(annotators, 2):
        pairs = [(by[first], by[second]) for by in labels.values() if {first, second} <= by.keys()]
        if not pairs:
            continue
        same = sum(one == other for one, other in pairs)
        # use and mention both say that it is the software
        software = sum(
            one == other or (one in SOFTWARE and other in SOFTWARE) for one, other in pairs
        )
        found.append(Agreement(first, second, len(pairs), same, software, cohens_kappa(pairs)))
    return tuple(found)


def cohens_kappa(pairs: Iterable[tuple[Verdict, Verdict]]) -> float | None:
    """Return Cohen's kappa of two annotators; None if chance alone would make them agree fully.

    Source: J. Cohen, A coefficient of agreement for nominal scales (1960).
    """
    table = Counter(pairs)
    total = table.total()
    if not total:
        return None
    agreed = sum(table[verdict, verdict] for verdict in Verdict) / total
    firsts, seconds = Counter[Verdict](), Counter[Verdict]()
    for (first, second), count in table.items():
        firsts[first] += count
        seconds[second] += count
    expected = sum(firsts[verdict] * seconds[verdict] for verdict in Verdict) / total**2
    return (agreed - expected) / (1 - expected) if expected < 1 else None


def stratified_share(
    sizes: Mapping[Stratum, int], votes: Mapping[Stratum, tuple[int, int]]
) -> tuple[float, float, float]:
    """Estimate the share of right items from strata sampled unevenly, with its 95 % interval.

    `votes` holds how many of each stratum were right and how many were judged; strata without any
    are left out. The share is the mean of the strata's, weighted by their size. The interval is
    Wilson's with Kish's effective sample size, (sum of weights)^2 / sum of squared weights, where
    each judged item weighs size / judged. Mentions of one paper are treated as independent, which
    they are not quite. Source: L. Kish, Survey Sampling (1965).
    """
    total, squares, share, all_right, all_judged = 0, 0.0, 0.0, 0, 0
    for stratum, (right, judged) in votes.items():
        if judged:
            total += sizes[stratum]
            squares += sizes[stratum] ** 2 / judged
            share += sizes[stratum] * right / judged
            all_right += right
            all_judged += judged
    share /= total
    if all_right in (0, all_judged):
        share = float(all_right > 0)  # exactly: the weights' rounding would leave a trace
    effective = total**2 / squares
    return share, *wilson(share * effective, effective)


def paper_precision(
    mentions: Iterable[Paper], judged: Iterable[tuple[Paper, bool]]
) -> tuple[float, float, float] | None:
    """Estimate the share of papers that mention the software; None if none was judged.

    Returns the share and its 95 % interval. `mentions` holds the paper of each mention, `judged`
    that of each judged one and whether it is the software. A paper is right if any judged mention
    of it is. Papers with many mentions are more likely to be judged, so each weighs 1 / its
    inclusion probability (Hájek's estimator); the interval is Wilson's with Kish's effective sample
    size. If every judged paper is certain, the share is exact. Sources: J. Hájek, Comment on a
    paper by D. Basu (1971); L. Kish, Survey Sampling (1965).
    """
    sizes = Counter(mentions)
    verdicts: dict[Paper, list[bool]] = {}
    for paper, is_right in judged:
        verdicts.setdefault(paper, []).append(is_right)
    if not verdicts:
        return None
    right = {paper: any(given) for paper, given in verdicts.items()}
    # A paper is certain if a right mention of it was judged, or all its mentions were.
    if all(
        right.get(paper) or len(verdicts.get(paper, ())) >= size for paper, size in sizes.items()
    ):
        share = sum(right.values()) / len(right)
        return share, share, share
    weights = _weights(sizes, verdicts)
    total = sum(weights.values())
    share = sum(weight for paper, weight in weights.items() if right[paper]) / total
    if len(set(right.values())) == 1:
        share = float(any(right.values()))  # exactly: the weights' rounding would leave a trace
    effective = total**2 / sum(weight**2 for weight in weights.values())
    return share, *wilson(share * effective, effective)


def _weights(
    sizes: Mapping[Paper, int], verdicts: Mapping[Paper, Sequence[bool]]
) -> dict[Paper, float]:
    """Return the weight of each judged paper: 1 / its inclusion probability."""
    mentions, judged = Counter[Stratum](), Counter[Stratum]()
    for (stratum, _), size in sizes.items():
        mentions[stratum] += size
    for (stratum, _), given in verdicts.items():
        judged[stratum] += len(given)
    return {
        (stratum, file): 1
        / inclusion_probability(mentions[stratum], judged[stratum], sizes[stratum, file])
        for stratum, file in verdicts
    }


def inclusion_probability(mentions: int, judged: int, own: int) -> float:
    """Return the chance that one of a paper's `own` mentions is among those judged.

    `judged` of the `mentions` are drawn at random, without replacement.

    >>> inclusion_probability(128, 12, 1), inclusion_probability(3, 2, 2)
    (0.09375, 1.0)
    """
    missed = ((mentions - judged - index) / (mentions - index) for index in range(own))
    return 1 - prod(missed)


def _framework_figures(
    pool: AuditPool, all_judged: Judged, all_labels: Labels, name: str
) -> AuditFigures:
    """Compute the figures of one framework."""
    judged = {key: pair for key, pair in all_judged.items() if pair[0].framework == name}
    counted = _count_verdicts(name, judged, {key: all_labels[key] for key in judged})
    right, sure = counted.use + counted.mention, counted.judged - counted.unsure
    low, high = wilson(right, sure) if sure else (None, None)
    mentions = [(pool.stratum(item), item.file) for item in pool.mentions if item.framework == name]
    judged_papers = [
        ((pool.stratum(item), item.file), is_software) for item, is_software in _sure(judged, HIT)
    ]
    papers = len(set(mentions))
    papers_right, papers_low, papers_high = paper_precision(mentions, judged_papers) or (None,) * 3
    near = sum(item.framework == name for item in pool.near_misses)
    missed = missed_high = None
    if pool.scanned:
        missed, missed_high = _missed_papers(near, judged)
    return replace(
        counted,
        mentions=len(mentions),
        precision=right / sure if sure else None,
        low=low,
        high=high,
        papers=papers,
        near=near,
        missed=missed,
        missed_high=missed_high,
        recall_view=_recall(papers, missed) if near else None,
        recall_low=_recall(papers, missed_high) if near else None,
        papers_right=papers_right,
        papers_low=papers_low,
        papers_high=papers_high,
    )


def _overall_figures(
    pool: AuditPool, judged: Judged, labels: Labels, frameworks: Sequence[AuditFigures]
) -> AuditFigures:
    """Compute the figures of all frameworks together."""
    counted = _count_verdicts("", judged, labels)
    votes: dict[Stratum, tuple[int, int]] = {}
    for item, is_software in _sure(judged, HIT):
        right, sure = votes.get(pool.stratum(item), (0, 0))
        votes[pool.stratum(item)] = right + is_software, sure + 1
    precision = low = high = missed = missed_high = None
    if votes:
        precision, low, high = stratified_share(Counter(map(pool.stratum, pool.mentions)), votes)
    known = [figures for figures in frameworks if figures.missed is not None]
    if counted.near_judged:
        missed = sum(figures.missed or 0.0 for figures in known)
        missed_high = sum(figures.missed_high or 0.0 for figures in known)
    found = sum(figures.papers for figures in known)
    return replace(
        counted,
        mentions=len(pool.mentions),
        precision=precision,
        low=low,
        high=high,
        papers=len({(item.file, item.framework) for item in pool.mentions}),
        near=len(pool.near_misses),
        missed=missed,
        missed_high=missed_high,
        recall_view=_recall(found, missed),
        recall_low=_recall(found, missed_high),
    )


def _count_verdicts(framework: str, judged: Judged, labels: Labels) -> AuditFigures:
    """Count verdicts and annotators, and compute their kappa."""
    votes = {HIT: Counter[Verdict](), NEAR: Counter[Verdict]()}
    for item, verdict in judged.values():
        votes[item.kind][verdict] += 1
    items, weighted = 0, 0.0
    for pair in agreements(labels):
        if pair.kappa is not None:
            items += pair.items
            weighted += pair.items * pair.kappa
    return AuditFigures(
        framework,
        judged=votes[HIT].total(),
        use=votes[HIT][Verdict.USE],
        mention=votes[HIT][Verdict.MENTION],
        other=votes[HIT][Verdict.OTHER],
        unsure=votes[HIT][Verdict.UNSURE],
        near_judged=votes[NEAR].total(),
        near_true=_count_software(votes[NEAR]),
        annotators=len({annotator for by in labels.values() for annotator in by}),
        kappa=weighted / items if items else None,
    )


def _sure(judged: Judged, kind: str) -> list[tuple[AuditItem, bool]]:
    """List the judged items of a kind but the unsure ones, and whether each is the software."""
    of_kind = [pair for pair in judged.values() if pair[0].kind == kind]
    return [(item, verdict in SOFTWARE) for item, verdict in of_kind if verdict != Verdict.UNSURE]


def _count_software(votes: Counter[Verdict]) -> int:
    return sum(votes[verdict] for verdict in SOFTWARE)


def _missed_papers(near: int, judged: Judged) -> tuple[float | None, float | None]:
    """Scale the missed papers of the sample up to all near misses; Nones if none was judged.

    Returns the number and the upper end of its 95 % interval.
    """
    if not near:
        return 0.0, 0.0
    votes = [is_software for _, is_software in _sure(judged, NEAR)]
    true, sure = sum(votes), len(votes)
    if not sure:
        return None, None
    return near * true / sure, near * wilson_of_listing(true, sure, near)[1]


def _recall(found: int, missed: float | None) -> float | None:
    return None if missed is None or not found + missed else found / (found + missed)
