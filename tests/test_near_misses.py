"""Near misses: what is one, what is none, and that the search for them is linear."""

from pathlib import Path

import pytest

from papertally.audit.near_misses import BARE, CODE, SLIP, SPLIT, NearMissFinder, slips
from papertally.match.lexicon import Alias, Framework
from papertally.models import VenueYear
from papertally.store.workspace import Workspace
from tests.helpers.audit import RunAudit, write_papers
from tests.helpers.command import Run
from tests.helpers.growth import check_growth, repeated
from tests.helpers.lexicon import FRAMEWORKS


def test_near_misses_are_found() -> None:
    for text, framework, form, hit in [
        ("We use Pyt orch here.", "pytorch", SPLIT, "Pyt orch"),
        ("the Tensor flow toolkit", "tensorflow", SPLIT, "Tensor flow"),
        ("a tensor-\nflow model", "tensorflow", SPLIT, "tensor-\nflow"),
        ("We use PyTroch here.", "pytorch", SLIP, "PyTroch"),
        ("in Tensoflow.", "tensorflow", SLIP, "Tensoflow"),
        ("in KKeras.", "keras", SLIP, "KKeras"),
        ("call torch.einsum of it", "pytorch", CODE, "torch.einsum"),
        ("call tf.sparse of it", "tensorflow", CODE, "tf.sparse"),
        ("import keras", "keras", CODE, "import keras"),
        ("from jax import grad", "jax", CODE, "from jax import"),
        ("by Edward Hall", "edward", BARE, "Edward"),
        ("é \U0001f600 PyTroch", "pytorch", SLIP, "PyTroch"),
    ]:
        finder = NearMissFinder(FRAMEWORKS.frameworks)
        found = {mention.framework: mention for mention in finder.find(text)}
        assert framework in found, text
        assert (found[framework].alias, text[found[framework].start : found[framework].end]) == (
            form,
            hit,
        ), text


@pytest.mark.parametrize("hit", ["Frame-Kit", "framekit", "FrameKlt", "Fr amekit", "frame\nkit"])
def test_near_misses_of_a_name_of_two_words_are_found(hit: str) -> None:
    finder = NearMissFinder([Framework("framekit", "Frame Kit", (Alias("Frame Kit", case=True),))])
    assert [mention.framework for mention in finder.find(f"We use {hit} here.")] == ["framekit"]


@pytest.mark.parametrize(
    "text",
    [
        "tf.idf weights",
        "PyTorch 2",
        "Keras2 and Kerass? no: keras",
        "the flow of a tensor",
        "a jaw",
    ],
)
def test_what_is_no_near_miss(text: str) -> None:
    assert NearMissFinder(FRAMEWORKS.frameworks).find(text) == []


def test_the_strongest_near_miss_stands_for_a_paper() -> None:
    text = "import pytorch\fthen PyTroch and at last Pyt orch"
    (framework,) = NearMissFinder(FRAMEWORKS.frameworks).find(text, 7)
    assert (
        framework.alias,
        framework.page,
        framework.file,
        text[framework.start : framework.end],
    ) == (SPLIT, 2, 7, "Pyt orch")


def test_slips_leave_digits_and_plurals_alone() -> None:
    assert {"pytroch", "pytorc", "pyytorch", "pytarch"} <= slips("pytorch")
    assert not {"pytorch", "pytorchs", "pytorch2", "hcrotyp"} & slips("pytorch")
    assert "tensor3tensor" not in slips("tensor2tensor")


@pytest.mark.growth
def test_the_search_is_linear() -> None:
    finder = NearMissFinder(FRAMEWORKS.frameworks)
    long_words = ["a" * 50, "ttttttt "]
    for piece in ["tensor ", "Py-\n", "tf.", "import ", "pytroch ", *long_words, "\f", "é"]:

        def find(size: int, piece: str = piece) -> object:
            return finder.find(repeated(piece, size))

        check_growth(repr(piece), find, 50_000, 400_000)


def test_texts_are_searched_once(
    run: Run, run_audit: RunAudit, audited: Path, workspace: Path
) -> None:
    run_audit("")
    with Workspace(workspace) as open_one:
        done = open_one.near.scanned(NearMissFinder.rules_of(FRAMEWORKS.frameworks))
    assert len(done) == 17
    run("add", "toy", 2019, write_papers(audited / "c", {"n3": "This is in Pyt orch."}))
    run_audit("")
    with Workspace(workspace) as open_one:
        assert len(open_one.near.scanned(NearMissFinder.rules_of(FRAMEWORKS.frameworks))) == 18
        assert (
            len(
                open_one.near.of(
                    VenueYear("toy", 2019), NearMissFinder.rules_of(FRAMEWORKS.frameworks)
                )
            )
            == 3
        )
