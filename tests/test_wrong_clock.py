"""A clock that was ahead leaves marks in the future: they count for nothing once it is right."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from papertally.store.connection import DATABASE
from tests.helpers.command import Run
from tests.helpers.downloads import refuse_files
from tests.helpers.listing import (
    TODAY,
    Toy,
    date_listing,
    listed_by_year,
    make_notes,
    note_v2,
    read_ledger,
    serve_pdfs,
)
from tests.helpers.openreview import Clock, Serve, invent_year, make_token
from tests.helpers.sites import OpenSources
from tests.helpers.source_pages import invent_papers

FETCH = ("fetch", "sample", "2102")
DAY = 86_400


@pytest.mark.parametrize("days_ahead", [0.1, 3, 300])
@pytest.mark.parametrize(
    "hint", [{"Retry-After": "3000"}, {"ratelimit-reset": "3000", "ratelimit-policy": "36;w=3600"}]
)
def test_a_quota_that_a_clock_ahead_was_told_of_keeps_no_run_away(
    serve: Serve, run: Run, tmp_path: Path, clock: Clock, days_ahead: float, hint: dict[str, str]
) -> None:
    server = serve(invent_year(tmp_path / "served", 3, pdfs=3))
    server.faults.append(refuse_files(hint))
    clock.sleep(days_ahead * DAY)
    assert run(*FETCH).code == 6
    server.faults.clear()
    clock.sleep(60 - days_ahead * DAY)
    assert "3 PDFs fetched" in run(*FETCH).err


@pytest.mark.parametrize("limit", [[36, 3600], None])
def test_the_end_of_a_quota_that_an_older_version_stored_is_no_later_than_its_window(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path, clock: Clock, limit: list[int] | None
) -> None:
    server = serve(invent_year(tmp_path / "served", 3, pdfs=3))
    assert run(*FETCH, "--dry-run").code == 0
    host = server.v2.removeprefix("http://")
    facts = {"waits": {f"{host}/attachment": clock.now + 3 * DAY}, "limit attachment": limit}
    with sqlite3.connect(workspace / DATABASE) as db:
        for name, value in facts.items():
            db.execute("INSERT INTO seen VALUES (?, ?, '')", (name, json.dumps(value)))
    assert run(*FETCH).code == 0


def test_what_a_clock_ahead_saw_refused_is_asked_for_again(
    serve: Serve, run: Run, tmp_path: Path, clock: Clock
) -> None:
    server = serve(invent_year(tmp_path / "served", 6))

    def asked(*words: str) -> tuple[int, int]:
        server.asked.clear()
        assert run(*FETCH, *words).code == 0
        return len(server.bulks()), len(server.downloads())

    clock.sleep(30 * DAY)
    assert asked("--sample", "2") == (1, 2)
    assert asked("--sample", "4") == (0, 2)
    clock.sleep(60 - 30 * DAY)
    assert [asked(), asked()] == [(1, 6), (0, 0)]


def test_troubles_are_told_again_once_the_clock_is_right(
    toy: Toy, run: Run, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = toy
    monkeypatch.setenv("OPENREVIEW_TOKEN", make_token(-100))
    server.tokens.add("another")
    clock.sleep(30 * DAY)
    cron = ("survey", "toy", 2190, "--cron")
    assert [run(*cron).err.count("\n") for _ in range(2)] == [1, 0]
    clock.sleep(-30 * DAY)
    assert [run(*cron).err.count("\n") for _ in range(2)] == [1, 0]


@pytest.mark.parametrize("words", [(), ("--relist-after", "0s")])
@pytest.mark.parametrize("year", [2024, 2190])
def test_a_listing_of_a_clock_ahead_is_replaced_by_the_next(
    toy: Toy, run: Run, workspace: Path, year: int, words: tuple[str, ...]
) -> None:
    server, catalogue = toy
    catalogue.notes = make_notes(2, year)
    assert run("fetch", "toy", year).code == 0
    for days, count in ((400, 3), (1, 3), (300, 4)):
        date_listing(workspace, str(TODAY + timedelta(days=days)))
        catalogue.notes = make_notes(count, year)
        assert run("fetch", "toy", year, *words).code == 0
        assert listed_by_year(run) == {year: count}
        assert {row["listing_date"] for row in read_ledger("toy", year).values()} == {str(TODAY)}
    asked = len(server.asked)
    assert run("fetch", "toy", year).code == 0
    assert len(server.asked) == asked


@pytest.mark.parametrize("count", [3, 4], ids=["the same", "one more"])
def test_a_listing_of_an_open_source_by_a_clock_ahead_is_made_again(
    open_sources: OpenSources, run: Run, workspace: Path, clock: Clock, count: int
) -> None:
    open_sources.serve_proceedings("iclr", 2024, invent_papers(3))
    fetch = ("fetch", "iclr", 2024, "--sample", "1")
    assert run(*fetch).code == 0
    date_listing(workspace, str(TODAY + timedelta(days=300)))
    open_sources.serve_proceedings("iclr", 2024, invent_papers(count))
    assert run(*fetch).code == 0
    assert listed_by_year(run, "iclr") == {2024: count}
    assert {row["listing_date"] for row in read_ledger("iclr", 2024).values()} == {str(TODAY)}
    assert run(*fetch).code == 0
    pages = [asked.path for asked in open_sources.requests() if asked.path.endswith("/paper/2024")]
    assert len(pages) == 2


def test_files_of_a_clock_ahead_do_not_count_as_those_of_the_last_day(
    toy: Toy, run: Run, workspace: Path, tmp_path: Path
) -> None:
    server, catalogue = toy
    catalogue.notes = [note_v2("one", pdf="/pdf/one.pdf"), note_v2("two", pdf="/pdf/two.pdf")]
    server.faults.insert(0, serve_pdfs(tmp_path / "pdfs", {"one": "We use Keras."}))
    assert run("fetch", "toy", 2024).code == 0

    def rate() -> tuple[int, str]:
        (year,) = json.loads(run("status", "toy", "--format", "json").out)["years"]
        return year["fetched_last_day"], year["rate_from"]

    assert rate() == (1, "measured")
    with sqlite3.connect(workspace / DATABASE) as db:
        db.execute("UPDATE file SET added_on = '2999-01-01T00:00:00+00:00'")
    assert rate() == (0, "usual")
