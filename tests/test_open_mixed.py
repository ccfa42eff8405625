"""One year from two sources in any order: each paper once, nothing lost when a source goes away."""

import hashlib
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertally.fetch.titles import join
from papertally.models import Note
from tests.helpers.command import Run
from tests.helpers.openreview import Serve, make_token
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.sites import OpenSources, answer, faults, on
from tests.helpers.source_pages import Paper, invent_papers
from tests.helpers.year_sources import YEAR, ServeAccount, ledger, log_in, serve_submissions

pytestmark = pytest.mark.usefixtures("clock")
NO_LIMIT = ("--min-free", 0)
FETCH = ("fetch", "iclr", YEAR, *NO_LIMIT)


def serve_both(sources: OpenSources, accepted: list[Paper]) -> None:
    sources.serve_proceedings("iclr", YEAR, accepted)
    sources.serve_programme("iclr", YEAR, accepted)


def test_a_token_that_goes_away_leaves_what_needs_none(
    open_sources: OpenSources,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    serve_account: ServeAccount,
) -> None:
    papers = invent_papers(6)
    serve_both(open_sources, papers[2:])
    server = serve_account(papers, rejected=2)
    assert "6 submissions listed" in run(*FETCH, "--sample", 1).err
    monkeypatch.delenv("OPENREVIEW_TOKEN")
    # also if the listing is old, which nobody can make again without a login
    result = run(*FETCH, "--relist-after", "0s")
    assert result.code == 4
    assert "is used, as OpenReview needs a login to make it again: `papertally login`" in result.err
    assert "no login is needed" not in result.err
    rows = ledger(run, tmp_path / "out")
    here = {number for number, row in rows.items() if row["ledger"] == "ok"}
    assert {"3", "4", "5", "6"} <= here
    assert len(rows) == 6
    # of accepted papers nothing is missing
    for words in (("--population", "accepted"), ("--source", "proceedings")):
        result = run(*FETCH, *words)
        assert (result.code, "0 PDFs fetched" in result.err) == (0, True), result.err
    log_in(server, monkeypatch)
    assert run(*FETCH).code == 0
    rows = ledger(run, tmp_path / "full")
    assert {row["ledger"] for row in rows.values()} == {"ok"}
    assert [row["alias"] for _, row in sorted(rows.items())] == [
        "",
        "",
        *(paper.hash for paper in papers[2:]),
    ]
    files = open_sources.site("proceedings.iclr.cc").asked(".pdf")
    assert len(files) == len(set(files))
    assert len(server.downloads()) == len(set(server.downloads()))


def test_faults_of_the_proceedings_do_not_keep_openreview_away(
    open_sources: OpenSources, run: Run, tmp_path: Path, serve_account: ServeAccount
) -> None:
    papers = invent_papers(6)
    serve_both(open_sources, papers[2:])
    server = serve_account(papers, rejected=2)
    site = open_sources.site("proceedings.iclr.cc")
    with faults(site, on(".pdf", answer(500))):
        result = run(*FETCH)
    assert result.code == 7
    assert sorted(server.downloads()) == sorted(paper.forum for paper in papers[:2])
    with faults(site, on(f"/{YEAR}", answer(429, Retry_After="7200"))):
        assert run("remove", "iclr", YEAR, "--yes").code == 0
        result = run(*FETCH)
    assert result.code == 0, result.err
    assert "warning: proceedings.iclr.cc's quota is used up until about" in result.err
    rows = ledger(run, tmp_path / "out")
    assert {row["source"] for row in rows.values()} == {"openreview"}


def test_a_sample_and_a_budget_are_those_of_both_sources_together(
    open_sources: OpenSources, run: Run, serve_account: ServeAccount
) -> None:
    papers = invent_papers(12)
    serve_both(open_sources, papers[6:])
    server = serve_account(papers, rejected=6)
    order = sorted(papers, key=lambda paper: hashlib.sha256(paper.forum.encode()).digest())
    site = open_sources.site("proceedings.iclr.cc")

    def asked() -> set[str]:
        hashes = {path.rpartition("/")[2][:32] for path in site.asked(".pdf")}
        return set(server.downloads()) | {paper.forum for paper in papers if paper.hash in hashes}

    def spent() -> int:
        return len(server.asked) + len(open_sources.requests())

    for size in (4, 7):
        assert run(*FETCH, "--sample", size).code == 0
        assert asked() == {paper.forum for paper in order[:size]}
    for _ in range(2):
        before = spent()
        result = run(*FETCH, "--max-requests", 2)
        assert (result.code, spent() - before <= 2) == (6, True), result.err
    assert run(*FETCH).code == 0
    assert asked() == {paper.forum for paper in papers}
    assert len(site.asked(".pdf")) + len(server.downloads()) == len(papers)


def test_papers_that_titles_do_not_tell_apart_stay_out_of_openreviews_listing(
    open_sources: OpenSources, run: Run, tmp_path: Path, serve_account: ServeAccount
) -> None:
    papers = invent_papers(6)
    twins = [replace(paper, title="Invented Method Twice: a Study") for paper in papers[2:4]]
    renamed = replace(papers[4], title="Another Title")
    serve_both(open_sources, [*twins, renamed, papers[5]])
    result = run("survey", "iclr", YEAR, *NO_LIMIT)
    assert result.code == 0
    # the twins have one title in both lists: nobody can tell which is which
    assert "2 of 4 papers" in result.err
    server = serve_account([*papers[:2], *twins, *papers[4:]], rejected=2)
    result = run("survey", "iclr", YEAR, *NO_LIMIT)
    assert result.code == 0, result.err
    assert "6 submissions listed" in result.err
    # renamed later: its forum id is known by the virtual conference
    assert set(server.downloads()) == {paper.forum for paper in [*papers[:2], *twins]}
    assert run("report", "iclr", YEAR, "--out", tmp_path / "out").code == 0
    text = (tmp_path / "out" / "ledger.csv").read_text("utf-8")
    assert text.count("\n") == 7
    for paper in papers:
        assert paper.forum in text
    assert all(twin.hash not in text for twin in twins)


def test_a_paper_renamed_later_keeps_its_forum(
    open_sources: OpenSources, run: Run, tmp_path: Path
) -> None:
    papers = invent_papers(4)
    serve_both(open_sources, papers)
    assert run(*FETCH).code == 0
    again = (*FETCH, "--relist-after", "0s")
    renamed = [replace(papers[0], title="Another Title 1: there"), *papers[1:]]
    open_sources.serve_programme("iclr", YEAR, renamed)
    assert "0 PDFs fetched" in run(*again).err
    renamed = [replace(papers[0], title="Another Title 1: here"), *papers[1:]]
    # beside it stands a new paper with its first title
    new = replace(papers[0], number=5)
    open_sources.serve_proceedings("iclr", YEAR, [*renamed, new])
    result = run(*again)
    assert "5 accepted papers listed by proceedings.iclr.cc, 1 PDF fetched" in result.err
    assert "1 of 5 papers not matched to forums" in result.err
    assert run("extract").code == 0
    assert run("report", "iclr", YEAR, "--out", tmp_path / "out").code == 0
    text = (tmp_path / "out" / "ledger.csv").read_text("utf-8")
    assert text.count("\n") == 6
    assert text.count(papers[0].forum) == 2  # its id, and the address of its page
    assert "0 PDFs fetched" in run(*again).err


notes = st.lists(
    st.builds(
        Note,
        id=st.uuids().map(str),
        title=st.sampled_from(["a", "A!", "b", "c", "", "-"]),
    ),
    max_size=6,
    unique_by=lambda note: note.id,
)


@given(notes, notes, notes, st.randoms())
def test_joins_lose_and_double_no_paper(
    listed: list[Note], known: list[Note], later: list[Note], chance: Random
) -> None:
    first = join(listed, known)
    assert len({note.id for note in first.notes}) == len(listed)
    changed = [note._replace(title=chance.choice("abc")) for note in listed] + later
    for again in (
        join(first.notes, known, first.aliases),
        join(changed, [*known[1:], *later[:1]], first.aliases),
    ):
        ids = [note.id for note in again.notes]
        assert len(ids) == len(set(ids))
    assert [note.id for note in join(first.notes, known, first.aliases).notes] == [
        note.id for note in first.notes
    ]


def test_own_files_and_fetched_ones_of_a_paper_are_one_paper(
    open_sources: OpenSources, run: Run, tmp_path: Path
) -> None:
    papers = invent_papers(4)
    open_sources.serve_proceedings("iclr", YEAR, papers)
    assert run("survey", "iclr", YEAR, *NO_LIMIT).code == 0
    own = tmp_path / "own"
    for name in (papers[0].forum, papers[1].hash):
        make_pdf(own / f"{name}.pdf", f"{FILLER}\nWe use JAX.")
    assert run("add", "iclr", YEAR, own).code == 0
    open_sources.serve_programme("iclr", YEAR, papers)
    assert run("survey", "iclr", YEAR, *NO_LIMIT, "--relist-after", "0s").code == 0
    rows = ledger(run, tmp_path / "out")
    assert [(row["paper"], row["source"], row["alias"]) for _, row in sorted(rows.items())] == [
        (paper.forum, "your files" if paper in papers[:2] else "proceedings.iclr.cc", paper.hash)
        for paper in papers
    ]
    # also if its key comes after its forum id, as in the names that the proceedings give to PDFs
    make_pdf(own / f"{papers[2].hash}-Paper-Conference.pdf", f"{FILLER}\nWe use JAX, too.")
    statuses = tmp_path / "statuses.csv"
    stated = (
        (papers[3].hash, "withdrawn"),
        (papers[2].hash, "withdrawn"),
        (papers[2].forum, "rejected"),
    )
    lines = ("paper,status", *map(",".join, stated))
    statuses.write_text("\n".join(lines), encoding="utf-8")
    result = run("add", "iclr", YEAR, own, "--statuses", statuses)
    assert (result.code, "warning" in result.err) == (0, False), result.err
    rows = ledger(run, tmp_path / "later")
    assert [row["paper"] for _, row in sorted(rows.items())] == [paper.forum for paper in papers]
    assert rows["3"]["source"] == "your files"
    assert [rows[number]["status"] for number in "34"] == ["rejected", "withdrawn"]


def test_papers_get_the_ids_of_a_list_of_all_submissions(
    open_sources: OpenSources, run: Run, tmp_path: Path
) -> None:
    """Reports count in such a list of the user's, also where no virtual conference is."""
    papers = invent_papers(5)
    open_sources.serve_proceedings("iclr", YEAR, papers[2:])
    open_sources.serve_volume(202, papers[2:])
    serve_submissions(tmp_path, papers, rejected=2)
    notes = tmp_path / str(YEAR) / "notes.json"
    for venue, year in (("iclr", YEAR), ("icml", 2023)):
        assert run("add", venue, year, "--notes", notes, "--listed-on", "2026-01-01").code == 0
        result = run("survey", venue, year, *NO_LIMIT)
        assert result.code == 0, result.err
        assert "3 accepted papers listed by proceedings." in result.err
        assert "3 of 5" in result.out
        assert "not matched" not in result.err
        assert "0 PDFs fetched" in run("fetch", venue, year, *NO_LIMIT).err
    assert not open_sources.site("iclr.cc").requests


def test_pmlr_spares_openreview_the_papers_that_it_has(
    open_sources: OpenSources,
    serve: Serve,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    papers = invent_papers(5)
    open_sources.serve_volume(202, papers[2:])
    server = serve(serve_submissions(tmp_path / "served", papers, rejected=2))
    venues = tmp_path / "venues.toml"
    invitation = f"ICLR.cc/{YEAR}/Conference/-/Submission"
    venues.write_text(
        f'[myconf]\n{YEAR} = {{ pmlr = 202, api = "v2", invitations = ["{invitation}"] }}\n',
        encoding="utf-8",
    )
    words = ("survey", "myconf", YEAR, "--venues", venues, *NO_LIMIT)
    server.tokens.add(make_token())
    assert "listed by proceedings.mlr.press, 3 PDFs fetched" in run(*words).err
    log_in(server, monkeypatch)
    result = run(*words)
    assert result.code == 0, result.err
    assert "5 submissions listed" in result.err
    assert sorted(server.downloads()) == sorted(paper.forum for paper in papers[:2])
    assert "5 of 5" in result.out
    monkeypatch.setenv("PAPERTALLY_WORKSPACE", str(tmp_path / "another"))
    assert "from proceedings.mlr.press: 3 PDFs fetched; from OpenReview: 2" in run(*words).err


def test_a_mirror_changes_no_id_and_no_version(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = invent_papers(3)
    rows = []
    for prefix in ("", "/a/mirror"):
        with OpenSources(prefix) as sources:
            for name, value in sources.environment().items():
                monkeypatch.setenv(name, value)
            serve_both(sources, papers)
            assert run("survey", "iclr", YEAR, *NO_LIMIT, "--relist-after", "0s").code == 0
            assert len(sources.site("proceedings.iclr.cc").asked(".pdf")) == (0 if rows else 3)
        rows.append(ledger(run, tmp_path / f"out{len(rows)}"))
    assert rows[0] == rows[1]
    assert {row["source"] for row in rows[1].values()} == {"proceedings.iclr.cc"}


def test_years_of_a_venue_file_are_fetched_from_any_of_the_sites(
    open_sources: OpenSources, run: Run, tmp_path: Path
) -> None:
    papers = invent_papers(3)
    open_sources.serve_proceedings("neurips", 2031, papers, "vol9-main")
    open_sources.serve_volume(998, papers)
    venues = tmp_path / "venues.toml"
    page = "https://proceedings.neurips.cc/paper_files/paper/2031"
    venues.write_text(
        f'[myconf]\n2029 = {{ proceedings = "{page}/none" }}\n2030 = {{ pmlr = 998 }}\n'
        f'2031 = {{ proceedings = "{page}/vol9-main" }}\n',
        encoding="utf-8",
    )
    words = ("--venues", venues, *NO_LIMIT)
    assert run("fetch", "myconf", 2029, *words).code == 4
    result = run("survey", "myconf", 2030, 2031, *words)
    assert result.code == 0, result.err
    for year, source in ((2030, "proceedings.mlr.press"), (2031, "proceedings.neurips.cc")):
        assert f"myconf {year}: 3 accepted papers listed by {source}, 3 PDFs fetched" in result.err
    assert "login" not in result.err
    for wrong in ("http://a.example/2031", "https://u:p@a.example/x", "ftp://x/y", "neurip"):
        venues.write_text(f'[myconf]\n2031 = {{ proceedings = "{wrong}" }}\n', encoding="utf-8")
        assert run("fetch", "myconf", 2031, *words).code == 2, wrong


def test_a_source_that_is_asked_for_by_name_is_the_only_one(
    open_sources: OpenSources, serve: Serve, run: Run, tmp_path: Path
) -> None:
    papers = invent_papers(3)
    serve_both(open_sources, papers)
    server = serve(serve_submissions(tmp_path / "served", papers, rejected=0))
    server.tokens.add(make_token())
    for words, code, text in (
        (("iclr", YEAR, "--source", "openreview"), 4, "OpenReview needs a login"),
        (("iclr", 2018, "--source", "proceedings"), 2, "is in no proceedings"),
        (("iclr", YEAR, "--source", "proceedings", "--population", "all"), 2, "only accepted"),
        (("icml", 2020, "--source", "openreview"), 2, "icml 2020 is not on OpenReview"),
        (("iclr", 2022), 4, "OpenReview needs a login"),  # its virtual conference is not there
    ):
        result = run("fetch", *words, *NO_LIMIT)
        assert (result.code, text in result.err) == (code, True), result.err
    assert not open_sources.site("proceedings.iclr.cc").requests
    asked = len(server.asked)
    assert run(*FETCH, "--source", "proceedings").code == 0
    assert len(server.asked) == asked
