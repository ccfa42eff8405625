"""How sites that need no login are asked: slowly, one request at a time, by name, as they allow."""

import random
import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertally.demo.server import Handler
from papertally.fetch.robots import parse_robots
from papertally.models import VenueYear
from papertally.store.workspace import Workspace
from tests.helpers.command import Run
from tests.helpers.openreview import Clock
from tests.helpers.sites import PDF, OpenSources, Request, Site, answer, change, faults, on
from tests.helpers.source_pages import invent_papers

PROCEEDINGS = "proceedings.iclr.cc"
pytestmark = pytest.mark.usefixtures("clock")
YEAR = 2024
FETCH = ("fetch", "iclr", "--min-free", 0)


def serve(sources: OpenSources, *years: int, papers: int = 3) -> Site:
    """Serve years of ICLR with their virtual conferences."""
    for year in years:
        made = [
            replace(paper, number=paper.number + 100 * year, title=f"{paper.title} of {year}")
            for paper in invent_papers(papers)
        ]
        sources.serve_proceedings("iclr", year, made)
        sources.serve_programme("iclr", year, made)
    return sources.site(PROCEEDINGS)


def pauses(sources: OpenSources) -> list[float]:
    """Return the seconds between two requests to the same host, of all hosts."""
    moments = defaultdict(list)
    for name, site in sources.sites.items():
        moments[name] = [request.at for request in site.requests]
    return [b - a for times in moments.values() for a, b in pairwise(times)]


def test_a_host_is_asked_once_a_second_over_all_years_and_runs(
    open_sources: OpenSources, run: Run
) -> None:
    serve(open_sources, 2024, 2025)
    for volume in (202, 235):
        open_sources.serve_volume(volume, invent_papers(2))
    words = ("--contact", "ann@example.org")
    assert run(*FETCH, 2024, 2025, *words).code == 0
    assert run("survey", "icml", 2023, 2024, "--min-free", 0, *words).code == 0
    # another run right after these
    assert run(*FETCH, 2024, "--relist-after", "0s", *words).code == 0
    asked = open_sources.requests()
    assert len(asked) >= 22
    assert min(pauses(open_sources)) >= 0.999  # the clock's own rounding
    assert {site.most_at_once for site in open_sources.sites.values()} == {0, 1}
    agents = {request.headers["user-agent"] for request in asked}
    assert len(agents) == 1
    assert agents.pop().startswith("papertally/")
    assert all("ann@example.org" in request.headers["user-agent"] for request in asked)
    assert not any("authorization" in request.headers for request in asked)
    # each host's robots.txt once in a run
    robots = [request for request in asked if request.path == "/robots.txt"]
    assert len(robots) == 2 + 3 + 2


@pytest.mark.parametrize(
    ("pace", "robots", "seconds"),
    [
        ("3s", "", 3),
        ("0.1s", "", 1),
        ("1s", "User-agent: *\nCrawl-delay: 7", 7),
        ("9s", "User-agent: *\nCrawl-delay: 7", 9),
        ("1s", "User-agent: *\nCrawl-delay: 100000", 60),
        ("1s", "User-agent: other\nCrawl-delay: 7\n\nUser-agent: *\nCrawl-delay: x", 1),
    ],
)
def test_a_pause_only_grows(
    open_sources: OpenSources,
    run: Run,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    pace: str,
    robots: str,
    seconds: float,
) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    site = serve(open_sources, 2024)
    site.robots = robots
    result = run(*FETCH, 2024, "--pace", pace)
    assert result.code == 0
    assert "waiting" not in result.err
    times = [request.at for request in site.requests][1:]  # what robots.txt says holds after it
    found = [b - a for a, b in pairwise(times)]
    assert len(found) == 3
    assert all(seconds - 0.001 <= pause < seconds + 1 for pause in found), found


ALLOWED = (
    "",
    "User-agent: *\nDisallow:",
    "Disallow: /",  # of nobody
    "User-agent: other\nDisallow: /",
    "User-agent: *\nDisallow: /\nAllow: /paper_files/",  # the longer rule counts
    "User-agent: *\nDisallow: /\n\nUser-agent: PaperTally\nAllow: /",
    "User-agent: *\nDisallow: /*.zip$\nDisallow: /paper_files/*.pdf$x",
    "<html><body>Disallow: /</body></html>",
    "\x00\ufeff:::\nUser-agent\nDisallow",
)
FORBIDDEN = (
    "User-agent: *\nDisallow: /",
    "User-agent:*\r\nDisallow:/paper_files # all of it\r\n",
    "user-agent: a\nUSER-AGENT: *\nCrawl-delay: 1\ndisallow: /paper_files/paper/*/file",
    "User-agent: *\nAllow: /\nDisallow: /paper_files/paper/",
    "User-agent: *\nDisallow: /*.pdf$",
    "User-agent: *\nAllow: /\n\nUser-agent: papertally\nDisallow: /",
    "User-agent: *\nDisallow: /%70aper_files/",
    "User-agent: *\nDisallow: /\n" + "# long\n" * 200_000,
)


def test_robots_txt_is_kept(open_sources: OpenSources, run: Run) -> None:
    site = serve(open_sources, 2024)
    for text in FORBIDDEN:
        site.robots = text
        site.requests.clear()
        result = run(*FETCH, 2024)
        assert result.code == 4, text[:99]
        assert "the host's robots.txt does not allow it" in result.err, text[:99]
        assert result.err.count("papertally: ") == 1
        assert not site.asked(".pdf"), text[:99]
        assert run("remove", "iclr", 2024, "--yes").code in (0, 2)
    for text in ALLOWED:
        site.robots = text
        assert run(*FETCH, 2024).code == 0, text[:99]
        assert run("remove", "iclr", 2024, "--yes").code == 0


def test_a_robots_txt_that_is_missing_forbids_nothing_and_one_in_trouble_all(
    open_sources: OpenSources, run: Run
) -> None:
    site = serve(open_sources, 2024)
    for status, code in ((500, 7), (503, 7), (404, 0), (403, 0), (200, 0)):
        site.requests.clear()
        with faults(site, on("/robots.txt", answer(status))):
            result = run(*FETCH, 2024)
        assert result.code == code, status
        assert bool(site.asked()) == (code == 0), status
        if not code:
            assert run("remove", "iclr", 2024, "--yes").code == 0


@given(st.text(max_size=200), st.text("ab/*$", max_size=12), st.text("ab/", max_size=9))
def test_any_robots_txt_is_read_and_a_pattern_fits_as_its_expression(
    text: str, pattern: str, path: str
) -> None:
    parse_robots(text, "papertally").allows(f"https://a.example/{path}")
    robots = parse_robots(f"User-agent: *\nDisallow: /{pattern}", "papertally")
    whole = pattern.endswith("$")
    parts = [re.escape(part) for part in f"/{pattern.removesuffix('$')}".split("*")]
    expected = re.match(".*".join(parts) + (r"\Z" if whole else ""), f"/{path}")
    assert robots.allows(f"https://a.example/{path}") == (expected is None)


def test_pdfs_come_from_the_hosts_of_their_source_alone(
    open_sources: OpenSources, run: Run
) -> None:
    site, pmlr = serve(open_sources, 2024), open_sources.site("proceedings.mlr.press")
    open_sources.serve_volume(202, invent_papers(2))
    evil = open_sources.site("neurips.cc")
    old = b'href="/paper_files/paper/2024/hash/'
    new = f'href="{evil.base}/paper_files/paper/2024/hash/'.encode()
    with faults(site, on("/2024", change(site, old, new))):
        result = run(*FETCH, 2024)
        assert result.code == 7
        assert "the link of entry 1 is no address of an abstract on this site" in result.err
    old, new = b'href="https://proceedings.mlr.press/v202/', f'href="{evil.base}/v202/'.encode()
    with faults(pmlr, on("/v202/", change(pmlr, old, new))):
        result = run("fetch", "icml", 2023, "--min-free", 0)
        assert result.code == 7
        assert "has no link to its page in this volume" in result.err
    with faults(site, on(".pdf", answer(302, Location=f"{evil.base}/x.pdf"))):
        result = run(*FETCH, 2024)
        assert result.code == 4
        assert "redirects to another host, which is not allowed: 3" in result.err
    assert not evil.requests
    assert run("report", "icml", 2023).code == 2


def moved(site: Site) -> Callable[[Handler, Request], bool]:
    def fault(handler: Handler, request: Request) -> bool:
        if request.path.startswith("/new"):
            return False
        location = {"Location": f"{site.base}/new{request.path}"}
        handler.send(301, "text/html", b"moved", location)
        return True

    return fault


def test_a_redirect_on_the_same_host_is_followed_at_the_same_pace(
    open_sources: OpenSources, run: Run
) -> None:
    site = serve(open_sources, 2024)
    for path, document in list(site.documents.items()):
        site.documents[f"/new{path}"] = document
    with faults(site, moved(site)):
        result = run(*FETCH, 2024)
    assert result.code == 0, result.err
    assert "3 PDFs fetched" in result.err
    assert min(pauses(open_sources)) >= 0.999


@pytest.mark.parametrize("seed", range(5))
def test_a_host_in_any_trouble_is_asked_with_manners_until_all_is_there(
    open_sources: OpenSources, run: Run, clock: Clock, workspace: Path, seed: int
) -> None:
    papers = invent_papers(12)
    open_sources.serve_proceedings("iclr", YEAR, papers)
    open_sources.serve_programme("iclr", YEAR, papers)
    site = open_sources.site(PROCEEDINGS)
    chance = random.Random(seed)  # noqa: S311 - troubles, not secrets
    closed_until = 0.0
    too_early: list[Request] = []

    def trouble(handler: Handler, request: Request) -> bool:
        nonlocal closed_until
        if request.at < closed_until - 0.001:
            too_early.append(request)
        seconds = chance.choice((1, 40, 119, 500, 4000))
        found = (
            answer(chance.choice((429, 503)), Retry_After=str(seconds)),
            answer(chance.choice((500, 502, 403, 404))),
            answer(200, media_type=PDF),
            answer(302, Location=chance.choice((site.base, "https://a.example/", "//[", "x"))),
        )
        kind = chance.randrange(9)
        if kind >= len(found) or (request.path not in site.documents and kind > 1):
            return False
        if kind == 0:
            closed_until = request.at + seconds
        return found[kind](handler, request)

    site.faults.append(trouble)
    codes = set()
    for _ in range(40):
        codes.add(run(*FETCH, YEAR).code)
        clock.now += chance.choice((1, 600, 90_000))
        if len(list(workspace.rglob("*.pdf"))) == len(papers):
            break
    site.faults.clear()
    clock.now += 90_000
    assert run(*FETCH, YEAR).code == 0
    assert codes <= {0, 4, 6, 7}
    assert not too_early
    assert min(pauses(open_sources)) >= 0.999
    with Workspace(workspace) as stored:
        rows = stored.ledger.read(VenueYear("iclr", YEAR)).rows
    assert len(rows) == len(list(workspace.rglob("*.pdf"))) == len(papers)
    assert not list(workspace.rglob("*.part"))
