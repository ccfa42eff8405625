"""The command line as people use it: help, wrong use, years, broken lexicons, options."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from papertally import __version__
from papertally.cli.main import SECTIONS, group
from papertally.fetch.venues import find_years
from papertally.models import Scope
from papertally.settings import Settings
from tests.helpers.command import (
    COMMANDS,
    EACH_COMMAND,
    IN_LIST,
    Run,
    find_command,
    is_error_line,
)
from tests.helpers.snapshots import BUNDLED


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
    assert group.list_commands(click.Context(group)) == IN_LIST
    assert "..." not in text[text.index("Everyday:") :]  # no summary is cut off


def test_every_command_shows_an_example_that_parses(run: Run) -> None:
    for name in EACH_COMMAND:
        own = name.split()
        shown = run(*own, "--help")
        assert (shown.code, shown.err) == (0, ""), name
        example = re.search(r"^  Example: papertally (.+)$", shown.out, re.MULTILINE)
        assert example, (name, shown.out)
        words = shlex.split(example[1])
        assert words[: len(own)] == own, name
        context = find_command(name).make_context(name, words[len(own) :])
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


def test_the_help_lists_the_options_under_headings(run: Run) -> None:
    for command, headings in {
        "fetch": ["Which papers", "Fetching", "Every command"],
        "add": ["What is known of the papers", "Files", "Every command"],
    }.items():
        assert re.findall(r"^(\w.*):$", run(command, "--help").out, re.M) == headings


# Wrong use


BAD = {
    "unknown command": (("reprt",), "Did you mean 'report'"),
    "unknown option": (("report", "iclr", "--formt", "csv"), "--format"),
    "unknown venue": (("fetch", "nosuch", 2018), "known are acml,"),
    "a venue's typing error": (("fetch", "iclrr", 2018), "did you mean iclr?"),
    "swapped letters of a venue": (("survey", "ilcr", 2018), "did you mean iclr?"),
    "a typing error where nothing is stored": (("report", "iclrr"), "did you mean iclr?"),
    "a year written together with its venue": (("status", "iclr2018"), "did you mean iclr 2018?"),
    "another venue of a like name": (("fetch", "iccl", 2018), "known are acml,"),
    "a year before the venue": (
        ("report", 2018, "iclr", 2019, "--zone", "body"),
        "did you mean `papertally report iclr 2018 2019`?",
    ),
    "a year before the venue of a search": (
        ("search", "two words", "2018-2019", "iclr"),
        "did you mean `papertally search 'two words' iclr 2018-2019`?",
    ),
    "a year before the venue of a search for a framework": (
        ("search", "-f", "keras", 2018, "iclr"),
        "did you mean `papertally search -f keras iclr 2018`?",
    ),
    "a year before the venue to add to": (
        ("add", 2018, "mine", "."),
        "did you mean `papertally add mine 2018",
    ),
    "years without a venue": (("status", 2018), "did you mean `papertally status iclr 2018`?"),
    "a range with two digits": (("report", "iclr", "2018-19"), "did you mean 2018-2019?"),
    "a range from its end": (("report", "iclr", "2019-2018"), "did you mean 2018-2019?"),
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
        "'best' is not a population",
    ),
    "empty population": (
        ("report", "--from", BUNDLED, "--population", ","),
        "'' is not a population",
    ),
    "bad zone": (("report", "--from", BUNDLED, "--zone", "guess"), "'guess' is not one of"),
    "bad format": (("report", "--from", BUNDLED, "--format", "xml"), "'xml' is not one of"),
    "unknown framework": (
        ("report", "--from", BUNDLED, "-f", "keras,nosuch"),
        "'nosuch' is not a framework",
    ),
    "unknown framework of the workspace": (
        ("report", "iclr", 2018, "-f", "nosuch"),
        "'nosuch' is not a framework",
    ),
    "bad date": (("report", "iclr", "--as-of", "yesterday"), "'yesterday' is not a date"),
    "bad population of a survey": (
        ("survey", "sample", 2101, "--population", "best"),
        "'best' is not a population",
    ),
    "no jobs": (("extract", "--jobs", 0), "--jobs"),
    "jobs are a word": (("extract", "--jobs", "many"), "--jobs"),
    "no time": (("extract", "--timeout", 0), "--timeout"),
    "negative time": (("extract", "--timeout=-1"), "--timeout"),
    "time without end": (("extract", "--timeout", "inf"), "--timeout"),
    "time is no number": (("extract", "--timeout", "nan"), "--timeout"),
    "memory is a word": (("extract", "--memory", "x"), "'x' is not a size"),
    "no memory": (("extract", "--memory", "0"), "is not a size"),
    "share above all": (("extract", "--max-failures", "200%"), "'200%' is not a share"),
    "share is a word": (("extract", "--max-failures", "nan"), "is not a share"),
    "again what is no outcome": (("extract", "--again", "tomorrow"), "--again"),
    "unknown engine": (("extract", "--engine", "word"), "--engine"),
    "lexicon that is not there": (("match", "--lexicon", "/no/such.toml"), "/no/such.toml"),
    "bundled lexicon misspelt": (("match", "--lexicon", "library"), "to add is named libraries"),
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
        assert is_error_line(result.err), (case, result.err)
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
            assert is_error_line(result.err), (years, command)
            assert "is not a year" in result.err, (years, command)
            assert not workspace.exists(), (years, command)


@pytest.mark.parametrize(
    "years",
    [("2018", "2019"), ("2018,2019",), ("2018-2019",), ("2019", "2018", "2018"), ("2018–2019",)],
)
def test_years_are_written_in_three_ways(run: Run, years: tuple[str, ...]) -> None:
    result = run("report", "ICLR", *years, "--from", BUNDLED)
    assert result.out.startswith("ICLR 2018 → 2019:")


LEXICONS = {
    "a number without end": (f"[own]\naliases = [{'1' * 5000}]\n", 2, "is not TOML"),
    "no TOML": ('[own]\naliases = ["x"\n', 3, "is not TOML"),
    "no aliases": ("[own]\n", 1, "needs aliases"),
    "no regex": ('[own]\naliases = [\n  { regex = "(own" },\n]\n', 3, "is not an RE2 expression"),
    "look-around": ('[own]\naliases = [{ regex = "(?<=x)own" }]\n', 2, "is not an RE2 expression"),
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
    assert is_error_line(result.err)
    assert f"{own}:{line}: " in result.err
    assert said in result.err


@pytest.mark.parametrize(
    "words",
    [
        ("report", "iclr", 2017), ("report", "iclr", 2018, "--term", "GAN"),
        ("report", "nosuch", 2020), ("report", "iclr", 1999), ("report", "iclr", 1999, 2017),
        ("status",), ("status", "iclr"), ("status", "nosuch"), ("status", "uai"),
        ("extract", "iclr"),
        ("match", "iclr", 2018), ("remove", "iclr", 2018),
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
    assert is_error_line(result.err)
    commands = re.findall(r"`papertally ([^`]+)`", result.err)
    fetchable = "nosuch" not in words and words[2:] != (1999,)
    needs_login = {2017, 2018}.intersection(words)
    assert [command.split()[0] for command in commands] == [
        "report",
        *(["login"] if fetchable and needs_login else []),
        *(["survey"] if fetchable else []),
        "add",
    ]
    assert run(*shlex.split(commands[0])).code == 0
    for command in commands[1:]:
        name, *rest = shlex.split(command)
        find_command(name).make_context(name, [*rest])
        if name == "survey":
            scope = Scope(rest[0], tuple(map(int, rest[1:])))
            assert find_years(Settings(workspace), scope)
    assert workspace.exists() is filled


NEED_TEXTS = {
    ("report", "--lexicon", "libraries"): "--lexicon",
    ("report", "--lexicon", "libraries", "-f", "numpy"): "--lexicon",
    ("report", "--lexicon", "libraries", "--term", "numpy"): "--lexicon",
    ("report", "--lexicon", "libraries", "--term", "GAN", "--zone", "listing"): "--lexicon",
    ("report", "--as-of", "2018-01-01"): "--as-of",
    ("report", "--as-of", "2018-01-01", "--term", "keras"): "--as-of",
    ("report", "--term", "GAN", "-f", "keras"): "--term with -f",
    ("search", "-f", "keras", "--mentions"): "--mentions",
    ("search", "-f", "keras", "--left-out"): "--left-out",
    ("search", "-f", "numpy", "--lexicon", "libraries"): "--lexicon",
    ("search", "keras", "--as-of", "2018-01-01"): "--as-of",
    ("search", "GAN", "--mentions"): "--mentions",
    ("audit", "-f", "keras"): "an audit",
    ("match", "--lexicon", "libraries"): "--lexicon",
}
"""Questions that the bundled counts cannot answer, and what asks for more."""


@pytest.mark.parametrize("filled", [False, True])
def test_what_needs_texts_is_not_sent_to_the_bundled_counts(
    run: Run, papers: Path, filled: bool
) -> None:
    if filled:
        run("add", "toy", 2018, papers)
    for words, needing in NEED_TEXTS.items():
        split = 2 if words[0] == "search" and words[1] != "-f" else 1
        for scope, known in (
            (("iclr", 2018, 2020), True), (("iclr", 2017), False), (("nosuch", 2018), False),
        ):  # fmt: skip
            result = run(*words[:split], *scope, *words[split:])
            asked = " ".join(map(str, scope))
            assert (result.code, result.out) == (2, ""), (words, scope)
            assert is_error_line(result.err), (words, scope)
            told = f"papertally: nothing is stored for {asked}"
            if known:
                what = "other listings" if needing == "--as-of" else "texts"
                told += f", and the bundled years hold no {what}, which {needing} needs"
            assert result.err.startswith(f"{told}: "), (words, result.err)
            commands = re.findall(r"`papertally (\w+)", result.err)
            expected = ["add"] if scope[0] == "nosuch" else ["login", "survey", "add"]
            assert commands == expected, (words, result.err)


@pytest.mark.parametrize(
    "words",
    [
        ("report", "iclr", 2018, "--term", "x=/g[/"),
        ("report", "iclr", 2018, "--term", ""),
        ("report", "iclr", 2018, "--term", "x=/g/", "--anywhere"),
        ("report", "iclr", 2018, "--term", "GAN", "--count", "grouped"),
    ],
)  # fmt: skip
def test_a_term_that_cannot_be_counted_is_refused_at_once(
    run: Run, words: tuple[object, ...]
) -> None:
    refused = run(*words)
    assert (refused.code, refused.out) == (2, "")
    # as in the folder: nobody is sent from one error to the next
    assert refused.err == run(*words, "--from", BUNDLED, "--zone", "listing").err


# Settings


def test_options_stand_before_the_command_and_after_it(
    run: Run, tmp_path: Path, papers: Path
) -> None:
    assert run("--workspace", tmp_path / "a", "--quiet", "add", "toy", 2018, papers).err == ""
    assert run("add", "toy", 2018, papers, "--workspace", tmp_path / "b", "-q").err == ""
    assert run("add", "toy", 2018, papers, "--workspace", tmp_path / "c").err != ""
    assert all((tmp_path / name / "papertally.db").is_file() for name in "abc")


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
    result = run("--workspace", folder, "-v", "status")
    assert result.code == 0
    assert "[red]x[/red]/[/]" in result.out
    assert "[/nosuch].zip" in "".join(result.out.split())  # a narrow table may break it


def test_the_installed_command_is_the_same(tmp_path: Path) -> None:
    command = shutil.which("papertally", path=str(Path(sys.executable).parent))
    if not command:
        pytest.skip("the command is not installed beside this Python")
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"papertally, version {__version__}\n"
