"""The page of a PMLR volume, from its markup to the papers."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papertally.fetch.pmlr.volume import Volume, parse_volume
from papertally.fetch.response import UnexpectedPageError
from papertally.models import Status
from tests.helpers.paths import SHARED, needs_shared
from tests.helpers.source_pages import TITLES, Paper, invent_papers, pmlr_pdf, volume_page

SAMPLES = SHARED / "sources" / "pmlr"


@needs_shared
def test_saved_pages_are_parsed() -> None:
    page = (SAMPLES / "v267-volume-index-cut.html").read_bytes()
    found = parse_volume(page, 267)
    assert (len(found.notes), found.prefaces) == (3, 0)
    note = found.notes[0]
    assert (note.id, json.loads(note.raw)) == ("a-mancisidor25a", {"forum": "jYmGi1175R"})
    assert note.page == "https://proceedings.mlr.press/v267/a-mancisidor25a.html"
    assert note.pdf == pmlr_pdf(note.id, 267)
    page = (SAMPLES / "v28-volume-index-cut.html").read_bytes()
    found = parse_volume(page, 28)
    assert [note.pdf for note in found.notes] == [
        f"https://proceedings.mlr.press/v28/{key}13.pdf" for key in ("sznitman", "muandet", "boots")
    ]
    with pytest.raises(UnexpectedPageError, match="entry 1 has no link to its page in this volume"):
        parse_volume(page, 32)
    paper = (SAMPLES / "v235-paper.html").read_bytes()
    with pytest.raises(UnexpectedPageError, match="has no entries"):
        parse_volume(paper, 235)


def test_all_forms_of_addresses_are_read() -> None:
    papers = invent_papers(3)
    for volume in (28, 97, 202, 235):
        page = volume_page(papers, volume, preface=True, cycles=volume == 28)
        found = parse_volume(page, volume)
        assert found.prefaces == 1
        assert [note.id for note in found.notes] == [paper.key for paper in papers]
        for note, paper in zip(found.notes, papers, strict=True):
            assert (note.title, note.authors) == (paper.title, paper.authors)
            assert note.pdf == pmlr_pdf(paper.key, volume).replace("http://", "https://")
            assert note.status == Status.ACCEPTED
            forum = {"forum": paper.forum} if volume >= 202 else {}
            assert json.loads(note.raw) == forum, volume


def test_pages_that_are_not_as_expected_are_refused_by_name() -> None:
    page = volume_page(invent_papers(2), 97)
    second = page.rindex(b'<div class="paper">')
    link = b"https://proceedings.mlr.press/v97/example2a"
    pdf = b"http://proceedings.mlr.press/v97/example2a/example2a.pdf"
    for fault, changed, reason in (
        ("cut", page[:-20], "its closing </html> is missing"),
        ("an error", b"<html><body>404</body></html>", "it has no entries"),
        *((f"{mark} in a heading", page[:second] + mark + page[second:], "entries, and 1 can be")
          for mark in (b"<h3></html></h3>", b"<h3><!-- </h3>", b"<h3><title></h3>")),
        ("no title", page.replace(b"Invented Method 2: a Study", b""), "entry 2 has no title"),
        ("no authors", page.replace(b'"authors"', b'"people"'), "entry 1 has no authors"),
        ("no page", page.replace(link, b"https://a.example/v97/example2a"), "entry 2 has no link"),
        ("script", page.replace(link, b"javascript:x"), "entry 2 has no link"),
        ("no key", page.replace(link + b".html", link + b"/.html"), "entry 2 has no link"),
        ("twice", page.replace(link + b".html", link.replace(b"2a", b"1a") + b".html"),
         "it lists example1a more than once"),
        ("PDF elsewhere", page.replace(pdf, b"https://a.example/v97/example2a.pdf"),
         "its PDF outside"),
        ("PDF of another", page.replace(pdf, pdf.replace(b"v97", b"v98")), "its PDF outside"),
        ("PDF above", page.replace(pdf, b"/v97/%2e%2e/%2e%2e/x.pdf"), "its PDF outside"),
        ("no PDF", page.replace(b".pdf", b".ps").replace(b"Download PDF", b"Poster"),
         "none of its entries has a link to a PDF"),
    ):  # fmt: skip
        with pytest.raises(UnexpectedPageError) as refused:
            parse_volume(changed, 97)
        assert reason in str(refused.value), (fault, str(refused.value))
    # one paper without a PDF has none, and is listed
    changed = page.replace(pdf, b"https://a.example/x").replace(b"Download PDF", b"Slides", 2)
    found = parse_volume(changed.replace(b"Slides", b"Download PDF", 1), 97)
    assert [note.pdf != "" for note in found.notes] == [True, False]


@given(st.lists(TITLES, min_size=1, max_size=3), TITLES)
def test_any_text_is_a_title_and_no_paper_is_lost(titles: list[str], author: str) -> None:
    papers = [Paper(at, f"A {title} b", (author,)) for at, title in enumerate(titles)]
    found = parse_volume(volume_page(papers, 267), 267)
    assert [note.id for note in found.notes] == [paper.key for paper in papers]


WHOLE = volume_page([replace(paper, has_forum=False) for paper in invent_papers(4)], 28)


@settings(max_examples=200)
@given(st.integers(0, len(WHOLE)))
def test_a_cut_page_is_refused_or_lists_all(end: int) -> None:
    try:
        found: Volume = parse_volume(WHOLE[:end], 28)
    except UnexpectedPageError:
        return
    assert len(found.notes) == 4
