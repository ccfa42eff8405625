"""Clones of PMLR's volumes: the posts are the listing, the PDFs beside them its papers."""

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from papertally.fetch.pmlr.clone import read_clone
from papertally.fetch.pmlr.posts import MAX_POST_BYTES, is_post_name, parse_post
from papertally.fetch.pmlr.volume import parse_volume
from papertally.models import Coverage, Listing, Note, VenueYear
from papertally.store.ledger import LedgerRow
from papertally.store.workspace import Workspace
from tests.helpers.command import Run
from tests.helpers.local_papers import check_done, check_refused, nothing_stored, read_ledger
from tests.helpers.paths import SHARED, needs_shared
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.posts import PMLR, write_post
from tests.helpers.sites import OpenSources
from tests.helpers.source_pages import invent_papers, pmlr_pdf, volume_page

ICML = ("icml", "2016")
FILES = "https://raw.githubusercontent.com/mlresearch/v48/main/"


def write_pdf(path: Path, word: str = "Theano") -> Path:
    return make_pdf(path, f"{FILLER}\n{path.stem}\nWe use {word}.")


def write_other(path: Path) -> None:
    """Write a PDF that nothing opens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"%PDF-1.4 " + path.name.encode())


def outcomes(workspace: Path, year: int = 2016) -> dict[str, str]:
    rows = read_ledger(workspace, "icml", year)
    return {paper: str(row.ledger) for paper, row in rows.items()}


def test_posts_on_one_branch_and_pdfs_on_another_are_a_year_in_either_order(
    run: Run, tmp_path: Path, workspace: Path
) -> None:
    posts, pdfs = tmp_path / "v48-gh-pages", tmp_path / "v48-main"
    for key in ("abel16", "bo16", "cy16"):
        address = f"{FILES}assets/{key}/{key}.pdf"
        write_post(posts, key, address, openreview=f"forum_{key}", section="Oral")
    write_post(posts, "aa16", title="International Days of Trees: Preface")
    (posts / "_posts" / "draft.md").write_text("---\ntitle: no post\n---\n")
    for key in ("abel16", "bo16", "aa16"):
        write_pdf(pdfs / "assets" / key / f"{key}.pdf")
    write_pdf(pdfs / "assets" / "old" / "bo16.pdf", "Torch")
    for name in (
        "assets/abel16/abel16-supp.pdf",
        "w16permissions/bo16Permission.PDF",
        "x/sign.pdf",
    ):
        write_other(pdfs / name)
    for name in (".git/bo16.pdf", "._abel16.pdf"):
        write_other(pdfs / name)

    told = check_done(run("add", *ICML, pdfs, posts))
    assert told.splitlines() == [
        "note: left out 1 introduction to volume 48 (aa16: International Days of Trees: Preface)",
        "note: left out PDFs that are not papers: 1 supplement, 1 permission form, 1 introduction, "
        "1 further version, 1 other (x/sign.pdf)",
        "warning: 1 of 3 papers have no PDF in the folders: complete the clone and add it again",
        "icml 2016: 2 files added, the listing stored",
    ]
    assert "nothing new: 2 files known already" in check_done(run("add", *ICML, posts, pdfs))

    report = run("report", *ICML, "--out", tmp_path / "out", "--format", "json")
    counts = {row["framework"]: row for row in json.loads(report.out)["counts"]}
    assert (counts["theano"]["papers"], counts["torch"]["papers"]) == (2, 0)
    today = counts["theano"]["listing_date"]
    assert today in {str(datetime.now(UTC).date() - timedelta(days)) for days in (0, 1)}
    ledger = list(csv.DictReader((tmp_path / "out" / "ledger.csv").open(encoding="utf-8")))
    left_out = ("venue", "year", "number", "keywords", "pdf_sha256", "engine", "pages", "letters")
    page = "https://proceedings.mlr.press/v48"
    assert [[row[name] for name in row if name not in left_out] for row in ledger] == [
        ["abel16", "A study: of abel16", "accepted", "Oral", today, "current", "ok", "",
         "your files", f"{page}/abel16.html", ""],
        ["bo16", "A study: of bo16", "accepted", "Oral", today, "current", "ok", "",
         "your files", f"{page}/bo16.html", ""],
        ["cy16", "A study: of cy16", "accepted", "Oral", today, "", "not-fetched",
         "no PDF in the folders that were added", "", f"{page}/cy16.html", ""],
    ]  # fmt: skip

    write_pdf(pdfs / "assets" / "cy16" / "cy16.pdf")
    write_post(posts, "dee16")
    assert "icml 2016: 1 file added, 2 known already, the listing stored" in check_done(
        run("add", *ICML, posts, pdfs)
    )
    assert set(outcomes(workspace)) == {"abel16", "bo16", "cy16", "dee16"}
    assert (
        "4 of 4 listed accepted papers" in run("search", "we study", *ICML, "--zone", "listing").out
    )


def test_each_layout_and_name_of_a_pdf_leads_to_its_paper(
    run: Run, tmp_path: Path, workspace: Path
) -> None:
    # the name of the post's file decides, as in the page's address; an odd name leads to it, too
    layouts = {
        "flat16": f"{PMLR}flat16.pdf",
        "deep16": f"{PMLR}deep16/deep16.pdf",
        "lü16": f"{PMLR}l%C3%BC16/l%C3%BC16.pdf",
        "jo do16": f"{PMLR}jo do16/jo do16.pdf",
        "named16": f"{PMLR}other16.pdf",
        "inside16": f"{PMLR}inside16.pdf",
        "else16": "https://example.org/v48/else16.pdf",
        "bad16": "http://[/bad16.pdf",
    }
    for key, address in layouts.items():
        write_post(tmp_path / "v48", key, address, **({"id": "id16"} if "in" in key else {}))
    for name in ("flat16", "deep16/deep16", "lu\u0308/lu\u030816", "jo do16/jo do16", "other16",
                 "id16", "else16", "bad16"):  # fmt: skip
        write_pdf(tmp_path / "v48" / f"{name}.pdf")
    assert "icml 2016: 8 files added" in check_done(run("add", *ICML, tmp_path / "v48"))
    check_done(run("extract", *ICML))
    rows = read_ledger(workspace, "icml", 2016)
    assert {row.ledger for row in rows.values()} == {"ok"}
    assert set(rows) == {*layouts, "jo-do16"} - {"jo do16"}
    assert rows["jo-do16"].url == "https://proceedings.mlr.press/v48/jo-do16.html"


def test_what_was_added_before_is_one_paper_each_with_the_clone(
    run: Run, tmp_path: Path, workspace: Path
) -> None:
    clone = tmp_path / "v48"
    for key in ("abel16", "bo16"):
        write_pdf(clone / key / f"{key}.pdf")
    write_other(clone / "abel16" / "abel16-supp.pdf")
    own = write_pdf(tmp_path / "mine" / "A study of bo16.pdf", "Torch")
    told = check_done(run("add", *ICML, clone / "abel16", own))
    assert "icml 2016 is volume 48 of PMLR: to list its papers" in told
    assert set(outcomes(workspace)) == {"abel16", "abel16-supp", "A study of bo16"}
    for key in ("abel16", "bo16"):
        write_post(clone, key)
    told = check_done(run("add", *ICML, clone))
    assert "1 file that had been added before as papers: taken out" in told
    assert "to list its papers" not in told
    assert set(outcomes(workspace)) == {"abel16", "bo16"}

    # the volume cloned again elsewhere, with a corrected PDF
    write_pdf(shutil.copytree(clone, tmp_path / "again") / "abel16" / "abel16.pdf", "Keras")
    assert "1 changed, 1 known already" in check_done(run("add", *ICML, tmp_path / "again"))
    assert set(outcomes(workspace)) == {"abel16", "bo16"}
    counts = json.loads(run("report", *ICML, "--format", "json").out)["counts"]
    assert {row["framework"] for row in counts if row["papers"]} == {"keras", "theano"}


def test_a_folder_of_years_may_hold_clones_of_each_branch_and_others(
    run: Run, tmp_path: Path, workspace: Path
) -> None:
    write_post(tmp_path / "all" / "2016" / "posts", "abel16")
    write_pdf(tmp_path / "all" / "2016" / "main" / "assets" / "abel16" / "abel16.pdf")
    write_other(tmp_path / "all" / "2016" / "main" / "assets" / "abel16" / "abel16-supp.pdf")
    write_pdf(tmp_path / "all" / "2017" / "mine.pdf")
    blog = tmp_path / "all" / "2017" / "_posts" / "2017-01-01-news.md"
    blog.parent.mkdir()
    blog.write_text("---\ntitle: Somebody's news\n---\nText\n")
    check_done(run("add", "icml", tmp_path / "all"))
    assert [row.status for row in read_ledger(workspace, "icml", 2016).values()] == ["accepted"]
    assert read_ledger(workspace, "icml", 2017)["mine"].status == "unknown"


def test_what_is_no_clone_of_one_volume_of_the_year_is_refused_at_once(
    run: Run, tmp_path: Path, workspace: Path
) -> None:
    def clone(name: str, *volumes: str, **fields: Any) -> Path:
        for number, volume in enumerate(volumes):
            write_post(tmp_path / name, f"a{number}", volume=volume, **fields)
        return tmp_path / name

    broken = clone("broken", "48")
    (broken / "_posts" / "2016-06-11-a0.md").write_text("---\ntitle: [\n---\n")
    notes = tmp_path / "notes.json"
    notes.write_text('{"notes": [{"id": "x"}]}')
    packed = shutil.make_archive(
        str(tmp_path / "v48"), "zip", clone("packed", "48").parent, "packed"
    )
    for words, said in (
        ((clone("year", "70"),), "volume 70, which is icml 2017; icml 2016 is volume 48"),
        ((clone("strange", "99999"),), "the posts are of volume 99999; icml 2016 is volume 48"),
        ((clone("two", "48", "70"),), "several volumes (48, 70)"),
        ((clone("preface", "48", section="Preface"),), "no post of volume 48 describes a paper"),
        ((broken,), "none of the 1 posts in _posts can be read (a0: line 3: "),
        ((clone("fine", "48"), "--notes", notes), "leave out --notes"),
        ((packed,), "v48.zip holds posts, as a volume of PMLR does: unpack it and add the folder"),
    ):
        assert said in check_refused(run("add", *ICML, *words), said)
    assert nothing_stored(workspace)


def test_posts_that_cannot_be_read_are_papers_without_a_title(
    run: Run, tmp_path: Path, workspace: Path
) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{later}: &{later} [{','.join(['*' + former] * 9)}]\n"
        for former, later in zip("abcdefgh", "bcdefghi", strict=True)
    )
    hostile = {
        "alias": "author: &x [{given: A}]\neditor: *x\n",
        "bomb": bomb,
        "deep": "title: " + "[" * 30_000,
        "deep2": "title: " + "[" * 900 + "]" * 900,
        "huge": "title: " + "x" * MAX_POST_BYTES,
        "keys": "{[a, b]: c}\n",
        "list": "- a\n- b\n",
        "text": "only words",
        "open": "title: 'no end",
        "tab": "title:\n\t- x",
        "two": "title: a: b: c",
        "surrogate": 'title: "\\ud800"',
        "empty": "",
        "untitled": "volume: 48",
    }
    clone = tmp_path / "v48"
    write_post(clone, "fine16")
    for name, text in hostile.items():
        (clone / "_posts" / f"2016-06-11-{name}.md").write_text(f"---\n{text}\n---\n", "utf-8")
    (clone / "_posts" / "2016-06-11-noend.md").write_text("---\ntitle: x\nvolume: '48'\n")
    (clone / "_posts" / "2016-06-11-nohead.md").write_text("title: x\n---\n---\n")
    os.mkfifo(clone / "_posts" / "2016-06-11-pipe.md")
    (clone / "_posts" / "2016-06-11-zero.md").symlink_to("/dev/zero")
    private = write_pdf(tmp_path / "private.pdf")
    (clone / "fine16.pdf").symlink_to(private)
    (clone / "empty.pdf").symlink_to("empty.pdf")
    os.mkfifo(clone / "tab.pdf")
    told = check_done(run("add", *ICML, clone))
    assert "left out PDFs that are not papers: 1 outside link" in told
    assert "tab.pdf is not a regular file and was skipped" in told
    assert "empty.pdf cannot be read and was skipped" in told
    assert "18 of 19 posts of volume 48 cannot be read, so these papers have no title" in told
    rows = read_ledger(workspace, "icml", 2016)
    assert set(rows) == {"fine16", *hostile, "noend", "nohead", "pipe", "zero"}
    assert [paper for paper, row in rows.items() if row.title] == ["fine16"]
    assert max(len(line) for line in told.splitlines()) < 600


def test_values_keep_their_spelling_and_tags_do_nothing() -> None:
    text = (
        "\ufeff---\r\ntitle: No\r\nid: 1e5\r\nvolume: 48\r\nsection: null\r\nabstract: |\r\n  a\r\n"
        "  ---\r\n  b\x0c\r\nauthor:\r\n- given: 2001\r\n  family: On\r\n- family: {x: y}\r\n"
        "- 7\r\nevil: !!python/object/apply:os.system [exit]\r\n... \r\nBody\r\n"
    )
    post = parse_post("2016-06-11-a16.markdown", text.encode())
    assert (post.fault, post.title, post.volume, post.section) == ("", "No", 48, "null")
    assert (post.abstract, post.authors) == ("a --- b", ("2001 On",))
    escaped = b'---\ntitle: "\\e[31mRed\\0\\a \\u2028 line"\n---\n'
    assert parse_post("2016-06-11-a16.md", escaped).title == "[31mRed line"
    for name, expected in {
        "2016-06-11-a.md": True,
        "2016-06-11-a b.c.md": True,
        "2016-02-31-a.md": False,
        "2016-06-11-.md": False,
        "2016-06-11-a.html": False,
        "a2016-06-11-a.md": False,
        "README.md": False,
    }.items():
        assert is_post_name(name) == expected, name


_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]))


@given(_WORDS, st.lists(st.tuples(_WORDS, _WORDS), max_size=4), st.binary())
def test_a_post_says_what_was_written_into_it_and_any_bytes_are_a_post(
    title: str, authors: list[tuple[str, str]], noise: bytes
) -> None:
    people = [{"given": given_name, "family": family} for given_name, family in authors]
    head = yaml.safe_dump({"title": title, "author": people, "volume": "48"}, allow_unicode=True)
    post = parse_post("2016-06-11-a16.md", f"---\n{head}---\n".encode())
    assert post.title == " ".join(title.replace("\ufeff", " ").split())
    assert post.fault == ("" if post.title else "it has no title")
    written = [" ".join(f"{a} {b}".replace("\ufeff", " ").split()) for a, b in authors]
    assert list(post.authors) == list(filter(None, written))
    for data in (noise, b"---\n" + noise + b"\n---\n"):
        post = parse_post("2016-06-11-a16.md", data)
        assert post.key == "a16"
        assert "\n" not in post.fault + post.title


def test_another_list_of_accepted_papers_gives_way_and_one_of_all_submissions_does_not(
    run: Run, tmp_path: Path, workspace: Path
) -> None:
    write_post(tmp_path / "v48", "abel16")
    write_pdf(tmp_path / "v48" / "abel16.pdf")
    key = VenueYear("icml", 2016)
    for covers, source in ((Coverage.ACCEPTED, "icml.cc"), (Coverage.ALL, "openreview")):
        with Workspace(workspace, write=True) as opened, opened.transaction():
            opened.listings.save(Listing(key, "2016-08-01", source, (Note(source),), covers))
        if covers == Coverage.ACCEPTED:
            check_done(run("add", *ICML, tmp_path / "v48"))
            assert set(outcomes(workspace)) == {"abel16"}
    write_post(tmp_path / "v48", "bo16")
    assert "is this the right list" in check_refused(run("add", *ICML, tmp_path / "v48"))


def test_posts_and_the_page_that_is_made_of_them_list_the_same(tmp_path: Path) -> None:
    papers = invent_papers(3)
    for volume in (28, 97, 202, 235):
        clone = tmp_path / f"v{volume}"
        for paper in papers:
            people = [dict(zip(("given", "family"), n.split(), strict=True)) for n in paper.authors]
            write_post(
                clone, paper.key, pmlr_pdf(paper.key, volume), title=paper.title, author=people,
                volume=str(volume), openreview=paper.forum if volume >= 202 else "false",
            )  # fmt: skip
        read = read_clone(VenueYear("any", 2020), [clone])
        assert read
        listed = [post.to_note(volume)._replace(abstract="") for post in read.papers]
        assert listed == list(parse_volume(volume_page(papers, volume), volume).notes), volume


@pytest.mark.skipif(not shutil.which("git"), reason="git is not on this machine")
def test_the_commands_that_fetch_prints_add_the_year_so_that_nothing_is_left_to_fetch(
    run: Run, tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = invent_papers(61)
    repository = tmp_path / "github" / "v235"

    def git(*words: object) -> None:
        settings = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *settings, *map(str, words)], check=True, capture_output=True)

    git("init", "-b", "main", repository)
    for paper in papers:
        write_other(repository / "assets" / paper.key / f"{paper.key}.pdf")
    git("-C", repository, "add", ".")
    git("-C", repository, "commit", "-m", "PDFs")
    git("-C", repository, "checkout", "--orphan", "gh-pages")  # what the site shows by default
    git("-C", repository, "rm", "-rf", ".")
    for paper in papers:
        write_post(repository, paper.key, pmlr_pdf(paper.key, 235), volume="235")
    git("-C", repository, "add", ".")
    git("-C", repository, "commit", "-m", "Posts")

    with OpenSources() as sources:
        for name, value in sources.environment().items():
            monkeypatch.setenv(name, value)
        sources.serve_volume(235, papers)
        sources.serve_programme("icml", 2024, papers)
        told = run("fetch", "icml", "2024", "--dry-run").out
        monkeypatch.chdir(tmp_path)
        commands = re.findall("`(.+?)`", re.search("quicker.*", told)[0])
        for command in commands:
            here = command.replace("https://github.com/mlresearch", repository.parent.as_uri())
            words = shlex.split(here)
            if words[0] == "git":
                git(*words[1:])
            else:
                assert "icml 2024: 61 files added" in check_done(run(*words[1:]))
        assert len(commands) == 3
        told = run("fetch", "icml", "2024", "--dry-run").out
        assert "61 PDFs here" in told
        assert "quicker" not in told
    assert len(read_ledger(workspace, "icml", 2024)) == 61


@needs_shared
@pytest.mark.parametrize("volume", ["v48", "v87", "v229", "v251"])
def test_real_posts_are_listed_by_the_names_of_their_pages(
    run: Run, tmp_path: Path, workspace: Path, volume: str
) -> None:
    clone = shutil.copytree(SHARED / "sources" / "pmlr" / f"mlresearch-{volume}", tmp_path / volume)
    venue, year = {"v48": ("icml", 2016), "v87": ("corl", 2018), "v229": ("corl", 2023)}.get(
        volume, ("workshop", 2024)
    )
    keys = sorted({path.stem[11:] for path in (clone / "_posts").iterdir()})
    flat = volume == "v48"
    for key in keys[1:]:
        write_pdf(clone / (f"{key}.pdf" if flat else f"{key}/{key}.pdf"))
        write_other(clone / (f"{key}-supp.pdf" if flat else f"{key}/{key}-supp.pdf"))
    told = check_done(run("add", venue, year, clone))
    assert f"{len(keys) - 1} supplement" in told
    assert f"{len(keys) - 1} file" in told
    check_done(run("extract", venue, year))
    rows = read_ledger(workspace, venue, year)
    assert list(rows) == keys
    for key, row in rows.items():
        check_real(row, volume, readable=key != keys[0])
    assert "nothing new" in check_done(run("add", venue, year, clone))


def check_real(row: LedgerRow, volume: str, *, readable: bool) -> None:
    assert (row.status, row.url) == (
        "accepted",
        f"https://proceedings.mlr.press/{volume}/{row.paper}.html",
    )
    assert len(row.title) > 20
    assert row.ledger == ("ok" if readable else "not-fetched")
    assert bool(row.reason) != readable
