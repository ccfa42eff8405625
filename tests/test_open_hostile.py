"""Open sources that mean harm: no traceback, no hang, no wrong cure, nothing that stays broken."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from papertally.demo.server import Handler
from papertally.fetch.robots import parse_robots
from tests.helpers.command import Run, is_error_line
from tests.helpers.growth import check_growth
from tests.helpers.sites import (
    HTML,
    JSON,
    PDF,
    Fault,
    OpenSources,
    Request,
    Site,
    answer,
    change,
    faults,
    on,
    pdf_of,
)
from tests.helpers.source_pages import Paper, event, invent_papers

pytestmark = pytest.mark.usefixtures("clock")
YEAR = 2024
PAGE = f"/{YEAR}"
FETCH = ("fetch", "iclr", YEAR, "--min-free", 0)
AGAIN = (*FETCH, "--relist-after", "0s")


@pytest.fixture
def papers() -> list[Paper]:
    return invent_papers(4)


@pytest.fixture
def site(open_sources: OpenSources, papers: list[Paper]) -> Site:
    """Serve ICLR 2024 with its virtual conference; return the proceedings."""
    open_sources.serve_proceedings("iclr", YEAR, papers)
    open_sources.serve_programme("iclr", YEAR, papers)
    return open_sources.site("proceedings.iclr.cc")


def raw(head: bytes, body: bytes, media_type: str) -> Fault:
    """Return a fault that answers with lines of a head as they are."""

    def fault(handler: Handler, _request: Request) -> bool:
        start = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\n".encode()
        handler.wfile.write(start + head + b"\r\n\r\n" + body)
        handler.wfile.flush()
        handler.close_connection = True
        return True

    return fault


def test_conditions_that_cannot_be_sent_back_do_not_end_a_year(
    site: Site, run: Run, papers: list[Paper]
) -> None:
    body = site.documents[f"/paper_files/paper{PAGE}"].read()
    for value in (b'\x0b"a"', b'"' + b"a" * 60_000 + b'"', b'"\xe9"', b"\x1b"):
        with faults(site, on(PAGE, raw(b"ETag: " + value, body, HTML))):
            assert run(*FETCH).code == 0, value[:20]
        site.requests.clear()
        assert run(*AGAIN).code == 0, value[:20]
        (asked,) = (request for request in site.requests if request.path.endswith(PAGE))
        assert "if-none-match" not in asked.headers, value[:20]
        assert run("remove", "iclr", YEAR, "--yes").code == 0


def test_lengths_of_bodies_are_not_believed(site: Site, run: Run, papers: list[Paper]) -> None:
    page, pdf = site.documents[f"/paper_files/paper{PAGE}"].read(), pdf_of(papers[0])
    for length in ("9" * 5000, "9" * 30, f"{10**15}"):
        head = f"Content-Length: {length}".encode()
        with faults(site, on(PAGE, raw(head, page, HTML))):
            result = run(*FETCH)
        assert (result.code, "sent more than 64 MiB" in result.err) == (4, True), result.err
        # no full disk
        with faults(site, on(f"{papers[0].hash}-Paper-Conference.pdf", raw(head, pdf, PDF))):
            result = run(*FETCH)
        assert (result.code, "3 PDFs fetched, 1 could not" in result.err) == (0, True), result.err
        assert run("remove", "iclr", YEAR, "--yes").code == 0


def test_a_robots_txt_that_has_moved_is_asked_for_once(site: Site, run: Run) -> None:
    site.robots = "\ufeffUser-agent: *\nDisallow: /paper_files/"
    for place, code in (("/x", 0), (f"/paper_files/paper{PAGE}", 0), ("/new/robots.txt", 4)):
        site.serve(f"{site.base}/new/robots.txt", site.robots.encode(), "text/plain")
        site.requests.clear()
        with faults(site, on("/robots.txt", answer(302, Location=site.base + place), times=1)):
            assert run(*FETCH).code == code, place
        assert len([item for item in site.requests if item.path == "/robots.txt"]) == 1, place
        run("remove", "iclr", YEAR, "--yes")
    assert run(*FETCH).code == 4  # with a byte order mark


def test_a_robots_txt_grows_linearly() -> None:
    def read(size: int) -> None:
        parse_robots("User-agent: a\n" * size + "Disallow: /b\n" * size, "papertally")

    check_growth("user agents and rules", read, 500, 4000)


def test_pages_that_refer_to_each_other_list_each_paper_once(
    open_sources: OpenSources, run: Run, papers: list[Paper], workspace: Path
) -> None:
    path = "/paper_files/paper/2025"
    extra = Paper(90, "A Set", track="datasets_and_benchmarks_track")
    for volume, also in (("", f"{path}/vol38"), ("vol38", path)):
        listed = [*papers, extra]
        open_sources.serve_proceedings("neurips", 2025, listed, volume, see_also=also)
    result = run("fetch", "neurips", 2025, "--min-free", 0)
    assert result.code == 0, result.err
    assert "4 accepted papers listed by proceedings.neurips.cc, 4 PDFs fetched" in result.err
    assert "also lists 1 paper of the Datasets" in result.err
    site = open_sources.site("proceedings.neurips.cc")
    many = "".join(f'<a href="{path}/v{number}">x</a>' for number in range(500)).encode()
    site.requests.clear()
    with faults(site, on("/2025", change(site, b"Another volume </a>", many))):
        result = run("fetch", "neurips", 2025, "--min-free", 0, "--relist-after", "0s")
    assert (result.code, "refers to 501 other pages" in result.err) == (7, True), result.err
    assert len(site.asked()) == 1


def counted(run: Run, folder: Path) -> dict[str, str]:
    """Return the papers of a report, each with its alias."""
    assert run("report", "iclr", YEAR, "--out", folder).code == 0
    with (folder / "ledger.csv").open(encoding="utf-8", newline="") as file:
        return {row["paper"]: row["alias"] for row in csv.DictReader(file)}


def test_two_keys_of_the_proceedings_never_are_one_paper(
    open_sources: OpenSources, run: Run, papers: list[Paper], tmp_path: Path
) -> None:
    first, second, *others = papers
    renewed = replace(first, number=77)
    known = {paper.forum: paper.hash for paper in others}
    open_sources.serve_programme("iclr", YEAR, papers)
    for number, (listed, expected) in enumerate(
        (
            (papers, {first.forum: first.hash, second.forum: second.hash}),
            # its key leaves, another one comes with its title, then both are there
            ([renewed, *papers[1:]], {renewed.hash: "", second.forum: second.hash}),
            ([renewed, *papers], {renewed.hash: "", first.forum: first.hash, second.forum: ""}),
            ([first, *others], {first.forum: first.hash}),
            # as before on the same day
            (papers, {first.forum: first.hash, second.forum: second.hash}),
        )
    ):
        open_sources.serve_proceedings("iclr", YEAR, listed)
        assert f"{len(listed)} accepted papers listed" in run(*AGAIN).err
        found = counted(run, tmp_path / f"{number}")
        assert found.keys() == {*expected, *known}, number
        assert all(found[paper] in (alias, second.hash) for paper, alias in expected.items())


def test_a_forum_that_is_the_key_of_another_paper_joins_nothing(
    open_sources: OpenSources, run: Run, papers: list[Paper], tmp_path: Path
) -> None:
    first, second, *others = papers
    events = [event(paper, YEAR) for paper in papers]
    events[0]["paper_url"] = f"https://openreview.net/forum?id={second.hash}"
    open_sources.serve_programme("iclr", YEAR, [], events)
    for number, listed in enumerate(([first, *others], papers, papers[1:])):
        open_sources.serve_proceedings("iclr", YEAR, listed)
        assert run(*AGAIN).code == 0
        assert set(counted(run, tmp_path / f"{number}")) == {
            paper.hash if paper == first else paper.forum for paper in listed
        }


def test_numbers_of_a_programme_are_not_repeated_at_any_length(
    open_sources: OpenSources, run: Run, papers: list[Paper]
) -> None:
    open_sources.serve_proceedings("iclr", YEAR, papers)
    events = json.dumps([event(paper, YEAR) for paper in papers])
    address = f"https://iclr.cc/static/virtual/data/iclr-{YEAR}-orals-posters.json"
    for count in ("NaN", "1e999", "9" * 4000, "9" * 9000, '"4"', "-" + "9" * 4000):
        text = f'{{"count": {count}, "results": {events}}}'
        open_sources.site("iclr.cc").serve(address, text.encode(), JSON)
        result = run(*AGAIN)
        assert (result.code, "without abstracts" in result.err) == (0, True), count[:9]
        assert len(result.err) < 1000, count[:9]


def test_addresses_that_nobody_can_ask_are_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues = tmp_path / "venues.toml"
    hosts = ("[::1", "[x]", "a..b", "a" * 64, "ü" * 62, "a.example:x", "a.example:99999", ":443")
    entries = [f'proceedings = "https://{host}/x"' for host in hosts]
    for entry in (*entries, 'virtual = "iclr"'):
        venues.write_text(f"[myconf]\n2031 = {{ {entry} }}\n", encoding="utf-8")
        for words in (("fetch", "myconf", 2031), ("venues",)):
            result = run(*words, "--venues", venues)
            assert (result.code, is_error_line(result.err)) == (2, True), (entry, result.err)
            assert "myconf.2031" in result.err
    for host in hosts:
        result = run("report", "--from", f"https://{host}/datapackage.json")
        assert (result.code, is_error_line(result.err)) == (2, True), (host, result.err)
        with monkeypatch.context() as patch:
            patch.setenv("PAPERTALLY_PMLR", f"https://{host}/x")
            result = run("fetch", "icml", 2023)
        assert (result.code, is_error_line(result.err)) == (2, True), (host, result.err)


def test_pages_and_documents_built_to_take_long_are_refused_at_once(
    site: Site, open_sources: OpenSources, run: Run
) -> None:
    links = "<a href='https://proceedings.mlr.press/v202/k.html'>abs</a>" * 100
    entry = f"<div class='paper'><p class='title'>T</p><span class='authors'>A</span>{links}"
    nested = f"<html><body>{entry * 80}{'</div>' * 80}</body></html>".encode()
    pmlr = open_sources.site("proceedings.mlr.press")
    pmlr.serve(f"https://{pmlr.host}/v202/", nested)
    result = run("fetch", "icml", 2023, "--min-free", 0)
    assert (result.code, "entry 2 is inside of another" in result.err) == (7, True), result.err
    address = f"https://iclr.cc/static/virtual/data/iclr-{YEAR}-orals-posters.json"
    virtual = open_sources.site("iclr.cc")
    for part in (b"{}", b"[]", b'{"a":[]}'):
        virtual.serve(address, b'{"results":[' + part + (b"," + part) * 500_000 + b"]}", JSON)
        result = run(*AGAIN)
        assert (result.code, "it has more than 500,000 parts" in result.err) == (0, True)
