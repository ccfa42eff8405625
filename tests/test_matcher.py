"""Mentions are what a reader would count, whatever extraction did to the text; and no text makes matching slow."""

import csv
import re
import tarfile
import time
import unicodedata
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papertally.extract.clean import clean
from papertally.match import Alias, Framework, Matcher, Rule, load_lexicon

ROOT = Path(__file__).parents[1]
SHARED = Path(__file__).parents[2] / "shared"
LEXICON = load_lexicon(ROOT / "data" / "frameworks.toml")
BY_ID = {one.id: one for one in LEXICON.frameworks}
MATCHER = Matcher(LEXICON.frameworks)


def named(text: str) -> set[str]:
    return {one.framework for one in MATCHER.find(text)}


PITFALLS = [
    # glued to the name
    ("Training runs in Tensorflow4 on one card.", {"tensorflow"}),
    ("Our TensorFlowTM code; the TensorFlowT M graph.", {"tensorflow"}),
    ("A Keras6 model, a PyTorch34 model.", {"keras", "pytorch"}),
    ("We release TensorFlowbased and Kerasbased code.", {"tensorflow", "keras"}),
    ("With kerasChollet (2015) on a tensorflowAbadi et al. back end.", {"keras", "tensorflow"}),
    ("See github.com/nobody/pytorch_image_sorting and nobody/cifar_lasagne.", {"pytorch", "lasagne"}),
    ("1PyTorch is from its home page.", {"pytorch"}),
    # other names around the name
    ("Features of CaffeNet, and of LeNet-5-Caffe with sizes 20-50.", set()),
    ("A LeNet5-Caffe2 network.", set()),
    ("Parallel training in Caffe21.\n1https://caffe2.ai", {"caffe2"}),
    ("Parallel training in Caffe\n2 https://nobody.org", {"caffe"}),
    ("PARALLEL TRAINING IN CAFFE 2", {"caffe"}),
    ("Parallel training in Caffe2.\n2http://caffe.berkeleyvision.org", {"caffe"}),
    ("The TorchCraft platform and torchvision.", set()),
    ("The tf.keras interface.", {"tensorflow", "keras"}),
    # other meanings of the name
    ("The agent is told to reach the green torch in the maze.", set()),
    ("Ajax and Hercules; mjax(x); Jax denotes the set of all; Jaxk Miller.", set()),
    ("JAX and Flax on TPUs; Haiku (Hennigan et al., 2020).", {"jax", "flax", "haiku"}),
    ("Edward Miller, Carl Edward Smith. Probabilistic programming today.", set()),
    ("Models in Edward (Tran et al., 2016) and Pyro (Bingham et al., 2019).", {"edward", "pyro"}),
    ("The convolutional neural tangent kernel (CNTK) does better.", set()),
    ("Trained with CNTK (Seide & Agarwal, 2016), a Microsoft toolkit.", {"cntk"}),
    ("Dopamine neurons fire; a neon sign; the flux of heat; a paddle in Pong.", set()),
    ("Dopamine (Castro et al., 2018) agents.", {"dopamine"}),
    ("LASAGNE (Faerman et al., 2017) embeds nodes.", set()),
    ("Claude 3.5 Sonnet wrote a Haiku poem.", set()),
    ("A Transformer; vision transformers; lightning-fast.", set()),
    ("Hugging Face's Transformers and PyTorch Lightning.", {"transformers", "pytorch", "lightning"}),
    ("Gradients by the current autograd approach.", set()),
    # Torch and PyTorch
    ("Implemented in Torch 7 (Collobert et al., 2011).", {"torch"}),
    ("Implemented in TORCH72.\n2http://www.torch.ch", {"torch"}),
    ("Based on fb.resnet.torch1.", {"torch"}),
    ("import torch\nx = torch.nn.Linear(2, 2)", {"pytorch"}),
    ("require 'torch'", {"torch"}),
    ("Implemented in Py-\nTorch and in Py\nTorch.", {"pytorch"}),
    ("We use Torch 1.9.", {"pytorch"}),
    ("Code: github.com/nobody/thing.pytorch", {"pytorch"}),
    # what extraction leaves
    ("THE P Y T ORCH AND T ENSOR F LOW CODE IN K ERAS", {"pytorch", "tensorflow", "keras"}),
    ("It runs on Tensor-\n054 Flow.", {"tensorflow"}),
    ("我们使用PyTorch和Keras实现。", {"pytorch", "keras"}),
    ("How does the tensor flow? The anode; max net; a chain, errors.", set()),
]


@pytest.mark.parametrize(("text", "expected"), PITFALLS)
def test_pitfalls(text: str, expected: set[str]):
    assert named(text) == expected


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("See https://github.com/nobody/keras-toy.", ["url"]),
        ("See http: //keras.io/guide for Keras.", ["url", "name"]),
        ("See www.keras.io", ["url"]),
        ("See github.com/ nobody/my-\nkeras", ["url"]),
        ("See https://github. com/nobody/keras", ["url"]),
        ("At keras.io.", ["url"]),
        ("(http://nobody.org)Keras", ["name"]),
        ("http://nobody.org. Keras", ["name"]),
        ("tf.keras.layers", ["code"]),
    ],
)
def test_names_within_an_address_are_told_apart(text: str, kinds: list[str]):
    assert [one.kind for one in Matcher([BY_ID["keras"]]).find(text)] == kinds


def test_offsets_and_pages_count_characters():
    text = "𝕏é Keras\f\fét Tensor-\nFlow2 \ud800 Keras"
    found = MATCHER.find(text)
    assert [(text[one.start : one.end], one.page) for one in found] == [
        ("Keras", 1),
        ("Tensor-\nFlow", 3),
        ("Keras", 3),
    ]
    assert {one.zone for one in found} == {None}


def test_mentions_of_one_framework_do_not_overlap():
    found = Matcher([BY_ID["torch"]]).find("https://github.com/torch/torch7 and LuaTorch7, Torch7")
    assert all(one.end <= two.start for one, two in pairwise(found))
    assert len(found) == 4


def test_a_framework_is_matched_alone_as_among_others():
    text = " ".join(text for text, _ in PITFALLS)
    together = MATCHER.find(text)
    for framework in LEXICON.frameworks:
        assert Matcher([framework]).find(text) == [one for one in together if one.framework == framework.id]


def test_without_frameworks_nothing_is_found():
    assert Matcher([]).find("Keras") == []


ROBUST = [one.name for one in LEXICON.frameworks if not one.ambiguous and len(one.name) >= 5]
ID_OF = {one.name: one.id for one in LEXICON.frameworks}
NAMES = st.sampled_from(ROBUST)
BREAKS = st.sampled_from(["-\n", "\n", "- \n", "-\n054 ", "\n12 "])


@given(name=NAMES, line_break=BREAKS, data=st.data())
def test_line_breaks_inside_a_name_do_not_matter(name: str, line_break: str, data: st.DataObject):
    within = len(name.rstrip("0123456789"))  # digits at a line's start are a footnote's or a margin's
    places = [at for at in range(1, within) if name[at - 1].isalnum() and name[at].isalnum()]
    at = data.draw(st.sampled_from(places))
    whole, broken = f"We use {name} here.", f"We use {name[:at]}{line_break}{name[at:]} here."
    assert named(broken) == named(whole) != set()


@given(name=NAMES, data=st.data())
def test_nothing_is_found_across_a_page_break(name: str, data: st.DataObject):
    at = data.draw(st.integers(1, len(name) - 1))
    for edge in ("\f", "-\n\f", "\n\f", "-\f", "\fUnder review\n"):
        assert ID_OF[name] not in named(f"({name[:at]}{edge}{name[at:]})")


@given(name=NAMES, data=st.data())
def test_case_does_not_matter_where_the_rule_does_not_ask_for_it(name: str, data: st.DataObject):
    flips = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    varied = "".join(char.swapcase() if flip else char for char, flip in zip(name, flips, strict=True))
    assert named(f"We use {varied} here.") >= named(f"We use {name} here.")


@given(name=NAMES, data=st.data())
def test_unicode_forms_do_not_matter(name: str, data: st.DataObject):
    wide = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    varied = "".join(
        chr(ord(char) + 0xFEE0) if flip and char.isalnum() else char for char, flip in zip(name, wide, strict=True)
    )
    assert named(clean([f"We use {varied} here."])) == named(f"We use {name} here.")
    assert unicodedata.normalize("NFKC", varied) == name


@given(name=NAMES, spaces=st.data())
def test_letter_spaced_capitals_are_found(name: str, spaces: st.DataObject):
    if not name.isalpha():
        return
    gaps = spaces.draw(st.lists(st.sampled_from(["", " "]), min_size=len(name), max_size=len(name)))
    typeset = "".join(char + gap for char, gap in zip(name.upper(), gaps, strict=True))
    assert named(f"we use {typeset} here") >= named(f"we use {name.upper()} here")


@given(before=st.sampled_from("aZ9_é-( 中\n"), after=st.sampled_from("aZ9_é-) 中\n"))
def test_a_word_is_bounded_by_letters_digits_and_underscores(before: str, after: str):
    matcher = Matcher([Framework("abcde", "Abcde", (Alias("Abcde"),))])
    free = before not in "aZ_é9" and after not in "aZ_é"
    marked = before == "9" and after not in "aZ_é"
    assert bool(matcher.find(f". {before}Abcde{after} .")) == (free or marked)


@given(st.text(alphabet="tensorflowTENSORFLOWkeras-\n\f 1é", max_size=200))
def test_any_text_gives_sound_mentions_and_hits(text: str):
    found = MATCHER.find(text)
    assert found == sorted(found, key=lambda one: one.start)
    for one in found:
        assert 0 <= one.start < one.end <= len(text)
        assert "\f" not in text[one.start : one.end]
        assert one.page == 1 + text.count("\f", 0, one.start)
    for name in ("tensorflow", "keras"):
        assert MATCHER.substring_hits(text, BY_ID[name]) >= len(re.findall(name, text, re.IGNORECASE))


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("tensorflow TENSORFLOW xTensorFlowx", 3),
        ("Tensor-\nFlow", 1),
        ("t-\ne-\nnsorflow", 1),
        ("Tensor\nFlow", 0),
        ("Tensor-\n Flow", 0),
        ("Tensor- Flow", 0),
        ("T ENSOR F LOW", 0),
        ("Tensor\fFlow", 0),
    ],
)
def test_substring_hits(text: str, hits: int):
    tensorflow = BY_ID["tensorflow"]
    assert MATCHER.substring_hits(text, tensorflow) == MATCHER.substring_hits(MATCHER.prepare(text), tensorflow) == hits


def test_substrings_do_not_overlap():
    assert Matcher([Framework("aa", "aa", (Alias("aa"),))]).substring_hits("aAaaa", Framework("aa", "aa", ())) == 2


WORST = Matcher(
    [
        *LEXICON.frameworks,
        Framework(
            "worst",
            "Worst",
            (
                Alias(r"q(.*z)?", Rule.REGEX),
                Alias(r"(x+x+)+y", Rule.REGEX),
                Alias(r"(v|w)*v(v|w){12}q", Rule.REGEX),
                Alias("k" * 99 + "l"),
            ),
        ),
    ]
)
HOSTILE = [
    "q", "x", "v", "vw", "k", "tensor", "t\n", "T ", "P Y T ", "Tensor-\n", "PyTorch", "PyTorch\f", "Caffe2 ", "Torch ",
    "JAX ", "Edward ", "http://a.com/", "https://a/tensorflow/", "a.torch", "hugging face (", "-\n", "中", "\u0301",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_linearly(piece: str):
    def seconds(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            WORST.find(text)
            best = min(best, time.process_time() - start)
        return best

    seconds(1000)
    small, large = seconds(5_000), seconds(40_000)
    assert large < 24 * small + 0.02, "eight times the text takes more than thrice eight times as long"


def texts(year: int) -> dict[str, str]:
    with tarfile.open(SHARED / "iclr" / f"iclr-{year}-texts.tar.xz") as archive:
        members = {Path(one.name).stem: archive.extractfile(one) for one in archive if one.isfile()}
        return {paper: clean(decoded(file.read()).split("\f")) for paper, file in members.items() if file}


def decoded(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.replace(b"\xad", b"-").decode("cp1252", "replace")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the labelled texts are not on this machine")
def test_quality_on_the_hand_labels_never_falls():
    read = {paper: MATCHER.prepare(text) for paper, text in texts(2018).items()}
    found = {paper: {one.framework for one in MATCHER.find(text)} for paper, text in read.items()}
    with (SHARED / "gold" / "mentions-2018.tsv").open(encoding="utf-8", newline="") as file:
        labels = [row for row in csv.DictReader(file, delimiter="\t") if row["software"] in ("Y", "N")]
    cells = Counter((row["software"] == "Y", row["framework"] in found[row["paper"]]) for row in labels)
    right, extra, lost = cells[True, True], cells[False, True], cells[True, False]
    assert len(labels) == 454
    assert right / (right + extra) >= 0.985
    assert right / (right + lost) >= 0.985
    assert 2 * right / (2 * right + extra + lost) >= 0.99

    published = {"tensorflow": 228, "keras": 42, "pytorch": 87}
    for name, papers in published.items():
        assert sum(MATCHER.substring_hits(text, BY_ID[name]) > 0 for text in read.values()) == papers
