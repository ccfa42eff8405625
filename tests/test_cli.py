"""The command line as people use it: help, wrong use, exit codes, settings, interruption."""

import json
import logging
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import click
import pytest

from papertally import __version__
from papertally.cli.main import SECTIONS, group
from tests.helpers.command import Run, find_command
from tests.helpers.openreview import Server
from tests.helpers.paths import ROOT
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.snapshots import BUNDLED

Start = Callable[..., subprocess.Popen[str]]
COMMANDS = {
    "Everyday": ["survey", "report", "search", "status", "demo"],
    "Papers in and out": ["login", "venues", "fetch", "add", "remove"],
    "Stages": ["extract", "match"],
    "Trust": ["frameworks", "audit", "diff"],
}
EACH_COMMAND = [name for names in COMMANDS.values() for name in names]


def one_line(text: str) -> bool:
    return text.startswith("papertally: ") and text.count("\n") == 1 and "Traceback" not in text


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    make_pdf(folder / "one.pdf", f"{FILLER}\nWe use PyTorch.")
    make_pdf(folder / "two.pdf", f"{FILLER}\nWe use Keras.")
    return folder


# Help


HEAVY = {
    "pandas", "numpy", "matplotlib", "pypdfium2", "pdfminer", "requests", "rich", "re2", "jinja2",
    "reportlab", "sqlite3", "logging.handlers", "papertally.pipeline", "papertally.store.workspace",
}  # fmt: skip


def imported_by(*commands: list[str]) -> set[str]:
    """Run commands in a new process and return the modules that it has imported then."""
    code = (
        "import sys\nfrom papertally.cli.main import group\n"
        f"for words in {list(commands)}: group.main(words, standalone_mode=False)\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.count("papertally") >= len(commands)
    return set(done.stderr.split())


def test_help_and_version_import_neither_a_command_nor_what_is_slow() -> None:
    imported = imported_by(["--help"], ["--version"])
    assert not imported & (HEAVY | {"papertally.settings", "papertally.models"})
    commands = {f"papertally.cli.{name}" for name in EACH_COMMAND} | {"papertally.cli.stages"}
    assert not imported & commands


def test_the_help_of_a_command_imports_nothing_slow() -> None:
    imported = imported_by(*([name, "--help"] for name in EACH_COMMAND))
    assert not imported & HEAVY


def test_the_list_of_commands_has_the_first_sentences_of_their_own_help() -> None:
    for commands in SECTIONS.values():
        for name, text in commands.items():
            assert text == find_command(name).get_short_help_str(limit=1000), name


def test_help_lists_the_commands_in_groups(run: Run) -> None:
    text = run("--help").out
    found: dict[str, list[str]] = {}
    for line in text[text.index("Everyday:") :].splitlines():
        if line.endswith(":") and not line.startswith(" "):
            found[line[:-1]] = names = []
        elif match := re.match(r"  ([a-z]+)  ", line):
            names.append(match[1])
    assert found == COMMANDS
    assert group.list_commands(click.Context(group)) == EACH_COMMAND
    assert "..." not in text[text.index("Everyday:") :]  # no summary is cut off


def test_every_command_shows_an_example_that_parses(run: Run) -> None:
    for name in EACH_COMMAND:
        shown = run(name, "--help")
        assert (shown.code, shown.err) == (0, ""), name
        example = re.search(r"^  Example: papertally (.+)$", shown.out, re.MULTILINE)
        assert example, (name, shown.out)
        words = shlex.split(example[1])
        assert words[0] == name, name
        context = find_command(name).make_context(name, words[1:])
        assert context.params, name


def test_every_option_says_what_it_does() -> None:
    for name in EACH_COMMAND:
        for parameter in find_command(name).params:
            if isinstance(parameter, click.Option) and parameter.name != "format":
                assert parameter.help, parameter.name


def test_version_is_the_packages(run: Run) -> None:
    assert run("--version").out == f"papertally, version {__version__}\n"


def test_no_command_shows_the_help_as_it_is(run: Run) -> None:
    result = run()
    assert (result.code, result.out) == (2, "")
    assert result.err == run("--help").out


# Wrong use


BAD = {
    "unknown command": (("reprt",), "Did you mean 'report'"),
    "unknown option": (("report", "iclr", "--formt", "csv"), "--format"),
    "unknown venue": (("fetch", "nosuch", 2018), "known are iclr"),
    "unknown year of a venue": (("fetch", "iclr", 1990), "known years are"),
    "a year nobody listed": (("survey", "iclr", 2015), "2015"),
    "no years to fetch": (("fetch", "iclr"), "Missing argument"),
    "two years to add": (("add", "toy", "2018-2019", "."), "one year at a time"),
    "nothing to add": (("add", "toy", 2018), "name the files"),
    "missing path": (("add", "toy", 2018, "/no/such/path"), "/no/such/path does not exist"),
    "missing notes": (("add", "toy", 2018, "--notes", "/no/such.json"), "/no/such.json"),
    "a date without notes": (("add", "toy", 2018, ".", "--listed-on", "2018-01-01"), "--notes"),
    "venue with a slash": (("report", "../x", 2018), "is not a venue's name"),
    "no venue": (("report",), "name a venue"),
    "bad population": (
        ("report", "--from", BUNDLED, "--population", "best"),
        "'best' is no population",
    ),
    "empty population": (("report", "--from", BUNDLED, "--population", ","), "--population"),
    "bad rule": (("report", "--from", BUNDLED, "--rule", "guess"), "'guess' is not one of"),
    "bad format": (("report", "--from", BUNDLED, "--format", "xml"), "'xml' is not one of"),
    "unknown framework": (
        ("report", "--from", BUNDLED, "-f", "keras,nosuch"),
        "'nosuch' is not a framework",
    ),
    "unknown framework of the workspace": (
        ("report", "iclr", 2018, "-f", "nosuch"),
        "'nosuch' is not a framework",
    ),
    "bad date": (("report", "iclr", "--as-of", "yesterday"), "'yesterday' is no date"),
    "bad date of a survey": (
        ("survey", "sample", 2101, "--as-of", "yesterday"),
        "'yesterday' is no date",
    ),
    "bad population of a survey": (
        ("survey", "sample", 2101, "--population", "best"),
        "'best' is no population",
    ),
    "unknown framework of a survey": (
        ("survey", "sample", 2101, "-f", "nosuch"),
        "'nosuch' is not a framework",
    ),
    "no jobs": (("extract", "--jobs", 0), "--jobs"),
    "jobs are a word": (("extract", "--jobs", "many"), "--jobs"),
    "no time": (("extract", "--timeout", 0), "--timeout"),
    "negative time": (("extract", "--timeout=-1"), "--timeout"),
    "time without end": (("extract", "--timeout", "inf"), "--timeout"),
    "time is no number": (("extract", "--timeout", "nan"), "--timeout"),
    "memory is a word": (("extract", "--memory", "x"), "'x' is no size"),
    "no memory": (("extract", "--memory", "0"), "is no size"),
    "share above all": (("extract", "--max-failures", "200%"), "'200%' is no share"),
    "share is a word": (("extract", "--max-failures", "nan"), "is no share"),
    "again what is no outcome": (("extract", "--again", "tomorrow"), "--again"),
    "unknown engine": (("extract", "--engine", "word"), "--engine"),
    "lexicon that is not there": (("match", "--lexicon", "/no/such.toml"), "/no/such.toml"),
    "snapshot that is not there": (("report", "--from", "/no/such"), "bundled are: iclr-2018-2019"),
    "workspace with a name too long": (
        ("--workspace", "x" * 300, "report", "iclr", 2018),
        "File name too long",
    ),
    "workspace of an unknown user": (("--workspace", "~nosuchuser/x", "status"), "home folder"),
}


def test_wrong_use_is_one_line_and_exit_code_2(run: Run, workspace: Path) -> None:
    for case, (words, said) in BAD.items():
        result = run(*words)
        assert (result.code, result.out) == (2, ""), (case, result)
        assert one_line(result.err), (case, result.err)
        assert said in result.err, case
        assert not workspace.exists(), case


def test_years_that_are_no_years_are_one_line(run: Run, workspace: Path) -> None:
    for years in [
        "abc",
        "20188",
        "2019-2017",
        "2018.5",
        "²⁰¹⁸",
        "٢٠١٨",
        "",
        ",",
        "2018,",
        "-2018",
        "1e3",
        "1492",
        "2018-",
        "0x7e2",
    ]:
        for command in ["report", "fetch"]:
            result = run(command, "iclr", "--", years)
            assert (result.code, result.out) == (2, ""), (years, command)
            assert one_line(result.err), (years, command)
            assert "is not a year" in result.err, (years, command)
            assert not workspace.exists(), (years, command)


@pytest.mark.parametrize(
    "years",
    [("2018", "2019"), ("2018,2019",), ("2018-2019",), ("2019", "2018", "2018"), ("2018–2019",)],
)
def test_years_are_written_in_three_ways(run: Run, years: tuple[str, ...]) -> None:
    result = run("report", "ICLR", *years, "--from", BUNDLED)
    assert result.out.startswith("ICLR 2018→2019:")


LEXICONS = {
    "no TOML": ('[own]\naliases = ["x"\n', 3, "is not TOML"),
    "no aliases": ("[own]\n", 1, "needs aliases"),
    "no regex": ('[own]\naliases = [\n  { regex = "(own" },\n]\n', 3, "is no RE2 expression"),
    "look-around": ('[own]\naliases = [{ regex = "(?<=x)own" }]\n', 2, "is no RE2 expression"),
    "unknown key": ('[own]\naliases = ["x"]\nalias = 1\n', 3, "unknown key 'alias'"),
}


@pytest.mark.parametrize(
    ("case", "command"),
    [
        *((case, ("match",)) for case in LEXICONS),
        ("no TOML", ("report", "toy", 2018)),
        ("no regex", ("survey", "sample", 2101)),
    ],
)
def test_a_broken_lexicon_is_one_line_with_file_and_line(
    run: Run, tmp_path: Path, workspace: Path, papers: Path, case: str, command: tuple[object, ...]
) -> None:
    text, line, said = LEXICONS[case]
    own = tmp_path / "own.toml"
    own.write_text(text)
    run("add", "toy", 2018, papers, "--copy")
    result = run(*command, "--lexicon", own)
    assert (result.code, result.out) == (2, "")
    assert one_line(result.err)
    assert f"{own}:{line}: " in result.err
    assert said in result.err


@pytest.mark.parametrize(
    "words",
    [
        ("report", "iclr", 2018, 2019), ("report", "iclr"), ("report", "iclr", 2019), ("report",
        "neurips", 2020),
        ("status",), ("status", "iclr"), ("extract", "iclr"), ("match", "iclr", 2018), ("remove",
        "iclr", 2018),
    ],
)  # fmt: skip
@pytest.mark.parametrize("filled", [False, True])
def test_where_nothing_is_stored_the_line_says_what_to_run(
    run: Run, workspace: Path, papers: Path, words: tuple[object, ...], filled: bool
) -> None:
    if filled:
        run("add", "toy", 2018, papers)
        if words == ("status",):
            pytest.skip("there is something to show")
    result = run(*words)
    assert (result.code, result.out) == (2, "")
    assert one_line(result.err)
    commands = re.findall(r"`papertally ([^`]+)`", result.err)
    fetchable = "neurips" not in words
    assert [command.split()[0] for command in commands] == [
        "report",
        *(["survey"] if fetchable else []),
        "add",
    ]
    assert run(*shlex.split(commands[0])).code == 0
    for command in commands[1:]:
        name, *rest = shlex.split(command)
        find_command(name).make_context(name, rest)
    assert workspace.exists() is filled


# Settings


def test_options_stand_before_the_command_and_after_it(
    run: Run, tmp_path: Path, papers: Path
) -> None:
    assert run("--workspace", tmp_path / "a", "--quiet", "add", "toy", 2018, papers).err == ""
    assert run("add", "toy", 2018, papers, "--workspace", tmp_path / "b", "-q").err == ""
    assert run("add", "toy", 2018, papers, "--workspace", tmp_path / "c").err != ""
    assert all((tmp_path / name / "papertally.db").is_file() for name in "abc")


def test_verbose_says_more_before_the_command_and_after_it(start: Start, papers: Path) -> None:
    for words in (("-v", "add", "toy", 2018, papers), ("add", "toy", 2018, papers, "-v")):
        process = start(*words)
        _, err = process.communicate()
        assert process.returncode == 0
        assert "INFO papertally: papertally add toy 2018" in err


TWINS = {
    "PAPERTALLY_REPORT_RULE": ("substring", "--rule"),
    "PAPERTALLY_REPORT_FORMAT": ("csv", "--format"),
    "PAPERTALLY_REPORT_FROM": (BUNDLED, "--from"),
    "PAPERTALLY_REPORT_FRAMEWORK": ("keras,mxnet", "--framework"),
    "PAPERTALLY_REPORT_POPULATION": ("unknown", "--population"),
}


@pytest.mark.parametrize("variable", TWINS)
def test_every_option_has_an_environment_twin(
    run: Run, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    value, option = TWINS[variable]
    rest = () if option == "--from" else ("--from", BUNDLED)
    expected = run("report", "iclr", option, value, *rest)
    assert expected.code == 0
    monkeypatch.setenv(variable, value)
    assert run("report", "iclr", *rest) == expected


def test_environment_twins_are_named_as_the_options() -> None:
    for name in EACH_COMMAND:
        for parameter in find_command(name).params:
            if isinstance(parameter, click.Option):
                longest = max(parameter.opts, key=len).lstrip("-").replace("-", "_")
                assert parameter.name == longest, name


def test_an_option_wins_over_its_environment_twin(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PAPERTALLY_REPORT_RULE", "substring")
    assert (
        ",lexicon,"
        in run(
            "report", "--from", BUNDLED, "--rule", "lexicon", "--format", "csv"
        ).out.splitlines()[1]
    )
    monkeypatch.setenv("PAPERTALLY_WORKSPACE", str(tmp_path / "other"))
    run("--workspace", tmp_path / "mine", "add", "toy", 2018, "--notes", "/no/such")
    assert not (tmp_path / "other").exists()


def test_a_wrong_environment_twin_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERTALLY_REPORT_RULE", "guess")
    result = run("report", "--from", BUNDLED)
    assert result.code == 2
    assert one_line(result.err)


def test_without_a_workspace_named_the_users_data_folder_is_used(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, papers: Path
) -> None:
    monkeypatch.delenv("PAPERTALLY_WORKSPACE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert run("add", "toy", 2018, papers).code == 0
    assert list(tmp_path.rglob("papertally/papertally.db"))


# Streams


def test_results_go_to_stdout_and_everything_else_to_stderr(
    run: Run, papers: Path, tmp_path: Path
) -> None:
    added = run("add", "toy", 2018, papers)
    assert (added.code, added.out) == (0, "")
    assert "2 files added" in added.err
    result = run("report", "toy", 2018, "--format", "json", "--out", tmp_path / "out")
    json.loads(result.out)
    assert result.err.startswith("wrote counts.csv")
    assert run("--quiet", "report", "toy", 2018, "--out", tmp_path / "out").err == ""


@pytest.mark.parametrize(
    "words",
    [("report", "--from", BUNDLED), ("report", "--from", BUNDLED, "--format", "json"), ("--help",)],
)
def test_a_reader_that_stops_early_ends_the_command_quietly(words: tuple[str, ...]) -> None:
    command = shlex.join([sys.executable, "-m", "papertally", *words])
    script = f"{command} | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1


def test_a_reader_that_is_gone_already_is_no_error(start: Start) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "papertally", "report", "--from", BUNDLED],
        stdout=writer,
        stderr=subprocess.PIPE,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    "variables", [{"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "ascii"}]
)
@pytest.mark.parametrize("form", ["table", "json"])
def test_an_old_terminal_gets_what_it_can_show(
    variables: dict[str, str], form: str, start: Start
) -> None:
    environment = os.environ | {"PYTHONCOERCECLOCALE": "0"} | variables
    process = start(
        "report", "--from", BUNDLED, "--format", form, env=environment, encoding="utf-8"
    )
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert "266" in out or "270" in out


# Log, runs and status


def test_the_log_tells_each_run_and_how_it_ended(run: Run, workspace: Path, papers: Path) -> None:
    run("add", "toy", 2018, papers)
    run("extract")
    log = (workspace / "papertally.log").read_text("utf-8")
    assert "papertally add toy 2018" in log
    assert "exit code 0, done" in log


def test_the_log_is_rotated_at_a_megabyte_into_five_files(
    run: Run, workspace: Path, papers: Path
) -> None:
    run("add", "toy", 2018, papers)
    for _ in range(7):
        (workspace / "papertally.log").write_text("x" * 1_000_000)
        run("match")
    logs = sorted(path.name for path in workspace.glob("papertally.log*"))
    assert logs == ["papertally.log", *(f"papertally.log.{number}" for number in range(1, 5))]
    assert all(path.stat().st_size <= 1_001_000 for path in workspace.glob("papertally.log*"))


def test_status_tells_years_disk_and_runs(run: Run, workspace: Path, papers: Path) -> None:
    run("add", "toy", 2018, papers)
    state = json.loads(run("status", "--format", "json").out)
    assert state["workspace"] == str(workspace)
    assert state["bytes"] > 0
    assert [
        (year["venue"], year["year"], year["listed"], year["to_extract"]) for year in state["years"]
    ] == [("toy", 2018, 2, 2)]
    run("extract")
    year = json.loads(run("status", "toy", 2018, "--format", "json").out)["years"][0]
    assert (year["to_extract"], year["ledger"]["ok"]) == (0, 2)
    table = run("status").out
    assert "toy 2018" in table
    assert "extract everything" in table


def test_names_like_markup_in_the_status_are_shown_as_they_are(
    run: Run, tmp_path: Path, papers: Path
) -> None:
    folder = tmp_path / "[red]x[/red]" / "[/]"
    assert run("--workspace", folder, "add", "toy", 2018, papers).code == 0
    assert run("--workspace", folder, "add", "toy", 2018, "--notes", papers / "one.pdf").code == 2
    (papers / "[").mkdir()
    (papers / "[" / "nosuch].zip").write_bytes(b"no archive")
    assert run("--workspace", folder, "add", "toy", 2018, papers / "[" / "nosuch].zip").code == 2
    result = run("--workspace", folder, "status")
    assert result.code == 0
    assert "[red]x[/red]/[/]" in result.out
    assert "[/nosuch].zip" in "".join(result.out.split())  # a narrow table may break it


# Exit codes


def test_a_bug_is_one_line_without_a_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def broken() -> None:
        raise ZeroDivisionError("by nought\nand more")

    monkeypatch.setitem(group.commands, "broken", broken)
    result = run("broken")
    assert (result.code, result.out) == (1, "")
    assert one_line(result.err)
    assert "ZeroDivisionError" in result.err
    assert logging.getLogger("papertally").handlers


@pytest.mark.parametrize(("allowed", "code"), [("0", 3), ("30%", 3), ("0.34", 0), ("100%", 0)])
def test_exit_code_3_where_more_papers_fail_than_allowed(
    run: Run, papers: Path, allowed: str, code: int
) -> None:
    (papers / "bad.pdf").write_bytes(b"no PDF at all")
    run("add", "toy", 2018, papers)
    result = run("extract", "--max-failures", allowed)
    assert result.code == code
    if code:
        assert "1 of 3 papers failed (33.3%" in result.err
    report = run("report", "toy", 2018, "--format", "json")
    assert report.code == 0
    assert json.loads(report.out)["years"][0]["ledger"] == {"ok": 2, "unreadable": 1}
    assert run("extract").code == 0


class _Gate(BaseHTTPRequestHandler):
    """A handler that passes requests on, and holds back all but the first PDFs while shut."""

    upstream: str
    free = 3
    passed = 0
    reached: threading.Event
    opened: threading.Event

    def do_GET(self) -> None:
        if "/attachment" in self.path or "/pdf" in self.path:
            type(self).passed += 1
            if type(self).passed > self.free and not self.opened.is_set():
                self.reached.set()
                self.opened.wait(60)
        try:
            answer = urlopen(f"{self.upstream}{self.path}")  # noqa: S310 - loopback
        except HTTPError as error:
            answer = error
        with answer:
            body = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write no log."""


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Gate]]:
    """Serve the sample behind a gate, and name it in the environment."""
    with Server(ROOT / "data" / "sample") as server:
        base = server.v1.rsplit("/", 1)[0]
        handler = type(
            "Gate",
            (_Gate,),
            {"upstream": base, "reached": threading.Event(), "opened": threading.Event()},
        )
        front = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        front.handle_error = lambda *_: None  # type: ignore[method-assign] # a client that was killed
        thread = threading.Thread(target=front.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        for name, path in (("V1", "v1"), ("V2", "v2"), ("SITE", "site")):
            monkeypatch.setenv(
                f"PAPERTALLY_OPENREVIEW_{name}", f"http://127.0.0.1:{front.server_port}/{path}"
            )
        yield handler
        handler.opened.set()
        front.shutdown()
        front.server_close()
        thread.join()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_survey_keeps_what_it_has_and_goes_on(
    run: Run, start: Start, gate: type[_Gate], number: signal.Signals
) -> None:
    process = start("survey", "sample", 2101)
    assert gate.reached.wait(30)
    busy = run("add", "toy", 2018, ".")
    assert (busy.code, busy.out) == (5, "")
    assert one_line(busy.err)
    assert "survey sample 2101" in busy.err
    meanwhile = run("report", "sample", 2101, "--format", "json")
    assert meanwhile.code == 0
    assert "another run holds the workspace" in meanwhile.err
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1].startswith("papertally: interrupted; what was done is kept")
    assert "Traceback" not in err
    assert json.loads(run("status", "--format", "json").out)["runs"][0]["exit_code"] == 130
    before = gate.passed
    gate.opened.set()
    done = run("survey", "sample", 2101, "--max-failures", "100%")
    assert done.code == 0, done.err
    expected = json.loads((ROOT / "data" / "sample" / "expected.json").read_text("utf-8"))
    assert expected  # the counts themselves are the demo's test
    fetched = json.loads(run("status", "--format", "json").out)["years"][0]
    with_files = fetched["listed"] - fetched["ledger"]["no-pdf"] - fetched["ledger"]["not-fetched"]
    assert gate.passed - before < with_files, "what was fetched before is not fetched again"


def test_survey_does_the_four_stages_in_one_go(run: Run, gate: type[_Gate], tmp_path: Path) -> None:
    gate.opened.set()
    result = run(
        "survey",
        "sample",
        "2101-2102",
        "--max-failures",
        "100%",
        "--out",
        tmp_path / "out",
        "--jobs",
        2,
    )
    assert result.code == 0, result.err
    assert result.out.startswith("SAMPLE (INVENTED) 2101→2102: ")
    assert (tmp_path / "out" / "chart.png").is_file()
    again = run("survey", "sample", "2101-2102", "--max-failures", "0")
    assert again.code == 0, "nothing new is no failure"
    assert again.out == result.out
    strict = run("report", "sample", "2101-2102", "--as-is")
    assert strict.out == result.out


def test_survey_ends_with_3_where_too_many_papers_fail_but_reports_first(
    run: Run, gate: type[_Gate]
) -> None:
    gate.opened.set()
    result = run("survey", "sample", 2101, "--max-failures", "0")
    assert result.code == 3
    assert "SAMPLE (INVENTED) 2101" in result.out
    assert "papers failed" in result.err.splitlines()[-1]


def test_an_interrupted_extraction_goes_on_and_ends_with_the_same_ledger(
    run: Run, start: Start, tmp_path: Path, workspace: Path
) -> None:
    papers = tmp_path / "many"
    source = make_pdf(tmp_path / "one.pdf", f"{FILLER}\nWe use PyTorch.")
    papers.mkdir()
    for number in range(60):
        (papers / f"p{number:03d}.pdf").write_bytes(
            source.read_bytes() + b"\n%" + str(number).encode()
        )
    run("--quiet", "add", "toy", 2018, papers)
    process = start("extract", "--jobs", 1)
    while not (workspace / "run.json").exists() and process.poll() is None:
        pass
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode in (130, 0)  # it may have been quicker
    assert run("extract", "--jobs", 1).code == 0
    year = json.loads(run("report", "toy", 2018, "--format", "json").out)["years"][0]
    assert year["ledger"] == {"ok": 60}


def test_the_installed_command_is_the_same(tmp_path: Path) -> None:
    command = shutil.which("papertally", path=str(Path(sys.executable).parent))
    if not command:
        pytest.skip("the command is not installed beside this Python")
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"papertally, version {__version__}\n"
