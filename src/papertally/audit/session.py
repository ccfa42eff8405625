"""Judging one item after the other, and what is stored of it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from papertally.audit.sampling import AuditPool, Item
from papertally.models import Verdict
from papertally.store.verdicts import HIT, NEAR, AuditItem, Given

QUESTIONS = {
    HIT: "is this {0}, the software?",
    NEAR: "no rule found {0} in this paper: does it mention the software here?",
}
"""By the kind of what is judged; the framework's name goes in."""

VERDICTS = {str(verdict): verdict for verdict in Verdict} | {
    "u": Verdict.USE,
    "m": Verdict.MENTION,
    "o": Verdict.OTHER,
    "?": Verdict.UNSURE,
}
"""Verdicts by the words and letters that stand for them, in lower case."""

BACK, QUIT = ("b", "back"), ("q", "quit")
KEYS = "u(se), m(ention), o(ther: not the software), ?(unsure), b(ack), q(uit)"


Ask = Callable[[Item, int, Verdict | None], str]
"""Shows an item with its number (from 0) and its verdict so far, and returns the answer as it was typed."""


def in_order(stock: AuditPool, places: Sequence[AuditItem]) -> list[Item]:
    """Read the texts around places and give them in the order of the sample."""
    found = {item.place: item for item in stock.items(places)}
    return [found[place] for place in places if place in found]


def judge(
    items: Sequence[Item],
    given: dict[str, Verdict],
    ask: Ask,
    save: Callable[[Item, Verdict], None],
    tell: Callable[[str], None],
) -> bool:
    """Ask for the items without a verdict, saving each answer at once; tell whether all are judged then.

    `given` holds the annotator's verdicts by key and is brought up to date. Back goes to any item before; an empty
    answer there keeps its verdict.
    """
    at = _next_open(items, given, 0)
    while at < len(items):
        item = items[at]
        old = given.get(item.key)
        word = ask(item, at, old).strip().lower()
        if word in QUIT:
            return False
        if word in BACK:
            if not at:
                tell("this is the first one")
            at = max(0, at - 1)
        elif word in VERDICTS or (not word and old):
            if word:
                save(item, VERDICTS[word])
                given[item.key] = VERDICTS[word]
            at = _next_open(items, given, at + 1)
        else:
            tell(f"{word[:40]!r} is no answer" if word else "an answer is needed")
    return True


def _next_open(items: Sequence[Item], given: dict[str, Verdict], start: int) -> int:
    return next((at for at in range(start, len(items)) if items[at].key not in given), len(items))


def verdict_of(item: Item, annotator: str, verdict: Verdict) -> Given:
    """Make the record of a verdict given now."""
    row, place = item.row, item.place
    return Given(
        item.key, annotator, place.kind, row.venue, row.year, row.paper, place.framework, place.alias, place.page,
        place.zone, item.marked, verdict, datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip


def verdicts_by(given: Iterable[Given], annotator: str) -> dict[str, Verdict]:
    """Give an annotator's verdicts by the keys of their items."""
    return {one.item: one.verdict for one in given if one.annotator == annotator}
