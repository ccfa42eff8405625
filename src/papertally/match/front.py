"""Count mentions in what a listing says of a paper: title, abstract, TL;DR and keywords."""

from collections import Counter
from collections.abc import Iterable

from papertally.match.lexicon import Lexicon
from papertally.match.matcher import Matcher
from papertally.model import Note


def front_mentions(notes: Iterable[Note], lexicon: Lexicon) -> dict[str, Counter[str]]:
    """Map each paper to the mentions of each framework found in its note; papers without any are left out."""
    matcher = Matcher(lexicon.frameworks)
    found = {}
    for note in notes:
        # parts stand on pages of their own, because nothing is found across a page break
        text = "\f".join([note.title, note.abstract, note.tldr, *note.keywords])
        counts = Counter(mention.framework for mention in matcher.find(text))
        if counts:
            found[note.id] = counts
    return found
