"""`papertally audit` as people use it: the session and its sample."""

import csv
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from papertally import pipeline
from papertally.audit.sampling import MIN_PER_STRATUM, allocate
from papertally.models import Scope
from papertally.settings import Settings
from papertally.store.lock import RunLock
from papertally.store.workspace import Workspace
from tests.helpers.audit import RunAudit, read_sheet, shown_sentences, stored_verdicts, write_papers
from tests.helpers.command import Run

Start = Callable[..., subprocess.Popen[str]]


# The session


def test_each_answer_is_stored_with_its_evidence(
    run_audit: RunAudit, audited: Path, workspace: Path
) -> None:
    result = run_audit("u\nM\nother\n?\nUSE\n", "--annotator", "anna")
    assert result.code == 0, result.err
    assert Counter(row[3] for row in stored_verdicts(workspace)) == {
        "use": 2,
        "mention": 1,
        "other": 1,
        "unsure": 1,
    }
    with Workspace(workspace) as open_one:
        record = open_one.verdicts.of(Scope("toy"))[0]
    assert (record.kind, record.annotator, record.page, record.zone) == ("hit", "anna", 1, "body")
    assert record.sentence in shown_sentences(result)
    assert (
        "5 of the sample's 17 are judged by anna; run the same command again to continue"
        in result.err
    )
    assert result.out.splitlines()[-1]
    assert "PyTorch" in result.out


def test_an_item_shows_its_paper_page_zone_alias_and_question(
    run_audit: RunAudit, audited: Path
) -> None:
    result = run_audit("", "-f", "keras")
    assert "1 of 1: TOY 2018, Keras by 'Keras', page 1, body" in result.err
    assert "  k1\n" in result.err
    assert shown_sentences(result) == ["One used [[Keras]]."]
    assert "is this Keras, the software?" in result.err
    assert "u(se), m(ention), o(ther: not the software), ?(unsure), b(ack), q(uit): " in result.err
    assert (result.code, result.out) == (0, "")


def test_a_listed_paper_shows_title_and_forum_link_without_control_characters(
    run: Run, run_audit: RunAudit, audited: Path
) -> None:
    notes = [
        {
            "id": "k1",
            "forum": "k1",
            "content": {"title": "A \x1b[31mred title"},
            "tmdate": 1_500_000_000_000,
        }
    ]
    (audited / "notes.json").write_text(json.dumps(notes))
    assert run("add", "toy", 2018, "--notes", audited / "notes.json").code == 0
    result = run_audit("", "-f", "keras")
    assert "red title  https://openreview.net/forum?id=k1" in result.err
    assert "\x1b" not in result.err


def test_quit_goes_on_exactly_there(run_audit: RunAudit, audited: Path, workspace: Path) -> None:
    whole = shown_sentences(run_audit(""))
    assert len(whole) == 1
    first = run_audit("u\nu\nq\n")
    second = run_audit("u\nquit\n")
    third = run_audit("u\n" * 99)
    assert first.code == second.code == third.code == 0
    assert [shown_sentences(first)[-1], shown_sentences(second)[-1]] == [
        shown_sentences(second)[0],
        shown_sentences(third)[0],
    ]
    asked = shown_sentences(first)[:-1] + shown_sentences(second)[:-1] + shown_sentences(third)
    assert len(set(asked)) == len(asked) == len(stored_verdicts(workspace)) == 17
    assert "17 of the sample's 17 are judged" in third.err
    assert shown_sentences(run_audit("u\n")) == []


def test_back_shows_the_verdict_and_changes_or_keeps_it(
    run_audit: RunAudit, audited: Path, workspace: Path
) -> None:
    result = run_audit("b\nu\nu\nu\nb\nb\no\nm\n")
    assert "this is the first one" in result.err
    assert "[use, Enter keeps it]" in result.err
    at = shown_sentences(result)
    assert at[0] == at[1]
    assert (at[5], at[6]) == (at[3], at[2])  # back twice, from the fourth
    assert at[7] == at[4], "the one between keeps its verdict"
    assert Counter(row[3] for row in stored_verdicts(workspace)) == {
        "use": 2,
        "other": 1,
        "mention": 1,
    }
    kept = run_audit("b\n\n")
    assert "Enter keeps it" in kept.err
    assert Counter(row[3] for row in stored_verdicts(workspace)) == {
        "use": 2,
        "other": 1,
        "mention": 1,
    }


@pytest.mark.parametrize(
    "typed", [b"yes\nuse it\n", b"\n\n", b"\xff\xfe\n\x00\n", b"1\n", ("é" * 9999).encode()]
)
def test_what_is_no_answer_is_asked_again(
    run_audit: RunAudit, audited: Path, workspace: Path, typed: bytes
) -> None:
    result = run_audit(typed)
    assert result.code == 0
    assert stored_verdicts(workspace) == []
    assert "answer" in result.err
    assert len(set(shown_sentences(result))) == 1
    assert len(result.err) < 5000


def test_near_misses_come_last_with_a_question_of_their_own(
    run_audit: RunAudit, audited: Path, workspace: Path
) -> None:
    result = run_audit("u\n" * 15 + "m\no\n")
    assert {line for line in shown_sentences(result) if "alone" in line} == set(
        shown_sentences(result)[-2:]
    )
    assert set(shown_sentences(result)[-2:]) == {
        "This is done in [[Pyt orch]] alone.",
        "This is done in [[PyTroch]] alone.",
    }
    assert "no rule found PyTorch in this paper: does it mention the software here?" in result.err
    assert len(stored_verdicts(workspace, kind="near")) == 2


def test_ctrl_c_and_kill_keep_what_was_answered(
    start: Start, run_audit: RunAudit, audited: Path, workspace: Path
) -> None:
    for number, (ended, signal_) in enumerate(
        [(130, signal.SIGINT), (-9, signal.SIGKILL)], start=1
    ):
        process = start("audit", "toy", 2018, stdin=subprocess.PIPE)
        assert process.stdin
        process.stdin.write("u\n")
        process.stdin.flush()
        deadline = time.monotonic() + 30
        while len(stored_verdicts(workspace)) < number and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal_)
        _, err = process.communicate(timeout=30)
        assert process.returncode == ended
        assert "Traceback" not in err
        assert len(stored_verdicts(workspace)) == number
    assert "3 of the sample's 17" in run_audit("u\n").err


def test_others_may_write_while_a_person_thinks(
    start: Start, run: Run, audited: Path, workspace: Path
) -> None:
    process = start("audit", "toy", 2018, stdin=subprocess.PIPE)
    assert process.stdin
    process.stdin.write("u\n")
    process.stdin.flush()
    while not stored_verdicts(workspace):
        time.sleep(0.05)
    time.sleep(0.2)
    assert run("match").code == 0
    with RunLock(workspace, "survey"):  # a run that is at it just then is waited for
        process.stdin.write("o\n")
        process.stdin.flush()
        time.sleep(0.5)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert len(stored_verdicts(workspace)) == 2


def test_a_run_that_goes_on_and_on_ends_the_session_with_5(
    run: Run, run_audit: RunAudit, audited: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("papertally.cli.audit_prompt.MAX_SECONDS_LOCKED", 0.1)
    run_audit("u\n")
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
    assert "the last answer was not stored, earlier ones were" in result.err
    assert len(stored_verdicts(workspace)) == 1


def test_on_a_terminal_the_hit_is_marked_by_its_looks(audited: Path) -> None:
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


def test_the_same_seed_draws_the_same_and_another_one_does_not(run: Run, audited: Path) -> None:
    drawn = []
    for name, seed in (("one", 1), ("two", 1), ("three", 2)):
        run(
            "audit",
            "toy",
            2018,
            2019,
            "--mentions",
            8,
            "--seed",
            seed,
            "--sheet-out",
            audited / name,
        )
        drawn.append([row["key"] for row in read_sheet(audited / name)])
    assert drawn[0] == drawn[1] != drawn[2]


def test_papers_that_come_later_leave_most_of_the_sample(run: Run, audited: Path) -> None:
    run("audit", "toy", 2018, "--mentions", 8, "--sheet-out", audited / "before")
    run("add", "toy", 2018, write_papers(audited / "c", {"new": "The new one used PyTorch."}))
    run("audit", "toy", 2018, "--mentions", 8, "--sheet-out", audited / "after")
    before, after = (
        [row["key"] for row in read_sheet(audited / name)] for name in ("before", "after")
    )
    assert len(set(before) & set(after)) >= 7
    common = [key for key in before if key in after]
    assert common == [key for key in after if key in common]


def test_a_rare_framework_is_in_the_sample(run: Run, audited: Path) -> None:
    run(
        "audit",
        "toy",
        "2018-2019",
        "--mentions",
        6,
        "--near-misses",
        1,
        "--sheet-out",
        audited / "s",
    )
    strata = Counter(
        (row["kind"], row["framework"], row["year"]) for row in read_sheet(audited / "s")
    )
    assert strata == {
        ("hit", "keras", "2018"): 1,
        ("hit", "pytorch", "2018"): 4,
        ("hit", "pytorch", "2019"): 1,
        ("near", "pytorch", "2019"): 1,
    }


def test_the_sample_is_shared_out_fairly() -> None:
    for most in [0, 1, 2, 3, 7, 50, 300, 10_000]:
        sizes = {
            (2018, "tensorflow"): 1500,
            (2018, "keras"): 80,
            (2018, "neon"): 2,
            (2019, "dynet"): 6,
        }
        shares = allocate(sizes, most)
        assert sum(shares.values()) == min(most, sum(sizes.values())), most
        assert all(0 <= shares[stratum] <= sizes[stratum] for stratum in sizes), most
        if most >= len(sizes):
            assert all(shares.values()), most
        if most >= 50:
            assert all(
                shares[stratum] >= min(MIN_PER_STRATUM, sizes[stratum]) for stratum in sizes
            ), most
        assert shares[2018, "tensorflow"] == max(shares.values()), most


def test_population_and_frameworks_narrow_the_sample(run: Run, audited: Path) -> None:
    (audited / "statuses.csv").write_text("id,status\np01,accepted\nk1,accepted\np02,rejected\n")
    run("add", "toy", 2018, "--statuses", audited / "statuses.csv")
    run("audit", "toy", "2018", "--population", "accepted", "--sheet-out", audited / "s")
    assert {row["paper"] for row in read_sheet(audited / "s")} == {"p01", "k1"}
    run(
        "audit",
        "toy",
        "2018",
        "--population",
        "accepted",
        "-f",
        "Keras",
        "--sheet-out",
        audited / "t",
    )
    assert {row["paper"] for row in read_sheet(audited / "t")} == {"k1"}


# Wrong use


def test_wrong_use_is_one_line(run: Run, audited: Path) -> None:
    for words, said in [
        (("-f", "nosuch"), "'nosuch' is not a framework"),
        (("--population", "best"), "'best' is not a population"),
        (("--mentions", "-1"), "--mentions"),
        (("--annotator", " "), "--annotator"),
        (("--annotator", "a\x1bb"), "--annotator"),
        (("--sheet-in", "/no/such.csv"), "/no/such.csv"),
        (("--sheet-in", "/tmp"), "/tmp"),  # noqa: S108 - a folder is no sheet
        (("--sheet-out", "/no/such/s.csv"), "/no/such/s.csv"),
        (("--sheet-in", "a", "--sheet-out", "b"), "use only one"),
    ]:
        result = run("audit", "toy", 2018, *words)
        assert (result.code, result.out) == (2, ""), words
        assert result.err.startswith("papertally: "), words
        assert result.err.count("\n") == 1, words
        assert said in result.err, words


def test_years_that_are_not_stored_are_told(run: Run, audited: Path) -> None:
    result = run("audit", "toy", "2018-2020", "--sheet-out", audited / "s.csv")
    assert result.code == 0
    assert "nothing is stored for toy 2020" in result.err
    assert run("audit", "toy", 2031).code == 2


def test_a_sample_of_nothing_is_told(run: Run, run_audit: RunAudit, audited: Path) -> None:
    result = run_audit("", "-f", "flax")
    assert result.code == 0
    assert "there is nothing to judge" in result.err


def test_the_run_is_in_the_record(run_audit: RunAudit, run: Run, audited: Path) -> None:
    run_audit("u\nq\n")
    runs = json.loads(run("status", "--format", "json").out)["runs"]
    assert (runs[0]["command"], runs[0]["exit_code"]) == ("audit toy 2018 2019", 0)
    assert pipeline.read_lexicon(Settings(Path())).frameworks


def test_the_sample_is_of_the_listing_that_is_asked_for(run: Run, tmp_path: Path) -> None:
    folder = write_papers(
        tmp_path / "dated", {"a": "All is in Keras.", "b": "All is in Keras, too."}
    )
    for day, papers in (("2018-01-01", "ab"), ("2019-01-01", "a")):
        notes = [{"id": paper, "content": {"title": paper}} for paper in papers]
        (tmp_path / "notes.json").write_text(json.dumps({"notes": notes}))
        assert (
            run(
                "add", "toy", 2018, folder, "--notes", tmp_path / "notes.json", "--listed-on", day
            ).code
            == 0
        )
    for words, papers in (((), ["a"]), (("--as-of", "2018-06-01"), ["a", "b"])):
        sheet = tmp_path / f"{len(papers)}.csv"
        assert run("audit", "toy", 2018, *words, "--sheet-out", sheet).code == 0
        with sheet.open(encoding="utf-8-sig", newline="") as handle:
            assert sorted(row["paper"] for row in csv.DictReader(handle)) == papers
    assert "no listing on or before" in run("audit", "toy", 2018, "--as-of", "2001-01-01").err
