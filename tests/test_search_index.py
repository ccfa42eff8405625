"""The search index: the same answers as without it, whatever happens to it and to the texts."""

import json
import shutil
import sqlite3
import zlib
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from papertally.errors import UsageError
from papertally.match.finders import HitFinder, count_in_zone, find_in_zone
from papertally.match.line_breaks import find_breaks
from papertally.match.needed_letters import Needs, join_needs
from papertally.match.queries import SearchMode, clean_query, make_finder
from papertally.match.searched_text import SearchedText
from papertally.match.text_index import TextIndex, open_index
from papertally.match.zones import zones_in_bytes
from papertally.models import ExtractedText, Outcome, Revision, SourceFile, VenueYear, ZoneFilter
from papertally.store.search_index import (
    FORMAT,
    INDEX_FILE,
    DamagedIndexError,
    IndexFileError,
    index_lock,
)
from papertally.store.workspace import Workspace
from tests.helpers.command import Run
from tests.helpers.disks import small_disk
from tests.helpers.growth import check_growth, repeated
from tests.helpers.pdfs import FILLER, make_pdf

YEAR = VenueYear("toy", 2020)
ZONES = [zone for zone in ZoneFilter if zone != ZoneFilter.LISTING]

PIECES = [
    *"abcdefghijklmnopqrstuvwxyzTORCHABC", *" \n\n-\f.,(_/:029", "  ", "-\n", "\n12 ", "-\n054 ",
    " 12\n", "TM", "T M", "net", "work", "works", "torch", *"ſKßﬁıéς漢–",
    *"™א\x00\xad\u0301\u2010\u200f",
]  # fmt: skip
WORDS = [
    "network", "networks", "torch", "Torch", "PyTorch", "word2vec", "gumbel-softmax", "tea",
    "deep network", "strasse", "straße", "naïvebayes", "ışıktor", "adam", "Adam", "kernels",
    "C++", "GPT-2", "t-SNE", "and/or", "fast.ai", "漢字 network", "model", "TM", "ask",
    "abc 1 1",
]  # fmt: skip
EXPRESSIONS = [
    "tor", "(?i)torch", "[Tt]orch", "tor(ch)?", "(net|tor)[a-z]+", "net(work|s)?s*", r"\bnet\w+",
    r"net.{0,5}work", r"deep\s+net", "(?i)ker+nel", "[^a-z]tor", "tor$", "^net", r"a\.orch",
    "(?:tor|)net", "(?i:TOR)ch", "tor|12", "kern?el", r"[[:alpha:]]tor", r"\Qtor\E", "(?P<x>tor)c",
    "tor(?-i:ch)", "to+r+c+h", "(tor){2}", "netw{0}ork", r"tor\x63h", "net[a-z]*(work)+",
    r"w\Wnet", "a{2}tor",
]  # fmt: skip
HEADINGS = [
    "\nREFERENCES\n", "\n\nA APPENDIX\n", "\nACKNOWLEDGMENTS\n", "-\nREFERENCES\n",
    "\fA paper of networks 1\n", " torch.References\n[1] A. Net. Torch. In NIPS, 2016.\n",
]  # fmt: skip
GAPS = ["", "", "", "-\n", "\n", " ", "-", "- \n", "12\n", "\n054 ", "-\n1 "]


def spread(word: str, gaps: Sequence[str], case: int) -> str:
    """Return a word with something between its letters, as a PDF may break it."""
    word = (word, word.upper(), word.title())[case]
    letters = [letter + (gaps[at % len(gaps)] if gaps else "") for at, letter in enumerate(word)]
    return "".join(letters)


gaps = st.lists(st.sampled_from(GAPS), max_size=9)
broken = st.builds(spread, st.sampled_from(WORDS), gaps, st.integers(0, 2))
plain = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
glued = broken.map(lambda text: text.replace(" ", ""))
headings = st.sampled_from(HEADINGS)
pieces = st.one_of(broken, glued, plain, st.sampled_from(WORDS), headings)
texts = st.lists(pieces, max_size=12).map("".join)
phrases = st.lists(st.sampled_from(PIECES), min_size=3, max_size=7).map("".join)
OPERATORS = [" ", " AND ", " OR ", " NOT ", ' "', '" ', '" AND "', " AND NOT "]
combined = st.lists(
    st.tuples(st.sampled_from([*WORDS, "ab"]), st.sampled_from(OPERATORS)), min_size=2, max_size=4
).map(lambda pairs: "".join(word + operator for word, operator in pairs)[:-1])
of_words = st.sampled_from([SearchMode.WORD, SearchMode.EXACT, SearchMode.ANYWHERE])
queries = st.one_of(
    st.tuples(st.one_of(st.sampled_from(WORDS), phrases), of_words),
    st.tuples(st.sampled_from(EXPRESSIONS), st.just(SearchMode.REGEX)),
    st.tuples(combined, of_words),
)


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("index")


def store(workspace: Workspace, paper: str, text: str) -> int:
    """Store a text as extraction does; return its file."""
    rows = workspace.files.of(YEAR)
    keys = [row.key for row in rows if row.paper == paper]
    path = Path("/nowhere") / paper
    new = SourceFile("text", path, paper, len(text), Revision.UNKNOWN, False, "")
    key = keys[0] if keys else workspace.files.add(YEAR, paper, new)
    packed = zlib.compress(text.encode())
    workspace.texts.save(key, ExtractedText(Outcome.OK, "", "text", 1, len(text), packed))
    return key


def without_none(counts: dict[int, int]) -> dict[int, int]:
    return {file: count for file, count in counts.items() if count}


def counts_without_index(
    finder: HitFinder, files: dict[int, str], zone: ZoneFilter = ZoneFilter.ANY
) -> dict[int, int]:
    return without_none({key: len(find_in_zone(finder, text, zone)) for key, text in files.items()})


def counts_with_index(
    index: TextIndex, finder: HitFinder, files: dict[int, str], zone: ZoneFilter
) -> dict[int, int]:
    """Count in an index, and in the texts that have to be read."""

    def count(phrase: HitFinder) -> int:
        return count_in_zone(
            phrase, files[file].encode(), zone, lambda: zones_in_bytes(files[file].encode())
        )

    counts = {}
    known = index.look_up(finder, zone.zones)
    if known:
        counts = dict(known.counts)
        assert not counts.keys() & known.unsure
    for file in known.unsure if known else files:
        counts[file] = known.count(finder, file, count) if known else count(finder)
    return without_none(counts)


@settings(max_examples=150, deadline=None)
@given(st.lists(texts, min_size=1, max_size=4), st.lists(queries, min_size=1, max_size=4))
@example(["We use Tor\nch here.", "TOR\nCH", "T OR\nC H"], [("torch", SearchMode.WORD)])
@example(["a PY-\n054 TORCH b", "P Y T\nORCH"], [("pytorch", SearchMode.WORD)])
@example(["a DEEPNETWORK", "a DEEPNET\nWORK"], [("deep network", SearchMode.WORD)])
@example(["abc\n1 1 12", "abc 1\n12 1"], [("abc 1 1", SearchMode.WORD)])
@example(["x" * 2048 + "net net", "net" * 1400], [(r"\bnet\w*", SearchMode.REGEX)])
def test_same_answers_as_the_texts(
    memory: Path, stored: list[str], asked: list[tuple[str, SearchMode]]
) -> None:
    shutil.rmtree(memory)
    with Workspace(memory, write=True) as workspace:
        files = {store(workspace, str(at), text): text for at, text in enumerate(stored)}
        index = open_index(workspace, update=True)
        assert index
        needs: list[Needs | None] = []
        having: set[int] = set()
        for text, mode in asked:
            try:
                finder = make_finder(clean_query(text, mode), mode)
            except UsageError:
                continue
            expected = counts_without_index(finder, files)
            needs.append(finder.needs)
            having |= expected.keys()
            found = {key: finder.count(SearchedText(data.encode())) for key, data in files.items()}
            assert without_none(found) == expected, text
            if finder.needs:
                assert expected.keys() <= index.texts_with(finder.needs)
            for zone in ZONES:
                counts = counts_with_index(index, finder, files, zone)
                assert counts == counts_without_index(finder, files, zone), (text, mode, zone)
        if joined := join_needs(needs):
            assert having <= index.texts_with(joined)


# What happens to the index


@pytest.fixture
def stored(workspace: Path) -> Path:
    """Store three papers."""
    with Workspace(workspace, write=True) as opened:
        for paper, text in (("a", "a network here"), ("b", "two net-\nworks"), ("c", "none")):
            store(opened, paper, text)
    return workspace


def papers(run: Run, *words: object, err: str = "") -> list[str]:
    """Search without listing; return the papers, once it printed nothing else."""
    result = run("search", "--format", "csv", *words)
    assert result.code == 0, result
    told = [line for line in result.err.splitlines() if "index" in line]
    assert told == ([err] if err else []), result.err
    return [line.split(",")[2] for line in result.out.splitlines()[1:]]


def test_a_search_follows_the_texts(stored: Path, run: Run) -> None:
    assert papers(run, "network") == ["a", "b"]
    assert (stored / INDEX_FILE).is_file()
    with Workspace(stored, write=True) as opened:
        store(opened, "a", "other words")
        store(opened, "d", "one more network")
        key = {row.paper: row.key for row in opened.files.of(YEAR)}["b"]
        opened.files.drop([key])
    assert papers(run, "network") == ["d"]
    assert papers(run, "other words") == ["a"]
    assert run("remove", "toy", "2020", "--yes").code == 0
    with Workspace(stored, write=True) as opened:
        store(opened, "e", "a network")
    assert papers(run, "network") == ["e"]
    # what was removed is not kept in the index
    assert b"more" not in (stored / INDEX_FILE).read_bytes()


def test_a_damaged_old_or_deleted_index_is_made_again(stored: Path, run: Run) -> None:
    assert papers(run, "network") == ["a", "b"]
    index = stored / INDEX_FILE
    good = index.read_bytes()
    blob = good.index(b"network")
    for content in (
        b"",
        b"no database at all" * 500,
        good[:5000],
        good.replace(b"network", b"notwork"),
        good[:blob] + bytes(4) + good[blob + 4 :],
        good.replace(b"CREATE TABLE block", b"CREATE TABLE blick"),
    ):
        index.write_bytes(content)
        for _ in range(3):
            assert papers(run, "network") == ["a", "b"], content[:20]
        assert index.read_bytes().count(b"network") == good.count(b"network")
    set_version(index, FORMAT - 1)
    assert papers(run, "network") == ["a", "b"]
    assert index.read_bytes().count(b"network") == good.count(b"network")
    # one of a newer program, which may run beside this one, stays as it is
    set_version(index, FORMAT + 1)
    newer = index.read_bytes()
    told = "without a search index, which cannot be written (it was made by a newer papertally)"
    assert papers(run, "network", err=told) == ["a", "b"]
    assert index.read_bytes() == newer
    index.unlink()
    assert papers(run, "network") == ["a", "b"]


def set_version(index: Path, version: int) -> None:
    with closing(sqlite3.connect(index)) as db:
        db.execute(f"PRAGMA user_version = {version}")


def test_a_search_works_without_an_index_that_cannot_be_written(stored: Path, run: Run) -> None:
    index = stored / INDEX_FILE
    index.mkdir()
    told = "without a search index, which cannot be written (unable to open database file)"
    assert papers(run, "network", err=told) == ["a", "b"]
    index.rmdir()
    with index_lock(stored) as is_free:
        assert is_free
        assert papers(run, "network") == ["a", "b"]  # another search makes it
    assert not index.exists()


def test_a_full_or_read_only_disk(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        monkeypatch.setenv("PAPERTALLY_WORKSPACE", str(disk.path))
        with Workspace(disk.path, write=True) as opened:
            store(opened, "a", "a network here")
        disk.leave(0)
        result = run("search", "network", "--format", "csv")
        assert (result.code, result.out.count("\n")) == (0, 2)
        assert result.err.count("without a search index") == 1
        disk.free()
        assert papers(run, "network") == ["a"]
        disk.remount("ro")
        assert papers(run, "network") == ["a"]
        disk.remount("rw")
        (disk.path / INDEX_FILE).unlink()
        disk.remount("ro")
        result = run("search", "network", "--format", "csv")
        assert (result.code, result.out.count("\n")) == (0, 2)
        assert result.err.count("without a search index") == 1


def test_an_index_is_made_in_parts_and_small_ones_are_joined(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("papertally.match.text_index.MAX_TEXTS", 2)
    finder = make_finder("network", SearchMode.WORD)
    with Workspace(stored, write=True) as opened:
        for number in range(9):
            store(opened, f"more {number}", f"a network {number}")
            index = open_index(opened, update=True)
            assert index
            known = index.look_up(finder)
            assert known
            assert len(known.counts) == 3 + number
            assert not known.unsure


def test_an_open_index_does_not_answer_from_parts_that_replaced_its_own(stored: Path) -> None:
    finder = make_finder("network", SearchMode.WORD)
    with Workspace(stored, write=True) as opened:
        index = open_index(opened, update=True)
        assert index
        for paper in "abcdef":
            store(opened, paper, f"new words and a networking {paper}")
        newer = open_index(opened, update=True)
        assert newer
        with pytest.raises(IndexFileError) as raised:
            index.look_up(finder)
        assert not isinstance(raised.value, DamagedIndexError)  # the newer one is not deleted
        known = newer.look_up(finder)
        assert (known.counts, known.unsure) == ({}, frozenset())


def test_words_that_are_no_words_are_read(workspace: Path, run: Run) -> None:
    with Workspace(workspace, write=True) as opened:
        store(opened, "long", "x" * 2000 + " network")
        store(opened, "kelvin", "networ\N{KELVIN SIGN}")
        store(opened, "pieces", "n\ne\nt\nw\no\nr\nk")
        store(opened, "digits", "net" + "1" * 500 + "\nwork network")
        store(opened, "none", "nothing")
    assert papers(run, "network") == ["digits", "kelvin", "long", "pieces"]


def test_a_report_of_a_phrase_uses_the_index_and_never_makes_one(stored: Path, run: Run) -> None:
    asked = ("report", "toy", "2020", "--term", "network", "--format", "csv")
    before = run(*asked)
    assert not (stored / INDEX_FILE).exists()
    papers(run, "network")
    assert run(*asked) == before
    for anywhere in ((), ("--anywhere",)):
        named = (*asked, "--term", "x=/n[eo]t?w/", *anywhere)
        with_index = run(*named)
        index = (stored / INDEX_FILE).read_bytes()
        (stored / INDEX_FILE).unlink()
        assert run(*named) == with_index
        (stored / INDEX_FILE).write_bytes(index)


def test_frameworks_are_found_alike_before_and_after_they_are_matched(
    run: Run, papers: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[keras]\nname = "Keras"\naliases = ["Keras", "We"]\n', encoding="utf-8")
    words = [("-f", "pytorch"), ("-f", "keras,pytorch"), ("-f", "keras", "--zone", "body"),
             ("-f", "jax"), ("-f", "pytorch", "--mentions"), ("-f", "keras", "--anywhere"),
             ("-f", "keras", "--lexicon", own)]  # fmt: skip

    def found() -> list[str]:
        results = [run("search", *more, "toy", "--format", "json") for more in words]
        assert {result.code for result in results} == {0}
        return [result.out for result in results]

    assert run("add", "toy", 2018, papers).code == 0
    assert run("extract").code == 0
    before = found()
    assert [json.loads(text)["years"][0]["papers"] for text in before] == [1, 2, 1, 0, 1, 1, 2]
    assert run("match").code == 0
    assert found() == before
    make_pdf(papers / "three.pdf", f"{FILLER}\nWe use PyTorch and Py-\nTorch, with Keras.")
    assert run("add", "toy", 2018, papers).code == 0
    assert run("extract").code == 0
    more = found()
    assert [json.loads(text)["years"][0]["papers"] for text in more] == [2, 3, 2, 0, 2, 2, 3]
    assert run("match").code == 0
    assert found() == more


@pytest.mark.growth
def test_breaks_are_found_in_a_time_that_grows_with_the_text() -> None:
    for piece in ("Tensor-\n", "a-\n", "A\n", "\n12 ", "-\n", "a-\n1 "):

        def find(size: int, piece: str = piece) -> None:
            find_breaks(f"words\n{repeated(piece, size)}".encode())

        check_growth(repr(piece), find, 10_000, 80_000)
