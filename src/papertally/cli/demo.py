"""The command `demo`: all stages on an invented sample, then the bundled ICLR counts."""

from pathlib import Path

import click

from papertally.cli.context import SharedOptions, as_option, option, shared_options
from papertally.cli.options import out_folder


@click.command(epilog="\b\nExample: papertally demo")
@as_option("--out", option("Keep both reports' files here.", metavar="DIR", parse=out_folder))
@shared_options
def demo(out: Path | None, shared: SharedOptions) -> None:
    """Show the whole way on an invented sample, then the real ICLR 2018 and 2019.

    A small OpenReview of invented papers is started on this machine and surveyed; nothing leaves
    it.
    """
    from papertally.demo import run_demo

    console = shared.console()
    run_demo(out, console.progress(), console.info, click.echo)
