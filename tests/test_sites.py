"""The stand-ins of the open sources, asked as a client would."""

import json
import time

import pytest
import requests

from papertally.fetch.pmlr.volume import parse_volume
from papertally.fetch.proceedings.page import parse_proceedings_page
from papertally.fetch.virtual import parse_abstracts, parse_programme
from tests.helpers.sites import PDF, OpenSources, Site, answer, change, cut, faults, on, slow
from tests.helpers.source_pages import invent_papers


def get(site: Site, address: str, **headers: str) -> requests.Response:
    """Ask a stand-in for an address of its real host."""
    assert address.startswith(f"https://{site.host}/"), address
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    path = address.removeprefix(f"https://{site.host}")
    return requests.get(site.base + path, headers=named, timeout=9, allow_redirects=False)


def test_each_source_serves_pages_that_are_parsed_and_their_pdfs() -> None:
    papers = invent_papers(3)
    with OpenSources(prefix="/mirror") as sources:
        iclr, neurips = sources.site("proceedings.iclr.cc"), sources.site("proceedings.neurips.cc")
        sources.serve_proceedings("iclr", 2024, papers)
        sources.serve_creative_trap(2025, papers)
        sources.serve_programme("iclr", 2026, papers, abstracts_apart=True)
        sources.serve_volume(97, papers, preface=True)
        sources.serve_volume(235, papers)

        address = "https://proceedings.iclr.cc/paper_files/paper/2024"
        listed = parse_proceedings_page(get(iclr, address).content, address).notes
        assert [note.id for note in listed] == [paper.hash for paper in papers]
        assert all(get(iclr, note.pdf).content.startswith(b"%PDF-") for note in listed)

        address = "https://proceedings.neurips.cc/paper_files/paper/2025"
        trap = parse_proceedings_page(get(neurips, address).content, address)
        main = parse_proceedings_page(get(neurips, trap.see_also[0]).content, trap.see_also[0])
        assert (len(trap.notes), len(main.notes)) == (0, 3)
        assert get(neurips, main.notes[0].pdf).content.startswith(b"%PDF-")

        site = sources.site("iclr.cc")
        folder = "https://iclr.cc/static/virtual/data/iclr-2026"
        texts = parse_abstracts(get(site, f"{folder}-abstracts.json").content, folder)
        data = get(site, f"{folder}-orals-posters.json").content
        found = parse_programme(data, folder, 2026, texts).notes
        assert [note.abstract for note in found] == [paper.abstract for paper in papers]

        pmlr = sources.site("proceedings.mlr.press")
        for volume in (97, 235):
            page = get(pmlr, f"https://proceedings.mlr.press/v{volume}/").content
            for note in parse_volume(page, volume).notes:
                host = note.pdf.split("/")[2]
                assert get(sources.site(host), note.pdf).content.startswith(b"%PDF-")
        assert len(sources.site("raw.githubusercontent.com").asked(".pdf")) == 3
        assert all(base.endswith("/mirror") for base in sources.environment().values())


def test_a_listing_is_sent_again_only_if_it_grew() -> None:
    papers = invent_papers(3)
    with OpenSources() as sources:
        site = sources.site("proceedings.iclr.cc")
        address = "https://proceedings.iclr.cc/paper_files/paper/2024"
        sources.serve_proceedings("iclr", 2024, papers[:2])
        first = get(site, address)
        tag, date = first.headers["ETag"], first.headers["Last-Modified"]
        for headers in ({"If_None_Match": tag}, {"If_Modified_Since": date}):
            again = get(site, address, **headers)
            assert (again.status_code, again.content) == (304, b"")
        sources.serve_proceedings("iclr", 2024, papers)
        for headers in ({"If_None_Match": tag}, {"If_Modified_Since": date}):
            again = get(site, address, **headers)
            assert len(parse_proceedings_page(again.content, address).notes) == 3
        assert site.requests[1].headers["if-none-match"] == tag
        assert [request.path for request in site.requests] == ["/paper_files/paper/2024"] * 5
        assert "Disallow" in get(site, "https://proceedings.iclr.cc/robots.txt").text
        site.robots = None
        assert get(site, "https://proceedings.iclr.cc/robots.txt").status_code == 404
        assert site.asked("robots.txt") == []


def test_faults_come_as_they_are_set() -> None:
    papers = invent_papers(2)
    with OpenSources() as sources:
        site = sources.site("proceedings.iclr.cc")
        address = "https://proceedings.iclr.cc/paper_files/paper/2024"
        sources.serve_proceedings("iclr", 2024, papers)
        pdf = parse_proceedings_page(get(site, address).content, address).notes[0].pdf
        with faults(site, on(".pdf", answer(429, Retry_After="7"), times=1)):
            refused = get(site, pdf)
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
            assert get(site, pdf).status_code == 200
        with faults(site, on(".pdf", answer(200, media_type=PDF))):
            page = get(site, pdf)
            assert (page.headers["Content-Type"], page.content[:5]) == (PDF, b"<!doc")
            assert get(site, address).status_code == 200
        with faults(site, answer(302, Location="https://a.example/x.pdf")):
            assert get(site, pdf).headers["Location"] == "https://a.example/x.pdf"
        with faults(site, answer(403)):
            assert get(site, pdf).status_code == 403
        with faults(site, on("2024", change(site, b"paper-list", b"list"))):
            assert b"paper-list" not in get(site, address).content
        with faults(site, cut(site, complete=True)):
            whole, part = site.documents["/paper_files/paper/2024"].read(), get(site, address)
            assert part.content == whole[: len(whole) // 2]
        broken = faults(site, cut(site, complete=False))
        with broken, pytest.raises(requests.RequestException):
            get(site, address)
        began = time.monotonic()
        with faults(site, slow(0.02)):
            assert json.dumps(get(site, address).status_code) == "200"
        assert time.monotonic() - began >= 0.02
        assert get(site, "https://proceedings.iclr.cc/nothing").status_code == 404
        assert site.most_at_once == 1
