"""The match stage: apply the lexicon to every readable text that it has not been applied to."""

import zlib
from collections import Counter

from papertally.match import Lexicon, Matcher
from papertally.progress import SILENT, Progress
from papertally.store import PaperRow, Scope, Workspace


def match(workspace: Workspace, scope: Scope, lexicon: Lexicon, progress: Progress = SILENT) -> int:
    """Match what is new and what changed rules make stale; return the number of texts matched.

    Only the frameworks whose rules changed are matched again. Each text is saved as it comes.
    """
    stale = workspace.matches.stale(scope, fingerprints(lexicon))
    for group in stale:
        frameworks = [framework for framework in lexicon.frameworks if framework.id in group.frameworks]
        matcher = Matcher(frameworks)
        texts = workspace.texts.bodies(group.texts)
        with workspace.batches() as saved:
            for key, body in progress.track(texts, "match", len(group.texts)):
                text = matcher.prepare(zlib.decompress(body).decode() if body else "")
                hits = {framework.id: matcher.substring_hits(text, framework) for framework in frameworks}
                workspace.matches.save(key, group, matcher.find(text), hits)
                saved()
    return sum(len(group.texts) for group in stale)


def count_terms(
    workspace: Workspace, scope: Scope, lexicon: Lexicon, as_of: str = "", progress: Progress = SILENT
) -> list[PaperRow]:
    """Count phrases in a venue's readable papers; what is found is not stored."""
    matcher, rows = Matcher(lexicon.frameworks), []
    for year in scope.years:
        _, papers = workspace.tables.read_ledger(scope.venue, year, None, as_of)
        texts = workspace.texts.bodies(papers)
        for key, body in progress.track(texts, f"search {year}", len(papers)):
            text = matcher.prepare(zlib.decompress(body).decode())
            mentions = Counter(mention.framework for mention in matcher.find(text))
            for framework in lexicon.frameworks:
                hits = matcher.substring_hits(text, framework)
                if mentions[framework.id] or hits:
                    rows.append(PaperRow(scope.venue, year, papers[key], framework.id, mentions[framework.id], hits))
    return rows


def fingerprints(lexicon: Lexicon) -> dict[str, str]:
    """Map each framework to the hash of its rules."""
    return {framework.id: framework.fingerprint for framework in lexicon.frameworks}
