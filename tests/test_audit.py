"""`papertally audit` as people use it: the session, the sheet, the figures, and what they rest on."""

import csv
import io
import json
import os
import pty
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

from papertally import survey
from papertally.audit import figures
from papertally.audit.near import BARE, CODE, SLIP, SPLIT, NearFinder, slips
from papertally.audit.papers import share_right
from papertally.audit.sample import LEAST, allocate
from papertally.audit.scores import kappa, settle, weighted
from papertally.audit_model import Audit, AuditFigures, Verdict
from papertally.match import load_lexicon
from papertally.match.lexicon import Alias, Framework
from papertally.model import Status
from papertally.report.audited import corrected
from papertally.settings import Settings
from papertally.store import RunLock, Scope, Workspace
from tests.conftest import FILLER, ROOT, Result, Run

LEXICON = load_lexicon(ROOT / "data" / "frameworks.toml")
Start = Callable[..., subprocess.Popen[str]]
Answer = Callable[..., Result]
USE, MEN, OTH, UNS = Verdict.USE, Verdict.MENTION, Verdict.OTHER, Verdict.UNSURE


def write(folder: Path, papers: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in papers.items():
        (folder / f"{name}.txt").write_text(f"{FILLER}\n{text}\n", encoding="utf-8")
    return folder


@pytest.fixture
def papers(run: Run, tmp_path: Path) -> Path:
    """Twelve papers of PyTorch in 2018, one of Keras, two of them and two with a near miss in 2019."""
    first = {f"p{number:02d}": f"Trial {number} is written in PyTorch. It ran well." for number in range(12)}
    assert run("add", "toy", 2018, write(tmp_path / "a", first | {"k1": "One used Keras. It was good."})).code == 0
    second = {
        "q1": "Trial one is written in PyTorch. It ran well.",
        "q2": "Trial two is written in PyTorch. It ran well.",
        "n1": "This is done in Pyt orch alone. It ran well.",
        "n2": "This is done in PyTroch alone. It ran well.",
    }
    assert run("add", "toy", 2019, write(tmp_path / "b", second)).code == 0
    return tmp_path


@pytest.fixture
def answer(run: Run, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Run the audit with lines typed in."""

    def call(typed: str | bytes, *words: object) -> Result:
        data = typed if isinstance(typed, bytes) else typed.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        return run("audit", "toy", "2018-2019", *words)

    return call


def stored(workspace: Path, **wanted: object) -> list[tuple[object, ...]]:
    """Give paper, framework, annotator and verdict of what is stored."""
    with Workspace(workspace) as open_one:
        return [
            (one.paper, one.framework, one.annotator, str(one.verdict))
            for one in open_one.verdicts.of(Scope("toy"))
            if all(getattr(one, name) == value for name, value in wanted.items())
        ]


def summed(workspace: Path, **lens: tuple[Status, ...]) -> Audit | None:
    with Workspace(workspace) as open_one:
        return figures(open_one, Scope("toy", (2018, 2019)), LEXICON, **lens)  # type: ignore[arg-type] # a test's short cut


def of(workspace: Path, framework: str) -> AuditFigures:
    audit = summed(workspace)
    assert audit
    return next(one for one in audit.frameworks if one.framework == framework)


def sheet(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def shown(result: Result) -> list[str]:
    """Give the sentences in the order in which they were asked about."""
    return [line.strip() for line in result.err.splitlines() if "[[" in line]


# The session


def test_each_answer_is_stored_with_its_evidence(answer: Answer, papers: Path, workspace: Path) -> None:
    result = answer("u\nM\nother\n?\nUSE\n", "--annotator", "anna")
    assert result.code == 0, result.err
    assert Counter(row[3] for row in stored(workspace)) == {"use": 2, "mention": 1, "other": 1, "unsure": 1}
    with Workspace(workspace) as open_one:
        one = open_one.verdicts.of(Scope("toy"))[0]
    assert (one.kind, one.annotator, one.page, one.zone) == ("hit", "anna", 1, "body")
    assert one.sentence in shown(result)
    assert "5 of the sample's 17 are judged by anna; the same command goes on" in result.err
    assert result.out.splitlines()[-1]
    assert "PyTorch" in result.out


def test_an_item_shows_its_paper_page_zone_alias_and_question(answer: Answer, papers: Path) -> None:
    result = answer("", "-f", "keras")
    assert "1 of 1: TOY 2018, Keras by 'Keras', page 1, body" in result.err
    assert "  k1\n" in result.err
    assert shown(result) == ["One used [[Keras]]."]
    assert "is this Keras, the software?" in result.err
    assert "u(se), m(ention), o(ther: not the software), ?(unsure), b(ack), q(uit): " in result.err
    assert (result.code, result.out) == (0, "")


def test_a_listed_paper_shows_title_and_forum_link_without_control_characters(
    run: Run, answer: Answer, papers: Path
) -> None:
    notes = [{"id": "k1", "forum": "k1", "content": {"title": "A \x1b[31mred title"}, "tmdate": 1_500_000_000_000}]
    (papers / "notes.json").write_text(json.dumps(notes))
    assert run("add", "toy", 2018, "--notes", papers / "notes.json").code == 0
    result = answer("", "-f", "keras")
    assert "red title  https://openreview.net/forum?id=k1" in result.err
    assert "\x1b" not in result.err


def test_quit_goes_on_exactly_there(answer: Answer, papers: Path, workspace: Path) -> None:
    whole = shown(answer(""))
    assert len(whole) == 1
    first = answer("u\nu\nq\n")
    second = answer("u\nquit\n")
    third = answer("u\n" * 99)
    assert first.code == second.code == third.code == 0
    assert [shown(first)[-1], shown(second)[-1]] == [shown(second)[0], shown(third)[0]]
    asked = shown(first)[:-1] + shown(second)[:-1] + shown(third)
    assert len(set(asked)) == len(asked) == len(stored(workspace)) == 17
    assert "17 of the sample's 17 are judged" in third.err
    assert shown(answer("u\n")) == []


def test_back_shows_the_verdict_and_changes_or_keeps_it(answer: Answer, papers: Path, workspace: Path) -> None:
    result = answer("b\nu\nu\nu\nb\nb\no\nm\n")
    assert "this is the first one" in result.err
    assert "[use, Enter keeps it]" in result.err
    at = shown(result)
    assert at[0] == at[1]
    assert (at[5], at[6]) == (at[3], at[2])  # back twice, from the fourth
    assert at[7] == at[4], "the one between keeps its verdict"
    assert Counter(row[3] for row in stored(workspace)) == {"use": 2, "other": 1, "mention": 1}
    kept = answer("b\n\n")
    assert "Enter keeps it" in kept.err
    assert Counter(row[3] for row in stored(workspace)) == {"use": 2, "other": 1, "mention": 1}


@pytest.mark.parametrize("typed", [b"yes\nuse it\n", b"\n\n", b"\xff\xfe\n\x00\n", b"1\n", ("é" * 9999).encode()])
def test_what_is_no_answer_is_asked_again(answer: Answer, papers: Path, workspace: Path, typed: bytes) -> None:
    result = answer(typed)
    assert result.code == 0
    assert stored(workspace) == []
    assert "answer" in result.err
    assert len(set(shown(result))) == 1
    assert len(result.err) < 5000


def test_near_misses_come_last_with_a_question_of_their_own(answer: Answer, papers: Path, workspace: Path) -> None:
    result = answer("u\n" * 15 + "m\no\n")
    assert {line for line in shown(result) if "alone" in line} == set(shown(result)[-2:])
    assert set(shown(result)[-2:]) == {"This is done in [[Pyt orch]] alone.", "This is done in [[PyTroch]] alone."}
    assert "no rule found PyTorch in this paper: does it mention the software here?" in result.err
    assert len(stored(workspace, kind="near")) == 2


def test_ctrl_c_and_kill_keep_what_was_answered(start: Start, answer: Answer, papers: Path, workspace: Path) -> None:
    for number, (ended, signal_) in enumerate([(130, signal.SIGINT), (-9, signal.SIGKILL)], start=1):
        process = start("audit", "toy", 2018, stdin=subprocess.PIPE)
        assert process.stdin
        process.stdin.write("u\n")
        process.stdin.flush()
        deadline = time.monotonic() + 30
        while len(stored(workspace)) < number and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal_)
        _, err = process.communicate(timeout=30)
        assert process.returncode == ended
        assert "Traceback" not in err
        assert len(stored(workspace)) == number
    assert "3 of the sample's 17" in answer("u\n").err


def test_others_may_write_while_a_person_thinks(start: Start, run: Run, papers: Path, workspace: Path) -> None:
    process = start("audit", "toy", 2018, stdin=subprocess.PIPE)
    assert process.stdin
    process.stdin.write("u\n")
    process.stdin.flush()
    while not stored(workspace):
        time.sleep(0.05)
    time.sleep(0.2)
    assert run("match").code == 0
    with RunLock(workspace, "survey"):  # a run that is at it just then is waited for
        process.stdin.write("o\n")
        process.stdin.flush()
        time.sleep(0.5)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert len(stored(workspace)) == 2


def test_a_run_that_goes_on_and_on_ends_the_session_with_5(
    run: Run, answer: Answer, papers: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("papertally.cli.asking.PATIENCE", 0.1)
    answer("u\n")
    locks: list[RunLock] = []

    class Typed:
        def readline(self) -> str:
            locks.append(RunLock(workspace, "survey toy"))
            locks[0].__enter__()
            return "u\n"

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stdin", Typed())
    result = run("audit", "toy", 2018)
    locks[0].__exit__()
    assert result.code == 5
    assert "this last answer is not stored, all before are: another run holds the workspace" in result.err
    assert len(stored(workspace)) == 1


def test_on_a_terminal_the_hit_is_marked_by_its_looks(papers: Path) -> None:
    own, other = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "papertally", "audit", "toy", "2018", "-f", "keras"],
        stdin=other, stdout=subprocess.PIPE, stderr=other,
    )  # fmt: skip
    os.close(other)
    seen = b""
    while b"q(uit)" not in seen:
        seen += os.read(own, 4096)
    os.write(own, b"q\n")
    process.communicate(timeout=30)
    os.close(own)
    assert process.returncode == 0
    assert re.search(rb"\x1b\[[0-9;]*m(\x1b\[7m)?Keras\x1b\[0m", seen)
    assert b"[[" not in seen


# The sample


def test_the_same_seed_draws_the_same_and_another_one_does_not(run: Run, papers: Path) -> None:
    drawn = []
    for name, seed in (("one", 1), ("two", 1), ("three", 2)):
        run("audit", "toy", 2018, 2019, "--mentions", 8, "--seed", seed, "--sheet-out", papers / name)
        drawn.append([row["key"] for row in sheet(papers / name)])
    assert drawn[0] == drawn[1] != drawn[2]


def test_papers_that_come_later_leave_most_of_the_sample(run: Run, papers: Path) -> None:
    run("audit", "toy", 2018, "--mentions", 8, "--sheet-out", papers / "before")
    run("add", "toy", 2018, write(papers / "c", {"new": "The new one used PyTorch."}))
    run("audit", "toy", 2018, "--mentions", 8, "--sheet-out", papers / "after")
    before, after = ([row["key"] for row in sheet(papers / name)] for name in ("before", "after"))
    assert len(set(before) & set(after)) >= 7
    common = [key for key in before if key in after]
    assert common == [key for key in after if key in common]


def test_a_rare_framework_is_in_the_sample(run: Run, papers: Path) -> None:
    run("audit", "toy", "2018-2019", "--mentions", 6, "--near-misses", 1, "--sheet-out", papers / "s")
    strata = Counter((row["kind"], row["framework"], row["year"]) for row in sheet(papers / "s"))
    assert strata == {
        ("hit", "keras", "2018"): 1,
        ("hit", "pytorch", "2018"): 4,
        ("hit", "pytorch", "2019"): 1,
        ("near", "pytorch", "2019"): 1,
    }


@pytest.mark.parametrize("most", [0, 1, 2, 3, 7, 50, 300, 10_000])
def test_the_sample_is_shared_out_fairly(most: int) -> None:
    sizes = {(2018, "tensorflow"): 1500, (2018, "keras"): 80, (2018, "neon"): 2, (2019, "dynet"): 6}
    shares = allocate(sizes, most)
    assert sum(shares.values()) == min(most, sum(sizes.values()))
    assert all(0 <= shares[one] <= sizes[one] for one in sizes)
    if most >= len(sizes):
        assert all(shares.values())
    if most >= 50:
        assert all(shares[one] >= min(LEAST, sizes[one]) for one in sizes)
    assert shares[2018, "tensorflow"] == max(shares.values())


def test_population_and_frameworks_narrow_the_sample(run: Run, papers: Path) -> None:
    (papers / "statuses.csv").write_text("id,status\np01,accepted\nk1,accepted\np02,rejected\n")
    run("add", "toy", 2018, "--statuses", papers / "statuses.csv")
    run("audit", "toy", "2018", "--population", "accepted", "--sheet-out", papers / "s")
    assert {row["paper"] for row in sheet(papers / "s")} == {"p01", "k1"}
    run("audit", "toy", "2018", "--population", "accepted", "-f", "Keras", "--sheet-out", papers / "t")
    assert {row["paper"] for row in sheet(papers / "t")} == {"k1"}


# The sheet


def test_a_sheet_goes_out_and_comes_back(run: Run, papers: Path, workspace: Path) -> None:
    out = run("audit", "toy", "2018-2019", "--sheet-out", papers / "s.csv")
    assert (out.code, out.out) == (0, "")
    assert "wrote 17 rows" in out.err
    assert (papers / "s.csv").read_bytes().startswith("\ufeffkey,".encode())
    rows = sheet(papers / "s.csv")
    keras = next(row for row in rows if row["framework"] == "keras")
    assert keras | {"key": ""} == {
        "key": "", "kind": "hit", "venue": "toy", "year": "2018", "paper": "k1", "title": "", "link": "",
        "framework": "keras", "alias": "Keras", "page": "1", "zone": "body", "sentence": "One used [[Keras]].",
        "question": "is this Keras, the software?", "verdict": "",
    }  # fmt: skip
    for row, word in zip(rows, ["Use", "m", " OTHER ", "?", "unsure", "", "o"], strict=False):
        row["verdict"] = word
    back(papers / "t.csv", rows)
    result = run("audit", "toy", "2018-2019", "--sheet-in", papers / "t.csv", "--annotator", "Zoë  B.")
    assert result.code == 0, result.err
    assert "6 verdicts by Zoë B., 6 of them new or changed" in result.err
    assert Counter(row[3] for row in stored(workspace)) == {"use": 1, "mention": 1, "other": 2, "unsure": 2}
    assert "PyTorch" in result.out
    run("audit", "toy", "2018-2019", "--sheet-out", papers / "u.csv", "--annotator", "Zoë B.")
    words = [row["verdict"] for row in sheet(papers / "u.csv")]
    assert words[:7] == ["use", "mention", "other", "unsure", "unsure", "", "other"]


def back(path: Path, rows: list[dict[str, str]], **style: str) -> None:
    """Write a sheet as some spreadsheet would."""
    style = {"encoding": "utf-8", "delimiter": ",", "lineterminator": "\n", "first": ""} | style
    with path.open("w", encoding=style.pop("encoding"), newline="") as file:
        file.write(f"{first}{style['lineterminator']}" if (first := style.pop("first")) else "")
        writer = csv.DictWriter(file, rows[0].keys(), **style)  # type: ignore[arg-type] # csv's own options
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize(
    "style",
    [
        {"delimiter": ";"}, {"delimiter": "\t"}, {"encoding": "utf-8-sig"}, {"lineterminator": "\r\n"},
        {"delimiter": ";", "encoding": "utf-8-sig", "lineterminator": "\r\n"},
        {"delimiter": ";", "encoding": "utf-8-sig", "lineterminator": "\r\n", "first": "sep=;"},
        {"delimiter": "\t", "first": "sep=\t"}, {"delimiter": "|", "first": "SEP=|"}, {"first": '"sep=,"'},
    ],
)  # fmt: skip
def test_sheets_of_all_spreadsheets_are_read(run: Run, papers: Path, workspace: Path, style: dict[str, str]) -> None:
    run("audit", "toy", 2018, "--sheet-out", papers / "s.csv")
    rows = [{"Verdict ": "use", "note": 'my "own"; word, here', " KEY": row["key"]} for row in sheet(papers / "s.csv")]
    back(papers / "t.csv", rows, **style)
    assert run("audit", "toy", 2018, "--sheet-in", papers / "t.csv").code == 0
    assert len(stored(workspace)) == 13


HOSTILE: dict[str, tuple[Callable[[str, str], str | bytes], str]] = {
    "unknown key": (
        lambda a, b: f"key,verdict\n{a},use\nmffff,use\n",
        ":3: no mention or near miss has the key 'mffff'",
    ),
    "empty key": (lambda a, b: f"key,verdict\n{a},use\n,use\n", ":3: no mention or near miss has the key ''"),
    "unknown verdict": (lambda a, b: f"key,verdict\n{a},use\n{b},yes\n", ":3: 'yes' is no verdict"),
    "a digit": (lambda a, b: f"key,verdict\n{a},1\n", ":2: '1' is no verdict"),
    "no verdict column": (lambda a, b: f"key,verdicts\n{a},use\n", ":1: needs one column 'verdict'"),
    "no key column": (lambda a, b: f"id,verdict\n{a},use\n", ":1: needs one column 'key'"),
    "verdict twice": (lambda a, b: f"key,verdict,Verdict\n{a},use,other\n", ":1: needs one column 'verdict'"),
    "empty": (lambda a, b: "", ":1: needs one column 'key'"),
    "Latin-1": (lambda a, b: f"key,verdict,x\n{a},use,\n{b},use,Zo\xeb\n".encode("latin-1"), ":3: is not UTF-8"),
    "UTF-16": (lambda a, b: f"key,verdict\n{a},use\n".encode("utf-16"), ":1: is not UTF-8"),
    "cut off": (lambda a, b: f'key,verdict,x\n{a},use,\n{b},use,"half', ":3: is no CSV"),
    "a cell too few": (lambda a, b: f"x,key,verdict\n1,{a},use\n1,{b}\n", ":3: has 2 cells where the first line has 3"),
    "a cell too many after a separator": (
        lambda a, b: f"sep=;\nkey;verdict\n{a};use;more\n",
        ":3: has 3 cells where the first line has 2",
    ),
    "no key column after a separator": (
        lambda a, b: f"sep=;\nid;verdict\n{a};use\n",
        ":2: needs one column 'key'",
    ),
    "a separator alone": (lambda a, b: "sep=;", ":1: needs one column 'key'"),
    "a cell too many": (lambda a, b: f"key,verdict\n{a},use,more\n", ":2: has 3 cells where the first line has 2"),
    "two verdicts": (lambda a, b: f"key,verdict\n{a},use\n{a},other\n", ":3: says other of"),
    "NUL": (lambda a, b: f"key,verdict\n{a},use\0\n", ":2: "),
    # refused by the csv module, unless another module of the process lets it have larger cells; then it is no verdict
    "a huge cell": (lambda a, b: f"key,verdict\n{a},use\n{b},{'u' * 200_000}\n", ":3: "),
    "a workbook": (lambda a, b: b"PK\x03\x04\x14\x00\x06\x00\xff\xfe\x00\n", ":1: is not UTF-8"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_sheet_is_one_line_and_nothing_is_stored(run: Run, papers: Path, workspace: Path, case: str) -> None:
    run("audit", "toy", 2018, "--sheet-out", papers / "s.csv")
    make, said = HOSTILE[case]
    content = make(*(row["key"] for row in sheet(papers / "s.csv")[:2]))
    path = papers / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    result = run("audit", "toy", 2018, "--sheet-in", path)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("papertally: ")
    assert result.err.count("\n") == 1
    assert f"{path}{said}" in result.err
    assert stored(workspace) == []


def test_trailing_empty_cells_and_empty_lines_are_no_fault(run: Run, papers: Path, workspace: Path) -> None:
    run("audit", "toy", 2018, "--sheet-out", papers / "s.csv")
    key = sheet(papers / "s.csv")[0]["key"]
    (papers / "t.csv").write_text(f"key;verdict\n\n;\n{key};'u;;\n;;;\n")
    assert run("audit", "toy", 2018, "--sheet-in", papers / "t.csv").code == 0
    assert len(stored(workspace)) == 1


def test_a_sheet_that_is_there_is_not_written_over(run: Run, papers: Path) -> None:
    (papers / "s.csv").write_text("hours of work")
    result = run("audit", "toy", 2018, "--sheet-out", papers / "s.csv")
    assert result.code == 2
    assert "is there already" in result.err
    assert (papers / "s.csv").read_text() == "hours of work"


def test_cells_like_formulas_are_guarded(run: Run, papers: Path) -> None:
    run("add", "toy", 2018, write(papers / "c", {"-zz": "=cmd(1) with MXNet now."}))
    notes = [{"id": "-zz", "forum": "-zz", "content": {"title": "+SUM(A1) of it; =2+2"}, "tmdate": 1_500_000_000_000}]
    (papers / "notes.json").write_text(json.dumps(notes))
    run("add", "toy", 2018, "--notes", papers / "notes.json")
    run("audit", "toy", 2018, "-f", "mxnet", "--sheet-out", papers / "s.csv")
    (row,) = sheet(papers / "s.csv")
    assert row["title"] == "'+SUM(A1) of it;' =2+2", "some spreadsheets part cells at semicolons"
    assert row["paper"] == "-zz"
    assert not row["sentence"].startswith("=")


# The figures


def test_precision_is_that_of_statsmodels(answer: Answer, papers: Path, workspace: Path) -> None:
    answer("u\n" * 5 + "m\no\n?\n", "-f", "pytorch")
    one = of(workspace, "pytorch")
    assert (one.mentions, one.judged, one.use, one.mention, one.other, one.unsure) == (14, 8, 5, 1, 1, 1)
    assert one.precision == 6 / 7
    assert (one.low, one.high) == pytest.approx(proportion_confint(6, 7, method="wilson"))
    assert corrected(70, AuditFigures("keras")) is None


def hand_checked(run: Run, folder: Path, *words: object) -> Result:
    """Judge the sample of MXNet as wrong in the paper `big`, as right elsewhere."""
    (folder / "s.csv").unlink(missing_ok=True)
    run("audit", "toy", 2020, "-f", "mxnet", *words, "--sheet-out", folder / "s.csv")
    rows = sheet(folder / "s.csv")
    back(folder / "t.csv", [row | {"verdict": "other" if row["paper"] == "big" else "use"} for row in rows])
    return run("audit", "toy", 2020, "--sheet-in", folder / "t.csv")


@pytest.fixture
def one_big(run: Run, tmp_path: Path) -> Path:
    """One paper with 63 mentions that mean something else, thirty with one that does not."""
    big = "\n".join(f"Now {number} of MXNet." for number in range(63))
    small = {f"s{number:02d}": f"Trial {number} uses MXNet. It ran well." for number in range(30)}
    assert run("add", "toy", 2020, write(tmp_path / "c", small | {"big": big})).code == 0
    return tmp_path


def test_corrected_counts_papers_exactly_where_all_was_judged(run: Run, one_big: Path) -> None:
    printed = hand_checked(run, one_big).out
    assert re.search(r"^MXNet +93 +30 +0 +63 +0 +32\.3% .* 31 +30 \(30 to 30\)", printed, re.MULTILINE)
    report = " ".join(run("report", "toy", 2020).out.split())
    assert "2020: 31 counted, 30 corrected (30 to 30)" in report


def test_a_paper_with_many_mentions_is_one_paper_of_the_corrected_count(run: Run, one_big: Path) -> None:
    printed = hand_checked(run, one_big, "--mentions", 30).out
    found = re.search(r"^MXNet +30 .* 31 +(\d+) \((\d+) to (\d+)\)", printed, re.MULTILINE)
    assert found, printed
    value, low, high = map(int, found.groups())
    assert value == 30, "not 31 x the precision of mentions, which is about a third"
    assert low < 30 < high
    told = " ".join(printed.split())
    assert "corrected: papers x the share of them that do mention it" in told
    assert "too low rather than too high" in told


def test_the_mean_of_many_samples_is_near_the_true_share_of_papers() -> None:
    chosen = random.Random(7)  # noqa: S311 - no secret
    papers = [((2018, "torch"), number) for number in range(40)]
    sizes = [63, 20, 9, 9, *[3] * 12, *[1] * 24]
    right = {paper: number >= 2 and number % 4 > 0 for number, paper in enumerate(papers)}
    mentions = [paper for paper, size in zip(papers, sizes, strict=True) for _ in range(size)]
    truth, shares, held = sum(right.values()) / len(papers), [], 0
    for _ in range(400):
        found = share_right(mentions, [(paper, right[paper]) for paper in chosen.sample(mentions, 40)])
        assert found
        share, low, high = found
        shares.append(share)
        held += low <= truth <= high
    assert sum(shares) / len(shares) == pytest.approx(truth, abs=0.02)
    assert held / len(shares) > 0.9
    of_mentions = sum(map(right.__getitem__, mentions)) / len(mentions)
    assert abs(of_mentions - truth) > 0.2, "the precision of mentions says something else"


def test_the_share_of_papers_at_its_edges() -> None:
    one, two = ((2018, "a"), 1), ((2018, "a"), 2)
    assert share_right([one, two], []) is None
    assert share_right([one, one, two, two], [(one, True), (two, True)]) == (1, 1, 1), "nothing is left to chance"
    assert share_right([one, one, two, two], [(one, False), (one, True), (two, False), (two, False)]) == (0.5,) * 3
    share, low, high = share_right([one, one, two], [(one, False)]) or (-1, -1, -1)
    assert (share, low) == (0, 0)
    assert 0 < high < 1


def counted(run: Run, folder: Path, *words: object) -> str:
    statuses = folder / "statuses.csv"
    statuses.write_text("id,status\ns01,accepted\nbig,accepted\n")
    assert run("add", "toy", 2020, "--statuses", statuses).code == 0
    return " ".join(run("report", "toy", 2020, "-f", "mxnet", *words).out.split())


@pytest.mark.parametrize(
    "words", [("--population", "accepted"), ("--zone", "body"), ("--count", "grouped"), ("--count", "only")]
)
def test_other_papers_than_those_checked_are_not_corrected(run: Run, one_big: Path, words: tuple[str, str]) -> None:
    hand_checked(run, one_big)
    measured = "93 mentions of MXNet read in all papers and zones, precision overall 32.3 % ("
    plain, printed = counted(run, one_big), counted(run, one_big, *words)
    assert "30 corrected" in plain
    assert measured not in plain
    assert "corrected" not in printed
    assert measured in printed
    run("report", "toy", 2020, "-f", "mxnet", *words, "--out", one_big / "out")
    assert measured in (one_big / "out" / "method.md").read_text("utf-8")
    assert "全部论文" in run("report", "toy", 2020, "-f", "mxnet", *words, "--lang", "zh").out


def test_all_together_is_weighted_by_the_strata() -> None:
    sizes = {(2018, "a"): 900, (2018, "b"): 100, (2019, "c"): 7}
    share, low, high = weighted(sizes, {(2018, "a"): (45, 50), (2018, "b"): (10, 50)})
    assert share == pytest.approx(0.9 * 45 / 50 + 0.1 * 10 / 50)
    effective = 1000**2 / (900**2 / 50 + 100**2 / 50)
    assert (low, high) == pytest.approx(proportion_confint(share * effective, effective, method="wilson"))
    assert low < share < high
    assert weighted(sizes, {(2018, "a"): (3, 3), (2019, "c"): (2, 2)})[::2] == (1.0, 1.0)
    assert weighted(sizes, {(2018, "a"): (30, 40)}) == pytest.approx(
        (0.75, *proportion_confint(30, 40, method="wilson"))
    )


def test_two_annotators_and_their_kappa(answer: Answer, papers: Path, workspace: Path) -> None:
    first, second = "uuummoou", "umummou?"
    answer("\n".join(first) + "\n", "--annotator", "anna")
    answer("\n".join(second) + "\n", "--annotator", "ben")
    result = answer("", "--annotator", "ben")
    order = "umo?"
    table = [[sum((a, b) == (x, y) for a, b in zip(first, second, strict=True)) for y in order] for x in order]
    expected = cohens_kappa(table, return_results=True)["kappa"]
    audit = summed(workspace)
    assert audit
    (pair,) = audit.agreements
    assert (pair.first, pair.second, pair.items, pair.same, pair.software) == ("anna", "ben", 8, 5, 6)
    assert pair.kappa == pytest.approx(expected)
    assert audit.overall.kappa == pytest.approx(expected)
    assert (audit.overall.annotators, audit.overall.judged) == (2, 8)
    said = f"agreement of anna and ben: 5 of 8 alike in the four words, Cohen's kappa {expected:.2f}; 6 of 8 alike on "
    assert f"{said}whether it is the software." in " ".join(result.out.split())


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], None),
        ([(USE, USE)] * 3, None),
        ([(USE, OTH), (OTH, USE)], -1.0),
        ([(USE, USE), (OTH, OTH)], 1.0),
        ([(USE, OTH)] * 3, 0.0),
    ],
)
def test_kappa_at_its_edges(pairs: list[tuple[Verdict, Verdict]], expected: float | None) -> None:
    assert kappa(pairs) == expected


@pytest.mark.parametrize(
    ("votes", "settled"),
    [
        ([USE], USE),
        ([USE, MEN], MEN),
        ([USE, USE, MEN], USE),
        ([USE, OTH], UNS),
        ([USE, MEN, OTH], MEN),
        ([OTH, OTH, USE], OTH),
        ([UNS, USE], USE),
        ([UNS], UNS),
    ],
)
def test_several_verdicts_are_settled_by_the_majority(votes: list[Verdict], settled: Verdict) -> None:
    assert settle(votes) == settled


def test_near_misses_give_an_upper_view_on_recall(answer: Answer, papers: Path, workspace: Path) -> None:
    answer("u\n" * 15 + "m\no\n")
    one = of(workspace, "pytorch")
    assert (one.papers, one.near, one.near_judged, one.near_true, one.missed) == (14, 2, 2, 1, 1.0)
    assert one.recall_view == one.recall_low == 14 / 15, "every near miss was judged"
    assert of(workspace, "keras").recall_view is None, "no near miss, no evidence"
    audit = summed(workspace)
    assert audit
    assert audit.overall.recall_view == 15 / 16
    result = answer("")
    assert "recall at most" in result.out
    assert "2 papers without a mention hold a near miss; 1 of 2 judged" in " ".join(result.out.split())


def test_a_part_of_the_near_misses_gives_a_lower_view_on_recall_too(run: Run, papers: Path, workspace: Path) -> None:
    for number in range(20):
        (papers / "a" / f"near{number}.txt").write_text(f"{FILLER}\nThis uses PyTorsh, number {number}.\n")
    run("add", "toy", 2018, papers / "a")
    run("audit", "toy", 2018, "-f", "pytorch", "--sheet-out", papers / "s.csv")
    rows = sheet(papers / "s.csv")
    near = [row["key"] for row in rows if row["kind"] == "near"]
    path = papers / "t.csv"
    path.write_text(
        "key,verdict\n" + "".join(f"{key},{'use' if at < 2 else 'other'}\n" for at, key in enumerate(near[:10]))
    )
    run("audit", "toy", 2018, "-f", "pytorch", "--sheet-in", path)
    one = of(workspace, "pytorch")
    assert one.near_judged == 10
    share = proportion_confint(
        2 * (one.near - 1) / (one.near - 10), 10 * (one.near - 1) / (one.near - 10), method="wilson"
    )
    assert one.missed == one.near * 2 / 10
    assert one.recall_view == one.papers / (one.papers + one.missed)
    assert one.recall_low == pytest.approx(one.papers / (one.papers + one.near * share[1]))


def test_recall_is_not_known_before_near_misses_are_judged(answer: Answer, papers: Path, workspace: Path) -> None:
    result = answer("u\nu\n")
    assert of(workspace, "pytorch").recall_view is None
    assert "recall: not known" in result.out


def test_nothing_judged_is_no_figure(answer: Answer, papers: Path, workspace: Path) -> None:
    assert summed(workspace) is None
    result = answer("")
    assert (result.code, result.out) == (0, "")
    assert "nothing is judged yet" in result.err


# What becomes of verdicts later


def test_a_changed_text_does_not_inherit_a_verdict(run: Run, answer: Answer, papers: Path, workspace: Path) -> None:
    answer("u\n", "-f", "keras")
    assert of(workspace, "keras").judged == 1
    path = papers / "a" / "k1.txt"
    path.write_text(f"New words stand in front. {FILLER}\nOne used Keras. It was good.\n")
    run("add", "toy", 2018, papers / "a")
    result = answer("", "-f", "keras")
    assert of(workspace, "keras").judged == 1, "the same words elsewhere in the text are the same mention"
    assert shown(result) == []
    path.write_text(f"{FILLER}\nNobody used Keras. It was bad.\n")
    run("add", "toy", 2018, papers / "a")
    result = answer("", "-f", "keras")
    assert shown(result) == ["Nobody used [[Keras]]."]
    audit = summed(workspace)
    assert audit
    assert audit.frameworks == ()
    assert stored(workspace) == [("k1", "keras", stored(workspace)[0][2], "use")], "the evidence is kept"


def test_the_same_words_twice_are_two_items(run: Run, papers: Path, workspace: Path) -> None:
    again = f"{'x ' * 100}\nWe used MXNet here.\n{'x ' * 100}\n"
    run("add", "toy", 2018, write(papers / "c", {"m": again + again}))
    run("audit", "toy", 2018, "-f", "mxnet", "--sheet-out", papers / "s.csv")
    assert len({row["key"] for row in sheet(papers / "s.csv")}) == 2


def test_verdicts_on_what_changed_rules_no_longer_find_are_not_used(
    run: Run, answer: Answer, papers: Path, workspace: Path
) -> None:
    answer("o\n" * 99)
    assert of(workspace, "pytorch").judged == 14
    own = papers / "own.toml"
    own.write_text('[pytorch]\naliases = ["Trial one is written in PyTorch"]\n')
    result = answer("", "--lexicon", own)
    assert "Keras" in result.out
    assert "torch" not in result.out.lower(), "what is found now are other words"
    assert len(stored(workspace, kind="hit")) == 15
    answer("q\n")
    assert of(workspace, "pytorch").judged == 14


def test_a_near_miss_that_a_new_rule_finds_is_no_near_miss(answer: Answer, papers: Path, workspace: Path) -> None:
    answer("u\n" * 99)
    own = papers / "own.toml"
    own.write_text('[pytorch]\naliases = ["PyTorch", "Pyt orch", "PyTroch"]\n')
    result = answer("", "--lexicon", own)
    assert "recall: not known" in result.out


# Near misses


@pytest.mark.parametrize(
    ("text", "framework", "form", "hit"),
    [
        ("We use Pyt orch here.", "pytorch", SPLIT, "Pyt orch"),
        ("the Tensor flow toolkit", "tensorflow", SPLIT, "Tensor flow"),
        ("a tensor-\nflow model", "tensorflow", SPLIT, "tensor-\nflow"),
        ("We use PyTroch here.", "pytorch", SLIP, "PyTroch"),
        ("in Tensoflow.", "tensorflow", SLIP, "Tensoflow"),
        ("in KKeras.", "keras", SLIP, "KKeras"),
        ("call torch.einsum of it", "pytorch", CODE, "torch.einsum"),
        ("call tf.sparse of it", "tensorflow", CODE, "tf.sparse"),
        ("import keras", "keras", CODE, "import keras"),
        ("from jax import grad", "jax", CODE, "from jax import"),
        ("by Edward Hall", "edward", BARE, "Edward"),
        ("é \U0001f600 PyTroch", "pytorch", SLIP, "PyTroch"),
    ],
)
def test_near_misses_are_found(text: str, framework: str, form: str, hit: str) -> None:
    finder = NearFinder(LEXICON.frameworks)
    found = {one.framework: one for one in finder.find(text)}
    assert framework in found
    assert (found[framework].alias, text[found[framework].start : found[framework].end]) == (form, hit)


@pytest.mark.parametrize("hit", ["Frame-Kit", "framekit", "FrameKlt", "Fr amekit", "frame\nkit"])
def test_near_misses_of_a_name_of_two_words_are_found(hit: str) -> None:
    finder = NearFinder([Framework("framekit", "Frame Kit", (Alias("Frame Kit", case=True),))])
    assert [one.framework for one in finder.find(f"We use {hit} here.")] == ["framekit"]


@pytest.mark.parametrize(
    "text",
    ["tf.idf weights", "PyTorch 2", "Keras2 and Kerass? no: keras", "the flow of a tensor", "a jaw"],
)
def test_what_is_no_near_miss(text: str) -> None:
    assert NearFinder(LEXICON.frameworks).find(text) == []


def test_the_strongest_near_miss_stands_for_a_paper() -> None:
    text = "import pytorch\fthen PyTroch and at last Pyt orch"
    (one,) = NearFinder(LEXICON.frameworks).find(text, 7)
    assert (one.alias, one.page, one.file, text[one.start : one.end]) == (SPLIT, 2, 7, "Pyt orch")


def test_slips_leave_digits_and_plurals_alone() -> None:
    assert {"pytroch", "pytorc", "pyytorch", "pytarch"} <= slips("pytorch")
    assert not {"pytorch", "pytorchs", "pytorch2", "hcrotyp"} & slips("pytorch")
    assert "tensor3tensor" not in slips("tensor2tensor")


@pytest.mark.parametrize("piece", ["tensor ", "Py-\n", "tf.", "import ", "pytroch ", "a" * 50, "ttttttt ", "\f", "é"])
def test_the_search_is_linear(piece: str) -> None:
    finder = NearFinder(LEXICON.frameworks)

    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        best = 9e9
        for _ in range(3):
            begun = time.process_time()
            finder.find(text)
            best = min(best, time.process_time() - begun)
        return best

    assert seconds(400_000) < 12 * seconds(100_000) + 0.05  # 4 if linear, 16 if quadratic


def test_texts_are_searched_once(run: Run, answer: Answer, papers: Path, workspace: Path) -> None:
    answer("")
    with Workspace(workspace) as open_one:
        done = open_one.near.scanned(NearFinder.rules_of(LEXICON.frameworks))
    assert len(done) == 17
    run("add", "toy", 2019, write(papers / "c", {"n3": "This is in Pyt orch."}))
    answer("")
    with Workspace(workspace) as open_one:
        assert len(open_one.near.scanned(NearFinder.rules_of(LEXICON.frameworks))) == 18
        assert len(open_one.near.of("toy", 2019, NearFinder.rules_of(LEXICON.frameworks))) == 3


# Wrong use


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-f", "nosuch"), "'nosuch' is not a framework"),
        (("--population", "best"), "'best' is no population"),
        (("--mentions", "-1"), "--mentions"),
        (("--annotator", " "), "--annotator"),
        (("--annotator", "a\x1bb"), "--annotator"),
        (("--sheet-in", "/no/such.csv"), "/no/such.csv"),
        (("--sheet-in", "/tmp"), "/tmp"),  # noqa: S108 - a folder is no sheet
        (("--sheet-out", "/no/such/s.csv"), "/no/such/s.csv"),
        (("--sheet-in", "a", "--sheet-out", "b"), "name one of them"),
    ],
)
def test_wrong_use_is_one_line(run: Run, papers: Path, words: tuple[str, ...], said: str) -> None:
    result = run("audit", "toy", 2018, *words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("papertally: ")
    assert result.err.count("\n") == 1
    assert said in result.err


def test_years_that_are_not_stored_are_told(run: Run, papers: Path) -> None:
    result = run("audit", "toy", "2018-2020", "--sheet-out", papers / "s.csv")
    assert result.code == 0
    assert "nothing is stored for toy 2020" in result.err
    assert run("audit", "toy", 2031).code == 2


def test_a_sample_of_nothing_is_told(run: Run, answer: Answer, papers: Path) -> None:
    result = answer("", "-f", "flax")
    assert result.code == 0
    assert "there is nothing to judge" in result.err


def test_the_run_is_in_the_record(answer: Answer, run: Run, papers: Path) -> None:
    answer("u\nq\n")
    runs = json.loads(run("status", "--format", "json").out)["runs"]
    assert (runs[0]["command"], runs[0]["exit_code"]) == ("audit toy 2018 2019", 0)
    assert survey.read_lexicon(Settings(Path())).frameworks


def test_the_sample_is_of_the_listing_that_is_asked_for(run: Run, tmp_path: Path) -> None:
    folder = write(tmp_path / "dated", {"a": "All is in Keras.", "b": "All is in Keras, too."})
    for day, papers in (("2018-01-01", "ab"), ("2019-01-01", "a")):
        notes = [{"id": paper, "content": {"title": paper}} for paper in papers]
        (tmp_path / "notes.json").write_text(json.dumps({"notes": notes}))
        assert run("add", "toy", 2018, folder, "--notes", tmp_path / "notes.json", "--listed-on", day).code == 0
    for words, papers in (((), ["a"]), (("--as-of", "2018-06-01"), ["a", "b"])):
        sheet = tmp_path / f"{len(papers)}.csv"
        assert run("audit", "toy", 2018, *words, "--sheet-out", sheet).code == 0
        with sheet.open(encoding="utf-8-sig", newline="") as handle:
            assert sorted(row["paper"] for row in csv.DictReader(handle)) == papers
    assert "no listing as old" in run("audit", "toy", 2018, "--as-of", "2001-01-01").err
