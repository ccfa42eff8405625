"""Texts that no paper can have: they cost only themselves, whichever stage meets them."""

import json
import sqlite3
import subprocess
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from papertally.match.lexicon import Alias, Framework
from papertally.match.matcher import Matcher
from papertally.match.time_limit import TextTimeoutError, limited_time
from papertally.models import Outcome
from papertally.store.connection import DATABASE
from papertally.store.schema import MIGRATIONS
from tests.helpers.archives import make_zip
from tests.helpers.command import Run
from tests.helpers.local_papers import MINE, check_done, read_ledger
from tests.helpers.pdfs import FILLER

TIME_LIMIT = "papertally.match.time_limit.SECONDS"
SLOW_FOR_DIGITS = r"[0-9](([01]|[12]|[23 ]|[\n -8]?){200}[0-3][\n -8]{250}z)?|Keras"
"""For each digit RE2 reads on for hundreds of characters, in hundreds of states."""
DIGITS = "".join(Random(1).choices("0123456789 \n.-", k=40_000))  # noqa: S311 - no secrets
MATCHED = f"{FILLER}\nWe use Keras.\n"


def stored(run: Run, folder: Path, *names: str) -> None:
    """Add a paper of each name, with a mention, and match them."""
    for name in names:
        (folder / "papers").mkdir(exist_ok=True)
        (folder / "papers" / f"{name}.txt").write_text(f"{MATCHED}{name}\n", "utf-8")
    check_done(run("add", *MINE, folder / "papers"))
    check_done(run("report", *MINE))


def change(workspace: Path, *statements: str, body: bytes = b"") -> None:
    """Change the database as another version, or an accident, may have left it."""
    db = sqlite3.connect(workspace / DATABASE)
    with db:
        for statement in statements:
            db.execute(statement, (body,) if "?" in statement else ())
    db.close()


def query(workspace: Path, statement: str) -> list[tuple[Any, ...]]:
    db = sqlite3.connect(workspace / DATABASE)
    rows = db.execute(statement).fetchall()
    db.close()
    return rows


def make_first_long(workspace: Path, text: bytes) -> None:
    """Store a text to be matched for the first paper, and make it and the second one long."""
    change(
        workspace,
        "UPDATE text SET ruleset = NULL",
        "UPDATE text SET letters = 600000 WHERE file < 3",
        "UPDATE body SET text = ? WHERE file = 1",
        body=zlib.compress(text),
    )


def test_longer_texts_are_unreadable_with_their_size(
    run: Run, tmp_path: Path, workspace: Path
) -> None:
    path = make_zip(
        tmp_path / "in.zip",
        ("good.txt", MATCHED),
        ("letters.txt", "REFERENCES\n" * 520_000),
        ("cleaned.txt", "\ufdfa" * 400_000),  # 15 letters each, once it is cleaned
        ("digits.txt", ", 2016.\n" * 1_100_000),
    )
    check_done(run("add", *MINE, path))
    assert run("extract", "mine", "--max-failures", "1").code == 0
    rows = read_ledger(workspace)
    assert {paper: (row.ledger, row.reason) for paper, row in rows.items()} == {
        "good": (Outcome.OK, ""),
        "letters": (Outcome.UNREADABLE, "too long: 5.2 million letters"),
        "cleaned": (Outcome.UNREADABLE, "too long: 6.0 million letters"),
        "digits": (Outcome.UNREADABLE, "too long: 8.8 million characters"),
    }
    assert "Keras" in run("report", *MINE).out


def test_long_texts_of_an_earlier_version_are_left_out(
    run: Run, tmp_path: Path, workspace: Path
) -> None:
    stored(run, tmp_path, "long", "short")
    change(
        workspace,
        "UPDATE text SET letters = 28000000, ruleset = NULL WHERE file = 1",
        f"PRAGMA user_version = {len(MIGRATIONS) - 1}",
    )
    check_done(run("match"))
    rows = read_ledger(workspace)
    assert (rows["long"].ledger, rows["long"].reason) == (
        Outcome.UNREADABLE,
        "too long: 28.0 million letters",
    )
    assert rows["short"].ledger == Outcome.OK


def test_a_stored_text_without_end_costs_only_itself(
    run: Run, tmp_path: Path, workspace: Path
) -> None:
    stored(run, tmp_path, "bomb", "good")
    change(
        workspace,
        "UPDATE body SET text = ? WHERE file = 1",
        "UPDATE text SET ruleset = NULL, saved = random()",
        body=zlib.compress(b"1" * (1 << 26), 1),
    )
    searched = run("search", "nothing of it")
    assert (searched.code, searched.err.count("\n")) == (1, 1)
    assert "run `papertally match`" in searched.err
    check_done(run("match"))
    rows = read_ledger(workspace)
    assert (rows["bomb"].ledger, rows["good"].ledger) == (Outcome.UNREADABLE, Outcome.OK)
    assert run("search", "nothing of it").code == 0


def test_long_texts_are_matched_last_and_the_one_that_a_killed_run_was_at_after_these(
    run: Run, start: Callable[..., subprocess.Popen[str]], tmp_path: Path, workspace: Path
) -> None:
    stored(run, tmp_path, "a", "b", "c")
    make_first_long(workspace, b"Py-\nTorch\n" * 200_000)
    process = start("match")
    begun = "SELECT value FROM seen WHERE name = 'begun match'"
    while '"1"' not in str(query(workspace, begun)):
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.communicate()

    make_first_long(workspace, MATCHED.encode())
    check_done(run("match"))
    order = "SELECT file FROM mention GROUP BY file ORDER BY MIN(rowid)"
    assert query(workspace, order) == [(3,), (2,), (1,)]
    assert query(workspace, begun) == [("{}",)]


def test_a_text_that_takes_too_long_to_match_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TIME_LIMIT, 0)
    matcher = Matcher([Framework("keras", "Keras", (Alias("Keras"),))])
    with pytest.raises(TextTimeoutError), limited_time():
        matcher.find("Keras " * 1000)


def test_a_text_that_was_given_up_stays_and_is_matched_with_other_rules(
    run: Run, tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(run, tmp_path, "digits", "good")
    change(
        workspace,
        "UPDATE body SET text = ? WHERE file = 1",
        "UPDATE text SET ruleset = NULL, reason = 'pages that cannot be loaded: 1'",
        body=zlib.compress(f"{MATCHED}{DIGITS}".encode()),
    )
    counted = run("report", *MINE, "--format", "csv").out
    before = read_ledger(workspace)
    rule = f"regex = '''{SLOW_FOR_DIGITS}'''\nmatch = ['7']"
    (tmp_path / "slow.toml").write_text(f"[slow]\n[[slow.aliases]]\n{rule}\n", "utf-8")
    slow = ("match", "--lexicon", tmp_path / "slow.toml")
    monkeypatch.setattr(TIME_LIMIT, 0.3)
    given_up = "texts that were given up as timeout, and are not counted: 1"
    for told in (("matched 1 texts", given_up), ("nothing to match",)):
        done = run(*slow)
        assert all(words in done.err for words in told), done
        rows = read_ledger(workspace)
        assert (rows["digits"].ledger, rows["good"]) == (Outcome.TIMEOUT, before["good"])
        assert rows["digits"].reason.startswith("not matched within")
    assert "matched 1 texts" in run("match").err
    assert read_ledger(workspace) == before
    assert run("report", *MINE, "--format", "csv").out == counted
    assert "nothing to match" in run("match").err


def test_names_are_looked_for_in_pieces_of_a_long_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """RE2 cannot be stopped; so it gets no more than a piece at a time, and misses no name."""
    monkeypatch.setattr("papertally.match.matcher._PIECE", 1000)
    monkeypatch.setattr("papertally.match.matcher._OVERLAP", 100)
    matcher = Matcher([Framework("keras", "Keras", (Alias("Keras"),))])
    for before in range(990, 1002):
        assert [hit.start for hit in matcher.find("x " * 500 + "x" * before + " Keras")] == [
            1001 + before
        ]
    monkeypatch.setattr(TIME_LIMIT, 0)
    with pytest.raises(TextTimeoutError), limited_time():
        matcher.prepare("x " * 1000)


def test_a_lexicon_that_takes_too_long_to_check_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TIME_LIMIT, 0)
    (tmp_path / "slow.toml").write_text("[slow]\naliases = [{regex = '[a-m].{60}aa'}]\n")
    result = run("frameworks", tmp_path / "slow.toml", "-f", "slow")
    assert result.code == 2
    assert "cannot be checked within" in result.out + result.err


def test_texts_that_take_too_long_to_search_are_told_and_not_counted(
    run: Run, tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(run, tmp_path, "digits", "good")
    change(
        workspace,
        "UPDATE body SET text = ? WHERE file = 1",
        "UPDATE text SET saved = random()",
        body=zlib.compress(DIGITS.encode()),
    )
    monkeypatch.setattr(TIME_LIMIT, 0.3)
    could_not = "could not be searched within"
    words = ("search", SLOW_FOR_DIGITS, *MINE, "--regex", "--mentions", "--format", "json")
    searched = json.loads(run(*words).out)
    assert searched["notes"][0].startswith(f"1 paper of mine 2020 {could_not}")
    assert [(year["searched"], year["papers"]) for year in searched["years"]] == [(1, 1)]
    assert [paper["paper"] for paper in searched["papers"]] == ["good"]
    reported = run("report", *MINE, "--term", f"slow=/{SLOW_FOR_DIGITS}/", "--format", "json")
    assert could_not in reported.err
    assert [(row["framework"], row["papers"]) for row in json.loads(reported.out)["counts"]] == [
        ("slow", 1)
    ]
