"""The search index: the same answers as without it, whatever happens to it and to the texts."""

import shutil
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from papertally.errors import UsageError
from papertally.match.queries import HitFinder, SearchMode, clean_query, make_finder
from papertally.match.text_index import open_index
from papertally.models import ExtractedText, Outcome, Revision, SourceFile, VenueYear
from papertally.store.workspace import Workspace

YEAR = VenueYear("toy", 2020)

PIECES = [
    *"abcdefghijklmnopqrstuvwxyzTORCHABC", *" \n\n-\f.,(_/:029", "  ", "-\n", "\n12 ", "-\n054 ",
    " 12\n", "TM", "T M", "net", "work", "works", "torch", *"ſKßﬁıéς漢–",
]  # fmt: skip
WORDS = [
    "network", "networks", "torch", "Torch", "PyTorch", "word2vec", "gumbel-softmax", "tea",
    "deep network", "strasse", "straße", "naïvebayes", "ışıktor", "adam", "Adam", "kernels",
    "C++", "GPT-2", "t-SNE", "and/or", "fast.ai", "漢字 network", "model", "TM", "ask",
]  # fmt: skip
EXPRESSIONS = [
    "tor", "(?i)torch", "[Tt]orch", "tor(ch)?", "(net|tor)[a-z]+", "net(work|s)?s*", r"\bnet\w+",
    r"net.{0,5}work", r"deep\s+net", "(?i)ker+nel", "[^a-z]tor", "tor$", "^net", r"a\.orch",
    "(?:tor|)net", "(?i:TOR)ch", "tor|12", "kern?el", r"[[:alpha:]]tor", r"\Qtor\E", "(?P<x>tor)c",
    "tor(?-i:ch)", "to+r+c+h", "(tor){2}", "netw{0}ork", r"tor\x63h", "net[a-z]*(work)+",
    r"w\Wnet", "a{2}tor",
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
texts = st.lists(st.one_of(broken, plain, st.sampled_from(WORDS)), max_size=12).map("".join)
phrases = st.lists(st.sampled_from(PIECES), min_size=3, max_size=7).map("".join)
of_words = st.sampled_from([SearchMode.WORD, SearchMode.EXACT, SearchMode.ANYWHERE])
queries = st.one_of(
    st.tuples(st.one_of(st.sampled_from(WORDS), phrases), of_words),
    st.tuples(st.sampled_from(EXPRESSIONS), st.just(SearchMode.REGEX)),
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


def counts_without_index(finder: HitFinder, files: dict[int, str]) -> dict[int, int]:
    counts = {file: finder.count(text.encode()) for file, text in files.items()}
    return {file: count for file, count in counts.items() if count}


@settings(max_examples=150, deadline=None)
@given(st.lists(texts, min_size=1, max_size=4), st.lists(queries, min_size=1, max_size=4))
@example(["We use Tor\nch here.", "TOR\nCH", "T OR\nC H"], [("torch", SearchMode.WORD)])
@example(["a PY-\n054 TORCH b", "P Y T\nORCH"], [("pytorch", SearchMode.WORD)])
def test_same_answers_as_the_texts(
    memory: Path, stored: list[str], asked: list[tuple[str, SearchMode]]
) -> None:
    shutil.rmtree(memory)
    with Workspace(memory, write=True) as workspace:
        files = {store(workspace, str(at), text): text for at, text in enumerate(stored)}
        index = open_index(workspace, update=True)
        assert index
        for text, mode in asked:
            try:
                finder = make_finder(clean_query(text, mode), mode)
            except UsageError:
                continue
            known = index.look_up(finder)
            if known is None:
                continue
            counts = dict(known.counts)
            assert not counts.keys() & known.unsure
            for file in known.unsure:
                if count := finder.count(files[file].encode()):
                    counts[file] = count
            assert counts == counts_without_index(finder, files), (text, mode)
            if finder.needs:
                assert counts.keys() <= index.texts_with(finder.needs)
