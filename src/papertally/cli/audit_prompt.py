"""Ask a person one question of an audit: show the item, read the answer, wait for other runs."""

import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

from papertally.cli.context import printable
from papertally.errors import LockedError
from papertally.models import Verdict
from papertally.store.workspace import Workspace

if TYPE_CHECKING:
    from papertally.audit.sampling import AnnotationTask

PATIENCE = 30.0
"""Seconds that an answer waits for another run to let the workspace go."""


def answer(workspace: Workspace, read: Callable[[], str]) -> str:
    """Get an answer while others may write; it waits a little for those who are at it.

    Raises `LockedError` where they take longer: this answer is then not stored.
    """
    from papertally.audit.session import QUIT

    word: str | None = None
    end = 0.0
    while True:
        try:
            with workspace.pause():
                if word is None:
                    word = read()
                    end = time.monotonic() + PATIENCE
                else:
                    time.sleep(0.2)
        except LockedError as error:
            if word and word.lower() in QUIT:  # nothing is to be stored
                return word
            if time.monotonic() > end:
                raise LockedError(
                    f"this last answer is not stored, all before are: {error}"
                ) from None
        else:
            return word


def show(
    task: "AnnotationTask", names: Mapping[str, str], site: str, where: str, old: Verdict | None
) -> str:
    """Show an item, with `where` it stands in the sample, and read the answer; no more input is quit."""
    from papertally.audit.session import KEYS

    lines = _told(task, names[task.item.framework], site)
    so_far = f" [{old}, Enter keeps it]" if old else ""
    click.echo("\n".join([f"\n{where}: {lines[0]}", *lines[1:]]), err=True)
    click.echo(f"{KEYS}{so_far}: ", err=True, nl=False)
    line = sys.stdin.readline() if sys.stdin else ""
    if not sys.stdin or not sys.stdin.isatty():
        click.echo(printable(line.strip())[:40], err=True)
    return line.strip() if line else "q"


def _told(task: "AnnotationTask", name: str, site: str) -> list[str]:
    """Write an item for a person: where it stands, its sentence, the question."""
    from papertally.audit.session import QUESTIONS

    row, item = task.row, task.item
    return [
        printable(
            f"{row.venue.upper()} {row.year}, {name} by {item.alias!r}, page {item.page}, {item.zone}"
        ),
        printable(f"  {row.title or row.paper}  {link(task, site)}").rstrip(),
        "",
        f"  {_marked(task)}",
        "",
        QUESTIONS[item.kind].format(name),
    ]


def _marked(task: "AnnotationTask") -> str:
    """Mark the hit in its sentence, on a terminal by its looks."""
    if not sys.stderr.isatty():
        return task.marked
    one = task.sentence
    hit = click.style(one.text[one.start : one.end], bold=True, reverse=True)
    return f"{one.text[: one.start]}{hit}{one.text[one.end :]}"


def link(task: "AnnotationTask", site: str) -> str:
    """Give the address of a paper's forum; papers that no listing names have none."""
    return f"{site}/forum?id={task.row.paper}" if task.row.listing_date else ""
