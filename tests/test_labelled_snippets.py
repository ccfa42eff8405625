"""The measured error rate of the rules: invented snippets, and hand labels if present."""

from collections import Counter
from collections.abc import Iterable

from papertally.extract.clean import clean
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
    ("dynet", "Dynet-style networks of rivers"),
    ("horovod", "The horovod tune belongs to the corpus of folk dances."),
    ("keras", "Keras, A. and Smith"),
    ("theano", "Theano of Croton wrote on the golden mean."),
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


@needs_shared
def test_the_labels_are_the_shared_ones() -> None:
    assert (LABELS / "iclr-2018.tsv").read_bytes() == (
        SHARED / "gold" / "mentions-2018.tsv"
    ).read_bytes()
