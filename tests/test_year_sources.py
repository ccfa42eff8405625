"""One year from several sources: without a login, with one, and first one and then the other."""

import re
from pathlib import Path

import pytest

from tests.helpers.command import Run
from tests.helpers.downloads import pdf_contents
from tests.helpers.openreview import Serve, make_token
from tests.helpers.sites import OpenSources, pdf_of
from tests.helpers.source_pages import Paper, invent_papers
from tests.helpers.year_sources import YEAR, ServeAccount, ledger

pytestmark = pytest.mark.usefixtures("clock")


def test_accepted_papers_come_without_a_login(
    open_sources: OpenSources, run: Run, tmp_path: Path, workspace: Path
) -> None:
    papers = invent_papers(5)
    open_sources.serve_proceedings("iclr", YEAR, papers)
    open_sources.serve_programme("iclr", YEAR, papers[:4])
    result = run("survey", "iclr", YEAR, "--min-free", 0)
    assert result.code == 0, result.err
    words = "iclr 2024: 5 accepted papers listed by proceedings.iclr.cc,"
    assert f"{words} 5 PDFs fetched" in result.err
    assert "a free OpenReview account (`papertally login`) adds the submissions" in result.err
    assert "1 of 5 papers not matched" in result.err
    proceedings, virtual = open_sources.site("proceedings.iclr.cc"), open_sources.site("iclr.cc")
    assert len(proceedings.asked()) == 6
    assert len(virtual.asked()) == 1
    assert pdf_contents(workspace) == sorted(map(pdf_of, papers))
    rows = ledger(run, tmp_path / "out")
    assert {row["paper"] for row in rows.values()} == {
        *(paper.forum for paper in papers[:4]),
        papers[4].hash,
    }
    assert {row["source"] for row in rows.values()} == {"proceedings.iclr.cc"}
    assert rows["5"]["url"].startswith("https://proceedings.iclr.cc/paper_files/paper/2024/hash/")
    assert rows["1"]["url"] == f"https://openreview.net/forum?id={papers[0].forum}"
    # a finished year that is here costs no request
    assert "0 PDFs fetched" in run("fetch", "iclr", YEAR, "--min-free", 0).err
    assert len(open_sources.requests()) == len(proceedings.asked()) + len(virtual.asked()) + 2


def test_a_login_adds_all_submissions_and_each_paper_stays_one(
    open_sources: OpenSources, run: Run, tmp_path: Path, serve_account: ServeAccount
) -> None:
    papers = invent_papers(6)
    accepted, unknown = papers[2:], Paper(90, "Invented Work 90: Elsewhere")
    open_sources.serve_proceedings("iclr", YEAR, [*accepted, unknown])
    # without the virtual conference no forum id is known yet
    first = run("survey", "iclr", YEAR, "--min-free", 0)
    assert first.code == 0
    assert "without abstracts and decisions" in first.err
    rows = ledger(run, tmp_path / "first")
    assert {row["paper"] for row in rows.values()} == {p.hash for p in (*accepted, unknown)}
    server = serve_account(papers, rejected=2)
    result = run("survey", "iclr", YEAR, "--min-free", 0)
    assert result.code == 0, result.err
    assert "iclr 2024: 6 submissions listed, from proceedings.iclr.cc: 0 PDFs" in result.err
    assert "from OpenReview: 2 PDFs fetched" in result.err
    assert sorted(server.downloads()) == sorted(paper.forum for paper in papers[:2])
    rows = ledger(run, tmp_path / "out")
    assert {number: row["paper"] for number, row in rows.items()} == {
        str(paper.number): paper.forum for paper in papers
    }
    assert {row["source"] for row in rows.values()} == {"openreview", "proceedings.iclr.cc"}
    assert all(row["ledger"] == "ok" for row in rows.values())
    aliases = {row["alias"] for row in rows.values() if row["source"] != "openreview"}
    assert aliases == {paper.hash for paper in accepted}
    # the papers of the older report are known by their keys, which are aliases now
    found = run("diff", tmp_path / "first", tmp_path / "out").out
    assert f"{unknown.hash}  {unknown.title}" in found
    assert "+0 came, -1 went" in found


def test_the_proceedings_spare_the_quota_of_a_login(
    open_sources: OpenSources, run: Run, serve_account: ServeAccount
) -> None:
    papers = invent_papers(6)
    open_sources.serve_proceedings("iclr", YEAR, papers[2:])
    server = serve_account(papers, rejected=2)
    assert run("fetch", "iclr", YEAR, "--min-free", 0).code == 0
    assert sorted(server.downloads()) == sorted(paper.forum for paper in papers[:2])
    again = run("fetch", "iclr", YEAR, "--min-free", 0)
    assert again.code == 0
    assert len(server.downloads()) == 2
    forced = run("fetch", "iclr", YEAR, "--min-free", 0, "--source", "openreview")
    assert forced.code == 0
    assert len(server.downloads()) == 2  # what is here from the proceedings is the same paper


def test_years_that_need_a_login_say_which_do_not(
    open_sources: OpenSources, serve: Serve, run: Run, tmp_path: Path
) -> None:
    papers = invent_papers(3)
    open_sources.serve_proceedings("iclr", YEAR, papers)
    open_sources.serve_programme("iclr", 2022, papers)
    server = serve(tmp_path)
    server.tokens.add(make_token())
    result = run("fetch", "iclr", 2018, 2022, YEAR, "--min-free", 0)
    assert result.code == 4
    words = "iclr 2024: 3 accepted papers listed by proceedings.iclr.cc,"
    assert f"{words} 3 PDFs fetched" in result.err
    last = result.err.splitlines()[-1]
    assert last == (
        "papertally: iclr 2018, 2022: OpenReview needs a login; bundled: `papertally report iclr "
        "2018`; titles and abstracts: `papertally report iclr 2022 --zone listing "
        "--term PHRASE`; no login: `papertally survey iclr 2024-2026`; for all "
        "submissions: a free account at https://openreview.net/signup (may take up to two weeks "
        "without an institutional address), then `papertally login`"
    )
    surveyed = run("survey", "iclr", 2022, "--min-free", 0, "--out", tmp_path / "out")
    assert (surveyed.code, surveyed.out, (tmp_path / "out").exists()) == (4, "", False)
    planned = run("fetch", "iclr", 2022, YEAR, "--dry-run")  # which needs no PDFs
    assert planned.code == 0, planned
    words = "iclr 2022: 3 accepted papers listed by iclr.cc, their PDFs are at OpenReview"
    assert words in planned.out
    listed = run("report", "iclr", 2022, "--zone", "listing", "--term", "software")
    assert listed.code == 0
    assert "3" in listed.out
    for words, code in ((("all",), 4), (("rejected",), 4), (("accepted",), 0)):
        assert run("survey", "iclr", YEAR, "--min-free", 0, "--population", *words).code == code
    told = run("survey", "iclr", "2024-2026", "--population", "all").err
    assert "iclr 2024-2026: without a login there are only accepted papers, not all; " in told
    assert "no login: `papertally survey iclr 2024-2026`" in told
    assert run("survey", "neurips", YEAR, "--population", "rejected").code == 2


def test_first_submitted_pdfs_are_not_taken_from_proceedings(
    open_sources: OpenSources, run: Run
) -> None:
    open_sources.serve_proceedings("neurips", YEAR, invent_papers(2))
    for words in (("neurips", YEAR), ("iclr", YEAR, "--source", "proceedings")):
        result = run("fetch", *words, "--revision", "original")
        assert (result.code, "only final PDFs" in result.err) == (2, True), result.err
    assert not open_sources.requests()


def test_what_is_left_out_is_counted_in_both_languages(
    open_sources: OpenSources, serve: Serve, run: Run, tmp_path: Path
) -> None:
    papers = invent_papers(3)
    tracks = ["position_paper_track", "creative_ai_track", "creative_ai_track"]
    others = [Paper(50 + at, f"Apart {at}", track=track) for at, track in enumerate(tracks)]
    open_sources.serve_proceedings("neurips", YEAR, [*papers, *others])
    events = [{"id": at, "name": f"Talk {at}", "eventtype": "Workshop"} for at in (1, 2)]
    blog = {"id": 3, "name": "Blog", "eventtype": "Poster", "event_type": "Blog Track Poster"}
    open_sources.serve_programme("neurips", YEAR, papers[1:], [*events, blog])
    open_sources.serve_volume(48, papers, preface=True)
    open_sources.serve_proceedings("iclr", YEAR, papers)
    open_sources.serve_programme("iclr", 2022, papers)
    serve(tmp_path).tokens.add(make_token())
    told = {
        "neurips.cc also lists 1 event of another track; 2 events that are no posters or talks: l",
        "neurips.cc also lists 2 papers of Creative AI; 1 paper of the Position Paper Track: left",
        "a free OpenReview account (`papertally login`) adds the submissions that were not accep",
        "neurips 2024: 1 of 3 papers not matched to forums: the ids of the proceedings are kept",
        "proceedings.mlr.press also lists 1 preface: left out",
        "icml 2016: 3 accepted papers listed by proceedings.mlr.press, 3 PDFs fetched",
    }
    years = (("neurips", YEAR), ("icml", 2016), ("iclr", 2022, YEAR))
    words = [("survey", *year, "--min-free", 0, "--workspace") for year in years]
    english = "".join(run(*line, tmp_path / "en").err for line in words)
    assert {text for text in told if text not in english} == set(), english
    screen = run("report", "neurips", YEAR, "--workspace", tmp_path / "en").out
    assert screen.startswith("NeurIPS 2024: share of accepted papers")
    assert "Source: NeurIPS, accepted papers" in screen
    chinese = "".join(run(*line, tmp_path / "zh", "--lang", "zh").err for line in words)
    assert "还列有以下内容，均已略去：1 个其他类别的活动；2 个既非海报也非报告的活动" in chinese
    assert not re.findall("[a-z]{3,}(?: [a-z]{2,}){2,}", re.sub("`.*?`", "", chinese)), chinese


def test_a_dry_run_plans_each_of_several_equal_years(open_sources: OpenSources, run: Run) -> None:
    for year in (2024, 2025):
        open_sources.serve_proceedings("iclr", year, invent_papers(3))
    plan = run("fetch", "iclr", "2024-2025", "--dry-run").out
    for year in (2024, 2025):
        assert plan.count(f"iclr {year}: 3 from proceedings.iclr.cc: 3 seconds\n") == 1
