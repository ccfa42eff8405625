"""Sources of a year that change at random: each paper stays one, with its own PDF and aliases."""

import hashlib
import json
import random
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from papertally.models import VenueYear
from papertally.store.ledger import LedgerRow
from papertally.store.workspace import Workspace
from tests.helpers.command import Run
from tests.helpers.openreview import Clock, Serve, make_token
from tests.helpers.sites import OpenSources, answer, pdf_of
from tests.helpers.source_pages import Paper, invent_papers
from tests.helpers.year_sources import YEAR, serve_submissions

FETCH = ("fetch", "iclr", YEAR, "--min-free", 0, "--relist-after", "0s")
PAPERS = invent_papers(8)
REJECTED = 3
ACCEPTED = PAPERS[REJECTED:]
ELSEWHERE = Paper(50, "Invented Work 50: only here", has_forum=False)
NUMBERS = {
    name: paper.number for paper in [*PAPERS, ELSEWHERE] for name in (paper.forum, paper.hash)
}


@dataclass
class Sources:
    """What the sources list now."""

    chance: random.Random
    proceedings: dict[int, str] = field(default_factory=dict)
    """Titles that are not the first ones, by number."""
    virtual: dict[int, str] = field(default_factory=dict)
    openreview: dict[int, str] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    """Numbers of the papers that have left the proceedings."""
    has_virtual: bool = True
    is_logged_in: bool = False
    has_other: bool = False

    def change(self, step: int) -> str:
        """Change something; return what."""
        first, second = self.chance.sample(ACCEPTED, 2)
        titles = self.chance.choice((self.proceedings, self.virtual, self.openreview))
        what = self.chance.choice(
            ("rename", "swap", "twins", "back", "leave", "return", "virtual", "login", "other")
        )
        if what == "rename":
            titles[first.number] = f"Invented Name {step}: another"
        elif what == "swap":
            names = [self.proceedings.get(p.number, p.title) for p in (first, second)]
            self.proceedings |= {first.number: names[1], second.number: names[0]}
        elif what == "twins":
            titles[first.number] = titles[second.number] = "Invented Twin both: a Study"
        elif what == "back":
            titles.clear()
        elif what == "leave":
            self.gone.add(first.number)
        elif what == "return":
            self.gone.clear()
        elif what == "virtual":
            self.has_virtual = not self.has_virtual
        elif what == "login":
            self.is_logged_in = not self.is_logged_in
        else:
            self.has_other = not self.has_other
        return what

    def listed(self) -> list[Paper]:
        """Return the papers in the proceedings."""
        papers = [paper for paper in ACCEPTED if paper.number not in self.gone]
        papers = titled([*papers, ELSEWHERE] if self.has_other else papers, self.proceedings)
        return self.chance.sample(papers, len(papers))

    def serve(self, sources: OpenSources, notes: Path) -> None:
        """Serve all of it."""
        sources.serve_proceedings("iclr", YEAR, self.listed())
        sources.serve_programme("iclr", YEAR, titled(ACCEPTED, self.virtual))
        sources.site("iclr.cc").faults[:] = [] if self.has_virtual else [answer(404)]
        document = json.loads(notes.read_text("utf-8"))
        for note, paper in zip(document["notes"], titled(PAPERS, self.openreview), strict=True):
            note["content"]["title"]["value"] = paper.title
        notes.write_text(json.dumps(document), encoding="utf-8")


def titled(papers: list[Paper], titles: dict[int, str]) -> list[Paper]:
    return [replace(paper, title=titles.get(paper.number, paper.title)) for paper in papers]


def owners(folder: Path) -> dict[str, int]:
    """Return the number of the paper that each PDF is of, by its hash."""
    found = {hashlib.sha256(pdf_of(p)).hexdigest(): p.number for p in [*PAPERS, ELSEWHERE]}
    for path in folder.glob("*.pdf"):
        found[hashlib.sha256(path.read_bytes()).hexdigest()] = int(path.stem)
    return found


def check(rows: list[LedgerRow], pdfs: dict[str, int]) -> set[int]:
    """Check that each paper is one with what is its own; return their numbers."""
    for row in rows:
        number = NUMBERS[row.paper]
        assert pdfs[row.pdf_sha256] == number
        assert all(NUMBERS[alias] == number for alias in row.aliases)
    numbers = [NUMBERS[row.paper] for row in rows]
    assert len(set(numbers)) == len(numbers)
    return set(numbers)


@pytest.mark.parametrize("seed", [1, 5])
def test_no_change_of_any_source_makes_two_papers_one_or_one_two(
    open_sources: OpenSources,
    serve: Serve,
    run: Run,
    tmp_path: Path,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
    seed: int,
) -> None:
    server = serve(serve_submissions(tmp_path / "served", PAPERS, REJECTED))
    notes = tmp_path / "served" / str(YEAR) / "notes.json"
    token, pdfs = make_token(), owners(notes.parent)
    server.tokens.add(token)
    now, steps, has_all = Sources(random.Random(seed)), [], False  # noqa: S311 - no secret
    for step in range(16):
        steps.append(now.change(step) if step else "")
        now.serve(open_sources, notes)
        monkeypatch.setenv("OPENREVIEW_TOKEN", token if now.is_logged_in else "")
        clock.now += 90_000
        result = run(*FETCH)
        has_all |= now.is_logged_in
        with Workspace(workspace) as stored:
            rows = stored.ledger.read(VenueYear("iclr", YEAR)).rows
        assert result.code in ((0, 4) if has_all and not now.is_logged_in else (0,)), steps
        expected = PAPERS if has_all else now.listed()
        assert check(rows, pdfs) == {paper.number for paper in expected}, steps
        if has_all:
            assert {row.paper for row in rows} == {paper.forum for paper in PAPERS}, steps
