"""The terminal that results go to: its width, its colours and its pager."""

import os
import re
import shutil
import sys

import click

_HARMFUL = re.compile(
    r"(\x1b\[[0-9;]{0,20}m)"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]"
)
"""A style, or a control character, line separator or override of the direction of writing."""


def terminal_width() -> int | None:
    """Return the columns of the terminal that results go to; None if they go elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def has_colour() -> bool:
    """Return whether stdout is a terminal whose user did not ask for plain text."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain


def harmless(text: str) -> str:
    """Drop what moves the cursor of a terminal or changes the order of letters.

    Line ends and tabs stay, and styles, with which papertally itself marks words.
    """
    return _HARMFUL.sub(lambda found: found[1] or "", text)


class LogStream:
    """Stderr as the log writes to it, which quotes servers and files."""

    def write(self, text: str) -> None:
        """Write what does no harm."""
        sys.stderr.write(harmless(text))

    def flush(self) -> None:
        """Flush stderr."""
        sys.stderr.flush()


def print_line(line: str) -> None:
    """Print a line for people."""
    print_text(f"{line}\n")


def print_data(text: str) -> None:
    """Print a text for programs: unchanged, unless a person sees it on a terminal."""
    # in `color` click leaves the text as it is
    click.echo(harmless(text) if sys.stdout.isatty() else text, nl=False, color=True)


def print_text(text: str, *, paged: bool = False) -> None:
    """Print a text for people; `paged`, through the user's pager if it does not fit."""
    text = harmless(text)
    if paged and sys.stdout.isatty() and text.count("\n") > shutil.get_terminal_size().lines:
        # as git has it: less leaves the text on the screen when it ends
        os.environ.setdefault("LESS", "FRX")
        click.echo_via_pager(text)
    else:
        click.echo(text, nl=False, color=has_colour())
