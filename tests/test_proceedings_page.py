"""A year's page of the proceedings, from its markup to the papers."""

import html
import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from papertally.fetch.proceedings.page import ProceedingsPage, parse_proceedings_page
from papertally.fetch.response import UnexpectedPageError
from papertally.models import Status
from tests.helpers.growth import check_growth
from tests.helpers.paths import SHARED, needs_shared
from tests.helpers.source_pages import TITLES, Paper, invent_papers, older_page, proceedings_page

ICLR = "https://proceedings.iclr.cc/paper_files/paper/2024"
NEURIPS = "https://proceedings.neurips.cc/paper_files/paper"
SAMPLES = SHARED / "sources"


def refusal(page: bytes, address: str = ICLR) -> str:
    """Return why a page is refused."""
    with pytest.raises(UnexpectedPageError) as refused:
        parse_proceedings_page(page, address)
    line = str(refused.value)
    assert line.startswith(f"{address} is not as expected: "), line
    assert line.isprintable()
    return line.removeprefix(f"{address} is not as expected: ").partition(";")[0]


def tracks(page: ProceedingsPage) -> dict[str, int]:
    """Return the number of papers of each other track than the main conference's."""
    return dict(Counter(track for _, track in page.others))


@needs_shared
def test_saved_pages_are_parsed() -> None:
    folder = SAMPLES / "iclr-proceedings"
    cut = (folder / "2024-index-cut.html").read_bytes()
    assert refusal(cut) == "it lists 15 papers of the 2,260 that it counts itself"
    page = parse_proceedings_page(cut.replace(b"2260 papers", b"15 papers"), ICLR)
    assert (len(page.notes), page.count, tracks(page), page.see_also) == (15, 15, {}, ())
    assert all(note.title and note.authors for note in page.notes)
    # a title with two blanks in a row
    assert "Dynamic Sparse No Training: Training-Free" in page.notes[11].title
    abstract = (folder / "2024-abstract.html").read_bytes()
    (pdf,) = re.findall(rb'citation_pdf_url" content="([^"]+)', abstract)
    assert pdf.decode() in {note.pdf for note in page.notes} | {pdf.decode()}
    assert refusal(abstract) == "it has no list of papers (ul.paper-list)"

    folder = SAMPLES / "neurips-proceedings"
    year = (folder / "2025-year-index-cut.html").read_bytes().replace(b"64 papers", b"2 papers")
    trap = parse_proceedings_page(year, f"{NEURIPS}/2025")
    assert (trap.notes, tracks(trap)) == ((), {"Creative AI": 2})
    assert trap.see_also == (f"{NEURIPS}/2025/vol38-main-conference",)
    main = (folder / "2025-vol38-main-conference-cut.html").read_bytes()
    page = parse_proceedings_page(main.replace(b"5823 papers", b"6 papers"), trap.see_also[0])
    assert len(page.notes) == 2
    assert tracks(page) == {"Datasets and Benchmarks Track": 2, "Position Paper Track": 2}
    assert page.see_also == (f"{NEURIPS}/2025",)
    older = parse_proceedings_page(
        (folder / "2021-datasets-benchmarks-index-cut.html").read_bytes(),
        "https://datasets-benchmarks-proceedings.neurips.cc/paper/2021",
    )
    assert (older.count, older.notes, tracks(older)) == (None, (), {"round1": 2, "round2": 2})


def test_papers_come_with_the_addresses_of_the_real_host() -> None:
    papers = [
        *invent_papers(3),
        Paper(4, "A Set of Data", track="datasets_and_benchmarks_track"),
        Paper(5, "Our Position", track="position_paper_track"),
    ]
    page = parse_proceedings_page(proceedings_page(papers, 2024), ICLR)
    assert page.count == 5
    assert tracks(page) == {"Datasets and Benchmarks Track": 1, "Position Paper Track": 1}
    first, paper = page.notes[0], papers[0]
    assert [note.id for note in page.notes] == [paper.hash for paper in papers[:3]]
    assert (first.title, first.authors) == (paper.title, paper.authors)
    assert (first.status, first.status_raw) == (Status.ACCEPTED, "Main Conference Track")
    assert first.page == f"{ICLR}/hash/{paper.hash}-Abstract-Conference.html"
    assert first.pdf == f"{ICLR}/file/{paper.hash}-Paper-Conference.pdf"
    # 1987 to 2021: no names of tracks
    page = parse_proceedings_page(
        proceedings_page(papers[:3], 2013, named_tracks=False), f"{NEURIPS}/2013"
    )
    assert page.notes[2].pdf == f"{NEURIPS}/2013/file/{papers[2].hash}-Paper.pdf"
    assert parse_proceedings_page(older_page(papers, 2021), f"{NEURIPS}/2021").count is None


def test_pages_that_are_not_as_expected_are_refused_by_name() -> None:
    page = proceedings_page(invent_papers(3), 2024)
    paper = Paper(2, "")
    link = f"/paper_files/paper/2024/hash/{paper.hash}-Abstract-Conference.html".encode()
    title = b"Invented Method 2: a Study"
    start = page.index(b'<li class="conference"')
    entry = page[start : page.index(b"</li>", start) + len(b"</li>")]
    for fault, changed, reason in (
        ("empty", b"", "it is not a web page"),
        ("a PDF", b"%PDF-1.5\n%%EOF", "it is not a web page"),
        ("an error", b"<!doctype html><html><h1>Page not found</h1></html>", "it has no list"),
        ("cut", page[:-12], "its closing </html> is missing"),
        ("cut and closed", page.replace(entry, b""), "it lists 2 papers of the 3"),
        ("one more", page.replace(entry, entry + entry), "it lists 4 papers of the 3"),
        ("twice", page.replace(link, link.replace(paper.hash.encode(), Paper(1, "").hash.encode())),
         "more than once"),
        ("no count", page.replace(b"paper-count", b"count"), "no count of papers"),
        ("odd count", page.replace(b"3 papers", b"many papers"), "is not a number"),
        ("no link", page.replace(b'title="paper title" href="' + link, b'href="' + link),
         "entry 2 has 0 links"),
        ("no title", page.replace(title, b" <i></i> "), "entry 2 has no title"),
        ("no authors", page.replace(b"paper-authors", b"authors"), "entry 1 has no authors"),
        ("no hash", page.replace(link, b"/paper_files/paper/2024/hash/deadbeef-Abstract.html"),
         "the link of entry 2"),
        ("script", page.replace(link, b"javascript:alert(1)//" + link), "the link of entry 2"),
        ("other host", page.replace(link, b"https://a.example" + link), "the link of entry 2"),
        ("odd host", page.replace(link, b"https://[::1" + link), "the link of entry 2"),
        ("up", page.replace(link, b"/paper_files/paper/2024/hash/../../../etc"),
         "the link of entry 2"),
        ("other year", page.replace(link, link.replace(b"2024", b"2023")),
         "entry 2 is a paper of 2023"),
        ("empty list", proceedings_page([], 2024), "its list of papers is empty"),
        ("too deep", page.replace(title, b"<b>" * 1000 + title), "is not that of a list"),
        ("attributes", page.replace(title, b"<b %b>" % b" ".join(b"a%d" % i for i in range(999))),
         "is not that of a list"),
    ):  # fmt: skip
        assert reason in refusal(changed), fault


def test_no_entry_is_lost_of_a_page_without_a_count() -> None:
    page = older_page(invent_papers(3), 2021)
    for mark in (b"</ul>", b"<!-- ", b"</html>", b"<li><script>", b"<l\x01i><li>"):
        changed = page.replace(b'<li class="round1">', mark + b'<li class="round1">')
        assert "it has 3 entries, and" in refusal(changed), mark


def test_titles_are_folded_and_their_entities_resolved() -> None:
    papers = invent_papers(1)
    page = proceedings_page(papers, 2024)
    for written, read in (
        ("Two  blanks\n and a line", "Two blanks and a line"),
        ("&amp;quot;Twice&amp;quot; &amp;amp; once &amp; R&amp;D", '"Twice" & once & R&D'),
        ("Learning <i>C. elegans</i> in <sup>3</sup>D<br>again", "Learning C. elegans in 3D again"),
        ("Balls&nbsp;&#233;t&eacute; \u00e9t\u00e9", "Balls été été"),
        ("a &lt; b", "a < b"),
        ("Bad \x01&#0;&#1; signs <!-- hidden --> here", "Bad \ufffd signs here"),
    ):
        changed = page.replace(papers[0].title.encode(), written.encode())
        (note,) = parse_proceedings_page(changed, ICLR).notes
        assert " ".join(note.title.split("\ufffd")[0].split()) in read, written
        assert note.title.isprintable(), written


@given(st.lists(TITLES, min_size=1, max_size=4), TITLES)
@example(["</html>", "<li>", "<!--", "&amp;amp;quot;"], "]]>")
def test_any_text_is_a_title_and_no_paper_is_lost(titles: list[str], author: str) -> None:
    papers = [Paper(at, title, (author,)) for at, title in enumerate(titles)]
    page = parse_proceedings_page(proceedings_page(papers, 2024), ICLR)
    assert [note.id for note in page.notes] == [paper.hash for paper in papers]
    for note, paper in zip(page.notes, papers, strict=True):
        if "&" not in paper.title:
            assert note.title == " ".join(paper.title.split())


WHOLE = proceedings_page(
    [*invent_papers(4), Paper(9, "A Set of Data", track="datasets_and_benchmarks_track")], 2024
)
OLDER = older_page(invent_papers(4), 2024)


@settings(max_examples=200)
@given(st.integers(0, len(WHOLE)), st.booleans())
def test_a_cut_page_is_refused_or_lists_all(end: int, is_older: bool) -> None:
    page, expected = (OLDER, 0) if is_older else (WHOLE, 4)
    try:
        found: ProceedingsPage = parse_proceedings_page(page[:end], ICLR)
    except UnexpectedPageError:
        return
    assert len(found.notes) == expected
    assert len(found.others) == (1 if expected else 4)


@settings(max_examples=200)
@given(st.integers(0, len(WHOLE)), st.binary(max_size=6), st.integers(0, 6))
def test_a_damaged_page_is_refused_or_lists_as_many_as_it_says(
    at: int, bytes_: bytes, gone: int
) -> None:
    damaged = WHOLE[:at] + bytes_ + WHOLE[at + gone :]
    try:
        found = parse_proceedings_page(damaged, ICLR)
    except UnexpectedPageError:
        return
    assert len(found.notes) + len(found.others) == found.count
    assert all(note.pdf.startswith("https://proceedings.iclr.cc/paper") for note in found.notes)


def test_see_also_leads_to_the_same_site_only() -> None:
    for link, found in (
        ("/paper_files/paper/2024/vol9", (f"{ICLR}/vol9",)),
        ("https://proceedings.iclr.cc/paper_files/paper/2024/vol9", (f"{ICLR}/vol9",)),
        ("https://a.example/paper_files/paper/2024/vol9", ()),
        ("javascript:alert(1)", ()),
        ("/paper_files/paper/2024", ()),
        ("/admin", ()),
    ):
        page = proceedings_page(invent_papers(1), 2024, see_also=html.escape(link))
        assert parse_proceedings_page(page, ICLR).see_also == found, link
    # a page that has other papers only
    papers = [replace(paper, track="creative_ai_track") for paper in invent_papers(2)]
    page = proceedings_page(papers, 2024, see_also="/paper_files/paper/2024/vol9")
    found_page = parse_proceedings_page(page, ICLR)
    assert (found_page.notes, tracks(found_page)) == ((), {"Creative AI": 2})


def test_a_page_built_to_take_long_is_refused_at_once() -> None:
    body = b"<!doctype html><html><body>%b</body></html>"
    for hostile in (
        b"<a %b>" % b" ".join(b"a%d=1" % at for at in range(100_000)),
        b"<div>" * 500_000,
        b"<b></i>" * 500_000,
        b'<ul class="paper-list">' + b"<li>x" * 400_000,
    ):
        assert "markup" in refusal(body % hostile)


@pytest.mark.growth
def test_the_time_grows_with_the_page() -> None:
    papers = invent_papers(1600)

    def parse(count: int) -> None:
        parse_proceedings_page(proceedings_page(papers[:count], 2024), ICLR)

    check_growth("papers", parse, 200, 1600)
    for case, piece in (
        ("attributes", "<a a{at}=1 b{at}=2>"),
        ("one element", " a{at}=1"),
        ("mismatched", "<b></i>"),
        ("options", "<option>"),
        ("items", "<li><ul class=paper-list>"),
    ):

        def refuse(count: int, piece: str = piece) -> None:
            markup = "".join(piece.format(at=at) for at in range(count))
            page = f"<!doctype html><html><body><ul class=paper-list><a{markup}></html>"
            with pytest.raises(UnexpectedPageError):
                parse_proceedings_page(page.encode(), ICLR)

        check_growth(case, refuse, 10_000, 80_000)
