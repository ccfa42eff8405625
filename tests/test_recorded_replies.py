"""Recorded replies of OpenReview: listings lose nothing and errors are understood."""

import json
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from papertally.demo.server import Handler, Query
from tests.helpers.command import Run
from tests.helpers.listing import JsonNote, Toy, check_refused, read_ledger
from tests.helpers.openreview import PASSWORD, USER, Clock, Fault, only_once
from tests.helpers.paths import SHARED, needs_shared

RECORDED = SHARED / "openreview" / "recorded"
STATUSES = {
    2013: {"rejected"},
    2016: {"unknown"},
    2017: {"rejected"},
    2018: {"unknown", "withdrawn"},
    2020: {"desk-rejected"},
    2021: {"withdrawn"},
    2022: {"withdrawn"},
    2023: {"desk-rejected"},
    2024: {"accepted", "withdrawn", "desk-rejected"},
    2026: {"accepted"},
}
pytestmark = needs_shared


@pytest.fixture(autouse=True)
def openreview_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask OpenReview, also for years whose accepted papers lie elsewhere."""
    monkeypatch.setenv("PAPERTALLY_FETCH_SOURCE", "openreview")


def recorded(name: str) -> JsonNote:
    """Read a reply: its status, headers, and its body as JSON or text."""
    document: JsonNote = json.loads((RECORDED / name).read_text("utf-8"))
    reply: JsonNote = document.get("response", document)
    return reply


def replay(reply: JsonNote, where: str = "/notes") -> Fault:
    """Answer requests for a route with a recorded reply."""
    headers = dict(reply["headers"])
    kind = headers.pop("content-type", "application/json")
    body = (reply["text"] if "text" in reply else json.dumps(reply["json"])).encode()

    def fault(handler: Handler, path: str, _query: Query) -> bool:
        if path.endswith(where):
            handler.send(reply["status"], kind, body, headers)
        return path.endswith(where)

    return fault


def notes_by_year() -> dict[int, list[JsonNote]]:
    """Return the recorded notes, once each."""
    years: dict[int, dict[str, JsonNote]] = defaultdict(dict)
    for path in sorted(RECORDED.glob("v?/iclr-*/note*.json")):
        for note in recorded(str(path.relative_to(RECORDED)))["json"]["notes"]:
            years[int(path.parent.name.removeprefix("iclr-"))][note["id"]] = note
    return {year: list(notes.values()) for year, notes in years.items()}


def field(note: JsonNote, name: str) -> Any:
    value = note["content"].get(name)
    return value["value"] if isinstance(value, dict) else value


@pytest.mark.parametrize("year", sorted(STATUSES))
def test_recorded_notes_go_through_a_listing_without_loss(
    toy: Toy, run: Run, tmp_path: Path, year: int
) -> None:
    server, catalogue = toy
    notes = catalogue.notes = notes_by_year()[year]
    server.faults.append(lambda handler, path, _: path.endswith("/attachment") and not pdf(handler))
    assert run("fetch", "iclr", year).code == 0
    rows = read_ledger("iclr", year)
    assert rows.keys() == {note["id"] for note in notes}
    for note in notes:
        row = rows[note["id"]]
        assert row["title"] == field(note, "title")
        assert row["number"] == ("" if note["number"] is None else str(note["number"]))
        assert row["listing_date"] == f"{datetime.now(UTC).date()}"
        assert all(keyword in row["keywords"] for keyword in field(note, "keywords") or ())
    assert {row["status"] for row in rows.values()} == STATUSES[year]
    there = {note["id"] for note in notes if (field(note, "pdf") or "").startswith("/")}
    assert set(server.downloads()) == there
    elsewhere = [
        row["reason"]
        for row in rows.values()
        if row["ledger"] == "not-fetched" and row["paper"] not in there
    ]
    assert all("is on another site" in reason for reason in elsewhere)


def pdf(handler: Handler) -> None:
    handler.send(200, "application/pdf", b"%PDF-1.4")


def test_no_recorded_year_is_left_out() -> None:
    assert notes_by_year().keys() == STATUSES.keys()


@pytest.mark.parametrize(
    "name", ["v2/errors/anonymous-challenge.json", "observed_errors/403-challenge.json"]
)
def test_the_recorded_challenges_are_a_missing_login(toy: Toy, run: Run, name: str) -> None:
    server, _ = toy
    server.faults.insert(0, replay(recorded(name)))
    assert "papertally login" in check_refused(run("fetch", "iclr", 2026), 4)


def test_the_recorded_refusal_of_a_page_size_leads_to_smaller_pages(toy: Toy, run: Run) -> None:
    server, catalogue = toy
    catalogue.notes = notes_by_year()[2024]
    server.faults.insert(0, only_once(replay(recorded("v2/errors/limit-over-1000.json"))))
    assert f"{len(catalogue.notes)} submissions listed" in run("fetch", "iclr", 2024).err
    limits = [int(query["limit"]) for path, query in server.asked if path.endswith("/notes")]
    assert limits[0] > limits[1]


def test_the_recorded_answer_for_no_such_note_is_told_of_that_paper(
    toy: Toy, run: Run, tmp_path: Path
) -> None:
    server, catalogue = toy
    catalogue.notes = notes_by_year()[2024]
    server.faults.append(replay(recorded("v2/errors/v1-note-not-found.json"), "/attachment"))
    assert "could not be downloaded" in run("fetch", "iclr", 2024).err
    reasons = [
        row["reason"]
        for row in read_ledger("iclr", 2024).values()
        if row["ledger"] == "not-fetched"
    ]
    assert reasons
    assert all("404: The Note g1SzIRLQXMM was not found" in reason for reason in reasons)


@pytest.mark.parametrize("hint", ["resetTime", "message"])
def test_the_recorded_quota_of_files_ends_a_run_with_the_hour_to_come_back(
    toy: Toy, run: Run, hint: str
) -> None:
    server, catalogue = toy
    catalogue.notes = notes_by_year()[2026]
    reply = recorded("observed_errors/429-attachment.json")
    if hint == "resetTime":
        reset = datetime.now(UTC) + timedelta(minutes=60, seconds=13)
        reply["json"]["details"]["resetTime"] = reset.isoformat(timespec="milliseconds").replace(
            "+00:00", "Z"
        )
    else:
        del reply["json"]["details"]["resetTime"]
    server.faults.append(replay(reply, "/attachment"))
    assert "(60 min)" in check_refused(run("fetch", "iclr", 2026, "-q"), 6)
    assert "36 files an hour" in run("fetch", "iclr", 2026, "--dry-run").out


def test_the_recorded_quota_of_logins_is_sat_out(
    toy: Toy, run: Run, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, catalogue = toy
    catalogue.notes = notes_by_year()[2026]
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD", PASSWORD)
    server.tokens.add("nobody's")
    usual, reply, begun = server.log_in, recorded("observed_errors/429-login.json"), time.time()

    def log_in(handler: Handler, body: JsonNote) -> None:
        if len(server.logins) == 1:
            handler.send_json(reply["status"], reply["json"])
        else:
            usual(handler, body)

    server.log_in = log_in  # type: ignore[method-assign]
    assert run("fetch", "iclr", 2026, "--dry-run").code == 0
    assert len(server.logins) == 2
    assert clock.now - begun >= 60


def test_the_recorded_group_names_the_invitation_of_its_submissions(toy: Toy, run: Run) -> None:
    server, catalogue = toy
    catalogue.notes = [
        note | {"invitations": ["ICLR.cc/2025/Conference/-/Submission"]}
        for note in notes_by_year()[2026]
    ]
    server.faults.insert(0, replay(recorded("v2/iclr-2025/group-conference.json"), "/groups"))
    assert "1 submissions listed" in run("fetch", "iclr", 2031).err
    assert ("/v2/groups", {"id": "ICLR.cc/2031/Conference"}) in server.asked
