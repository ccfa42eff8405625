"""Which papers count for which framework: the table of papers under a zone, a rule and a counting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from papertally.errors import UsageError
from papertally.models import Counting, Groups, LexiconInfo, Rule
from papertally.report.query import Question
from papertally.report.schema import KEYS
from papertally.report.snapshot import Snapshot

if TYPE_CHECKING:
    import pandas as pd


def hits(snapshot: Snapshot, question: Question) -> pd.DataFrame:
    """Give the rows `venue, year, paper, framework` that count, of all populations.

    Raises `UsageError` where the snapshot does not know the zone.
    """
    papers, columns = snapshot.papers, list(question.columns)
    known = papers["mentions"] > 0
    if columns[0] in ("body", "appendix", "references") and papers.loc[known, columns].isna().any(axis=None):
        raise UsageError(f"these papers were counted without zones, so --zone {question.zone} cannot be told from them")
    found = papers.loc[papers[columns].fillna(0).sum(axis=1) > 0, [*KEYS, "framework"]]
    if question.counting == Counting.ANY:
        return found
    groups = _told_apart(snapshot.lexicon, question)
    return _alone(found, groups) if question.counting == Counting.ONLY else _with_members(found, groups)


def _told_apart(lexicon: LexiconInfo, question: Question) -> Groups:
    """Give the groups; by substring without the frameworks whose name is a word too, such as `edward`."""
    if question.rule != Rule.SUBSTRING:
        return lexicon.groups
    words = {one.id for one in lexicon.frameworks if one.ambiguous}
    only, grouped = (
        tuple((name, tuple(member for member in members if member not in words)) for name, members in groups)
        for groups in (lexicon.groups.only, lexicon.groups.grouped)
    )
    return Groups(only, grouped)


def co_mentions(found: pd.DataFrame) -> pd.DataFrame:
    """Count the papers that mention two frameworks: `year, framework, other, papers`; zeros are left out."""
    pairs = found.merge(found, on=KEYS, suffixes=("", "_other")).rename(columns={"framework_other": "other"})
    return pairs.groupby(["year", "framework", "other"]).size().rename("papers").reset_index()


def _alone(found: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Keep the rows of papers that mention no other framework of the same group."""
    group_of = {member: name for name, members in groups.only for member in members}
    group = found["framework"].map(lambda name: group_of.get(name, f" {name}"))  # one that is in none is its own
    size = found.assign(group=group).groupby([*KEYS, "group"])["framework"].transform("size")
    return found[size == 1]


def _with_members(found: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Add to each framework the papers of those that are counted with it; these keep rows of their own."""
    import pandas as pd

    head_of = {member: head for head, members in groups.grouped for member in members}
    counted_with = found[found["framework"].isin(list(head_of))]
    raised = counted_with.assign(framework=counted_with["framework"].map(head_of))
    return pd.concat([found, raised]).drop_duplicates()
