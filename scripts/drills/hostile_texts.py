#!/usr/bin/env python
"""Make texts that take long: each stage's time may grow with a text's length, not with its square.

    python scripts/drills/hostile_texts.py [--short] [--cases N] [--seed N]

Each case is a text made of pieces that some stage looks at closely, again and again, at three
lengths; processor time is compared. No stage may take longer than it would be given for a text of
the greatest length. Each 50th case is a text of that length, read and matched by the commands.
"""

import random
import resource
import time
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress

from drill import Drill, run, run_drill
from helpers.children import MEMORY, run_cases

from papertally.audit.near_misses import NearMissFinder
from papertally.errors import UsageError
from papertally.extract.clean import clean, count_letters
from papertally.extract.engines import UnreadableError, read_text_file
from papertally.extract.legibility import find_garbled_pages
from papertally.fetch.names import clean_name
from papertally.fetch.notes import parse_notes
from papertally.fetch.titles import match_titles, normalized_title
from papertally.fetch.web_page import fold
from papertally.match.finders import find_in_zone
from papertally.match.line_breaks import find_breaks
from papertally.match.matcher import Matcher
from papertally.match.queries import SearchMode, clean_query, make_finder
from papertally.match.searched_text import SearchedText
from papertally.match.sentences import sentence
from papertally.match.word_index import PartBuilder
from papertally.match.zones import Zones, divide, with_zones
from papertally.models import Note, Outcome, VenueYear, Zone, ZoneFilter
from papertally.pipeline import read_lexicon
from papertally.report.i18n import Language, translate_message
from papertally.settings import Settings
from papertally.store.workspace import Workspace

SIZE = 20_000
"""Characters of the shortest text of a case; the others have two and four times as many."""
MAX_LETTERS, MAX_SECONDS = 5_000_000, 60
"""What a text may have, and what it may take in one stage."""
MIN_SECONDS = 0.02
"""Shorter measurements are noise and count as this."""
MAX_GROWTH = 10
"""Times that four times the length may take longer; its square takes 16 times."""
EACH_LONG = 50
FILLER = "Plain words of a paper follow, line by line. "
PIECES = (
    "REFERENCES\n", "References\n", "APPENDIX\n", "A APPENDIX\n", "Checklist\n", "Contents\n",
    "ACKNOWLEDGMENTS\n", "R EFERENCES ", "BIBLIOGRAPHY\n", "参考文献\n", "\n1 ", "7 REFERENCES\n",
    "[1] ", "[", "]", "(", ")", "{", "<", ">", "2016. ", ", 2016.\n", "et al. ", "arXiv ",
    "pp. ", "Aa Bb, ", "Aa, B., ", "\f", "\n", " ", "\t", "\r", "-\n", "-", "- ", "\u00ad\n",
    "\ufffe", "ab-\n", "\u0301", "\u0323\u0301", "\u02c6\n", "\u200b", "\u202e", "\ufb03",
    "\ufdfa", "ß", "İ", "中", "é", "a", "A", "x" * 60, "aB3", "T ENSOR ", "Tensor\n", "Flow",
    "Tensor-\n", "12\n", "P Y T ", "Keras", "torch", "JAX ", "tf.", "import ", "http://a.b/",
    "https://", "www.", ".com", "/", "_", "0", "9", ". ", ".", "? ", "e.g. ", "Fig. ", "1.2 ",
    "<latexit ", "</latexit>", "(cid:12)", "(cid:", "&amp;", "&", '"', "'", "; ", ": ", " of ",
    " the ", "\ud800", "\x02", "\x00", "|", "\\", "*", "Caffe2 ",
)  # fmt: skip
"""What some expression or rule of a stage looks for."""
Make = Callable[[int], str]
"""Makes a text of a length."""


def make_maker(chance: random.Random) -> Make:
    """Choose how a text is made."""
    pieces = chance.choices(PIECES, k=chance.randint(1, 5))
    way = chance.randrange(5)
    seed = chance.random()

    def make(size: int) -> str:
        again = random.Random(seed)  # noqa: S311 - chance, not secrets
        count = size // max(1, len("".join(pieces))) + 1
        if way == 0:  # all pieces, in any order
            text = "".join(again.choices(pieces, k=len(pieces) * count))
        elif way == 1:  # no two words alike
            text = "".join(f"{again.choice(pieces)}{number}" for number in range(count))
        elif way == 2:  # opened first, closed later
            text = "".join(piece * count for piece in pieces)
            return text[:: max(1, len(text) // size)][:size]
        elif way == 3:
            text = FILLER * 9 + pieces[0] + pieces[-1] * (size // len(pieces[-1]))
        else:
            text = "".join(pieces) * count
        return text[:size]

    return make


class Stages:
    """What is done with a text, from its file or page to the table of a report."""

    def __init__(self, matcher: Matcher, near: NearMissFinder, chance: random.Random) -> None:
        """Take the finders of frameworks, and choose a query."""
        self._matcher, self._near = matcher, near
        self._query = "".join(chance.choices(PIECES, k=chance.randint(1, 8)))[:200]
        self._mode = chance.choice([*SearchMode][:4])
        self.all: Sequence[Callable[[str], object]] = (
            self.extract, self.divide, self.match, self.index, self.near, self.search, self.title,
            self.name, self.notes, self.page, self.message,
        )  # fmt: skip

    def extract(self, text: str) -> object:
        """Read, clean and judge it."""
        with suppress(UnreadableError):
            list(read_text_file(text.encode(errors="replace")))
        cleaned = clean(text.split("\f"))[: len(text)]  # some characters become many letters
        return count_letters(cleaned), find_garbled_pages(cleaned, [0] * (text.count("\f") + 1))

    def divide(self, text: str) -> object:
        """Divide it into zones."""
        return divide(text)

    def match(self, text: str) -> object:
        """Find mentions, their zones and some of their sentences."""
        prepared = self._matcher.prepare(text)
        mentions = with_zones(self._matcher.find(prepared), text, Zones((0,), (Zone.BODY,)))
        for mention in mentions[:: len(mentions) // 50 + 1]:
            sentence(text, mention.start, mention.end)
        return self._matcher.substring_hits(prepared)

    def index(self, text: str) -> object:
        """Make a part of the search index of it."""
        data = text.encode(errors="replace")
        builder = PartBuilder()
        builder.add(data, Zones((0,), (Zone.BODY,)))
        return find_breaks(data), list(builder.blocks())

    def near(self, text: str) -> object:
        """Look for what is nearly a name."""
        return self._near.find(text)

    def search(self, text: str) -> object:
        """Search it for a query made of the same pieces."""
        try:
            finder = make_finder(clean_query(self._query, self._mode), self._mode)
        except UsageError:
            return None
        finder.count(SearchedText(text.encode(errors="replace")))
        return find_in_zone(finder, text, ZoneFilter.ANY, Zones((0,), (Zone.BODY,)))

    def title(self, text: str) -> object:
        """Join papers by titles: one as long as it, and many from it."""
        many = [Note(f"{at}", text[at : at + 40]) for at in range(0, len(text), 40)]
        return normalized_title(text), match_titles(many, many[::-1])

    def name(self, text: str) -> object:
        """Take it for the name of a file."""
        return clean_name(text)

    def notes(self, text: str) -> object:
        """Take it for all that a note says."""
        content = dict.fromkeys(("title", "venue", "venueid", "decision", "pdf"), text)
        item = {"id": text, "content": content, "invitations": [text] * 3, "invitation": text}
        return parse_notes([item])

    def page(self, text: str) -> object:
        """Take it for a title on a page."""
        return fold(text)

    def message(self, text: str) -> object:
        """Translate it as an error."""
        return translate_message(text, Language("zh"))


def slowest(stages: Stages, make: Make) -> str:
    """Return what is wrong with the time of a stage."""
    texts = [make(SIZE * times) for times in (1, 2, 4)]
    for stage in stages.all:
        times = [cpu_seconds(stage, text) for text in texts]
        for _ in range(2):  # once more, as other processes may disturb it
            if not fault_of(times):
                break
            again = [cpu_seconds(stage, text) for text in texts]
            times = [times[0], *map(min, times[1:], again[1:])]
        if fault := fault_of(times):
            return f"{stage.__name__}: {fault}, for {texts[0][:200]!r} and so on"
    return ""


def cpu_seconds(stage: Callable[[str], object], text: str) -> float:
    """Return the processor's time of a stage with a text."""
    start = time.process_time()
    stage(text)
    return max(time.process_time() - start, MIN_SECONDS)


def fault_of(times: Sequence[float]) -> str:
    """Return what is wrong with the times at three lengths."""
    first, _, last = times
    told = ", ".join(f"{seconds:.2f}" for seconds in times)
    if last > MAX_GROWTH * first:
        return f"it takes {told} s at one, two and four times the length"
    if last > MAX_SECONDS * 4 * SIZE / MAX_LETTERS:
        return f"it takes {told} s, too long for {MAX_LETTERS:,} letters"
    return ""


def read_long(at_work: Drill, seed: int, make: Make) -> str:
    """Read a text of the greatest length beside a paper by the commands."""
    folder = at_work.folder / f"long-{seed}"
    folder.mkdir()
    paper = "We use Keras. " + FILLER * 20
    with zipfile.ZipFile(folder / "in.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("long.txt", make(MAX_LETTERS - 1000).encode(errors="replace"))
        archive.writestr("longer.txt", "x " * (MAX_LETTERS + 1000))
        archive.writestr("paper.txt", paper)
    place = ("--workspace", folder / "workspace")
    for words in (
        ("add", "toy", 2018, folder / "in.zip"),
        ("extract", "--max-failures", "100%"),
        ("match",),
        ("search", "keras", "toy"),
        ("report", "toy", 2018),
    ):
        if (result := run(*words, *place)).code:
            return f"{words[0]} ended with {result.code}: {result.err[-500:]}"
    with Workspace(folder / "workspace") as workspace:
        ends = {row.paper: row for row in workspace.ledger.read(VenueYear("toy", 2018)).rows}
    told = {paper: (str(row.ledger), row.reason) for paper, row in ends.items()}
    if told["paper"] != ("ok", "") or "too long" not in told["longer"][1]:
        return f"lost: {told}"
    if ends["long"].ledger not in (Outcome.OK, Outcome.EMPTY, Outcome.UNREADABLE, Outcome.TIMEOUT):
        return f"it ends as {told['long']}"
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return f"the commands take {peak >> 20} MiB" if peak > MEMORY else ""


def drill(at_work: Drill) -> None:
    """Time texts that were made to take long."""
    frameworks = read_lexicon(Settings(at_work.folder)).frameworks
    matcher, near = Matcher(frameworks), NearMissFinder(frameworks)

    def work(seed: int) -> str:
        chance = random.Random(seed)  # noqa: S311 - chance, not secrets
        make = make_maker(chance)
        if seed % EACH_LONG == EACH_LONG - 1:
            return read_long(at_work, seed, make)
        return slowest(Stages(matcher, near, chance), make)

    for seed, fault in run_cases(at_work.seeds, work):
        at_work.judge(seed, fault)


if __name__ == "__main__":
    run_drill("hostile texts", drill, cases=300, short=30)
