"""The documentation: commands parse and work as pasted; what is generated in it is fresh."""

import importlib.util
import os
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest

from papertally import __version__, errors
from papertally.cli.main import group
from papertally.report.folder import COLUMNS
from papertally.resources import DATA_FOLDER
from tests.helpers.command import EACH_COMMAND, Run, find_command
from tests.helpers.docs import NEEDS_OPENREVIEW, PAGES, blocks, commands, parse, run_as_pasted
from tests.helpers.openreview import PASSWORD, USER, Clock, Serve
from tests.helpers.paths import ROOT

CRONTAB = blocks("docs/cron.md", "crontab")[0]


@pytest.mark.parametrize("page", PAGES)
def test_commands_options_and_links_of_the_docs_exist(page: str) -> None:
    text = PAGES[page]
    for line in commands(page):
        parse(line)
    known = {
        name
        for command in [group, *map(find_command, EACH_COMMAND)]
        for option in command.params
        for name in option.opts
    }
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    # of systemctl, git and the drills
    of_others = {"--user", "--now", "--depth", "--short", "--cases"}
    of_others |= {"--array", "--cpus-per-task", "--mem", "--nworkers", "--nthreads"}
    of_others |= {"--dashboard-address", "--request-payer"}  # of SLURM, Dask and aws
    assert named - known - of_others - {"--help", "--version"} == set()
    for target, anchor in re.findall(r"\]\(([^):#]*)(#[^)]*)?\)", text):
        linked = (ROOT / page).parent / target if target else ROOT / page
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor[1:] in [title.lower().replace(" ", "-") for title in headings], anchor


def test_output_help_and_columns_in_the_docs_are_fresh(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location("update", ROOT / "scripts" / "update_docs.py")
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setenv("COLUMNS", script.WIDTH)
    for page, text in PAGES.items():
        fresh = script.updated(text, lambda arguments: run(*shlex.split(arguments)).out)
        assert fresh == text, f"{page}: run scripts/update_docs.py"


def test_the_docs_show_the_help_of_each_command_and_the_columns_of_each_file() -> None:
    for name in EACH_COMMAND:
        assert f"<!-- output: papertally {name} --help -->" in PAGES["docs/cli.md"], name
    for name in COLUMNS:
        assert f"<!-- columns: {name} -->" in PAGES["docs/files.md"], name


def test_the_recipes_work_in_their_order_as_pasted(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(run_as_pasted("docs/usage.md", run, tmp_path, monkeypatch)) >= 25
    shown = run("report", "my-papers", "2025", "--lexicon", "mine.toml", "-f", "jittor,pytorch").out
    for name in ("Jittor", "PyTorch"):
        assert re.search(rf"{name} +.*\b1\b", shown), name

    for rows, words in (("paper", ()), ("mention", ("--mentions",))):
        csv = run("search", "-f", "pytorch", "my-papers", "2025", *words, "--format", "csv").out
        pattern = rf"a row per {rows}: (.*?)\."
        [described] = re.findall(
            pattern, PAGES["docs/files.md"].partition("## Python")[0], re.DOTALL
        )
        assert re.findall(r"`(\w+)`", described) == csv.splitlines()[0].split(",")


@pytest.mark.parametrize("page", ["README.md", "README.zh.md", "docs/usage.md"])
def test_the_commands_that_need_openreview_work_with_a_stand_in(
    page: str,
    serve: Serve,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    clock: Clock,
) -> None:
    assert clock  # logins are a minute apart
    monkeypatch.chdir(tmp_path)
    serve(DATA_FOLDER / "sample")
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD", PASSWORD)
    lines = [line for line in commands(page) if line.startswith(NEEDS_OPENREVIEW)]
    assert len(lines) >= 4
    for line in lines:
        served = line
        for years in ("iclr 2020-2026", "iclr 2024 2025 2026", "neurips 2023 2024"):
            served = served.replace(years, "sample 2101-2102")
        served = served.replace("iclr 2024", "sample 2102")
        words = shlex.split(served.replace("status iclr", "status sample"))[1:]
        result = run(*words)
        assert result.code == 0, (line, result.err)
        if "--term" in words:
            assert "diffusion model" in result.out


def test_the_files_are_those_that_the_docs_list_and_pandas_reads_them_as_shown(
    run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run("report", "iclr", 2018, 2019, "--from", "iclr-2018-2019", "--out", out)
    listing = PAGES["docs/files.md"].partition("CSV files are")[0]
    assert set(re.findall(r"`(\w+\.\w+)`", listing)) == {path.name for path in out.iterdir()}
    code = "\n".join(blocks("docs/files.md", "python"))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert re.search(r"pytorch +2018 +87\n +2019 +254\n", done.stdout)


def test_the_exit_codes_of_the_docs_are_those_of_the_errors() -> None:
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGES["docs/cron.md"], re.MULTILINE)}
    raised = {
        item.exit_code
        for item in vars(errors).values()
        if isinstance(item, type) and hasattr(item, "exit_code")
    }
    assert codes == raised | {0, errors.INTERRUPTED}


def test_the_account_and_the_crontab_line_work_as_pasted(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    ask = ["sh", "-c", blocks("docs/cron.md", "sh")[0]]
    answers = "ann@example.org\nse'cret %$x\n"
    subprocess.run(ask, input=answers, env=environment, check=True, text=True, capture_output=True)
    kept = tmp_path / ".config" / "papertally"
    assert (kept / "password").read_text(encoding="utf-8") == "se'cret %$x\n"
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept.iterdir()} == {0o600}
    program = tmp_path / "papertally" / ".venv" / "bin" / "papertally"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "$@"\nenv\n', encoding="utf-8")
    program.chmod(0o755)
    line = re.sub(r"(?m)^#.*\n", "", CRONTAB).removeprefix("15 * * * *  ").strip()
    assert "%" not in line  # cron ends a line there
    done = subprocess.run(
        ["sh", "-c", line], env=environment, check=True, text=True, capture_output=True
    )
    called, *variables = done.stdout.splitlines()
    parse(f"papertally {called}")
    assert "--contact ann@example.org" in called
    assert "OPENREVIEW_USERNAME=ann@example.org" in variables
    assert f"OPENREVIEW_PASSWORD_FILE={kept / 'password'}" in variables


def test_the_examples_for_cron_and_systemd_are_those_of_the_docs() -> None:
    example = (ROOT / "scripts" / "crontab.example").read_text(encoding="utf-8")
    assert example.endswith(CRONTAB)
    unit = (ROOT / "scripts" / "papertally.service").read_text(encoding="utf-8")
    [start] = re.findall(r"^ExecStart=\S*/(papertally .*)", unit, re.MULTILINE)
    parse(start)
    assert re.findall(r"^SuccessExitStatus=(.*)", unit, re.MULTILINE) == ["5 6 7"]


def test_the_citation_and_its_bibtex_agree() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    [bibtex] = blocks("docs/usage.md", "bibtex")
    for name in ("version", "title"):
        [value] = re.findall(rf'^{name}: "?([^"\n]+)', citation, re.MULTILINE)
        assert f"{{{value}}}" in bibtex, name
    [released] = re.findall(r"^date-released: (\d{4})-\d\d-\d\d$", citation, re.MULTILINE)
    assert f"year    = {{{released}}}" in bibtex
    assert f"version: {__version__}" in citation


def test_every_commands_help_has_an_example_that_parses() -> None:
    for name in EACH_COMMAND:
        command = find_command(name)
        assert command.epilog, name
        example = shlex.split(command.epilog.removeprefix("\b\nExample: "))
        own = ["papertally", *name.split()]
        assert example[: len(own)] == own, name
        made = command.make_context(name, example[len(own) :], parent=click.Context(group))
        assert isinstance(made, click.Context), name


def test_the_benchmarks_run_on_given_files_and_the_sample(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- bench.py -->\nold\n<!-- end -->\nafter\n", encoding="utf-8")
    bench = [sys.executable, ROOT / "scripts" / "bench.py", "pdfs", "idle"]
    pdfs = ROOT / "data" / "sample" / "2101"
    options = ["--sample", "--pdfs", pdfs, "--rounds", "1", "--write", page]
    done = subprocess.run([*bench, *options], check=True, capture_output=True, text=True)
    assert f" of {len(list(pdfs.glob('*.pdf')))} PDFs, 2 jobs |" in done.stdout
    row = done.stdout.splitlines()[-1]
    assert row.startswith("| `survey --cron` with nothing to do |")
    before, written, after = page.read_text("utf-8").partition(f"{row}\n<!-- end -->\nafter\n")
    assert (before[:7], "old" in before, after) == ("before\n", False, "")
    assert written
