"""Budgets of runs over sites that need no login: as those over OpenReview."""

import hashlib
import json
import time
from pathlib import Path

import pytest

from papertally.models import VenueYear
from papertally.store.workspace import Workspace
from tests.helpers.command import Run
from tests.helpers.openreview import Clock
from tests.helpers.sites import OpenSources, Site, answer, faults, on
from tests.helpers.source_pages import Paper, invent_papers

pytestmark = pytest.mark.usefixtures("clock")
YEAR = 2024
NO_LIMIT = ("--min-free", 0)
FETCH = ("fetch", "iclr", YEAR, *NO_LIMIT)


@pytest.fixture
def papers() -> list[Paper]:
    return invent_papers(9)


@pytest.fixture
def site(open_sources: OpenSources, papers: list[Paper]) -> Site:
    """Serve ICLR 2024 with its virtual conference; return the proceedings."""
    open_sources.serve_proceedings("iclr", YEAR, papers)
    open_sources.serve_programme("iclr", YEAR, papers)
    return open_sources.site("proceedings.iclr.cc")


def hashes(site: Site) -> list[str]:
    """Return the keys of the papers whose PDFs were asked for, in order."""
    return [path.rpartition("/")[2][:32] for path in site.asked(".pdf")]


def test_a_sample_is_the_same_in_all_runs_and_grows(
    site: Site, open_sources: OpenSources, run: Run, papers: list[Paper]
) -> None:
    order = sorted(papers, key=lambda paper: hashlib.sha256(paper.forum.encode()).digest())
    wanted = [paper.hash for paper in order]
    for size in (3, 3, 5):
        assert run(*FETCH, "--sample", size).code == 0
        assert hashes(site) == wanted[:size]
    # more papers join the order without a change of the others'
    more = [*papers, *(Paper(100 + at, f"A Late Paper {at}") for at in range(9))]
    open_sources.serve_proceedings("iclr", YEAR, more)
    open_sources.serve_programme("iclr", YEAR, more)
    assert run(*FETCH, "--relist-after", "0s", "--sample", 9).code == 0
    order = sorted(more, key=lambda paper: hashlib.sha256(paper.forum.encode()).digest())
    assert set(hashes(site)[5:]) == {paper.hash for paper in order[:9]} - set(wanted[:5])
    assert len(hashes(site)) == len(set(hashes(site)))


def test_requests_and_time_are_spent_as_allowed_and_what_came_is_kept(
    site: Site,
    open_sources: OpenSources,
    run: Run,
    clock: Clock,
    papers: list[Paper],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for allowed in (1, 2, 3, 4):  # robots.txt and pages count
        before = len(open_sources.requests())
        assert run(*FETCH, "--max-requests", allowed).code == 6
        assert len(open_sources.requests()) - before <= allowed
    assert hashes(site)
    began, real = clock.now, time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: real + clock.now - began)
    before = len(hashes(site))
    assert run(*FETCH, "--max-time", "4s").code == 6
    assert clock.now - began <= 5
    assert len(hashes(site)) > before
    assert run(*FETCH, "--max-time", "1h").code == 0
    assert sorted(hashes(site)) == sorted(paper.hash for paper in papers)
    assert len(site.asked(f"/{YEAR}")) == 1


def test_a_wait_is_made_if_it_is_asked_for(site: Site, run: Run, clock: Clock) -> None:
    with faults(site, on(".pdf", answer(429, Retry_After="7200"), times=1)):
        began = clock.now
        assert run(*FETCH, "--wait").code == 0
    assert clock.now - began > 7200
    assert len(site.asked(".pdf")) == 10


def test_a_full_disk_is_noticed_before_and_nothing_is_half_stored(
    site: Site, run: Run, workspace: Path
) -> None:
    result = run("fetch", "iclr", YEAR, "--min-free", "1024T")
    assert result.code == 6
    assert "lower --min-free" in result.err
    assert not list(workspace.rglob("*.p*t"))
    assert len(site.asked(".pdf")) == 1
    assert run(*FETCH).code == 0


def test_pdfs_are_deleted_once_read_if_they_are_not_to_be_kept(
    site: Site, run: Run, workspace: Path
) -> None:
    words = ("survey", "iclr", YEAR, *NO_LIMIT, "--keep-pdf", "no")
    result = run(*words)
    assert result.code == 0, result.err
    assert "9 PDFs fetched, read and deleted" in result.err
    assert not list(workspace.rglob("*.pdf"))
    assert "0 PDFs fetched" in run(*words).err
    assert len(site.asked(".pdf")) == 9
    assert "Keras" in run("report", "iclr", YEAR).out


def test_an_unattended_run_prints_what_is_new_alone(
    site: Site, open_sources: OpenSources, run: Run, papers: list[Paper]
) -> None:
    words = ("survey", "iclr", YEAR, *NO_LIMIT, "--cron", "--max-requests", 8)
    codes = []
    for _ in range(4):
        ended = run(*words)
        codes.append(ended.code)
        assert ended.err == "", ended.err
    assert codes == [6, 0, 0, 0]
    assert len(hashes(site)) == len(set(hashes(site))) == len(papers)
    asked = len(open_sources.requests())
    ended = run(*words)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert len(open_sources.requests()) == asked


def test_a_dry_run_lists_and_status_says_what_is_missing(
    site: Site, open_sources: OpenSources, run: Run, workspace: Path
) -> None:
    asked = ("--population", "accepted", "--source", "proceedings", "--pace", "2s")
    planned = run(*FETCH, "--dry-run", *asked)
    assert planned.code == 0
    commands = [line for line in planned.out.splitlines() if line.startswith("`")]
    assert commands
    assert all(f"iclr {YEAR} {' '.join(asked)}" in line for line in commands)
    assert "9 accepted papers listed" in planned.out + planned.err
    assert not site.asked(".pdf")
    assert run(*FETCH, "--sample", 4).code == 0
    assert len(site.asked(f"/{YEAR}")) == len(open_sources.site("iclr.cc").asked()) == 1
    status = run("status", "iclr", YEAR)
    assert status.code == 0
    document = json.loads(run("status", "iclr", YEAR, "--format", "json").out)
    (year,) = document["years"]
    assert (year["listed"], year["open_to_fetch"], year["to_extract"]) == (9, 5, 4), year
    with Workspace(workspace) as stored:
        rows = stored.ledger.read(VenueYear("iclr", YEAR)).rows
    assert len(rows) == 9
