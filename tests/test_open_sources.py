"""Faults of the open sources, from the pages of a stand-in to the end of a command."""

from itertools import pairwise
from pathlib import Path

import pytest

from papertally.models import VenueYear
from papertally.store.workspace import Workspace
from tests.helpers.command import Run
from tests.helpers.downloads import pdf_contents
from tests.helpers.openreview import Clock
from tests.helpers.sites import PDF, OpenSources, answer, change, cut, faults, on, pdf_of
from tests.helpers.source_pages import Paper, invent_papers

PAPERS = invent_papers(3)
PAGE = "/paper/2013"


@pytest.fixture
def sources(open_sources: OpenSources, clock: Clock) -> OpenSources:
    """Serve a year of NeurIPS, by a clock that pauses move on."""
    assert clock
    open_sources.serve_proceedings("neurips", 2013, PAPERS, named_tracks=False)
    return open_sources


def listings(folder: Path) -> int:
    """Return how many listings are stored."""
    with Workspace(folder) as workspace:
        return len(workspace.listings.of(VenueYear("neurips", 2013), "proceedings.neurips.cc"))


def test_a_listing_with_a_fault_is_not_stored_and_the_next_run_has_it(
    sources: OpenSources, run: Run, workspace: Path
) -> None:
    site = sources.site("proceedings.neurips.cc")
    for fault, code, words in (
        (cut(site, complete=True), 7, "it is cut off"),
        (answer(200), 7, "it has no list of papers"),
        (change(site, b"paper-count", b"count"), 7, "it has no count of papers"),
        (change(site, b"3 papers", b"5 papers"), 7, "it lists 3 papers of the 5"),
        (change(site, b"-Abstract.html", b".html"), 7, "the link of entry 1"),
        (answer(404), 4, "the server answered 404"),
        (answer(302, Location="https://a.example/x"), 4, "redirects to another host"),
    ):
        with faults(site, on(PAGE, fault)):
            result = run("fetch", "neurips", 2013)
        assert result.code == code, words
        assert words in result.err, result.err
        assert len(result.err.strip().splitlines()) == 1, result.err
    assert site.asked(".pdf") == []
    assert listings(workspace) == 0
    with faults(site, on(PAGE, cut(site, complete=False), times=1)):
        assert run("fetch", "neurips", 2013).code == 0
    assert (listings(workspace), len(site.asked(".pdf"))) == (1, 3)
    assert site.most_at_once == 1


def test_a_page_without_the_main_conference_is_no_empty_year(
    sources: OpenSources, run: Run
) -> None:
    art = [Paper(90, "A Work of Art", track="creative_ai_track")]
    sources.serve_proceedings("neurips", 2025, art)
    result = run("fetch", "neurips", 2025)
    assert result.code == 7
    assert "it lists no paper of the main conference" in result.err
    # as in 2025: the main conference is on another page
    sources.serve_creative_trap(2025, PAPERS)
    result = run("fetch", "neurips", 2025)
    assert result.code == 0, result.err
    assert "3 accepted papers listed, 3 PDFs fetched" in result.err
    assert "2 papers of Creative AI" in result.err


def test_pdfs_with_faults_are_asked_for_again_and_others_come(
    sources: OpenSources, run: Run, workspace: Path, clock: Clock
) -> None:
    site = sources.site("proceedings.neurips.cc")
    name = f"{PAPERS[0].hash}-Paper.pdf"
    for fault in (
        answer(200, media_type=PDF),
        answer(302, Location="https://a.example/x.pdf"),
        answer(302, Location="file:///etc/passwd"),
        answer(403),
        answer(404),
        answer(200, b"", PDF),
    ):
        before = len(site.asked(name))
        with faults(site, on(name, fault)):
            run("fetch", "neurips", 2013)
        assert len(site.asked(name)) > before
        assert len(pdf_contents(workspace)) == 2
        clock.sleep(90_000)  # a paper that failed in two runs is asked for once a day
    assert run("fetch", "neurips", 2013).code == 0
    assert sorted(pdf_contents(workspace)) == sorted(map(pdf_of, PAPERS))
    for paper in PAPERS[1:]:
        assert len(site.asked(f"{paper.hash}-Paper.pdf")) == 1
    with faults(site, on(".pdf", answer(429, Retry_After="600"), times=1)):
        before = len(site.requests)
        sources.serve_proceedings("neurips", 2014, invent_papers(2), named_tracks=False)
        run("fetch", "neurips", 2014, "--wait")
        asked = [request for request in site.requests[before:] if request.path.endswith(".pdf")]
    assert asked[1].at - asked[0].at >= 600
    assert len(asked) == 3


def test_requests_keep_to_one_a_second_and_a_grown_listing_is_asked_for_once(
    sources: OpenSources, run: Run
) -> None:
    site = sources.site("proceedings.neurips.cc")
    assert run("fetch", "neurips", 2013).code == 0
    times = [request.at for request in site.requests]
    assert min(later - at for at, later in pairwise(times)) > 0.99
    assert run("fetch", "neurips", 2013, "--relist-after", "0s").code == 0
    pages = [request for request in site.requests if request.path.endswith(PAGE)]
    assert ["if-none-match" in page.headers for page in pages] == [False, True]
    sources.serve_proceedings("neurips", 2013, invent_papers(5), named_tracks=False)
    assert run("fetch", "neurips", 2013, "--relist-after", "0s").code == 0
    asked = site.asked(".pdf")
    assert (len(asked), len(set(asked))) == (5, 5)
    assert all("papertally" in request.headers["user-agent"] for request in site.requests)
