"""Commands that run one stage: extract, match."""

from typing import Any

import click

from papertally import pipeline, snapshot_loader
from papertally.cli.context import check_stored, make_console, make_scope, make_settings, writing
from papertally.cli.options import (
    VenueType,
    YearsType,
    extraction_options,
    lexicon_option,
    shared_options,
)
from papertally.errors import UsageError
from papertally.models import Ledger

_AGAIN = ("timeout", "crashed", "unreadable", "empty", "ok")


def parse_again(word: str) -> tuple[Ledger, ...]:
    """Read `all` or a comma list of outcomes; empty means none."""
    words = [part.strip().lower() for part in word.split(",") if part.strip()]
    if words == ["all"]:
        return tuple(Ledger(outcome) for outcome in _AGAIN)
    for part in words:
        if part not in _AGAIN:
            raise UsageError(
                f"--again takes all, or some of {', '.join(_AGAIN)} with commas; {part!r} is none"
            )
    return tuple(Ledger(part) for part in words)


@click.command(
    epilog="\b\nExample: papertally extract iclr 2018 --again timeout,crashed --timeout 300"
)
@click.argument("venue", type=VenueType(), required=False)
@click.argument("years", type=YearsType(), nargs=-1)
@click.option(
    "--again", default="", metavar="OUTCOMES",
    help="Read these again too: all, or timeout, crashed, unreadable, empty, ok with commas.",
)  # fmt: skip
@extraction_options
@shared_options
@click.pass_context
def extract(
    context: click.Context,
    /,
    venue: str | None,
    years: tuple[tuple[int, ...], ...],
    again: str,
    **options: Any,
) -> None:
    """Extract the text of every PDF that has none yet.

    Each file is read in a worker process that is killed past its time or memory, so that one bad PDF never costs
    another paper.
    """
    settings, console, scope = (
        make_settings(context, options),
        make_console(context, options),
        make_scope(venue, years),
    )
    ledgers = parse_again(again)
    snapshot_loader.require_workspace(settings, scope)
    with writing(settings, console, f"extract {scope}") as workspace:
        check_stored(workspace, scope)
        outcomes, notes = pipeline.run_extract(
            workspace, settings, scope, ledgers, console.progress()
        )
        console.list(notes, console.warn)
        words = ", ".join(f"{count:,} {ledger}" for ledger, count in outcomes.most_common())
        console.say(
            f"extracted {outcomes.total():,} files: {words}" if outcomes else "nothing to extract"
        )
        if outcomes:
            pipeline.check_failures(workspace, settings, scope)


@click.command(epilog="\b\nExample: papertally match iclr 2018 2019 --lexicon mine.toml")
@click.argument("venue", type=VenueType(), required=False)
@click.argument("years", type=YearsType(), nargs=-1)
@lexicon_option
@shared_options
@click.pass_context
def match(
    context: click.Context, /, venue: str | None, years: tuple[tuple[int, ...], ...], **options: Any
) -> None:
    """Match every text with the lexicon; after a change of rules, only what changed."""
    settings, console, scope = (
        make_settings(context, options),
        make_console(context, options),
        make_scope(venue, years),
    )
    lexicon = pipeline.read_lexicon(settings)
    snapshot_loader.require_workspace(settings, scope)
    with writing(settings, console, f"match {scope}") as workspace:
        check_stored(workspace, scope)
        count = pipeline.run_match(workspace, lexicon, scope, console.progress())
    console.say(f"matched {count:,} texts" if count else "nothing to match")


COMMANDS = (extract, match)
