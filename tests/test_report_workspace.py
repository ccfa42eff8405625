"""Reports from a workspace: what is pending is read first, what changed is matched again."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from papertally.match.lexicon_file import load_lexicon
from papertally.models import Scope
from papertally.resources import DATA_FOLDER
from papertally.store.begun import Begun
from papertally.store.workspace import Workspace
from tests.helpers.command import Run
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.reports import read_counts, squeeze

FORMATS = ("table", "csv", "json", "markdown")


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    for name, words in (
        ("one", "We use PyTorch."),
        ("two", "We use Keras and PyTorch."),
        ("three", "Nothing."),
    ):
        make_pdf(folder / f"{name}.pdf", f"{FILLER}\n{words}")
    return folder


def test_a_report_first_runs_what_is_pending(run: Run, papers: Path, details: Run) -> None:
    assert run("add", "toy", 2018, papers).code == 0
    result = details("toy", 2018)
    assert (result.code, result.err) == (0, "")
    table = squeeze(result.out)
    assert "PyTorch 2 of 3 2" in table
    assert "Keras 1 of 3 1" in table
    assert "readable 3" in table


def test_a_year_that_is_not_there_is_said_beside_those_that_are(
    run: Run, papers: Path, details: Run
) -> None:
    run("add", "toy", 2018, papers)
    result = details("toy", "2018-2020")
    assert result.code == 0
    assert "2019, 2020: not in this report, as nothing is stored." in result.out
    assert details("toy", 2020).code == 2


def test_two_runs_on_the_same_workspace_give_the_same_bytes(
    run: Run, papers: Path, tmp_path: Path
) -> None:
    run("add", "toy", 2018, papers)
    for out in ("one", "two"):
        assert run("report", "toy", 2018, "--format", "json", "--out", tmp_path / out).code == 0
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    assert (
        run("report", "toy", 2018, "--format", "json").out
        == run("report", "toy", 2018, "--format", "json").out
    )


def matched(run: Run, *words: object) -> str:
    result = run("match", "toy", *words)
    assert result.code == 0
    return result.err


def test_a_framework_of_ones_own_is_two_lines_and_is_counted_without_extracting_again(
    run: Run, papers: Path, tmp_path: Path, details: Run
) -> None:
    run("add", "toy", 2018, papers)
    details("toy", 2018)
    own = tmp_path / "own.toml"
    own.write_text('[Fillerlib]\naliases = ["invented paper"]\n')
    (papers / "one.pdf").unlink()  # nothing is read again
    table = squeeze(details("toy", 2018, "--lexicon", own).out)
    assert "Fillerlib 3 of 3 3" in table
    assert "PyTorch 2 of 3 2" in table
    assert "Fillerlib" not in details("toy", 2018).out


def test_a_framework_that_only_includes_others_is_reported(
    run: Run, papers: Path, tmp_path: Path
) -> None:
    run("add", "toy", 2018, papers)
    own = tmp_path / "own.toml"
    own.write_text('[suite]\nincludes = ["keras", "pytorch"]\n')
    for words, shown in (
        (("report", "--format", "csv"), ",suite,"),
        (("search", "-f", "suite", "--left-out"), "0 of 3 readable papers"),
        (("audit", "--sheet-out", tmp_path / "sheet.csv", "--annotator", "ann"), ""),
        (("frameworks", own, "-f", "suite"), "aliases: 0, faults: none"),
    ):
        scope = () if words[0] == "frameworks" else ("toy", 2018, "--lexicon", own)
        result = run(*words, *scope)
        assert result.code == 0, (words, result.err)
        assert shown in result.out, words


def test_a_changed_lexicon_matches_again_only_what_changed(
    run: Run, papers: Path, tmp_path: Path
) -> None:
    run("add", "toy", 2018, papers)
    run("extract")
    own = tmp_path / "own.toml"
    own.write_text('[own]\naliases = ["Keras"]\n[other]\naliases = ["PyTorch"]\n')
    assert matched(run, "--lexicon", own) == "matched 3 texts\n"
    assert matched(run, "--lexicon", own) == "nothing to match\n"
    own.write_text('[own]\naliases = ["PyTorch"]\n[other]\naliases = ["PyTorch"]\n')
    lexicon = load_lexicon(DATA_FOLDER / "frameworks.toml", [own])
    with Workspace(tmp_path / "workspace", write=True) as workspace:
        begun = Begun(workspace.facts, "match")
        stale = workspace.mentions.stale(Scope("toy"), lexicon.fingerprints, begun)
    assert [group.frameworks for group in stale] == [{"own"}]
    assert matched(run, "--lexicon", own) == "matched 3 texts\n"
    rows = read_counts(run("report", "toy", "--lexicon", own, "--format", "csv").out)
    assert {row["framework"]: row["papers"] for row in rows if row["framework"] in ("own", "other",
    "keras")} == {
        "own": "2", "other": "2", "keras": "1",
    }  # fmt: skip
    assert matched(run) == "nothing to match\n"


def test_warnings_stand_in_the_table_and_on_stderr_of_other_formats(
    run: Run, papers: Path, details: Run
) -> None:
    run("add", "toy", 2018, papers)
    for form in FORMATS:
        result = details("toy", 2018, 2019, "--format", form)
        assert ("2019: not in this report" in result.out) is (form != "csv")
        assert ("2019: not in this report" in result.err) is (form != "table")


def numbers_of(rows: Sequence[dict[str, str]]) -> set[tuple[str, str, str]]:
    return {(row["framework"], row["papers"], row["readable"]) for row in rows}


def test_all_formats_and_files_say_the_same(run: Run, papers: Path, tmp_path: Path) -> None:
    run("add", "toy", 2018, papers)
    printed = read_counts(
        run("report", "toy", 2018, "--format", "csv", "--out", tmp_path / "out").out
    )
    filed = read_counts((tmp_path / "out" / "counts.csv").read_text("utf-8"))
    document = json.loads(run("report", "toy", 2018, "--format", "json").out)["counts"]
    from_json = {(row["framework"], str(row["papers"]), str(row["readable"])) for row in document}
    assert numbers_of(printed) == numbers_of(filed) == from_json
    found = read_counts((tmp_path / "out" / "findings.csv").read_text("utf-8"))
    assert {(row["paper"], row["framework"]) for row in found if int(row["mentions"])} == {
        ("one", "pytorch"), ("two", "keras"), ("two", "pytorch"),
    }  # fmt: skip
