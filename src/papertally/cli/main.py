"""The entry point: the group of commands, and the exit codes of exceptions."""

import gc
import os
import sys
from dataclasses import asdict
from importlib import import_module
from typing import NoReturn

import click

from papertally import __version__
from papertally.cli.context import SharedOptions, as_record, ending, print_error
from papertally.errors import INTERRUPTED
from papertally.fetch.shutdown import handle_signals

# Each command with its line in the list of commands. The lines repeat the first sentence of the
# commands' own help, because asking the commands would import them all; a test compares both.
SECTIONS = {
    "Everyday": {
        "survey": "Fetch, extract, match and report a venue's years in one go.",
        "report": "Show which share of papers mentions each framework, year by year.",
        "search": "Count and list the papers whose text contains QUERY.",
        "status": "Show what is stored, what is missing and why, disk use and the last runs.",
        "serve": "Show a search box, and trends of any phrase, in the browser.",
        "demo": "Show the real counts of ICLR 2018 and 2019, then that the whole way works.",
    },
    "Papers in and out": {
        "login": "Log in to OpenReview and keep the token for later runs.",
        "venues": "Show the years of each venue by source, and which need a login.",
        "fetch": "List the papers of a venue's years and download their PDFs.",
        "add": "Add your own PDFs, .txt files, folders or archives to a year of any venue.",
        "remove": "Remove a year, or one paper of it, from the workspace.",
    },
    "Stages": {
        "extract": "Extract the text of new PDFs.",
        "match": "Find mentions in new texts, and in all texts for rules that changed.",
    },
    "Trust": {
        "frameworks": "List the frameworks with their rules, and check the rules.",
        "audit": "Judge a random sample of mentions by hand and get error rates.",
        "diff": "List the papers that are new, gone or read differently in a second report folder.",
    },
    "Care": {
        "doctor": "Check the workspace and this machine, and say what to do.",
    },
    "Scale": {
        "scale": "Survey more than one machine can: run and collect.",
    },
}
_OBJECTS_PER_COLLECTION = 50_000
"""New objects after which Python looks for garbage: with 700 a command spends a tenth on that."""
_COMMANDS = [name for commands in SECTIONS.values() for name in commands]
# The commands whose module has another name than the command.
_MODULES = {
    "login": "fetch",
    "venues": "fetch",
    "remove": "add",
    "extract": "stages",
    "match": "stages",
}


class _LazyGroup(click.Group):
    """A group that imports a command when it is called, and lists the commands in sections."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names of the commands, imported or not."""
        return _COMMANDS

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now unless it is already; None if there is no such command."""
        if cmd_name not in self.commands:
            # Instead of an unknown name click suggests a similar one, but only of those it has.
            for name in [cmd_name] if cmd_name in _COMMANDS else _COMMANDS:
                module = import_module(f"papertally.cli.{_MODULES.get(name, name)}")
                self.add_command(getattr(module, name))
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands into the help, section by section."""
        for section, commands in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl(list(commands.items()))


@click.group(
    cls=_LazyGroup,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "PAPERTALLY",
        "max_content_width": 100,
    },
    epilog="Start with `papertally demo`. What the numbers mean: docs/method.md.",
)
@click.version_option(__version__, prog_name="papertally")
@as_record("before", SharedOptions)
def group(before: SharedOptions) -> None:
    """Count how many papers of a conference year mention each deep-learning framework.

    Years are written 2018 2019, 2018,2019 or 2017-2026. Every option also has an environment
    variable, such as PAPERTALLY_WORKSPACE or PAPERTALLY_REPORT_LANG.
    """
    context = click.get_current_context()
    # The command has the same options; what stands before it is what they are if not given again.
    context.default_map = {str(context.invoked_subcommand): asdict(before)}


def main() -> NoReturn:
    """Run the command line and end the process with an exit code of the table in docs/cron.md."""
    handle_signals()
    gc.set_threshold(_OBJECTS_PER_COLLECTION)
    _replace_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        # An arrow that an old terminal cannot show must not end a run.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr] # a text stream here
    code = _run()
    _drop_unprinted()
    # If Ctrl-C comes while Python runs a text, as it does for a named tuple, `python -m` ends by
    # SIGINT in place of this exit code, as if nobody had caught it. The next text resets that.
    exec("")  # noqa: S102 - an empty text
    gc.freeze()  # otherwise Python visits all that was imported once more, which takes 10 ms
    sys.exit(code)


def _replace_closed_streams() -> None:
    """Open what a shell has closed, as with `>&-`: it reads as empty, and refuses to be written.

    Otherwise the next files would get the numbers, and what is printed would go into them.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)  # the lowest free number
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def _drop_unprinted() -> None:
    """Drop what could not be written: Python would try again, and then end with code 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _run() -> int:
    """Run the command and return the exit code; print what went wrong in one line."""
    try:
        code = group.main(prog_name="papertally", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _fail(
            "interrupted; what was done is kept: run the same command again to continue",
            INTERRUPTED,
        )
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except (BrokenPipeError, SystemExit):  # click raises SystemExit itself on a broken pipe
        return 0  # nobody reads stdout
    except Exception as error:  # the last resort, so that users never see a traceback
        return _fail(*ending(error))


def _fail(text: str, code: int) -> int:
    """Print an error in one line and return its exit code."""
    print_error(text)
    return code
