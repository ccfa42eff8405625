"""The pages of the documentation: their commands, and running these as a reader would."""

import csv
import re
import shlex
from io import StringIO
from pathlib import Path

import click
import pytest

from papertally.cli.main import group
from tests.helpers.command import Run
from tests.helpers.paths import ROOT
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.posts import write_post

PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/*.md")])
}
NEEDS_OPENREVIEW = tuple(
    f"papertally {command}"
    for command in (
        "login", "fetch iclr 20", "survey iclr 20", "survey neurips 20", "status iclr",
        "report iclr 2024", "report iclr 2020-2026",
    )
)  # fmt: skip
ENDLESS = "papertally serve"
"""Serves until it is stopped; tests/test_serve.py has its own."""
PUBLISHED = "https://example.org/"
"""Where the docs find published report folders."""


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of a language in a page."""
    return re.findall(rf"```{language}\n(.*?)```", PAGES[page], re.DOTALL)


def commands(page: str) -> list[str]:
    """Return the papertally commands of a page's shell blocks and tables, in their order."""
    shell = "\n".join(blocks(page, "sh"))
    found = [line for line in shell.splitlines() if line.startswith("papertally ")]
    for row in re.findall(r"^\|.*\|$", PAGES[page], re.MULTILINE):
        found += re.findall(r"`(papertally [^`]*)`", row)
    return [line.split(" #")[0].split(" > ")[0].strip() for line in found]


def parse(line: str) -> None:
    """Parse a command; raises click's errors."""
    context = group.make_context("papertally", shlex.split(line)[1:])
    with context:
        words = [*context._protected_args, *context.args]
        name, command, rest = group.resolve_command(context, words)
        while isinstance(command, click.Group):
            context = command.make_context(name, rest, parent=context)
            words = [*context._protected_args, *context.args]
            name, command, rest = command.resolve_command(context, words)
        assert command is not None, line
        command.make_context(name, rest, parent=context)


def run_as_pasted(page: str, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run the commands of a page, in their order, in a folder with the files that they name.

    Those that need OpenReview or a published folder, or do not end, are left out. Returns the
    commands that ran.
    """
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.stdin", StringIO(""))  # nobody answers what is asked
    _make_files(folder)
    here = [line for line in commands(page) if PUBLISHED not in line]
    ran = [line for line in here if not line.startswith((*NEEDS_OPENREVIEW, ENDLESS))]
    for line in ran:
        if " --sheet-in " in line:
            _fill_sheet(folder / "sheet.csv")
        result = run(*shlex.split(line)[1:])
        assert result.code == 0, (line, result.err)
    return ran


def _make_files(folder: Path) -> None:
    for name in ("papers/Eine Übung mit Jittor", "by-year/2023/a", "by-year/2024/b"):
        make_pdf(folder / f"{name}.pdf", f"We use Jittor and PyTorch.\n{FILLER}")
    write_post(folder / "v48", "a16")
    write_post(folder / "v235-gh-pages", "a24", volume="235")
    for name in ("v48/a16", "v235-main/assets/a24/a24"):
        make_pdf(folder / f"{name}.pdf", FILLER)
    (folder / "iclr-2018-notes.json").write_text('{"notes": [{"id": "abc"}]}', encoding="utf-8")
    (folder / "decisions.csv").write_text("id,status\nabc,Poster\n", encoding="utf-8")
    lexicon, venues = blocks("docs/usage.md", "toml")
    (folder / "my-venues.toml").write_text(venues, encoding="utf-8")
    (folder / "mine.toml").write_text(lexicon, encoding="utf-8")


def _fill_sheet(sheet: Path) -> None:
    """Judge each mention of a sheet."""
    with sheet.open(encoding="utf-8-sig", newline="") as handle:
        rows = [row | {"verdict": "use"} for row in csv.DictReader(handle)]
    with sheet.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
