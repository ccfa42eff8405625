"""OpenReview is out of reach or refuses: what open sources have comes all the same."""

from pathlib import Path

import pytest

from papertally.demo.server import Handler, Query
from tests.helpers.command import Run
from tests.helpers.openreview import Fault, Serve, Server, make_token
from tests.helpers.sites import OpenSources
from tests.helpers.source_pages import invent_papers
from tests.helpers.year_sources import YEAR, ledger, log_in, serve_submissions

pytestmark = pytest.mark.usefixtures("clock")
NO_LIMIT = ("--min-free", 0)


def refuse(status: int) -> Fault:
    """Answer everything with a status."""

    def fault(handler: Handler, _path: str, _query: Query) -> bool:
        handler.send_json(status, {"name": "Error", "message": "not for you"})
        return True

    return fault


def cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Point papertally to an OpenReview at which nothing listens."""
    for name in ("V1", "V2", "SITE"):
        monkeypatch.setenv(f"PAPERTALLY_OPENREVIEW_{name}", "http://127.0.0.1:9")


@pytest.mark.parametrize(("status", "code"), [(0, 7), (502, 7), (403, 4), (401, 4)])
def test_without_a_login_open_sources_are_asked_all_the_same(
    open_sources: OpenSources,
    serve: Serve,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    code: int,
) -> None:
    papers = invent_papers(3)
    open_sources.serve_proceedings("iclr", YEAR, papers)
    open_sources.serve_programme("iclr", 2022, papers)
    server = serve(tmp_path)
    server.faults.append(refuse(status))
    if not status:
        cut_off(monkeypatch)
    years = ("iclr", 2018, 2022, 2023, YEAR)
    planned = run("fetch", *years, "--dry-run", *NO_LIMIT)
    assert planned.code == code
    assert "iclr 2024: 3 accepted papers listed" in planned.out
    asked = len(server.asked)
    result = run("survey", *years, *NO_LIMIT)
    assert result.code == code, result.err
    assert "iclr 2024: 3 accepted papers listed" in result.err
    assert "PyTorch" in result.out
    last = result.err.splitlines()[-1]
    assert "2018" in last
    assert len(last) < 400
    if code == 7:
        # once it was out of reach it is not asked for each of the other years
        assert last.count("127.0.0.1:") == 1
        assert len(server.asked) - asked == asked <= 24
    assert run("report", "iclr", 2022, "--zone", "listing", "--term", "software").code == 0


@pytest.mark.parametrize("status", [0, 502])
def test_with_a_login_accepted_papers_come_by_the_stored_listing(
    open_sources: OpenSources,
    serve: Serve,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    papers = invent_papers(6)
    server = serve(serve_submissions(tmp_path / "served", papers, rejected=2))
    log_in(server, monkeypatch)
    fetch = ("fetch", "iclr", YEAR, *NO_LIMIT, "--relist-after", "0s")
    # the proceedings are not there yet
    run(*fetch, "--sample", 1)
    open_sources.serve_proceedings("iclr", YEAR, papers[2:])
    server.faults.append(refuse(status))
    if not status:
        cut_off(monkeypatch)
    result = run(*fetch)
    assert result.code == 7, result.err
    assert "iclr 2024: 6 submissions listed" in result.err
    rows = ledger(run, tmp_path / "out")
    assert len(rows) == 6
    here = {number for number, row in rows.items() if row["ledger"] == "ok"}
    assert {"3", "4", "5", "6"} <= here


def test_with_a_login_a_year_that_was_never_listed_comes_from_proceedings(
    open_sources: OpenSources,
    serve: Serve,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    papers = invent_papers(4)
    server: Server = serve(serve_submissions(tmp_path / "served", papers, rejected=1))
    log_in(server, monkeypatch)
    open_sources.serve_proceedings("iclr", YEAR, papers[1:])
    away = refuse(503)
    server.faults.append(away)
    assert run("survey", "iclr", YEAR, *NO_LIMIT, "--population", "rejected").code == 7
    result = run("survey", "iclr", 2018, YEAR, *NO_LIMIT)
    assert result.code == 7, result.err
    assert "3 accepted papers listed" in result.err
    assert "PyTorch" in result.out
    assert "account" not in result.err
    server.faults.remove(away)
    assert run("survey", "iclr", YEAR, *NO_LIMIT).code == 0
    assert {row["ledger"] for row in ledger(run, tmp_path / "out").values()} == {"ok"}


def test_stored_submissions_without_a_login_keep_no_other_year_away(
    open_sources: OpenSources,
    serve: Serve,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    papers = invent_papers(4)
    server = serve(serve_submissions(tmp_path / "served", papers, rejected=2))
    log_in(server, monkeypatch)
    assert run("fetch", "iclr", YEAR, *NO_LIMIT, "--sample", 1).code == 0
    monkeypatch.delenv("OPENREVIEW_TOKEN")
    server.tokens.add(make_token(mark="another"))
    open_sources.serve_proceedings("iclr", YEAR + 1, papers)
    result = run("fetch", "iclr", YEAR, YEAR + 1, *NO_LIMIT)
    assert result.code == 4
    assert "iclr 2025: 4 accepted papers listed" in result.err


def test_the_runs_in_the_status_are_short(
    serve: Serve, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(tmp_path).tokens.add(make_token())
    assert run("fetch", "iclr", 2018).code == 4
    monkeypatch.setenv("COLUMNS", "80")
    shown = run("status").out.partition("last runs")[2]
    assert len(shown.splitlines()) <= 5, shown
    assert "..." in shown
    assert "papertally login" in run("status", "--format", "json").out


def test_a_sample_that_is_too_small_to_be_compared_is_told_of(
    open_sources: OpenSources, run: Run
) -> None:
    open_sources.serve_proceedings("iclr", YEAR, invent_papers(2))
    for command in ("fetch", "survey"):
        small = run(command, "iclr", YEAR, *NO_LIMIT, "--sample", 2).err.splitlines()
        assert "only if 30 papers or more" in small[0]
        assert "only if 30" not in run(command, "iclr", YEAR, *NO_LIMIT, "--sample", 30).err
