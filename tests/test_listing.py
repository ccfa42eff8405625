"""Pages of a listing: a year is listed as a whole, with its date, or not at all."""

import json
import sqlite3
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from papertally.demo.server import Handler, Query
from papertally.store.connection import DATABASE
from tests.helpers.command import Run
from tests.helpers.listing import (
    JsonNote,
    Toy,
    check_refused,
    date_listing,
    listed_by_year,
    make_notes,
    note_v1,
    read_ledger,
)
from tests.helpers.openreview import Clock, only_once


@pytest.mark.parametrize("counts", [True, False], ids=["with a count", "without a count"])
@pytest.mark.parametrize("count", [999, 1000, 1001, 2300])
def test_all_notes_arrive_over_pages_by_cursor(
    toy: Toy, run: Run, count: int, counts: bool
) -> None:
    server, catalogue = toy
    catalogue.notes, catalogue.counts = make_notes(count), counts
    assert run("fetch", "toy", 2024).code == 0
    assert listed_by_year(run) == {2024: count}
    asked_for_the_end = [query["offset"] for _, query in server.asked if "offset" in query]
    assert asked_for_the_end == ([] if counts else [str(count)])


@pytest.mark.parametrize("fault", ["ignores_cursor", "refuses_cursor"])
@pytest.mark.parametrize("count", [1000, 1001, 2300])
def test_a_server_without_cursors_is_paged_by_offset(
    toy: Toy, run: Run, count: int, fault: str
) -> None:
    server, catalogue = toy
    catalogue.notes = make_notes(count)
    setattr(catalogue, fault, True)
    assert run("fetch", "toy", 2024).code == 0
    assert listed_by_year(run) == {2024: count}
    assert all(query["sort"] == "id" for _, query in server.asked)


@pytest.mark.parametrize("trouble", ["cursor ignored", "lower limit", "nothing more"])
def test_a_server_that_refuses_details_is_listed_without_them_by_the_same_rules(
    toy: Toy, run: Run, tmp_path: Path, trouble: str
) -> None:
    _, catalogue = toy
    catalogue.notes = [note_v1(f"id{number:05d}") for number in range(1100)]
    catalogue.refuses_details = True
    catalogue.ignores_cursor = trouble == "cursor ignored"
    catalogue.most = 300 if trouble == "lower limit" else 1000
    assert run("fetch", "toy", 2018).code == 0
    assert listed_by_year(run) == {2018: 1100}
    assert {row["status"] for row in read_ledger("toy", 2018).values()} == {"unknown"}


def test_a_refusal_of_the_listing_itself_is_told_in_a_line(toy: Toy, run: Run) -> None:
    server, _ = toy
    server.faults.insert(
        0, lambda handler, *_: bool(handler.send_json(403, {"message": "not for you"})) or True
    )
    assert "not for you" in check_refused(run("fetch", "toy", 2018), 4)


def test_a_lower_limit_named_by_the_server_is_obeyed(toy: Toy, run: Run) -> None:
    server, catalogue = toy
    catalogue.notes, catalogue.most = make_notes(250), 100
    assert run("fetch", "toy", 2024).code == 0
    assert listed_by_year(run) == {2024: 250}
    assert {query["limit"] for _, query in server.asked} == {"1000", "100"}


def test_entries_that_move_once_while_paging_are_listed_again(toy: Toy, run: Run) -> None:
    _, catalogue = toy
    catalogue.notes = make_notes(1500)
    moves = iter([lambda: None, lambda: catalogue.notes.pop(1200)])
    catalogue.before_page = lambda _query: next(moves, lambda: None)()
    assert run("fetch", "toy", 2024).code == 0
    assert listed_by_year(run) == {2024: 1499}


def test_entries_that_never_stand_still_store_nothing(toy: Toy, run: Run) -> None:
    _, catalogue = toy
    catalogue.notes = make_notes(1500)

    def lose_one(query: Query) -> None:
        if "after" in query:
            catalogue.notes.pop()

    catalogue.before_page = lose_one
    assert "3 times" in check_refused(run("fetch", "toy", 2024), 7)
    assert listed_by_year(run) == {}


def test_a_year_is_not_stored_when_its_second_invitation_fails(toy: Toy, run: Run) -> None:
    _, catalogue = toy
    catalogue.notes = [note_v1("one"), note_v1("two", "toy/2018/-/Withdrawn_Submission")]

    def spoil(query: Query) -> None:
        if "Withdrawn" in query["invitation"] and "after" not in query:
            another = note_v1(f"two{len(catalogue.notes)}", "toy/2018/-/Withdrawn_Submission")
            catalogue.notes += [another, another]

    catalogue.before_page = spoil
    assert "twice" in check_refused(run("fetch", "toy", 2018), 7)
    assert listed_by_year(run) == {}


@pytest.mark.parametrize("kind", ["duplicate", "empty page"])
def test_a_passing_duplicate_or_empty_page_in_the_middle_is_listed_again(
    toy: Toy, run: Run, kind: str
) -> None:
    server, catalogue = toy
    catalogue.notes = make_notes(2300)

    def spoil(handler: Handler, path: str, query: Query) -> bool:
        if query.get("after") != "id00999":
            return False
        page = catalogue.page(query, path)
        page["notes"] = [] if kind == "empty page" else [catalogue.notes[5], *page["notes"][1:]]
        handler.send_json(200, page)
        return True

    server.faults.insert(0, only_once(spoil))
    assert run("fetch", "toy", 2024).code == 0
    assert listed_by_year(run) == {2024: 2300}


def test_without_a_count_a_passing_empty_page_in_the_middle_is_not_the_end(
    toy: Toy, run: Run
) -> None:
    server, catalogue = toy
    catalogue.notes, catalogue.counts = make_notes(2300), False

    def empty(handler: Handler, _path: str, query: Query) -> bool:
        return query.get("after") == "id00999" and handler.send_json(200, {"notes": []}) is None

    server.faults.insert(0, only_once(empty))
    assert run("fetch", "toy", 2024).code == 0
    assert listed_by_year(run) == {2024: 2300}


DECISION = {
    "invitation": "toy/2018/-/Acceptance_Decision",
    "content": {"decision": "Accept (Oral)"},
}


@pytest.mark.parametrize("status", [400, 403, 404])
@pytest.mark.parametrize("page", ["first", "later"])
@pytest.mark.parametrize("year", [2018, 2024])
def test_a_refusal_of_one_page_that_passes_costs_nothing(
    toy: Toy, run: Run, tmp_path: Path, clock: Clock, status: int, page: str, year: int
) -> None:
    server, catalogue = toy
    catalogue.notes = make_notes(1100) + [
        note_v1(f"id{number:05d}", details={"directReplies": [DECISION]}) for number in range(9)
    ]
    catalogue.notes += [
        note_v1(f"idx{number:05d}", details={"directReplies": [DECISION]}) for number in range(1091)
    ]

    def gone(handler: Handler, _path: str, query: Query) -> bool:
        mine = ("after" in query) == (page == "later")
        if mine:
            handler.send_json(status, {"name": "Error", "message": "The Note was not found"})
        return mine

    server.faults.insert(0, only_once(gone))
    result = run("fetch", "toy", year, "--dry-run")
    assert (result.code, "without decision notes" in result.err) == (0, False)
    rows = read_ledger("toy", year)
    assert len(rows) == 1100
    assert {row["status"] for row in rows.values()} == {"accepted" if year == 2018 else "unknown"}


def test_a_refusal_of_a_later_page_that_lasts_is_told_where_no_line_is_read(
    toy: Toy, run: Run, clock: Clock
) -> None:
    server, catalogue = toy
    catalogue.notes = [
        note_v1(f"id{number:05d}", details={"directReplies": [DECISION]}) for number in range(1100)
    ]

    def refuse(handler: Handler, _path: str, query: Query) -> bool:
        mine = "details" in query and "after" in query
        if mine:
            handler.send_json(403, {"name": "ForbiddenError", "message": "not for you"})
        return mine

    server.faults.insert(0, refuse)
    result = run("fetch", "toy", 2018, "-q")
    assert (result.code, listed_by_year(run)) == (0, {2018: 1100})
    assert "warning: toy 2018: listed without decision notes" in result.err
    assert "`papertally fetch toy 2018 --relist-after 0s`" in result.err


@pytest.mark.parametrize(
    "words", [("fetch",), ("survey",), ("survey", "--cron"), ("fetch", "--dry-run")], ids=" ".join
)  # fmt: skip
def test_a_population_that_is_not_known_for_want_of_decision_notes_is_told_with_the_cure(
    toy: Toy, run: Run, words: tuple[str, ...]
) -> None:
    _, catalogue = toy
    catalogue.notes, catalogue.refuses_details = [note_v1("one")], True
    assert run("fetch", "toy", 2018).code == 0
    result = run(words[0], "toy", 2018, "--population", "accepted", *words[1:])
    assert result.code == 2
    assert "details are not for you" in result.err
    assert "`papertally fetch toy 2018 --relist-after 0s` to try again" in result.err
    assert "`papertally add toy 2018 --statuses FILE`" in result.err


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("year", [2018, 2024])
def test_a_count_is_asked_for_only_where_it_is_needed_and_allowed(
    toy: Toy, run: Run, year: int
) -> None:
    server, catalogue = toy
    catalogue.notes = make_notes(1100)
    catalogue.notes += [
        note_v1(f"id{number:05d}", details={"directReplies": [DECISION]}) for number in range(1100)
    ]
    for words in ("", "unknown parameter: count", "Bad request"):
        server.asked.clear()
        catalogue.count_refusal = words
        assert run("fetch", "toy", year, "--relist-after", "0s").code == 0
        assert listed_by_year(run) == {year: 1100}
        counted = ["count" in query for _, query in server.asked]
        assert any(counted) == (year == 2024)
        assert all(counted) == (year == 2024 and not words)
        status = "accepted" if year == 2018 else "unknown"
        assert {row["status"] for row in read_ledger("toy", year).values()} == {status}


def a_day_later(workspace: Path) -> None:
    """Shift the days of wrong counts into the past."""
    with sqlite3.connect(workspace / DATABASE) as db:
        rows = db.execute("SELECT name, value FROM seen WHERE name LIKE 'wrong-count%'").fetchall()
        for name, value in rows:
            days = [date.fromisoformat(day) for day in json.loads(value)["days"]]
            earlier = json.loads(value) | {"days": [str(day - timedelta(1)) for day in days]}
            db.execute("UPDATE seen SET value = ? WHERE name = ?", (json.dumps(earlier), name))


def test_a_count_that_stays_off_on_three_days_is_taken_with_both_numbers(
    toy: Toy, run: Run, workspace: Path
) -> None:
    _, catalogue = toy
    catalogue.notes = make_notes(1500)
    # another number begins anew, and a second listing on the same day tells nothing
    for off in (3, 3, 2, 3, -1, -1):
        catalogue.uncounted = off
        for _ in range(2):
            told = check_refused(run("fetch", "toy", 2024, "-q"), 7)
            assert f"it counts {1500 + off:,} notes but listed 1,500, 3 times: try again" in told
            assert "on the third such day" in told
        a_day_later(workspace)
    assert listed_by_year(run) == {}
    result = run("fetch", "toy", 2024, "-q")
    assert (result.code, result.err.count("\n")) == (0, 1)
    assert "counts 1,499 notes but lists 1,500 under toy/2024/-/Submission" in result.err
    assert listed_by_year(run) == {2024: 1500}
    # a right count begins anew
    for off, code in ((0, 0), (-1, 7)):
        catalogue.uncounted = off
        assert run("fetch", "toy", 2024, "--relist-after", "0s").code == code


@pytest.mark.parametrize("extra", ["duplicate", "count", "count of many", "changing"])
def test_a_listing_that_never_adds_up_is_not_stored_however_often_it_comes_alike(
    toy: Toy, run: Run, extra: str
) -> None:
    _, catalogue = toy
    catalogue.notes, page = make_notes(1500), catalogue.page
    more = {"count": 1, "count of many": 30}.get(extra, 0)
    if extra == "duplicate":
        catalogue.notes.append(catalogue.notes[7])

    def odd(query: Query, path: str) -> JsonNote:
        document = page(query, path)
        if extra == "changing" and "after" not in query:
            catalogue.notes.pop()
        return document | ({"count": document["count"] + more} if "count" in document else {})

    catalogue.page = odd  # type: ignore[method-assign]
    told = "it listed 1 notes twice" if extra == "duplicate" else "it counts "
    assert told in check_refused(run("fetch", "toy", 2024, "-q"), 7)
    assert listed_by_year(run) == {}


@pytest.mark.parametrize("count", [250, 1000, 1100])
@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("ignores_cursor", [True, False])
def test_a_server_that_gives_fewer_notes_than_asked_for_is_paged_to_the_end(
    toy: Toy, run: Run, count: int, counts: bool, ignores_cursor: bool
) -> None:
    _, catalogue = toy
    catalogue.notes, catalogue.counts, catalogue.ignores_cursor = (
        make_notes(count),
        counts,
        ignores_cursor,
    )
    page = catalogue.page
    catalogue.page = lambda query, path: page(query | {"limit": "100"}, path)  # type: ignore[method-assign]
    assert run("fetch", "toy", 2024).code == 0
    assert listed_by_year(run) == {2024: count}


def test_a_server_that_gives_the_same_page_for_ever_is_left(toy: Toy, run: Run) -> None:
    _, catalogue = toy
    catalogue.notes, page = make_notes(1500), catalogue.page
    fixed = {"invitation": "toy/2024/-/Submission", "limit": "1000"}
    catalogue.page = lambda _query, path: page(fixed, path)  # type: ignore[method-assign]
    assert "the same page again, 3 times" in check_refused(run("fetch", "toy", 2024), 7)


def test_a_server_too_slow_for_details_is_asked_for_smaller_pages(
    toy: Toy, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("papertally.fetch.session.READ_TIMEOUT", 0.2)
    monkeypatch.setattr("papertally.fetch.http._FIRST_BACKOFF", 0.01)
    server, catalogue = toy
    catalogue.notes = [
        note_v1(f"id{number:05d}", details={"directReplies": [DECISION]}) for number in range(60)
    ]

    def slow(_handler: Handler, _path: str, query: Query) -> bool:
        if "details" in query and int(query["limit"]) > 50:
            time.sleep(0.6)
        return False

    server.faults.insert(0, slow)
    assert run("fetch", "toy", 2018).code == 0
    assert {row["status"] for row in read_ledger("toy", 2018).values()} == {"accepted"}


@pytest.mark.parametrize("lasting", [False, True])
def test_an_invitation_that_is_suddenly_empty_is_asked_again_and_makes_no_listing(
    toy: Toy, run: Run, workspace: Path, lasting: bool
) -> None:
    server, catalogue = toy
    catalogue.notes = [note_v1(f"b{number}") for number in range(20)] + [
        note_v1("w", "toy/2018/-/Withdrawn_Submission")
    ]
    assert run("fetch", "toy", 2018).code == 0
    date_listing(workspace, "2017-12-01")

    def empty(handler: Handler, _path: str, query: Query) -> bool:
        return (
            "Blind" in query["invitation"]
            and handler.send_json(200, {"notes": [], "count": 0}) is None
        )

    server.faults.insert(0, empty if lasting else only_once(empty))
    result = run("fetch", "toy", 2018)
    if lasting:
        told = check_refused(result, 7)
        assert "20 notes before" in told
        assert "--venues" in told
        assert "try again later" in told
    assert result.code == (7 if lasting else 0)
    assert listed_by_year(run) == {2018: 21}


def test_a_first_listing_may_have_one_of_several_invitations_filled(toy: Toy, run: Run) -> None:
    _, catalogue = toy
    catalogue.notes = [note_v1("w", "toy/2018/-/Withdrawn_Submission")]
    assert run("fetch", "toy", 2018).code == 0
    assert listed_by_year(run) == {2018: 1}


Details = Callable[[Handler], None]


@pytest.mark.parametrize(
    "answer",
    [
        lambda handler: handler.send_json(400, {"message": "operation exceeded time limit"}),
        lambda handler: handler.send_json(503, {}),
    ],
    ids=["time limit", "503"],
)
@pytest.mark.parametrize(("most", "known"), [(200, True), (50, True), (0, False)])
def test_a_server_without_time_for_details_is_asked_for_smaller_pages_and_then_without(
    toy: Toy, run: Run, tmp_path: Path, clock: Clock, answer: Details, most: int, known: bool
) -> None:
    server, catalogue = toy
    decision = {
        "invitation": "toy/2018/-/Acceptance_Decision",
        "content": {"decision": "Accept (Oral)"},
    }
    catalogue.notes = [
        note_v1(f"id{number:05d}", details={"directReplies": [decision]}) for number in range(450)
    ]

    def busy(handler: Handler, path: str, query: Query) -> bool:
        if not path.endswith("/notes"):
            return False
        if "details" in query:
            return int(query["limit"]) > most and answer(handler) is None
        page = catalogue.page(query, path)
        bare = [{key: note[key] for key in note if key != "details"} for note in page["notes"]]
        handler.send_json(200, page | {"notes": bare})
        return True

    server.faults.insert(0, busy)
    result = run("fetch", "toy", 2018)
    assert result.code == 0
    rows = read_ledger("toy", 2018)
    assert len(rows) == 450
    assert {row["status"] for row in rows.values()} == {"accepted" if known else "unknown"}
    assert ("without decision notes" in result.err) != known


def test_a_server_that_is_not_there_is_not_asked_for_less_and_less(
    toy: Toy, run: Run, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = clock.now
    monkeypatch.setenv("PAPERTALLY_OPENREVIEW_V1", "http://127.0.0.1:9")
    told = check_refused(run("fetch", "toy", 2018), 7)
    assert (
        "6 tries: check the network, set HTTPS_PROXY if you need a proxy, and run again later"
        in told
    )
    assert "fetched" not in told
    assert clock.now - begun < 20


@pytest.mark.parametrize("year", [2018, 2024])
def test_the_wrong_hosts_empty_list_is_an_error_that_names_the_year(
    toy: Toy, run: Run, year: int
) -> None:
    assert f"lists no submission of toy {year}" in check_refused(run("fetch", "toy", year), 4)
    assert listed_by_year(run) == {}
