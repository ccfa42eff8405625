"""The commands that run one stage: `extract` and `match`."""

from collections.abc import Sequence
from pathlib import Path

import click

from papertally.cli import arguments, option_groups, options
from papertally.cli.context import SharedOptions, as_option, shared_options, writing
from papertally.errors import UsageError
from papertally.models import Outcome, Scope

AGAIN = (Outcome.TIMEOUT, Outcome.CRASHED, Outcome.UNREADABLE, Outcome.EMPTY, Outcome.OK)
"""The outcomes after which a file may be read again."""


def parse_again(text: str, known: Sequence[Outcome] = AGAIN) -> tuple[Outcome, ...]:
    """Parse `all` or `known` outcomes with commas; empty means none. Raises `UsageError`."""
    words = options.split_names([text])
    if words == ("all",):
        return tuple(known)
    for word in words:
        if word not in known:
            raise UsageError(
                f"{word!r} is not an outcome: --again takes all, or some of {', '.join(known)}"
            )
    return tuple(Outcome(word) for word in words)


@click.command(
    epilog="\b\nExample: papertally extract iclr 2018 --again timeout,crashed --timeout 300"
)
@arguments.scope_arguments(required=False)
@click.option(
    "--again",
    default="",
    metavar="OUTCOMES",
    help="Also read these again: all, or one or more of timeout, crashed, unreadable, empty, ok.",
)
@option_groups.extract_options
@shared_options
def extract(
    scope: Scope, again: str, extraction: option_groups.ExtractOptions, shared: SharedOptions
) -> None:
    """Extract the text of new PDFs.

    Each file is read in a worker process with limits on time and memory. A bad PDF does not affect
    other papers.
    """
    from papertally.extract.pool import WorkerPool

    settings, console = extraction.apply(shared.settings()), shared.console()
    ledgers = parse_again(again)
    with WorkerPool(settings.extraction) as pool:
        pool.start()  # beside the imports and the opening of the workspace, which take as long
        from papertally import pipeline
        from papertally.extract.run import extract_pending
        from papertally.fetch.names import format_count

        with writing(settings, console, f"extract {scope}", stored=scope) as workspace:
            outcomes, notes = extract_pending(
                workspace, scope, settings.extraction, ledgers, console.progress(), pool
            )
            console.print_all(notes, console.warn)
            if not outcomes:
                console.info("nothing to extract")
                return
            counts = ", ".join(f"{count:,} {ledger}" for ledger, count in outcomes.most_common())
            console.info(f"extracted {format_count(outcomes.total(), 'file')}: {counts}")
            pipeline.check_failures(workspace.ledger.rows(scope), settings.max_failures)


@click.command(epilog="\b\nExample: papertally match iclr 2018 2019 --lexicon mine.toml")
@arguments.scope_arguments(required=False)
@as_option("--lexicon", options.LEXICON)
@shared_options
def match(scope: Scope, lexicon: tuple[Path, ...], shared: SharedOptions) -> None:
    """Find mentions in new texts, and in all texts for rules that changed."""
    from papertally import absent_papers, pipeline
    from papertally.match.run import match_pending

    settings, console = shared.settings(lexicon), shared.console()
    rules = pipeline.read_lexicon(settings)
    if lexicon:
        absent_papers.require_papers(settings, scope, "--lexicon")
    with writing(settings, console, f"match {scope}", stored=scope) as workspace:
        outcomes = match_pending(workspace, scope, rules, console.progress())
    if not outcomes:
        console.info("nothing to match")
        return
    console.info(f"matched {outcomes.pop(Outcome.OK, 0):,} texts")
    for ledger, count in outcomes.items():
        why = "`papertally status -v` tells why"
        console.warn(f"texts that were given up as {ledger}, and are not counted: {count:,}; {why}")
