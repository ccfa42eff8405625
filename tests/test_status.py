"""The command `status`: speed, remaining time, login, and papers no longer listed."""

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from papertally.demo.server import Handler, Query
from papertally.store.connection import DATABASE
from papertally.store.lock import RunLock
from tests.helpers.command import Run
from tests.helpers.listing import Toy, check_refused, date_listing, note_v2, serve_pdfs
from tests.helpers.local_papers import make_note, write_notes
from tests.helpers.openreview import PASSWORD, USER, Serve, invent_year, make_token

YEAR = 2190
TEXTS = {f"p{number:02d}": "We use Keras." for number in range(20)}


@pytest.fixture
def part(toy: Toy, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """Fetch 12 of 20 papers just now, with a login."""
    monkeypatch.setenv("OPENREVIEW_TOKEN", make_token())
    server, catalogue = toy
    catalogue.notes = [note_v2(name, YEAR, pdf=f"/pdf/{name}.pdf") for name in TEXTS]
    server.faults[:] = [serve_pdfs(tmp_path / "p", TEXTS), catalogue]
    assert run("fetch", "toy", YEAR, "--sample", 12).code == 0
    return toy


def states_quota(handler: Handler, path: str, _query: Query) -> bool:
    if path.endswith("/attachment"):
        handler.send_json(
            429, {"name": "RateLimitError", "details": {"limit": 4}}, {"Retry-After": "3600"}
        )
    return path.endswith("/attachment")


def year_of(run: Run) -> dict[str, Any]:
    (year,) = json.loads(run("status", "toy", "--format", "json").out)["years"]
    return dict(year)


def fetched_ago(workspace: Path, **ago: float) -> None:
    """Shift the moments at which PDFs came into the past."""
    moment = (datetime.now(UTC) - timedelta(**ago)).isoformat(timespec="seconds")
    with sqlite3.connect(workspace / DATABASE) as db:
        db.execute("UPDATE file SET added_on = ?", (moment,))


@pytest.mark.usefixtures("part")
def test_the_first_hour_is_not_taken_for_a_day(run: Run) -> None:
    year = year_of(run)
    assert (year["fetched_last_day"], year["ledger"]["not-fetched"], year["rate_from"]) == (
        12,
        20,
        "measured",
    )
    # 8 are not here at 12 an hour; the 12 that wait to be read need no fetching
    assert year["days_to_complete"] == pytest.approx(8 / 12 / 24, abs=0.01)
    assert (
        "8 to fetch, 12 came in the last hour: complete in about 40 minutes at that rate"
        in run("status").out
    )


@pytest.mark.usefixtures("part")
def test_the_rate_is_that_since_the_first_file_of_the_day(run: Run, workspace: Path) -> None:
    fetched_ago(workspace, hours=6)
    assert year_of(run)["days_to_complete"] == pytest.approx(8 / 2 / 24, abs=0.01)
    assert "12 came in the last 6 hours: complete in about 4 hours" in run("status").out


@pytest.mark.usefixtures("part")
def test_without_a_file_for_a_day_the_usual_quota_foretells(run: Run, workspace: Path) -> None:
    fetched_ago(workspace, days=3)
    year = year_of(run)
    assert (year["fetched_last_day"], year["days_to_complete"], year["rate_from"]) == (
        0,
        pytest.approx(8 / 36 / 24, abs=0.001),
        "usual",
    )
    told = run("status").out
    assert "8 to fetch: complete in about 13 minutes at OpenReview's usual quota, 36 files" in told


@pytest.mark.usefixtures("part")
def test_without_a_login_it_is_told_instead_of_a_time(
    run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENREVIEW_TOKEN")
    assert year_of(run)["needs_login"] is False  # some came today, as from a mirror
    fetched_ago(workspace, days=3)
    assert (year_of(run)["needs_login"], year_of(run)["days_to_complete"]) == (True, None)
    told = run("status").out
    assert "8 to fetch, for which a login is needed: `papertally login`" in told
    assert "`papertally venues` shows what needs no login" in told
    assert "complete in" not in told
    shown = " ".join(run("report", "toy", YEAR).out.split())
    assert "PDFs that need a login: 8" in shown


def test_without_a_file_for_a_day_the_quota_foretells(part: Toy, run: Run, workspace: Path) -> None:
    server, _ = part
    server.faults.insert(0, states_quota)
    assert run("fetch", "toy", YEAR).code == 6
    fetched_ago(workspace, days=3)
    year = year_of(run)
    assert (year["days_to_complete"], year["rate_from"]) == (
        pytest.approx(2 / 24, abs=0.01),
        "quota",
    )
    assert "complete in about 2 hours at the quota last seen, 4 files an hour" in run("status").out


def test_one_line_says_what_is_missing_of_all_years_and_how_long_it_takes(
    part: Toy, run: Run, workspace: Path
) -> None:
    _, catalogue = part
    catalogue.notes = [note_v2(f"q{name}", 2024, pdf=f"/pdf/{name}.pdf") for name in TEXTS]
    assert run("fetch", "toy", 2024, "--dry-run").code == 0
    fetched_ago(workspace, days=3)
    shown = " ".join(run("report", "toy", 2024, YEAR).out.split())
    assert "* 2024: none of 20 papers was read." in shown
    assert "PDFs to come: 28, about 47 minutes at 36 an hour: papertally survey toy 2024" in shown
    assert shown.count(" survey ") == 1


def test_what_could_not_be_had_is_not_counted_on(toy: Toy, run: Run, tmp_path: Path) -> None:
    server, catalogue = toy
    catalogue.notes = [note_v2(name, YEAR, pdf=f"/pdf/{name}.pdf") for name in TEXTS]
    server.faults[:] = [serve_pdfs(tmp_path / "p", {"p00": "", "p01": ""}), catalogue]
    assert run("fetch", "toy", YEAR).code == 0
    year = year_of(run)
    assert (year["to_fetch"], year["refused"], year["days_to_complete"]) == (0, 18, None)
    told = run("status").out
    assert "18 could not be downloaded" in told
    assert "complete in" not in told


def test_first_versions_that_are_not_here_are_to_be_fetched(part: Toy, run: Run) -> None:
    server, _ = part

    def busy(handler: Handler, path: str, _query: Query) -> bool:
        if path.endswith("/notes/edits"):
            handler.send_json(429, {}, {"Retry-After": "3600"})
        return path.endswith("/notes/edits")

    server.faults.insert(0, busy)
    assert run("fetch", "toy", YEAR, "--revision", "original").code == 6
    year = year_of(run)
    assert (year["to_fetch"], year["originals_to_fetch"]) == (20, 12)
    assert "12 of 20 papers have a first submitted PDF to fetch" in run("status").out
    server.faults.remove(busy)
    assert (
        run("fetch", "toy", YEAR, "--revision", "original").code == 6
    )  # by the wait that was stated
    assert run("fetch", "toy", YEAR).code == 0
    assert (year_of(run)["to_fetch"], year_of(run)["originals_to_fetch"]) == (0, 0)


def test_papers_that_left_are_named(toy: Toy, run: Run, workspace: Path) -> None:
    _, catalogue = toy
    catalogue.notes = [note_v2(name, YEAR) for name in ("a", "b", "c")]
    run("fetch", "toy", YEAR)
    date_listing(workspace, "2026-01-01")
    catalogue.notes = [note_v2("b", YEAR)]
    run("fetch", "toy", YEAR)
    year = year_of(run)
    assert (year["left"], year["left_papers"]) == (2, ["a", "c"])
    assert "2 papers are no longer in the listing and not counted: a, c" in run("status", "-v").out
    assert "not counted: a" not in run("status").out


@pytest.mark.usefixtures("part")
def test_an_expired_token_is_called_that(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENREVIEW_TOKEN", make_token(-3600))
    shown = run("status").out
    assert "token expired on 20" in shown
    assert "valid until" not in shown
    assert "papertally login" in shown
    assert json.loads(run("status", "--format", "json").out)["login"]["expired"] is True
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD", PASSWORD)
    assert "renewed automatically" in run("status").out


@pytest.mark.usefixtures("part")
def test_a_login_that_cannot_be_read_does_not_hide_the_rest(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD_FILE", "/no/such/file")
    result = run("status")
    assert result.code == 0
    assert "toy 2190" in result.out
    assert "OPENREVIEW_PASSWORD_FILE=/no/such/file cannot be read" in result.out
    assert (
        "OPENREVIEW_PASSWORD_FILE"
        in json.loads(run("status", "--format", "json").out)["login"]["problem"]
    )


def test_login_with_a_token_alone_says_that_it_is_used(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENREVIEW_TOKEN", make_token(3600))
    result = run("login")
    assert result.code == 0
    assert "OPENREVIEW_TOKEN is used; it is valid until 20" in result.err
    monkeypatch.setenv("OPENREVIEW_TOKEN", make_token(-3600))
    assert "OPENREVIEW_TOKEN has expired" in check_refused(run("login"))


def test_an_expired_token_of_the_environment_is_renewed_by_a_password(
    serve: Serve, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    server = serve(invent_year(tmp_path / "served", 2, pdfs=2))
    server.tokens.add("another")
    monkeypatch.setenv("OPENREVIEW_TOKEN", make_token(-3600))
    assert run("fetch", "sample", "2102").code == 4
    monkeypatch.setenv("OPENREVIEW_USERNAME", USER)
    monkeypatch.setenv("OPENREVIEW_PASSWORD", PASSWORD)
    assert run("fetch", "sample", "2102").code == 0
    assert run("fetch", "sample", "2102").code == 0
    assert len(server.logins) == 1


def test_pdfs_that_were_not_read_in_time_are_kept(
    toy: Toy, run: Run, tmp_path: Path, workspace: Path
) -> None:
    server, catalogue = toy
    catalogue.notes = [note_v2("one", YEAR, pdf="/pdf/one.pdf")]
    server.faults[:] = [serve_pdfs(tmp_path / "p", {"one": "We use Keras."}), catalogue]
    words = ("survey", "toy", YEAR, "--keep-pdf", "no")
    assert run(*words, "--timeout", 0.001, "--max-failures", "100%").code == 0
    assert year_of(run)["ledger"]["timeout"] == 1
    assert len(list((workspace / "files").rglob("*.pdf"))) == 1
    assert run("extract", "toy", YEAR, "--again", "timeout").code == 0
    assert year_of(run)["ledger"]["ok"] == 1
    assert run(*words).code == 0
    assert not list((workspace / "files").rglob("*.pdf"))


UNKNOWN = ("--population", "accepted")


@pytest.mark.parametrize(
    "words",
    [
        ("report", "toy", YEAR),
        ("search", "keras", "toy", YEAR),
        ("search", "keras", "toy", YEAR, "--format", "json"),
        ("audit", "toy", YEAR),
    ],
)
@pytest.mark.usefixtures("part")
def test_a_population_of_which_no_paper_is_known_is_refused(
    run: Run, words: tuple[object, ...]
) -> None:
    result = run(*words, *UNKNOWN)
    assert (result.code, result.out) == (2, "")
    assert "known to be accepted" in result.err.splitlines()[-1]
    assert "--statuses FILE" in result.err.splitlines()[-1]


def test_own_files_are_to_read_and_not_fetched_again(
    toy: Toy, run: Run, tmp_path: Path, workspace: Path
) -> None:
    server, catalogue = toy
    catalogue.notes = [note_v2(name, YEAR, pdf=f"/pdf/{name}.pdf") for name in TEXTS]
    server.faults[:] = [serve_pdfs(tmp_path / "p", TEXTS), catalogue]
    for name in list(TEXTS)[:4]:
        (tmp_path / f"{name}.txt").write_text("We use Keras. " * 40)
        assert run("add", "toy", YEAR, tmp_path / f"{name}.txt").code == 0
    planned = run("fetch", "toy", YEAR, "--dry-run").out
    assert "4 PDFs here, 16 to fetch" in planned
    assert year_of(run)["to_fetch"] == 16
    assert run("fetch", "toy", YEAR).code == 0
    assert (year_of(run)["fetched_last_day"], year_of(run)["to_fetch"]) == (16, 0)
    with RunLock(workspace, "another"):
        shown = run("report", "toy", YEAR, "--format", "markdown").out
    assert "20 of 20 listed papers are to read" in shown
    assert "not fetched" not in shown


def test_papers_on_other_sites_are_not_to_be_fetched(toy: Toy, run: Run, tmp_path: Path) -> None:
    server, catalogue = toy
    catalogue.notes = [
        note_v2(name, YEAR, pdf=f"https://arxiv.org/abs/1301.{name}") for name in TEXTS
    ]
    catalogue.notes += [note_v2(name, YEAR, pdf=f"/pdf/{name}.pdf") for name in ("one", "two")]
    server.faults[:] = [
        serve_pdfs(tmp_path / "p", {"one": "We use Keras.", "two": "We use Keras."}),
        catalogue,
    ]
    assert ", 2 to fetch" in run("fetch", "toy", YEAR, "--dry-run").out
    assert year_of(run)["to_fetch"] == 2
    assert run("fetch", "toy", YEAR).code == 0
    assert ", 0 to fetch" in run("fetch", "toy", YEAR, "--dry-run").out
    assert (year_of(run)["to_fetch"], year_of(run)["days_to_complete"]) == (0, None)
    shown = run("status").out
    assert "complete in about" not in shown
    assert "could not be downloaded: its PDF is on another site (20)" in shown


def test_a_workspace_that_is_not_made_yet_still_tells_of_the_login(
    run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(workspace))
    result = run("status")
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert "nothing is stored yet: " in result.err
    assert result.err.endswith("; papertally venues shows what needs no login\n")
    assert "; not logged in to OpenReview: papertally login; " in result.err
    assert not workspace.exists()
    monkeypatch.setenv("OPENREVIEW_TOKEN", make_token())
    assert "; OpenReview token valid until 20" in run("status").err


def test_files_that_wait_are_to_read_and_not_missing(
    run: Run, tmp_path: Path, papers: Path
) -> None:
    notes = write_notes(tmp_path / "n.json", [make_note(name) for name in ("one", "two", "three")])
    assert run("add", "mine", 2020, papers, "--notes", notes).code == 0
    # two files of the user's are here, and the third paper is not
    before, after = (
        ("not-fetched   to read", "1         2"),
        ("ok   not-fetched", "2             1"),
    )
    for head, counts in (before, after):
        shown = run("status").out
        assert head in shown
        assert counts in shown
        assert run("extract").code == 0
    (year,) = json.loads(run("status", "--format", "json").out)["years"]
    assert (year["to_read"], year["to_fetch"], year["ledger"]["not-fetched"]) == (0, 1, 1)


def test_an_empty_workspace_has_no_empty_tables(toy: Toy, run: Run) -> None:
    assert run("fetch", "toy", YEAR).code == 4
    shown = run("status").out
    assert "nothing is stored yet" in shown
    assert "listing" not in shown.partition("last runs")[0]


def test_the_key_that_a_venue_file_must_not_have_is_named_as_it_is(
    run: Run, tmp_path: Path
) -> None:
    for key, shown in (("2024x", "2024x"), ("y" * 60, "y" * 40)):
        (tmp_path / "bad.toml").write_text(f"[colm]\n{key} = 3\n")
        assert f"colm.{shown} is neither" in run("venues", "--venues", tmp_path / "bad.toml").err
