"""Notes of a listing that are odd, hidden or double, and notes that nobody may read."""

import sqlite3
from pathlib import Path

import pytest

from papertally.demo.server import Query
from papertally.store.connection import DATABASE
from tests.helpers.command import Run
from tests.helpers.listing import (
    JsonNote,
    Toy,
    check_refused,
    listed_by_year,
    make_notes,
    note_v1,
    note_v2,
    read_ledger,
)


@pytest.mark.parametrize("pages_with_it", ["every", "one"])
def test_an_entry_without_an_id_stops_no_listing_and_is_told(
    toy: Toy, run: Run, pages_with_it: str
) -> None:
    _, catalogue = toy
    catalogue.notes, page = make_notes(1500), catalogue.page

    def with_odd(query: Query, path: str) -> JsonNote:
        document = page(query, path)
        extra = [{"content": {}}] if pages_with_it == "every" or "after" not in query else []
        return {"notes": [*document["notes"], *extra], "count": 1501}

    catalogue.page = with_odd  # type: ignore[method-assign]
    result = run("fetch", "toy", 2024)
    assert result.code == 0
    assert "1 entries without an id" in result.err
    assert listed_by_year(run) == {2024: 1500}


def test_odd_notes_are_kept_and_told_and_the_log_says_what_is_odd(
    toy: Toy, run: Run, tmp_path: Path, workspace: Path
) -> None:
    _, catalogue = toy
    catalogue.notes = [
        note_v2("a", title=["list"]),
        note_v2("b", authors="One String"),
        note_v2("c", title={"x": 1}),
        note_v2("d", tldr=""),
    ]
    result = run("fetch", "toy", 2024)
    assert "3 notes have odd fields and are kept" in result.err
    assert read_ledger("toy", 2024).keys() == {"a", "b", "c", "d"}
    log = (workspace / "papertally.log").read_text("utf-8")
    assert "b is odd: its authors is one text" in log
    assert "a is odd: its title is a list" in log


def test_a_note_in_two_invitations_counts_once_as_withdrawn(
    toy: Toy, run: Run, tmp_path: Path
) -> None:
    _, catalogue = toy
    catalogue.notes = [
        note_v1("one"),
        note_v1("two"),
        note_v1("two", "toy/2018/-/Withdrawn_Submission"),
    ]
    assert run("fetch", "toy", 2018).code == 0
    rows = read_ledger("toy", 2018)
    assert {paper: row["status"] for paper, row in rows.items()} == {
        "one": "unknown",
        "two": "withdrawn",
    }


def test_notes_that_not_everyone_may_read_are_not_kept(toy: Toy, run: Run, tmp_path: Path) -> None:
    _, catalogue = toy
    readers = (
        ["toy/Chairs"],
        ["(guest)"],
        [],
        None,
        "toy/Chairs",
        "everyone else",
        {"everyone": 1},
    )
    hidden = [note_v2(f"hidden{number}") | {"readers": who} for number, who in enumerate(readers)]
    bare = {key: value for key, value in note_v2("bare").items() if key != "readers"}
    catalogue.notes = [note_v2("open"), *hidden, bare]
    assert run("fetch", "toy", 2024).code == 0
    assert read_ledger("toy", 2024).keys() == {"open"}


def test_a_year_of_which_nothing_is_public_is_no_listing(toy: Toy, run: Run) -> None:
    _, catalogue = toy
    catalogue.notes = [note_v2("hidden") | {"readers": ["toy/Chairs"]}]
    assert "no submission of toy 2024 that everyone may read" in check_refused(
        run("fetch", "toy", 2024), 4
    )
    assert listed_by_year(run) == {}


def test_a_field_that_not_everyone_may_read_is_not_kept(
    toy: Toy, run: Run, workspace: Path
) -> None:
    _, catalogue = toy
    fields = {
        "abstract": {"value": "SECRET", "readers": ["toy/Chairs"]},
        "keywords": {"value": ["SECRET"], "readers": []},
        "TLDR": {"value": "open words", "readers": ["everyone"]},
    }
    catalogue.notes = [note_v2("one") | {"content": note_v2("one")["content"] | fields}]
    assert run("fetch", "toy", 2024).code == 0
    with sqlite3.connect(workspace / DATABASE) as db:
        ((row),) = db.execute("SELECT * FROM note").fetchall()
    assert "SECRET" not in str(row)
    assert "open words" in row


def test_odd_notes_never_stop_a_listing(toy: Toy, run: Run, tmp_path: Path) -> None:
    _, catalogue = toy
    odd = [
        note_v1("authors", content={"authors": "A. One and B. Two"}),
        note_v1("nulls", number=None, cdate=None, nonreaders=None),
        note_v1("empty", content={"venue": "", "venueid": "", "pdf": "", "keywords": ""}),
        {"id": "bare", "invitation": "toy/2018/-/Blind", "readers": ["everyone"]},
        note_v1(
            "objects",
            content={
                "authors": [{"fullname": "A. One", "username": "~A1"}],
                "title": None,
                "pdf": 7,
            },
        ),
        note_v1(
            "replies",
            details={"directReplies": [None, 3, {"invitation": 4}, {"invitation": "x/-/Decision"}]},
        ),
        note_v1("with", content={"pdf": "/pdf/abc.pdf"}),
    ]
    catalogue.notes = odd
    assert run("fetch", "toy", 2018).code == 0
    rows = read_ledger("toy", 2018)
    assert rows.keys() == {note["id"] for note in odd}
    assert {row["ledger"] for paper, row in rows.items() if paper != "with"} == {"no-pdf"}
    assert all(row["reason"] for row in rows.values())


def test_a_pdf_on_another_site_is_never_asked_for_and_told_with_its_address(
    toy: Toy, run: Run, tmp_path: Path
) -> None:
    server, catalogue = toy
    catalogue.notes = [
        note_v1("old", content={"pdf": "https://arxiv.org/abs/1301.3618"}),
        note_v1("two"),
    ]
    assert run("fetch", "toy", 2018).code == 0
    row = read_ledger("toy", 2018)["old"]
    assert row["ledger"] == "not-fetched"
    assert "https://arxiv.org/abs/1301.3618" in row["reason"]
    assert server.downloads() == []
