"""The entry point: the group of commands, and the one place where an exception becomes words and a code."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import click

from papertally import __version__
from papertally.cli import audit, diff, everyday, fetch, frameworks, report, search, stages
from papertally.cli.context import ending
from papertally.errors import INTERRUPTED
from papertally.fetch.shutdown import on_signals

_SECTIONS = {
    "Everyday": ("survey", "report", "search", "status", "demo"),
    "Papers in and out": ("login", "venues", "fetch", "add", "remove"),
    "Stages": ("extract", "match"),
    "Trust": ("frameworks", "audit", "diff"),
}


class _Sections(click.Group):
    """A group whose help lists the commands in sections."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, section by section."""
        for section, names in _SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl(
                    [(name, self.commands[name].get_short_help_str(80)) for name in names]
                )


@click.group(
    cls=_Sections,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "PAPERTALLY",
        "max_content_width": 100,
    },
    epilog="Start with `papertally demo`. What the numbers mean: README.md.",
)
@click.version_option(__version__, prog_name="papertally")
@click.option(
    "--workspace", type=click.Path(path_type=Path), help="Folder of everything that is kept."
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but results, warnings and errors.")
@click.option("-v", "--verbose", is_flag=True, help="Say more about what happens.")
def group(workspace: Path | None, quiet: bool, verbose: bool) -> None:
    """Count how many papers of a conference year mention each deep-learning framework.

    Years are written 2018 2019, 2018,2019 or 2017-2026. Every option also has an environment variable,
    such as PAPERTALLY_WORKSPACE or PAPERTALLY_REPORT_RULE.
    """


for command in (
    *everyday.COMMANDS,
    *report.COMMANDS,
    *search.COMMANDS,
    *fetch.COMMANDS,
    *stages.COMMANDS,
    *frameworks.COMMANDS,
    *audit.COMMANDS,
    *diff.COMMANDS,
):
    group.add_command(command)


def main() -> NoReturn:
    """Run the command line; ends the process with an exit code of the table in the README."""
    on_signals()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr] # an arrow must not end a run on an old terminal
    sys.exit(_run())


def _run() -> int:
    try:
        code = group.main(standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _fail(
            "interrupted; what was done is kept, run the same command again to go on", INTERRUPTED
        )
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except (BrokenPipeError, SystemExit):  # click exits by itself where nobody reads
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # nobody reads; do not fail again at exit
        return 0
    except Exception as error:  # the last resort, so that users never see a traceback
        return _fail(*ending(error))


def _fail(words: str, code: int) -> int:
    with suppress(OSError):  # nobody may be reading stderr either
        click.echo(f"papertally: {' '.join(words.split())}", err=True)
    return code
