"""A session with one annotator: ask for one verdict after the other, and record them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from papertally.audit.sampling import AnnotationTask
from papertally.models import Verdict
from papertally.store.verdicts import HIT, NEAR, VerdictRecord

QUESTIONS = {
    HIT: "is this {0}, the software?",
    NEAR: "no rule found {0} in this paper: does it mention the software here?",
}
"""The question by an item's kind; the framework's name goes in."""

VERDICTS = {str(verdict): verdict for verdict in Verdict} | {
    "u": Verdict.USE,
    "m": Verdict.MENTION,
    "o": Verdict.OTHER,
    "?": Verdict.UNSURE,
}
"""Verdicts by the words and letters that annotators type, in lower case."""

BACK, QUIT = ("b", "back"), ("q", "quit")
KEYS = "u(se), m(ention), o(ther: not the software), ?(unsure), b(ack), q(uit)"


Ask = Callable[[AnnotationTask, int, Verdict | None], str]
"""Shows a task with its index and its verdict so far, and returns the answer as it was typed."""


def annotate(
    tasks: Sequence[AnnotationTask],
    given: dict[str, Verdict],
    ask: Ask,
    save: Callable[[AnnotationTask, Verdict], None],
    complain: Callable[[str], None],
) -> bool:
    """Ask for a verdict on each task without one; return whether all have one at the end.

    `given` holds the annotator's verdicts by key and is updated. Each answer is saved at once.
    Going back reaches any task before; an empty answer there keeps its verdict.
    """
    index = _next_open(tasks, given, 0)
    while index < len(tasks):
        task = tasks[index]
        previous = given.get(task.key)
        answer = ask(task, index, previous).strip().lower()
        if answer in QUIT:
            return False
        if answer in BACK:
            if index == 0:
                complain("this is the first one")
            index = max(0, index - 1)
            continue
        if answer in VERDICTS:
            save(task, VERDICTS[answer])
            given[task.key] = VERDICTS[answer]
        elif answer or not previous:
            complain(f"{answer[:40]!r} is not an answer" if answer else "an answer is needed")
            continue
        index = _next_open(tasks, given, index + 1)
    return True


def _next_open(tasks: Sequence[AnnotationTask], given: dict[str, Verdict], start: int) -> int:
    """Return the index of the next task without a verdict, or the number of tasks."""
    for index in range(start, len(tasks)):
        if tasks[index].key not in given:
            return index
    return len(tasks)


def verdict_record(task: AnnotationTask, annotator: str, verdict: Verdict) -> VerdictRecord:
    """Build the record of a verdict given now."""
    row, item = task.row, task.item
    return VerdictRecord(
        task.key, annotator, item.kind, row.venue, row.year, row.paper, item.framework, item.alias,
        item.page, item.zone, task.marked, verdict, datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip
