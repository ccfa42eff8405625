"""What every command has: the options before and after it, the console, settings, its ending.

`papertally --help` imports this module, so logging, settings and store are imported when needed.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import click

from papertally.errors import PapertallyError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from papertally.models import Scope
    from papertally.progress import Progress
    from papertally.settings import Settings
    from papertally.store.workspace import Workspace

Command = Callable[..., Any]
Decorator = Callable[[Command], Command]

MAX_LINES = 10
"""Lines of one kind that are printed; the rest is counted."""
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class _Option(click.Option):
    """An option that stands under a heading in the help of a `SectionedCommand`."""

    def __init__(self, *names: Any, heading: str = "", **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.heading = heading


class SectionedCommand(click.Command):
    """A command whose help lists the options under their headings; those without one are last."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options into the help, section by section."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record and isinstance(parameter, click.Option):
                heading = getattr(parameter, "heading", "") or _LAST_HEADING
                sections.setdefault(heading, []).append(record)
        last = sections.pop(_LAST_HEADING, [])
        for heading, records in (sections | {_LAST_HEADING: last}).items():
            with formatter.section(heading):
                formatter.write_dl(records)


_LAST_HEADING = "Every command"


def option(
    text: str | None,
    *short: str,
    choices: Sequence[str] = (),
    parse: Callable[[Any], Any] | None = None,
    **settings: Any,
) -> Any:
    """Declare an option by its help, its short name and click's settings; its name comes later.

    A record has it as the default of a field, which gives the name; see also `as_option`. Of
    `choices` the first is the default. The value is parsed with the command line by `parse`.
    """
    if choices:
        words = [str(word) for word in choices]  # the help shows the text of an enum's member
        settings = {"type": click.Choice(words), "default": words[0]} | settings
    if parse:
        settings["callback"] = lambda _context, _parameter, value: parse(value)
    shows_default = settings.get("default", "") != ""
    return partial(
        click.option, *short, cls=_Option, help=text, show_default=shows_default, **settings
    )


def as_option(name: str, declared: Any) -> Decorator:
    """Return a decorator that adds a declared option."""
    decorator: Decorator = declared(name)
    return decorator


def as_record(name: str, record: type, heading: str = "") -> Decorator:
    """Return a decorator that adds the options of a record and passes them as one argument.

    In the help, options without a heading of their own stand under `heading`. A field whose option
    is a keyword of Python has an underscore at its end, as `from_`.
    """

    def decorate(command: Command) -> Command:
        @wraps(command)
        def call(**values: Any) -> Any:
            own = {item.name: values.pop(item.name.rstrip("_")) for item in fields(record)}
            return command(**values, **{name: record(**own)})

        decorated: Command = call
        for item in reversed(fields(record)):  # click lists the option that was added last first
            declared: Any = item.default
            under = declared.keywords.get("heading", heading)
            flag = f"--{item.name.rstrip('_').replace('_', '-')}"
            decorated = declared(flag, heading=under)(decorated)
        return decorated

    return decorate


@dataclass(frozen=True, slots=True)
class SharedOptions:
    """The options that stand before a command, as defaults, and after it."""

    workspace: str | None = option("Folder for the database, PDFs and log.", type=click.Path())
    quiet: bool = option("Print only results, warnings and errors.", "-q", is_flag=True)
    verbose: bool = option("Print more details, and the log.", "-v", is_flag=True)

    def console(self) -> "Console":
        """Build the console, and show the log on stderr if the user wants more words."""
        if not self.verbose and "logging" not in sys.modules:
            return Console(self.quiet)  # `pipeline` sets the level when there is a log
        import logging

        from papertally.cli.terminal import LogStream

        # The level decides what the log file in the workspace gets, too.
        logging.getLogger("papertally").setLevel(logging.DEBUG if self.verbose else logging.INFO)
        if self.verbose:
            form = "%(levelname)s %(name)s: %(message)s"
            logging.basicConfig(level=logging.INFO, format=form, stream=LogStream())
        return Console(self.quiet)

    def settings(self, lexicons: "tuple[Path, ...]" = ()) -> "Settings":
        """Build the settings that all commands need, from options and the environment.

        The workspace is by default in the user's data folder. Raises `UsageError`.
        """
        from pathlib import Path

        from papertally import settings

        folder = Path(self.workspace) if self.workspace else settings.default_workspace()
        try:
            folder = folder.expanduser().absolute()
        except RuntimeError:  # ~name of a user who does not exist
            problem = f"the workspace {folder} cannot be found: there is no such home folder"
            raise UsageError(problem) from None
        extraction = settings.Extraction(jobs=settings.default_jobs())
        hosts = settings.hosts_from_environment()
        return settings.Settings(folder, lexicons, extraction=extraction, hosts=hosts)


shared_options = as_record("shared", SharedOptions)


def in_chosen_language(text: str) -> str:
    """Translate a line for people into the language that `--lang` asks for.

    The words of the command line are read again, because a line that click refuses has no options.
    """
    words = "\0".join(sys.argv)
    asked = re.findall(r"\0--lang[=\0]([^\0]*)", words)
    for command in ("report", "survey"):
        if not asked and command in sys.argv:
            asked = [os.environ.get(f"PAPERTALLY_{command.upper()}_LANG", "")]
    if not asked or not asked[-1]:
        return text
    from papertally.report.i18n import Language, translate_message

    # that a language is not known, or its catalogue damaged, is told in English
    with suppress(UsageError, ValueError):
        return translate_message(text, Language(asked[-1]))
    return text


def printable(text: str, instead: str = " ") -> str:
    """Replace what would move the cursor of a terminal or colour it.

    Titles, names and rules come from files that others made.
    """
    return "".join(letter if letter.isprintable() else instead for letter in text)


@dataclass(slots=True)
class Console:
    """Where everything goes that is not a result: to stderr."""

    quiet: bool

    def info(self, line: str) -> None:
        """Print a line, unless the user asked for quiet."""
        if not self.quiet:
            _print_line(in_chosen_language(line))

    def warn(self, line: str) -> None:
        """Print a warning, which quiet does not silence."""
        _print_line(f"{in_chosen_language('warning: ')}{in_chosen_language(line)}")

    def print_all(self, lines: list[str], write: Callable[[str], None]) -> None:
        """Print lines of one kind: the first ones in full, all of them into the log."""
        import logging

        for line in lines[:MAX_LINES]:
            write(line)
        if len(lines) > MAX_LINES:
            rest = len(lines) - MAX_LINES
            write(f"... and {rest:,} more like this (all are in papertally.log in the workspace)")
        for line in lines:
            logging.getLogger("papertally").info("%s", line)

    def progress(self) -> "Progress":
        """Choose how progress is shown: a bar on a terminal, lines elsewhere."""
        from papertally.progress import SILENT, Bar, Lines

        if self.quiet:
            return SILENT
        kind = Bar if sys.stderr.isatty() else Lines
        return kind(sys.stderr, translate=lambda line: printable(in_chosen_language(line)))


@contextmanager
def writing(
    settings: "Settings", console: Console, command: str, stored: "Scope | None" = None
) -> Iterator["Workspace"]:
    """Open the workspace as its one writer, after a warning if its disk is unsafe.

    Raises `UsageError` if a scope must be `stored` and nothing is.
    """
    from papertally import absent_papers, pipeline
    from papertally.store.connection import disk_warning

    if stored:
        absent_papers.require_workspace(settings, stored)
    if warning := disk_warning(settings.workspace):
        console.warn(warning)
    with pipeline.writing(settings, command) as workspace:
        if stored and stored.venue and not workspace.ledger.years(stored):
            raise absent_papers.nothing_stored(stored, workspace.folder)
        yield workspace


def print_error(text: str) -> None:
    """Print what went wrong in one line."""
    line = in_chosen_language(" ".join(text.split()))
    _print_line(f"papertally: {line}")


_MAX_LINE, _LINE_END = 2000, 500
"""Characters of a line, and those of its end that stay if it is cut: the remedy is there."""


def _print_line(line: str) -> None:
    """Print a line to stderr; a full or closed one ends no work.

    Names of others may have any length.
    """
    if len(line) > _MAX_LINE:
        line = f"{line[: _MAX_LINE - _LINE_END]} ... {line[-_LINE_END:]}"
    with suppress(OSError):
        click.echo(printable(line), err=True)


_MIN_LIKENESS = 0.7
"""Of a suggested option to the one that was written; `--formt` and `--format` have 0.9."""


def wrong_use(error: click.ClickException) -> str:
    """Return click's message, without suggested options that are unlike what was written.

    Click compares them with their hyphens, so that any two short options are alike to it.
    """
    if isinstance(error, click.NoSuchOption) and error.possibilities:
        from difflib import SequenceMatcher

        written = error.option_name.strip("-")
        like = SequenceMatcher(None, written)
        for name in list(error.possibilities):
            like.set_seq2(name.strip("-"))
            if like.ratio() < _MIN_LIKENESS:
                error.possibilities.remove(name)
    return error.format_message()


def ending(error: Exception) -> tuple[str, int]:
    """Return an error's text for people and its exit code.

    An exception that nobody foresaw is a bug: it goes to the log with its traceback.
    """
    if isinstance(error, click.ClickException):
        context = error.ctx if isinstance(error, click.UsageError) else None
        hint = f" (see `{context.command_path} --help`)" if context else ""
        return wrong_use(error) + hint, 2
    if isinstance(error.__context__ or error, FileNotFoundError) and _is_folder_gone():
        return "the current folder was deleted: change to another one", 2
    if isinstance(error, PapertallyError):
        return str(error), error.exit_code
    if isinstance(error, OSError) and (ended := _describe_file_error(error)):
        return ended
    import logging

    logger = logging.getLogger("papertally")
    logger.addHandler(logging.NullHandler())  # without -v no traceback goes to stderr
    logger.error("a bug", exc_info=error)
    kind = type(error).__name__
    return f"a bug in papertally: {kind}: {error}; please report it; -v shows where it happened", 1


def _describe_file_error(error: OSError) -> tuple[str, int] | None:
    """Return the text and exit code of an error of a file, or of a full disk; None for others."""
    from pathlib import Path

    from papertally.store.disk import (
        NO_OUTPUT,
        TOO_MANY_FILES,
        full_disk,
        no_temporary_folder,
        too_many_files,
    )

    if error.errno in TOO_MANY_FILES:
        limited = too_many_files()
        return str(limited), limited.exit_code
    if isinstance(error.filename, str) and (full := full_disk(error, Path(error.filename).parent)):
        return str(full), full.exit_code
    if error.filename:
        return f"{error.filename} cannot be used: {error.strerror}", 2
    if error.errno in NO_OUTPUT:  # Python names no file if it writes to stdout
        return f"the output cannot be written ({error.strerror}): {NO_OUTPUT[error.errno]}", 6
    if isinstance(error, FileNotFoundError):  # nor if it finds no place for temporary files
        full = no_temporary_folder()
        return str(full), full.exit_code
    return None


def _is_folder_gone() -> bool:
    """Return whether the current folder was deleted."""
    try:
        os.getcwd()  # noqa: PTH109 - the same, and `pathlib` is imported when needed
    except FileNotFoundError:
        return True
    return False
