"""Traps and faults of the sites that need no login: nothing is half-stored, lost or hidden."""

import re
import time
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from time import sleep as pause

import pytest

from papertally.demo.server import Handler
from papertally.models import Note, VenueYear
from papertally.store.workspace import Workspace
from tests.helpers.command import Run
from tests.helpers.openreview import Clock
from tests.helpers.sites import (
    PDF,
    OpenSources,
    Request,
    Site,
    answer,
    change,
    cut,
    faults,
    on,
)
from tests.helpers.source_pages import Paper, invent_papers

pytestmark = pytest.mark.usefixtures("clock")
PROCEEDINGS = "proceedings.iclr.cc"
YEAR = 2024
NO_LIMIT = ("--min-free", 0)
FETCH = ("fetch", "iclr", YEAR, *NO_LIMIT)


@pytest.fixture
def papers() -> list[Paper]:
    return invent_papers(4)


@pytest.fixture
def site(open_sources: OpenSources, papers: list[Paper]) -> Site:
    """Serve ICLR 2024 with its virtual conference; return the proceedings."""
    open_sources.serve_proceedings("iclr", YEAR, papers)
    open_sources.serve_programme("iclr", YEAR, papers)
    return open_sources.site(PROCEEDINGS)


def listings(workspace: Path, venue: str = "iclr", year: int = YEAR) -> list[list[Note]]:
    """Return the notes of each stored listing of a site with PDFs, oldest first."""
    with Workspace(workspace) as stored:
        key = VenueYear(venue, year)
        return [
            stored.listings.notes(listing)
            for source in (PROCEEDINGS, "proceedings.neurips.cc", "proceedings.mlr.press")
            for listing in stored.listings.of(key, source)
        ]


def test_traps_of_the_pages(
    open_sources: OpenSources, run: Run, workspace: Path, papers: list[Paper]
) -> None:
    """The main track alone is listed, whatever the year's page looks like; all else is named."""
    odd = replace(papers[0], title="Q&quot;A&quot;  by <b> &amp; R&D")
    others = [Paper(90 + at, f"A Set {at}", track="datasets_and_benchmarks_track") for at in (1, 2)]
    position = Paper(99, "We Should", track="position_paper_track")
    main = [odd, *papers[1:]]
    open_sources.serve_creative_trap(2025, [*main, *others, position], others=3)
    open_sources.serve_proceedings("neurips", 2021, papers, named_tracks=False)
    open_sources.serve_proceedings("neurips", 2022, [*papers, *others])
    result = run("fetch", "neurips", 2021, 2022, 2025, *NO_LIMIT)
    assert result.code == 0, result.err
    for year in (2021, 2022, 2025):
        words = f"neurips {year}: 4 accepted papers listed by proceedings.neurips.cc,"
        assert f"{words} 4 PDFs fetched" in result.err
        (notes,) = listings(workspace, "neurips", year)
        assert sorted(note.id for note in notes) == sorted(paper.hash for paper in papers)
    left_out = [line for line in result.err.splitlines() if line.endswith(": left out")]
    assert len(left_out) == 2
    for line, parts in zip(
        left_out,
        (("2022", "2", "Data"), ("2025", "3", "Creative AI", "2", "1", "Pos")),
        strict=True,
    ):
        assert re.search(".*".join(parts), line), line
    titles = {note.id: note.title for note in notes}
    assert titles[odd.hash] == 'Q"A" by <b> & R&D'
    files = open_sources.site("proceedings.neurips.cc").asked(".pdf")
    assert {path.rpartition("-Paper")[2] for path in files} == {".pdf", "-Conference.pdf"}

    # forums are taken from links, never from what runs when they are clicked
    open_sources.serve_volume(202, [papers[0], replace(papers[1], has_forum=False)], preface=True)
    assert run("fetch", "icml", 2023, *NO_LIMIT).code == 0
    (notes,) = listings(workspace, "icml", 2023)
    assert [note.raw for note in notes] == [f'{{"forum": "{papers[0].forum}"}}', "{}"]

    # abstracts that stand in a document of their own
    open_sources.serve_proceedings("iclr", 2026, papers)
    open_sources.serve_programme("iclr", 2026, papers, abstracts_apart=True)
    assert run("fetch", "iclr", 2026, *NO_LIMIT).code == 0
    (notes,) = listings(workspace, "iclr", 2026)
    assert {note.id: note.abstract for note in notes} == {
        paper.forum: paper.abstract for paper in papers
    }


def test_a_whole_volume_on_a_host_with_limits_is_advised_to_be_cloned(
    open_sources: OpenSources, run: Run
) -> None:
    papers = invent_papers(70)
    open_sources.serve_volume(235, papers)
    open_sources.serve_volume(202, papers)
    result = run("fetch", "icml", 2023, 2024, *NO_LIMIT, "--dry-run")
    assert result.code == 0, result.err
    advice = [line for line in result.out.splitlines() if "git clone" in line]
    assert len(advice) == 1
    assert advice[0].startswith("icml 2024: raw.githubusercontent.com limits anonymous readers")
    assert "`papertally add icml 2024 v235 v235-posts`" in advice[0]
    result = run("fetch", "icml", 2024, *NO_LIMIT, "--sample", 12)
    assert result.code == 0
    files = open_sources.site("raw.githubusercontent.com")
    assert len(files.asked(".pdf")) == 12
    with faults(files, on(".pdf", answer(429, Retry_After="1800"))):
        result = run("fetch", "icml", 2024, *NO_LIMIT)
    assert result.code == 6
    assert "raw.githubusercontent.com's quota is used up" in result.err
    # the volume's own host did not refuse anything
    assert "1 PDF fetched" in run("fetch", "icml", 2023, *NO_LIMIT, "--sample", 1).err
    # with few left it is no longer quicker
    assert "git clone" not in run("fetch", "icml", 2024, *NO_LIMIT, "--sample", 12).err


def test_a_page_that_is_not_as_expected_leaves_nothing(
    site: Site, run: Run, workspace: Path
) -> None:
    page = f"/{YEAR}"
    entry = b'<a title="paper title" href="/paper_files/paper/2024/hash/'
    cases = (
        (change(site, b"paper-list", b"list"), 7, "it has no list of papers (ul.paper-list)"),
        (change(site, b"4 papers", b"5 papers"), 7, "it lists 4 papers of the 5 that it counts"),
        (change(site, b"paper-count", b"count"), 7, "it has no count of papers (span.paper-c"),
        (change(site, b"4 papers", b"papers"), 7, "its count of papers is not a number"),
        (change(site, b'title="paper title"', b""), 7, 'has 0 links with the title "paper title"'),
        (change(site, entry, entry.replace(b"2024", b"2023")), 7, "entry 1 is a paper of 2023"),
        (change(site, b"paper-authors", b"names"), 7, "entry 1 has no authors"),
        (cut(site, complete=True), 7, "it is cut off, its closing </html> is missing"),
        (cut(site, complete=False), 7, "its answer was cut off"),
        (answer(200), 7, "it has no list of papers (ul.paper-list)"),
        (answer(200, b"", PDF), 7, "it is not a web page"),
        (answer(500), 7, "it answered with 500, 6 tries: run again later"),
        (answer(403), 4, "cannot be read: the server answered 403; try again later"),
        (answer(404), 4, "cannot be read: the server answered 404"),
        (answer(401), 4, "cannot be read: the server answered 401"),
        (answer(302, Location="https://a.example/"), 4, "redirects to another host"),
        (answer(302, Location="https://[a"), 7, "the server redirects to no address"),
        (answer(302, Location="x"), 4, "the server answered 404"),
    )
    for fault, code, words in cases:
        site.requests.clear()
        with faults(site, on(page, fault)):
            result = run(*FETCH)
        assert (result.code, words in result.err) == (code, True), (words, result.err)
        assert result.err.count("papertally: ") == len(result.err.splitlines()) == 1, words
        assert not site.asked(".pdf"), words
        assert not listings(workspace), words


def test_a_year_whose_page_is_broken_keeps_no_other_away(
    site: Site, open_sources: OpenSources, run: Run, papers: list[Paper]
) -> None:
    for year in (2025, 2026):
        open_sources.serve_proceedings("iclr", year, papers)
    for fault in (answer(500), answer(200), answer(404)):
        with faults(site, on("/2025", fault)):
            result = run("fetch", "iclr", "2024-2026", *NO_LIMIT)
        assert result.code in (4, 7)
        for year in (YEAR, 2026):
            words = f"iclr {year}: 4 accepted papers listed by proceedings.iclr.cc,"
            assert f"{words} 4 PDFs fetched" in result.err
            assert run("remove", "iclr", year, "--yes").code == 0
        assert "/paper_files/paper/2025" in result.err.splitlines()[-1]


def test_the_pages_of_a_year_are_one_listing_or_none(
    open_sources: OpenSources, run: Run, workspace: Path, papers: list[Paper]
) -> None:
    site, path = open_sources.site("proceedings.neurips.cc"), "/paper_files/paper/2025"
    volume = "vol38-main-conference"
    art = Paper(90, "A Work of Art", track="creative_ai_track")
    open_sources.serve_proceedings("neurips", 2025, [art])
    result = run("fetch", "neurips", 2025, *NO_LIMIT)
    assert (result.code, "lists no paper of the main conference" in result.err) == (7, True)
    open_sources.serve_proceedings("neurips", 2025, papers[:3], see_also=f"{path}/{volume}")
    open_sources.serve_proceedings("neurips", 2025, papers[2:], volume, see_also=path)
    for fault in (answer(500), answer(404), change(site, b"2 papers", b"9 papers")):
        with faults(site, on(volume, fault)):
            assert run("fetch", "neurips", 2025, *NO_LIMIT).code in (4, 7)
        assert not listings(workspace, "neurips", 2025)
    # one paper is on both pages
    result = run("fetch", "neurips", 2025, *NO_LIMIT)
    assert result.code == 0
    words = "neurips 2025: 4 accepted papers listed by proceedings.neurips.cc,"
    assert f"{words} 4 PDFs fetched" in result.err


def test_without_the_virtual_conference_papers_come_all_the_same(
    site: Site, open_sources: OpenSources, run: Run, clock: Clock
) -> None:
    assert site
    virtual = open_sources.site("iclr.cc")
    for fault, words in (
        (answer(403), "the server answered 403"),
        (answer(429, Retry_After="9999"), "iclr.cc's quota is used up"),
        (answer(200), "it answered with a web page, 6 tries"),
        (cut(virtual, complete=True), "it is not JSON, or cut off"),
    ):
        with faults(virtual, on(".json", fault)):
            result = run(*FETCH)
        assert result.code == 0, result.err
        assert "iclr 2024 is listed without abstracts and decisions: " in result.err
        assert words in result.err
        assert run("remove", "iclr", YEAR, "--yes").code == 0
        clock.now += 9_999


def test_a_fault_of_one_pdf_keeps_no_other_away(
    site: Site, run: Run, workspace: Path, papers: list[Paper]
) -> None:
    first = f"{papers[0].hash}-Paper-Conference.pdf"
    cases = (
        (answer(200, media_type=PDF), "it sent a web page"),
        (answer(200, b"", PDF), "it sent nothing"),
        (answer(200, b"no PDF", PDF), "the server sent something other than a PDF"),
        (answer(403), "the server answered 403"),
        (answer(404), "the server answered 404"),
        (answer(302, Location="https://a.example/"), "the server redirects to another host"),
        (answer(302, Location="http://proceedings.iclr.cc/a.pdf"), "the server redirects to an"),
        (answer(302, Location="file:///etc/passwd"), "the server redirects to another host"),
        (answer(500), "it answered with"),
        (cut(site, complete=False), "its answer was cut off"),
    )
    for fault, words in cases:
        with faults(site, on(first, fault)):
            result = run(*FETCH)
        assert result.code == 0, (words, result.err)
        summary = "4 accepted papers listed by proceedings.iclr.cc,"
        assert f"{summary} 3 PDFs fetched, 1 could not be downloaded" in result.err
        with Workspace(workspace) as stored:
            rows = stored.ledger.read(VenueYear("iclr", YEAR)).rows
            (reason,) = {row.reason for row in rows if row.paper == papers[0].forum}
        assert words in reason, (words, reason)
        assert len(list(workspace.rglob("*.pdf"))) == 3
        assert not list(workspace.rglob("*.part"))
        assert run("remove", "iclr", YEAR, "--yes").code == 0
    with faults(site, on(first, cut(site, complete=True))):
        result = run(*FETCH)
    assert "4 PDFs fetched" in result.err  # three times the same: a PDF without its end
    assert len(site.asked(first)) >= 3


def test_a_host_that_refuses_all_pdfs_is_soon_left_alone(
    open_sources: OpenSources, run: Run, clock: Clock
) -> None:
    papers = invent_papers(25)
    open_sources.serve_proceedings("iclr", YEAR, papers)
    site = open_sources.site(PROCEEDINGS)
    with faults(site, on(".pdf", answer(403))):
        for asked in (10, 20, 25, 25):  # the last run finds that all are for another day
            result = run(*FETCH)
            assert len(site.asked(".pdf")) == asked
            assert result.code == (4 if asked < 25 else result.code)
        assert "25 that failed before left for another day" in result.err
    clock.now += 90_000
    assert "25 PDFs fetched" in run(*FETCH).err


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_a_retry_after_is_kept_by_the_whole_host_and_over_runs(
    site: Site, open_sources: OpenSources, run: Run, clock: Clock, status: int, as_date: bool
) -> None:
    open_sources.serve_proceedings("iclr", 2025, invent_papers(2))
    when = formatdate(clock.now + 3600, usegmt=True) if as_date else "3600"
    with faults(site, on(".pdf", answer(status, Retry_After=when))):
        result = run(*FETCH)
    assert result.code == 6, result.err
    assert "proceedings.iclr.cc's quota is used up until about " in result.err
    asked = len(site.requests)
    for words in (FETCH, (*FETCH, "--sample", 1), ("fetch", "iclr", 2025, *NO_LIMIT)):
        assert run(*words).code == 6
    assert len(site.requests) == asked
    clock.now += 3600
    result = run("fetch", "iclr", YEAR, 2025, *NO_LIMIT)
    assert result.code == 0
    assert "4 PDFs fetched" in result.err
    # a short one is waited for in the run, and kept by the next one if it ends during the wait
    assert run("remove", "iclr", YEAR, "--yes").code == 0
    with faults(site, on(".pdf", answer(status, Retry_After="80"), times=1)):
        began = clock.now
        result = run(*FETCH)
    assert result.code == 0
    assert "waiting 80 seconds: proceedings.iclr.cc's quota is used up until then" in result.err
    assert clock.now - began >= 80


def test_a_listing_that_grows_is_stored_beside_the_older_one(
    site: Site, open_sources: OpenSources, run: Run, workspace: Path, papers: list[Paper]
) -> None:
    again = (*FETCH, "--relist-after", "0s")
    open_sources.serve_proceedings("iclr", YEAR, papers[:2])
    assert "2 accepted papers listed by proceedings.iclr.cc, 2 PDFs fetched" in run(*FETCH).err
    site.requests.clear()
    assert "2 accepted papers listed by proceedings.iclr.cc, 0 PDFs fetched" in run(*again).err
    (asked,) = (request for request in site.requests if request.path != "/robots.txt")
    assert {"if-none-match", "if-modified-since"} <= set(asked.headers)
    open_sources.serve_proceedings("iclr", YEAR, papers[:2][::-1])  # the same in another order
    assert "0 PDFs fetched" in run(*again).err
    assert len(listings(workspace)) == 1
    open_sources.serve_proceedings("iclr", YEAR, papers)
    assert "4 accepted papers listed by proceedings.iclr.cc, 2 PDFs fetched" in run(*again).err
    assert [len(notes) for notes in listings(workspace)] == [2, 4]
    open_sources.serve_proceedings("iclr", YEAR, papers[1:])
    assert "3 accepted papers listed by proceedings.iclr.cc, 0 PDFs fetched" in run(*again).err
    assert run(*FETCH).code == 0
    assert [len(notes) for notes in listings(workspace)] == [2, 4, 3]
    files = site.asked(".pdf")
    assert len(files) == 2  # beside the two of the first run


def test_titles_join_papers_to_forums_only_if_they_tell_them_apart(
    open_sources: OpenSources, run: Run, workspace: Path
) -> None:
    papers = invent_papers(6)
    same = [replace(paper, title="Twice the Same") for paper in papers[:2]]
    odd = replace(papers[2], title="INVENTED   method 3 - \u201cA study\u201d!")
    other = replace(papers[3], title="Renamed for the Camera")
    open_sources.serve_proceedings("iclr", YEAR, [*same, odd, other, *papers[4:]])
    open_sources.serve_programme("iclr", YEAR, [*same, *papers[2:]])
    result = run(*FETCH)
    assert result.code == 0
    assert re.search("3 of 6 papers .*not matched.* 2 of them for a title", result.err)
    (notes,) = listings(workspace)
    assert {note.id for note in notes} == {
        *(paper.hash for paper in papers[:2]),
        papers[2].forum,
        papers[3].hash,
        *(paper.forum for paper in papers[4:]),
    }
    with Workspace(workspace) as stored:
        aliases = stored.aliases.of(VenueYear("iclr", YEAR))
    assert aliases == {paper.hash: paper.forum for paper in (papers[2], *papers[4:])}


def test_the_same_pdf_of_two_papers_is_two_papers(
    site: Site, run: Run, papers: list[Paper]
) -> None:
    paths = [path for path in site.documents if path.endswith(".pdf")]
    site.documents[paths[1]].body = site.documents[paths[0]].read()
    result = run("survey", "iclr", YEAR, *NO_LIMIT)
    assert result.code == 0
    assert f"{len(papers)} PDFs fetched" in result.err
    assert (
        "iclr 2024: 2 papers have a PDF with the same content as another's, such as " in result.err
    )


def test_an_answer_that_drips_is_a_fault_and_a_slow_one_is_not(
    site: Site, run: Run, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    body = site.documents[f"/paper_files/paper/{YEAR}"].read()

    def drip(handler: Handler, _request: Request) -> bool:
        handler.send(200, "text/html", b"<!doctype html>", {"Content-Length": "9999999"})
        while True:  # until the client hangs up
            handler.wfile.write(b" ")
            handler.wfile.flush()
            clock.sleep(20)
            pause(0.001)

    def slow(handler: Handler, _request: Request) -> bool:
        handler.send(200, "text/html", b"", {"Content-Length": str(len(body))})
        for at in range(0, len(body), len(body) // 9):
            handler.wfile.write(body[at : at + len(body) // 9])
            handler.wfile.flush()
            clock.sleep(5)
        return True

    with faults(site, on(f"/{YEAR}", drip)):
        result = run(*FETCH)
    assert result.code == 7
    assert "its answer came too slowly, 6 tries: run again later" in result.err
    with faults(site, on(f"/{YEAR}", slow)):
        assert run(*FETCH).code == 0


def test_an_outage_is_that_of_its_source(site: Site, run: Run, clock: Clock) -> None:
    cron = ("survey", "iclr", YEAR, *NO_LIMIT, "--cron")
    with faults(site, answer(500)):
        assert run(*cron).code == 7
        clock.now += 90_000
        assert "proceedings.iclr.cc has not worked since 2" in run(*cron).err
    assert run(*cron).code == 0
    clock.now += 90_000
    with faults(site, answer(500)):
        ended = run(*cron, "--relist-after", "0s")
        assert (ended.code, ended.err) == (7, "")
