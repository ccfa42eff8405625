"""What a listing says of a paper, title, abstract, TL;DR and keywords, and the mentions in it."""

from collections import Counter
from collections.abc import Iterable

from papertally.match.lexicon import Lexicon
from papertally.match.matcher import Matcher
from papertally.models import Note


def listing_text(note: Note) -> str:
    """Join what a listing says of a paper; its parts are pages, because nothing is found across a page's end."""
    return "\f".join([note.title, note.abstract, note.tldr, *note.keywords])


def front_mentions(notes: Iterable[Note], lexicon: Lexicon) -> dict[str, Counter[str]]:
    """Map each paper to the mentions of each framework found in its note; papers without any are left out."""
    matcher = Matcher(lexicon.frameworks)
    found = {}
    for note in notes:
        counts = Counter(mention.framework for mention in matcher.find(listing_text(note)))
        if counts:
            found[note.id] = counts
    return found
