"""The command `serve`: the pages for a browser."""

import webbrowser
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import click

from papertally.cli.arguments import scope_arguments
from papertally.cli.context import (
    Console,
    SectionedCommand,
    SharedOptions,
    as_record,
    option,
    shared_options,
)
from papertally.cli.options import LEXICON, under
from papertally.cli.terminal import print_line
from papertally.errors import UsageError
from papertally.models import Scope

_WHERE, _WHAT = "Where", "What is shown"
_MAX_PORT = 65_535
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Where the pages are served, and what they show."""

    port: int = option(
        "Port; 0 takes any that is free.",
        type=click.IntRange(0, _MAX_PORT),
        default=8000,
        heading=_WHERE,
    )
    host: str = option(
        "Address to listen at. With another one than this machine's own, everybody who reaches it "
        "can read the pages: there is no login.",
        default="127.0.0.1",
        metavar="ADDRESS",
        heading=_WHERE,
    )
    open: bool = option("Open the pages in the browser.", is_flag=True, heading=_WHERE)
    full_text: bool = option(
        "Show the papers' texts too, for your own use: they are the authors'. Only on this "
        "machine.",
        is_flag=True,
        heading=_WHAT,
    )
    lexicon: tuple[Path, ...] = under(_WHAT, LEXICON)


def _open(address: str, console: Console) -> None:
    if not webbrowser.open(address):
        console.warn("no browser was found: open the address yourself")


@click.command(cls=SectionedCommand, epilog="\b\nExample: papertally serve iclr 2018 2019 --open")
@scope_arguments(required=False)
@as_record("options", ServeOptions)
@shared_options
def serve(scope: Scope, options: ServeOptions, shared: SharedOptions) -> None:
    """Show a search box, and trends of any phrase, in the browser.

    The pages read what is stored, also while a survey runs, and change nothing. They are for this
    machine alone unless --host names another address. Ctrl-C ends them. Needs the extra "web":
    pip install "papertally[web]".
    """
    settings, console = shared.settings(options.lexicon), shared.console()
    is_own = options.host in _LOOPBACK
    if options.full_text and not is_own:
        raise UsageError("--full-text is for this machine alone: leave --host out")
    from papertally import absent_papers

    try:
        from papertally.web import server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("flask", "waitress", "werkzeug"):
            raise
        raise UsageError('serve needs its extra: pip install "papertally[web]"') from None

    absent_papers.refuse_misspelt(scope, settings.workspace)

    def ready(address: str) -> None:
        if not is_own:
            console.warn(
                f"everybody who reaches {options.host} can read these pages: they change nothing, "
                "but have no login"
            )
        print_line(f"papertally is at {address} (Ctrl-C ends it)")
        if options.open:
            # apart, as a browser of the terminal waits for the page
            Thread(target=_open, args=(address, console), daemon=True).start()

    server.serve(
        settings,
        scope,
        options.host,
        options.port,
        ready,
        console.progress(),
        full_text=options.full_text,
    )
