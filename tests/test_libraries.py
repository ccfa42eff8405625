"""`--lexicon libraries`: the bundled libraries are counted beside the frameworks."""

import json
from pathlib import Path

import pytest

from papertally.fetch.estimate import survey_command
from papertally.fetch.venues import load_venues
from papertally.resources import LIBRARIES_FILE
from papertally.settings import Settings
from tests.helpers.command import Run
from tests.helpers.pdfs import FILLER
from tests.helpers.reports import read_counts
from tests.helpers.snapshots import BUNDLED

LIBRARIES = ("--lexicon", "libraries")


@pytest.fixture
def toy(run: Run, tmp_path: Path) -> Run:
    """Store two papers that name frameworks and libraries."""
    papers = tmp_path / "papers"
    papers.mkdir()
    for name, words in (
        ("one", "We use PyTorch, NumPy and Jittor."),
        ("two", "We use Keras, numpy and scikit-learn."),
    ):
        (papers / f"{name}.txt").write_text(f"{FILLER}\n{words}", encoding="utf-8")
    assert run("add", "toy", 2018, "--complete", papers).code == 0
    assert run("extract").code == 0
    return run


def counted(run: Run, *words: object) -> dict[str, str]:
    """Return the papers of each framework that is counted in some."""
    result = run("report", "toy", 2018, *words, "--format", "csv")
    assert result.code == 0, result.err
    rows = read_counts(result.out)
    return {row["framework"]: row["papers"] for row in rows if row["papers"] != "0"}


def test_libraries_are_counted_beside_the_frameworks_and_only_if_asked_for(toy: Run) -> None:
    frameworks = {"keras": "1", "pytorch": "1"}
    assert counted(toy) == frameworks
    assert counted(toy, *LIBRARIES) == frameworks | {"numpy": "2", "sklearn": "1"}
    assert counted(toy) == frameworks


def test_a_library_that_is_not_in_the_lexicon_is_told_from_an_unknown_name(
    toy: Run, tmp_path: Path
) -> None:
    toy("report", "toy", 2018, "--out", tmp_path / "out")
    is_library = "'numpy' is one of the bundled libraries, which "
    unknown = "'numpi' is not a framework of the lexicon: "
    lists = "`papertally frameworks libraries` lists them"
    close = f"did you mean numpy of the bundled libraries? {lists}"
    for words in (
        ("frameworks",),
        ("report", "toy", 2018),
        ("search", "toy"),
        ("audit", "toy", 2018),
    ):
        for name, told in (
            ("numpy", f"{is_library}are counted with --lexicon libraries; {lists}"),
            ("numpi", f"{unknown}{close}"),
            ("pytorh", f"{unknown.replace('numpi', 'pytorh')}did you mean pytorch? "
             "`papertally frameworks` lists them"),
        ):  # fmt: skip
            asked = toy(*words, "-f", name)
            assert (asked.code, asked.out) == (2, ""), (words, name)
            assert asked.err == f"papertally: {told}\n", (words, name)
    assert close in toy("frameworks", "libraries", "-f", "numpi").err
    # a folder has no texts to count it in
    for words in (("report", "iclr", 2018), ("search", "--from", BUNDLED), ("report", "--from",
                  tmp_path / "out"), ("diff", BUNDLED, BUNDLED)):  # fmt: skip
        told = toy(*words, "-f", "numpy").err
        assert f"{is_library}are not in these counts: " in told, words
        assert "numpy of" not in toy(*words, "-f", "numpi").err, words


def test_only_their_own_rules_are_matched(toy: Run) -> None:
    for words, told in (
        ((), "matched 2 texts"),
        (LIBRARIES, "matched 2 texts"),
        ((), "nothing to match"),
        (LIBRARIES, "nothing to match"),
    ):
        assert toy("match", "toy", *words).err == f"{told}\n"


def test_libraries_stand_beside_files_of_the_users_own_which_replace_entries(
    toy: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        '[jittor]\naliases = ["Jittor"]\n[sklearn]\naliases = ["Jittor"]\n'
        '[groups.only]\nmine = ["jittor", "numpy"]\n'
    )
    for words in ((*LIBRARIES, "--lexicon", mine), ("--lexicon", mine, *LIBRARIES)):
        assert counted(toy, *words) == {
            "keras": "1", "pytorch": "1", "numpy": "2", "jittor": "1", "sklearn": "1",
        }  # fmt: skip
        warned = toy("report", "toy", 2018, *words).err
        assert "your lexicon replaces the bundled entry of sklearn" in warned
    # a file with that name is meant by a path
    monkeypatch.chdir(tmp_path)
    Path("libraries").write_text('[jittor]\naliases = ["Jittor"]\n')
    assert "numpy" in counted(toy, *LIBRARIES)
    assert counted(toy, "--lexicon", "./libraries").keys() == {"keras", "pytorch", "jittor"}


def test_a_folder_keeps_them_with_the_version_of_the_rules(toy: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    printed = toy("report", "toy", 2018, *LIBRARIES, "--format", "csv", "--out", out).out
    assert toy("report", "--from", out, "--format", "csv").out == printed
    assert "NumPy" in toy("report", "--from", out, "-f", "numpy").out
    package = json.loads((out / "datapackage.json").read_text("utf-8"))
    lexicon = package["papertally"]["lexicon"]
    assert {row["lexicon"] for row in read_counts(printed)} == {lexicon["version"]}
    toy("report", "toy", 2018, "--out", tmp_path / "plain")
    plain = json.loads((tmp_path / "plain" / "datapackage.json").read_text("utf-8"))
    assert plain["papertally"]["lexicon"]["version"] != lexicon["version"]


def test_suggested_commands_ask_for_them_too(run: Run, toy: Run, tmp_path: Path) -> None:
    hint = toy("report", "toy", 2018, "--term", "numpy", *LIBRARIES).err
    command = hint.rpartition("`papertally ")[2].strip("`\n")
    assert "NumPy" in run(*command.split()).out, hint
    run("remove", "toy", 2018)
    for year, users in ((2018, 5), (2019, 25)):
        (tmp_path / str(year)).mkdir()
        for number in range(40):
            words = [f"{FILLER} {number}", *(["We use NumPy."] * (number < users))]
            (tmp_path / str(year) / f"p{number}.txt").write_text("\n".join(words), encoding="utf-8")
        run("add", "toy", year, "--complete", tmp_path / str(year))
    asked = run("report", "toy", 2018, 2019, *LIBRARIES, "-f", "numpy").out
    command = asked.replace("\N{NO-BREAK SPACE}", " ").partition("which papers: papertally ")[2]
    found = run(*command.split())
    assert found.out.startswith("25 of 40 readable papers"), (command, found.out)
    # substrings of a zone need the texts
    zone = ("--anywhere", "--zone", "body", "--out", tmp_path / "out")
    assert run("report", "toy", 2018, *LIBRARIES, "-f", "numpy", *zone).code == 0
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "papertally report toy 2018 --lexicon libraries --anywhere --zone body" in page
    year = load_venues()["iclr"].years[2018]
    survey = survey_command(Settings(tmp_path, lexicons=(LIBRARIES_FILE,)), year)
    assert " survey iclr 2018 --lexicon libraries" in survey
