"""The measured error rate of the rules: invented snippets, and hand labels if present."""

from collections import Counter
from collections.abc import Iterable

from papertally.extract.clean import clean
from papertally.statistics import wilson
from tests.helpers.lexicon import (
    LABELS,
    LEXICON,
    MATCHER,
    SNIPPETS,
    frameworks_in,
    read_labels,
    texts_of_year,
)
from tests.helpers.paths import SHARED, needs_shared

WRONG_SNIPPETS = {
    ("caffe", "Fabio Caffe, University of Turin"),
    ("horovod", "The horovod tune belongs to the corpus of folk dances."),
}
WRONG_PAPERS = {("theano", "SyOK1Sg0W")}
"""The labels that the rules get wrong; a new one and a mended one both fail the tests."""


def check_floors(cells: Counter[tuple[bool, bool]]) -> None:
    """Hold precision, recall and F1 above their floors; cells are counted by truth and finding."""
    right, extra, lost = cells[True, True], cells[False, True], cells[True, False]
    assert right / (right + extra) >= 0.985
    assert right / (right + lost) >= 0.985
    assert 2 * right / (2 * right + extra + lost) >= 0.99


def scored(
    found: Iterable[tuple[tuple[str, str], bool, bool]],
) -> tuple[Counter[tuple[bool, bool]], set[tuple[str, str]]]:
    cells, wrong = Counter[tuple[bool, bool]](), set()
    for key, truth, hit in found:
        cells[truth, hit] += 1
        if truth != hit:
            wrong.add(key)
    return cells, wrong


def test_snippets_are_many_and_about_every_framework() -> None:
    assert len(SNIPPETS) >= 1250
    assert len({(snippet.framework, snippet.text) for snippet in SNIPPETS}) == len(SNIPPETS)
    kinds = {(snippet.framework, snippet.software) for snippet in SNIPPETS}
    assert kinds == {
        (framework.id, truth) for framework in LEXICON.frameworks for truth in (True, False)
    }
    assert {row["software"] for row in read_labels("snippets.tsv")} == {"Y", "N"}
    assert all(row["note"] for row in read_labels("snippets.tsv"))


def test_quality_on_the_snippets_never_falls() -> None:
    cells, wrong = scored(
        (
            (snippet.framework, snippet.text),
            snippet.software,
            snippet.framework in frameworks_in(clean(snippet.text.split("\f"))),
        )
        for snippet in SNIPPETS
    )
    assert wrong == WRONG_SNIPPETS
    check_floors(cells)


@needs_shared
def test_quality_on_the_hand_labels_never_falls() -> None:
    found = {
        paper: {mention.framework for mention in MATCHER.find(text)}
        for paper, text in texts_of_year(2018).items()
    }
    labels = [row for row in read_labels("iclr-2018.tsv") if row["software"] in ("Y", "N")]
    assert len(labels) == 454
    cells, wrong = scored(
        (
            (row["framework"], row["paper"]),
            row["software"] == "Y",
            row["framework"] in found[row["paper"]],
        )
        for row in labels
    )
    assert wrong == WRONG_PAPERS
    check_floors(cells)


def test_the_labels_of_use_give_the_figures_that_the_documents_quote() -> None:
    rows = read_labels("use-2018.tsv")
    labels = Counter(row["use"] for row in rows)
    assert set(labels) == {"U", "N", "?"}
    assert len({(row["framework"], row["paper"]) for row in rows}) == len(rows) == 344
    assert {row["framework"] for row in rows} <= {framework.id for framework in LEXICON.frameworks}
    assert all(row["cue"] for row in rows)
    used, decided = labels["U"], labels["U"] + labels["N"]
    low, high = wilson(used, decided)
    figures = (
        f"{used} of {decided} decided cases "
        f"({used / decided:.0%}, 95 % CI {low * 100:.0f} to {high * 100:.0f})"
    )
    assert figures == "301 of 334 decided cases (90%, 95 % CI 86 to 93)"


@needs_shared
def test_the_labels_are_the_shared_ones() -> None:
    for own, shared, changed in (
        # PyTorch's module torch.autograd is not Autograd
        ("iclr-2018.tsv", "mentions-2018.tsv", "autograd\tH1AdTAxC-\t"),
        ("use-2018.tsv", "use-2018.tsv", "autograd\tH1AdTAxC-\t"),
        ("use-guide.md", "use-guide.md", "none"),
    ):
        texts = [path.read_text("utf-8") for path in (LABELS / own, SHARED / "gold" / shared)]
        ours, theirs = (
            [line for line in text.splitlines() if not line.startswith(changed)] for text in texts
        )
        assert ours == theirs, own
