"""The command `doctor`: what is wrong, what to do, and what to send with a bug report."""

import json
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from papertally.cli.context import SharedOptions, as_option, option, printable, shared_options
from papertally.cli.options import FILE
from papertally.cli.terminal import print_data, print_text, terminal_width
from papertally.errors import UsageError

if TYPE_CHECKING:
    from papertally.care.checks import Check

_MARK_WIDTH, _NAME_WIDTH = len("wrong  "), len("database  ")
_MIN_WIDTH = 40


@click.command(epilog="\b\nExample: papertally doctor --bundle report.txt")
@click.option(
    "--repair",
    is_flag=True,
    help="Make matches and search index again, delete what killed runs left, narrow permissions.",
)
@as_option(
    "--bundle", option("Write what a bug report needs: no texts, titles or passwords.", **FILE)
)
@as_option("--format", option(None, choices=["table", "json"]))
@shared_options
def doctor(
    repair: bool,
    bundle: Path | None,
    format: str,  # noqa: A002 - the option's name
    shared: SharedOptions,
) -> None:
    """Check the workspace and this machine, and say what to do.

    Looked at are folder and disk, the last run, the database, the ledger, texts and counts, files
    that nothing refers to, the search index, the login (OpenReview is not asked), fonts, engines,
    and the cage of the process that reads PDFs. With something wrong the exit code is 2.
    """
    from papertally.care.bundle import check_target, make_bundle, write_bundle
    from papertally.care.checks import Health
    from papertally.care.examine import examine
    from papertally.care.repair import repair as mend

    settings, console = shared.settings(), shared.console()
    if bundle:
        check_target(bundle)
    if repair:
        mend(settings, console.info, console.progress())
    checks = list(examine(settings, console.progress()))
    if format == "json":
        print_data(json.dumps([asdict(check) for check in checks], indent=1) + "\n")
    else:
        print_text("".join(_lines(check, terminal_width()) for check in checks))
    if bundle:
        write_bundle(bundle, make_bundle(settings, checks))
        console.info(f"{bundle} is written: read it before you send it")
    if count := sum(check.health == Health.WRONG for check in checks):
        things = "1 thing is" if count == 1 else f"{count} things are"
        raise UsageError(f"{things} wrong: do what the lines say")


def _lines(check: "Check", width: int | None) -> str:
    """Format a check in a line, or in more that fit a terminal of so many columns."""
    head = f"{check.health:<{_MARK_WIDTH}}{check.name:<{_NAME_WIDTH}}"
    text = printable(check.text)
    if not width:
        return f"{head}{text}\n"
    lines = textwrap.wrap(
        text,
        max(_MIN_WIDTH, width) - len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return head + f"\n{' ' * len(head)}".join(lines) + "\n"
