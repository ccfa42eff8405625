"""A year that is fetched without a login first, and goes on with one."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers.command import Run
from tests.helpers.listing import Toy, note_v2, serve_pdfs
from tests.helpers.openreview import Clock, make_token
from tests.helpers.sites import OpenSources
from tests.helpers.source_pages import invent_papers

YEAR = """
[toy.2024]
api = "v2"
invitations = ["toy/2024/-/Submission"]
proceedings = "iclr"
virtual = "iclr"
"""
PAPERS = invent_papers(5)
UNKNOWN = replace(PAPERS[4], number=900, title="In no forum", has_forum=False)


@pytest.fixture
def sources(toy: Toy, open_sources: OpenSources, clock: Clock, tmp_path: Path) -> OpenSources:
    """Serve five papers in proceedings; the programme has three of them, OpenReview four."""
    assert clock
    server, catalogue = toy
    (tmp_path / "venues.toml").write_text(YEAR, encoding="utf-8")
    open_sources.serve_proceedings("iclr", 2024, [*PAPERS[:4], UNKNOWN])
    open_sources.serve_programme("iclr", 2024, PAPERS[:3])
    catalogue.notes = [
        note_v2(
            paper.forum, title=paper.title, pdf=f"/pdf/{paper.forum}.pdf",
            venue="ICLR 2024 poster", venueid="toy/2024",
        )
        for paper in PAPERS[:4]
    ] + [
        note_v2(
            "rejected1", pdf="/pdf/rejected1.pdf", venue="Submitted to ICLR 2024",
            venueid="toy/2024/Rejected_Submission",
        )
    ]  # fmt: skip
    server.faults[:] = [serve_pdfs(tmp_path / "served", {"rejected1": "We use JAX."}), catalogue]
    return open_sources


def ledger_of(folder: Path) -> dict[str, tuple[str, str, str]]:
    rows = csv.DictReader((folder / "ledger.csv").open(encoding="utf-8"))
    return {row["paper"]: (row["ledger"], row["source"], row["alias"]) for row in rows}


def test_each_paper_is_there_once_under_its_forum_id(
    sources: OpenSources, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = sources.site("proceedings.iclr.cc")
    first = run("survey", "toy", 2024, "--out", tmp_path / "first")
    assert first.code == 0, first
    assert "share of accepted papers" in first.out
    assert "a free OpenReview account" in first.err
    assert "2 of 5 papers not matched" in first.err
    place = ("ok", site.host)
    known = {paper.forum: (*place, paper.hash) for paper in PAPERS[:3]}
    nameless = {paper.hash: (*place, "") for paper in (PAPERS[3], UNKNOWN)}
    assert ledger_of(tmp_path / "first") == known | nameless
    asked = len(site.asked(".pdf"))
    assert asked == 5

    monkeypatch.setenv("OPENREVIEW_TOKEN", make_token())
    second = run("survey", "toy", 2024, "--out", tmp_path / "second")
    assert second.code == 0, second
    assert "share of submitted papers" in second.out
    assert ledger_of(tmp_path / "second") == known | {
        PAPERS[3].forum: (*place, PAPERS[3].hash),
        "rejected1": ("ok", "openreview", ""),
    }
    assert len(site.asked(".pdf")) == asked

    found = run("diff", tmp_path / "first", tmp_path / "second").out
    assert f"{UNKNOWN.hash}  In no forum" in found
    assert "+0 came, -1 went" in found
