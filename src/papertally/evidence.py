"""The sentences behind a count: a sample of them for the HTML report."""

import hashlib
from collections.abc import Iterator, Mapping

from papertally.match.lexicon import Lexicon
from papertally.match.matcher import Matcher
from papertally.match.sentences import sentence
from papertally.match.stored_texts import unpack
from papertally.match.zones import with_zones
from papertally.models import Evidence, Rule, VenueYear, ZoneFilter
from papertally.report.counts import Report
from papertally.store.ledger import YearLedger
from papertally.store.workspace import Workspace

_MAX_PAPERS = 20
"""Papers per framework whose sentences a report shows."""

_Ledgers = Mapping[VenueYear, YearLedger]
_FrameworksByPaper = Mapping[tuple[int, str], set[str]]
"""The frameworks whose mentions are wanted, by year and paper."""


def sample_evidence(
    workspace: Workspace, lexicon: Lexicon, report: Report, ledgers: _Ledgers
) -> tuple[Evidence, ...]:
    """Return the first sentence of up to 20 papers for each framework shown.

    The papers are chosen by a hash of their ids: not by a name or number, which would favour
    some authors, and yet the same ones each time.
    """
    if report.query.rule != Rule.LEXICON or report.query.of_listing:
        return ()  # no sentence of the PDF's text stands behind such a count
    wanted: dict[tuple[int, str], set[str]] = {}
    for framework in report.shown:
        papers = [(row.year, row.paper) for row in report.found if row.framework == framework.id]
        papers.sort(key=lambda paper: hashlib.sha256(paper[1].encode()).hexdigest())
        for paper in papers[:_MAX_PAPERS]:
            wanted.setdefault(paper, set()).add(framework.id)
    zone = report.query.zone
    first: dict[tuple[int, str, str], Evidence] = {}
    for mention in _find_evidence(workspace, lexicon, wanted, ledgers):
        if zone == ZoneFilter.ANY or mention.zone in zone.columns:
            first.setdefault((mention.year, mention.paper, mention.framework), mention)
    return tuple(first.values())


def _find_evidence(
    workspace: Workspace, lexicon: Lexicon, wanted: _FrameworksByPaper, ledgers: _Ledgers
) -> Iterator[Evidence]:
    """Yield the wanted mentions by year and paper, in the order of the text.

    Mentions of a lexicon's frameworks were stored when the texts were matched. Phrases of the
    command line are never stored, so their texts are searched here.
    """
    stored, terms = lexicon.split()
    matcher = Matcher(terms.frameworks)
    for year, ledger in ledgers.items():
        file_of = {paper: file for file, paper in ledger.readable.items()}
        papers = sorted(paper for paper in file_of if (year.year, paper) in wanted)
        bodies = workspace.texts.bodies(file_of[paper] for paper in papers)
        for paper, (file, body) in zip(papers, bodies, strict=True):
            text = unpack(body).decode()
            of_terms = with_zones(matcher.find(text), text) if terms.frameworks else []
            known = [
                mention
                for mention in workspace.mentions.of_file(file)
                if mention.framework in stored.fingerprints
            ]
            for mention in sorted((*known, *of_terms), key=lambda mention: mention.start):
                if mention.framework in wanted[year.year, paper]:
                    quote = sentence(text, mention.start, mention.end)
                    yield Evidence(
                        year.venue, year.year, paper, mention.framework, mention.alias,
                        mention.zone, mention.page, mention.start, quote.text,
                        (quote.start, quote.end),
                    )  # fmt: skip
