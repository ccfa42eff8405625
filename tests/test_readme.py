"""The README: its commands parse and work as pasted, its table and exit codes are the program's."""

import csv
import importlib.util
import re
import shlex
import shutil
from io import StringIO
from pathlib import Path

import click
import pytest

from papertally import errors
from papertally.cli.main import group
from tests.helpers.command import Run, find_command
from tests.helpers.paths import ROOT
from tests.helpers.pdfs import FILLER, make_pdf

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    line.split(" #")[0].split(" > ")[0].strip()
    for block in BLOCKS
    for line in block.splitlines()
    if line.startswith("papertally ")
]
NAMES = group.list_commands(click.Context(group))
NEEDS_NETWORK = (
    "papertally survey iclr 2024", "papertally fetch iclr", "papertally login",
    "papertally status iclr",
    "papertally report iclr 2024",
)  # fmt: skip


def test_the_readme_shows_the_commands() -> None:
    assert len(COMMANDS) >= 8


def test_every_command_of_the_readme_parses() -> None:
    for line in [*COMMANDS, *re.findall(r"papertally survey .*--cron.*", README)]:
        words = shlex.split(line)[1:]
        context = group.make_context("papertally", words)
        with context:
            name, command, rest = group.resolve_command(
                context, [*context._protected_args, *context.args]
            )
            assert command is not None, line
            command.make_context(name, rest, parent=context)


def test_the_commands_of_the_readme_work_in_their_order_as_pasted(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", StringIO(""))  # nobody answers what is asked
    make_pdf(
        tmp_path / "papers" / "Eine Übung mit Jittor.pdf", f"We use Jittor and PyTorch.\n{FILLER}"
    )
    note = {"id": "abc", "content": {"title": "Eine Übung mit Jittor"}}
    (tmp_path / "iclr-2018-notes.json").write_text(
        f'{{"notes": [{{"id": "{note["id"]}"}}]}}', encoding="utf-8"
    )
    (tmp_path / "decisions.csv").write_text("id,status\nabc,Poster\n", encoding="utf-8")
    toml = re.search(r"```toml\n(.*?)```", README, re.DOTALL)
    assert toml
    (tmp_path / "mine.toml").write_text(toml[1], encoding="utf-8")
    for line in COMMANDS:
        if line.startswith(NEEDS_NETWORK):
            continue
        if " --sheet-in " in line:  # somebody has filled in the sheet
            sheet = tmp_path / "sheet.csv"
            with sheet.open(encoding="utf-8-sig", newline="") as handle:
                rows = [row | {"verdict": "use"} for row in csv.DictReader(handle)]
            with sheet.open("w", encoding="utf-8", newline="") as handle:
                writer = csv.DictWriter(handle, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        result = run(*shlex.split(line)[1:])
        assert result.code == 0, (line, result.err)
    shown = run("report", "my-papers", "2025", "--lexicon", "mine.toml", "-f", "jittor,pytorch").out
    assert re.search(r"Jittor +1 ", shown)
    assert re.search(r"PyTorch +1 ", shown)
    assert run("report", "--from", "out/").code == 0


def test_the_table_and_the_chart_of_the_readme_are_fresh(tmp_path: Path, run: Run) -> None:
    spec = importlib.util.spec_from_file_location(
        "update_readme", ROOT / "scripts" / "update_readme.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.updated(README) == README, "run scripts/update_readme.py"
    run("report", "iclr", 2018, 2019, "--from", "iclr-2018-2019", "--out", tmp_path)
    fresh = (tmp_path / "chart.png").read_bytes()
    assert fresh == (ROOT / "docs" / "iclr-2018-2019.png").read_bytes(), (
        "run scripts/update_readme.py"
    )


def test_the_exit_codes_of_the_readme_are_those_of_the_errors() -> None:
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    raised = {
        item.exit_code
        for item in vars(errors).values()
        if isinstance(item, type) and hasattr(item, "exit_code")
    }
    assert codes == raised | {0, errors.INTERRUPTED}


def test_every_option_that_the_readme_names_exists() -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    known = {
        name
        for command in [group, *map(find_command, NAMES)]
        for option in command.params
        for name in option.opts
    }
    assert named - known - {"--help", "--version"} == set()


def test_every_commands_help_has_an_example_that_parses() -> None:
    for name in NAMES:
        command = find_command(name)
        assert command.epilog, name
        example = shlex.split(command.epilog.removeprefix("\b\nExample: "))
        assert example[:2] == ["papertally", name], name
        assert isinstance(
            command.make_context(name, example[2:], parent=click.Context(group)), click.Context
        ), name


def test_links_of_the_readme_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
    assert shutil.which("sh")
