"""One question of an audit: show the task, read the answer, wait for other runs."""

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

from papertally.cli.context import printable
from papertally.cli.terminal import harmless
from papertally.errors import LockedError
from papertally.models import Verdict, forum_page

if TYPE_CHECKING:
    from papertally.audit.sampling import AnnotationTask
    from papertally.store.workspace import Workspace

MAX_SECONDS_LOCKED = 30.0
"""How long an answer waits for another run to release the workspace."""
_MAX_ECHO = 40
"""Letters of an answer that are printed again; a wrong file on stdin may have long lines."""


def answer(workspace: "Workspace", read: Callable[[], str]) -> str:
    """Return an answer; other runs may write while the person thinks.

    Raises `LockedError` if another run holds the workspace for long: this answer is not stored.
    """
    from papertally.audit.session import QUIT

    word = ""
    try:
        with workspace.pause():
            word = read()
    except LockedError:
        if word.lower() in QUIT:  # there is nothing to store
            return word
    else:
        return word
    try:
        with workspace.pause(MAX_SECONDS_LOCKED):
            return word
    except LockedError as error:
        raise LockedError(f"the last answer was not stored, earlier ones were: {error}") from None


def ask(
    task: "AnnotationTask", names: Mapping[str, str], site: str, where: str, old: Verdict | None
) -> str:
    """Show a task with its place in the sample, and return the answer; the end of input is quit."""
    from papertally.audit.session import KEYS

    first, *lines = _task_lines(task, names[task.item.framework], site)
    click.echo(harmless("\n".join([f"\n{where}: {first}", *lines])), err=True)
    keeps = f" [{old}, Enter keeps it]" if old else ""
    click.echo(f"{KEYS}{keeps}: ", err=True, nl=False)
    line = sys.stdin.readline() if sys.stdin else ""
    if not sys.stdin or not sys.stdin.isatty():
        click.echo(printable(line.strip())[:_MAX_ECHO], err=True)  # a terminal shows it itself
    return line.strip() if line else "q"


def _task_lines(task: "AnnotationTask", name: str, site: str) -> list[str]:
    """Format a task: where the item is, its sentence, the question."""
    from papertally.audit.session import QUESTIONS

    row, item = task.row, task.item
    place = f"{name} by {item.alias!r}, page {item.page}, {item.zone}"
    return [
        printable(f"{row.venue.upper()} {row.year}, {place}"),
        printable(f"  {row.title or row.paper}  {forum_url(task, site)}").rstrip(),
        "",
        f"  {_marked(task)}",
        "",
        QUESTIONS[item.kind].format(name),
    ]


def _marked(task: "AnnotationTask") -> str:
    """Return the sentence with its hit marked, on a terminal by its looks."""
    if not sys.stderr.isatty():
        return task.marked
    sentence = task.sentence
    before, after = sentence.text[: sentence.start], sentence.text[sentence.end :]
    hit = click.style(sentence.text[sentence.start : sentence.end], bold=True, reverse=True)
    return f"{before}{hit}{after}"


def forum_url(task: "AnnotationTask", site: str) -> str:
    """Return the address of a paper's page, its forum's at `site`; empty if none is known."""
    page = task.row.url
    return page.replace(forum_page(""), f"{site}/forum?id=", 1)
