"""Running the command line: what a run returns, and what it writes to a terminal."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from papertally.cli import main as cli
from papertally.cli.main import group


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


Run = Callable[..., Result]
"""Run a command in this process."""
Start = Callable[..., subprocess.Popen[str]]
"""Start a command in a process of its own."""
Prepare = Callable[[Path, Callable[[Path, Callable[..., None]], None]], None]
"""Copy into a folder what a function builds, once, in a folder with a command to run there."""


def isolate(patch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Return the workspace of a test below a folder; leave no setting of the user's in place.

    Commands see one core, as several tests run at a time: readers of PDFs beyond the first cost
    more than they save.
    """
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        patch.setattr(os, "sched_getaffinity", lambda _process: {0})
    for name in list(os.environ):
        if name.startswith(("PAPERTALLY_", "OPENREVIEW_")):
            patch.delenv(name)
    patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    patch.setenv("PAPERTALLY_WORKSPACE", str(folder / "workspace"))
    return folder / "workspace"


def run_main(patch: pytest.MonkeyPatch, words: tuple[object, ...]) -> int:
    """Run the command line in this process and return its exit code."""
    patch.setattr(sys, "argv", ["papertally", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        cli()
    return int(ended.value.code or 0)


COMMANDS = {
    "Everyday": ["survey", "report", "search", "status", "serve", "demo"],
    "Papers in and out": ["login", "venues", "fetch", "add", "remove"],
    "Stages": ["extract", "match"],
    "Trust": ["frameworks", "audit", "diff"],
    "Care": ["doctor"],
    "Scale": ["scale"],
}
"""The commands in the groups that `papertally --help` lists them in."""
IN_LIST = [name for names in COMMANDS.values() for name in names]
"""The commands in the order of that list."""
EACH_COMMAND = [name for name in IN_LIST if name != "scale"] + ["scale run", "scale collect"]
"""All commands that do something; those of a group with the group's name."""


def is_error_line(text: str) -> bool:
    """Return whether a text is the one line that an error of the user gets."""
    return text.startswith("papertally: ") and text.count("\n") == 1 and "Traceback" not in text


def read_terminal(parent: int) -> str:
    """Read what a process writes to its terminal, from the other end of it, until it ends."""
    seen = b""
    with suppress(OSError):  # how Linux tells that the process has closed it
        while more := os.read(parent, 65_536):
            seen += more
    os.close(parent)
    return seen.decode()


def find_command(name: str) -> click.Command:
    """Return a command of the command line, imported now if it was not before."""
    command: click.Command | None = group
    for word in name.split():
        assert isinstance(command, click.Group), name
        command = command.get_command(click.Context(command), word)
    assert command, name
    return command
