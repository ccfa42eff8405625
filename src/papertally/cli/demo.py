"""The command `demo`: the bundled counts of ICLR, then the whole way on an invented sample."""

from functools import partial
from pathlib import Path
from typing import Any

import click

from papertally.cli.context import Console, SharedOptions, as_option, shared_options
from papertally.cli.option_groups import Showing, check_folder
from papertally.cli.options import OUT
from papertally.cli.terminal import print_line
from papertally.models import Scope

_OUT: Any = partial(OUT, default="papertally-demo", show_default=True)


@click.command(epilog="\b\nExample: papertally demo")
@as_option("--out", _OUT)
@shared_options
def demo(out: Path, shared: SharedOptions) -> None:
    """Show the real counts of ICLR 2018 and 2019, then that the whole way works.

    For the second part, a small stand-in for OpenReview on this machine serves invented papers.
    No network is needed.
    """
    from papertally.cli.show import show
    from papertally.demo import survey_sample
    from papertally.report.query import Display, ReportQuery
    from papertally.report.snapshot_folder import read_folder
    from papertally.resources import BUNDLED_SNAPSHOT, find_snapshot

    check_folder(out)
    scope = Scope("iclr", (2018, 2019))
    print_line(f"$ papertally report {scope}\n")
    bundled = read_folder(find_snapshot(BUNDLED_SNAPSHOT), scope)
    showing = Showing(ReportQuery(), Display(), out=out)
    show([bundled], showing, Console(quiet=True), paged=False)
    print_line(f"\nThe page: {out / 'report.html'}    the chart: {out / 'chart.png'}\n")
    console = shared.console()
    console.info("Fetching and reading invented papers, to show that the whole way works ...")
    done = survey_sample(console.progress())
    print_line(
        f"{done.listed} invented papers listed, fetched, read and counted in "
        f"{max(1, round(done.seconds))} s: all of it works.\n"
        f"{done.unread} of them have no readable PDF, on purpose. All counts are right.\n"
        "Next: papertally venues (what can be counted), papertally add (your own PDFs)."
    )
