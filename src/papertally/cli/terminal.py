"""The terminal that results go to: its width, its colours and its pager."""

import os
import shutil
import sys

import click


def terminal_width() -> int | None:
    """Return the columns of the terminal that results go to; None if they go elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def has_colour() -> bool:
    """Return whether stdout is a terminal whose user did not ask for plain text."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain


def print_text(text: str, *, paged: bool) -> None:
    """Print a text; `paged`, through the user's pager if it does not fit the terminal."""
    if paged and sys.stdout.isatty() and text.count("\n") > shutil.get_terminal_size().lines:
        # as git has it: less leaves the text on the screen when it ends
        os.environ.setdefault("LESS", "FRX")
        click.echo_via_pager(text)
    else:
        click.echo(text, nl=False, color=has_colour())
