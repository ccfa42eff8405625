"""How an exception ends a command: the one place where it becomes words and an exit code."""

import logging

import click

from papertally.errors import PapertallyError


def ending(error: Exception) -> tuple[str, int]:
    """Give the words for people and the exit code; what nobody foresaw is a bug and goes to the log with its place."""
    if isinstance(error, click.ClickException):
        asked = error.ctx if isinstance(error, click.UsageError) else None
        return error.format_message() + (f" (see `{asked.command_path} --help`)" if asked else ""), 2
    if isinstance(error, PapertallyError):
        return str(error), error.exit_code
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename} cannot be used: {error.strerror}", 2
    logging.getLogger("papertally").error("a bug", exc_info=error)
    return f"a bug in papertally: {type(error).__name__}: {error}; please report it, -v shows where", 1
