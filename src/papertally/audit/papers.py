"""From judged mentions to papers: which share of the papers found does mention the software."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import prod

from papertally.audit.sampling import Stratum
from papertally.statistics import wilson

Paper = tuple[Stratum, int]
"""A year and framework, and the file of a paper."""


def share_right(held: Iterable[Paper], judged: Iterable[tuple[Paper, bool]]) -> tuple[float, float, float] | None:
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
    if all(right.get(paper) or len(seen.get(paper, ())) == count for paper, count in mentions.items()):
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


def _weights(mentions: Mapping[Paper, int], seen: Mapping[Paper, Sequence[bool]]) -> dict[Paper, float]:
    size, drawn = Counter[Stratum](), Counter[Stratum]()
    for (stratum, _), count in mentions.items():
        size[stratum] += count
    for (stratum, _), verdicts in seen.items():
        drawn[stratum] += len(verdicts)
    return {
        (stratum, file): 1 / chance(size[stratum], drawn[stratum], mentions[stratum, file]) for stratum, file in seen
    }
