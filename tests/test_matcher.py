"""Mentions are what a reader would count, whatever extraction did to the text."""

from itertools import pairwise

from papertally.match.lexicon import Alias, Framework
from papertally.match.matcher import Matcher
from tests.helpers.lexicon import BY_ID, LEXICON, MATCHER, frameworks_in, texts_of_year
from tests.helpers.paths import needs_shared

PITFALLS = [
    # glued to the name
    ("Training runs in Tensorflow4 on one card.", {"tensorflow"}),
    ("Our TensorFlowTM code; the TensorFlowT M graph.", {"tensorflow"}),
    ("A Keras6 model, a PyTorch34 model.", {"keras", "pytorch"}),
    ("We release TensorFlowbased and Kerasbased code.", {"tensorflow", "keras"}),
    ("With kerasChollet (2015) on a tensorflowAbadi et al. back end.", {"keras", "tensorflow"}),
    (
        "See github.com/nobody/pytorch_image_sorting and nobody/cifar_lasagne.",
        {"pytorch", "lasagne"},
    ),
    ("1PyTorch is from its home page.", {"pytorch"}),
    # numbers of references, as journals set them
    (
        "JAX112 and Autograd (HIPS autograd113) and Chainer114,115 compile.",
        {"jax", "autograd", "chainer"},
    ),
    ("Published as JAX2018 and JAX1120; a JAX112b kernel; JAX_112.", set()),
    # other names around the name
    ("Features of CaffeNet, and of LeNet-5-Caffe with sizes 20-50.", set()),
    ("A LeNet5-Caffe2 network.", set()),
    ("Parallel training in Caffe21.\n1https://caffe2.ai", {"caffe2"}),
    ("Parallel training in Caffe\n2 https://nobody.org", {"caffe"}),
    ("PARALLEL TRAINING IN CAFFE 2", {"caffe"}),
    ("Parallel training in Caffe2.\n2http://caffe.berkeleyvision.org", {"caffe"}),
    ("The TorchCraft platform and torchvision.", {"pytorch"}),
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
    (
        "Hugging Face's Transformers and PyTorch Lightning.",
        {"huggingface", "transformers", "pytorch", "lightning"},
    ),
    ("Gradients by the current autograd approach.", set()),
    # Torch and PyTorch
    ("Implemented in Torch 7 (Collobert et al., 2011).", {"torch"}),
    ("Implemented in TORCH72.\n2http://www.torch.ch", {"torch"}),
    ("Based on fb.resnet.torch1.", {"torch"}),
    ("import torch\nx = torch.nn.Linear(2, 2)", {"pytorch"}),
    ("require 'torch'", {"torch"}),
    ("Implemented in Py-\nTorch and in Py\nTorch.", {"pytorch"}),
    ("We use Torch 1.9.", {"pytorch"}),
    ("Trained with Torch Geometric and DeepCTR-Torch.", {"pytorch", "pyg"}),
    ("Code: github.com/nobody/maps_torch and github.com/nobody/maps-torch", {"pytorch"}),
    ("Code: https://github.com/harvardnlp/sent-conv-torch", {"torch"}),
    ("Torch-like pseudo code; we sample with Bayesian Torch.", {"pytorch"}),
    ("torch . svd ( x ) of Lietorch and torchxrayvision", {"pytorch"}),
    ("Programmed in Torch [3].", {"torch"}),
    ("Programmed in Torch [3].\fReferences\n[3] A. Paszke et al. PyTorch, 2019.", {"pytorch"}),
    ("Theano, Torch and Caffe came before PyTorch.", {"theano", "caffe", "pytorch"}),
    ("PyTorch came after Torch (Collobert et al., 2011).", {"torch", "pytorch"}),
    ("Code: github.com/nobody/thing.pytorch", {"pytorch"}),
    # what extraction leaves
    ("THE P Y T ORCH AND T ENSOR F LOW CODE IN K ERAS", {"pytorch", "tensorflow", "keras"}),
    ("It runs on Tensor-\n054 Flow.", {"tensorflow"}),
    (
        "It runs on Py-\n052\nTorch, Tensor- 053\nFlow and PyTorch\n054\nLightning.",
        {"pytorch", "tensorflow", "lightning"},
    ),
    ("Implemented in Py-\n12\n\fUnder review as a conference paper at ICLR 2019\nTorch.", set()),
    ("G LUON and MXN ET, S ONNET (Reynolds et al., 2017)", {"gluon", "mxnet", "sonnet"}),
    ("A T ORCH IN THE M AZE, A S ONNET BY S HAKESPEARE", set()),
    ("我们使用PyTorch和Keras实现。", {"pytorch", "keras"}),
    ("How does the tensor flow? The anode; max net; a chain, errors.", set()),
]


def test_pitfalls() -> None:
    for text, expected in PITFALLS:
        assert frameworks_in(text) == expected, text


def test_the_mark_behind_a_name_has_as_many_digits_as_marks_have() -> None:
    for name, text, is_found in [
        ("Dedalus", "Dedalus1, Dedalus12", True),
        ("Dedalus", "as in Dedalus112.", True),
        ("Dedalus", "in Dedalus112-based code", True),
        ("Dedalus", "in Dedalus112,113", True),
        ("Dedalus", "in Dedalus2019", False),
        ("Dedalus", "in Dedalus112b, Dedalus_112 and 112Dedalus", False),
        ("Dedalus", "in Dedalus1120", False),
        # a number at the end belongs to the name
        ("Dedalus3", "in Dedalus3112", False),
        ("GP", "in GP12", True),
        ("GP", "on a GP100 card", False),
        ("A", "on an A100 card", False),
    ]:
        matcher = Matcher([Framework("own", name, (Alias(name, case=True),))])
        assert bool(matcher.find(text)) == is_found, text


def test_words_anywhere_in_the_text_can_speak_against_a_name() -> None:
    matcher = Matcher([Framework("own", "Own", (Alias("Own", not_with=("Rival",)),))])
    assert len(matcher.find("Own\f" + "far " * 999 + "Rivals Own")) == 2
    assert matcher.find("Own\f" + "far " * 999 + "a rival\fOwn") == []


def test_names_within_an_address_are_told_apart() -> None:
    for text, kinds in [
        ("See https://github.com/nobody/keras-toy.", ["url"]),
        ("See http: //keras.io/guide for Keras.", ["url", "name"]),
        ("See www.keras.io", ["url"]),
        ("See github.com/ nobody/my-\nkeras", ["url"]),
        ("See https://github. com/nobody/keras", ["url"]),
        ("At keras.io.", ["url"]),
        ("(http://nobody.org)Keras", ["name"]),
        ("http://nobody.org. Keras", ["name"]),
        ("tf.keras.layers", ["code"]),
    ]:
        assert [mention.kind for mention in Matcher([BY_ID["keras"]]).find(text)] == kinds, text


def test_offsets_and_pages_count_characters():
    text = "𝕏é Keras\f\fét Tensor-\nFlow2 \ud800 Keras"
    found = MATCHER.find(text)
    assert [(text[one.start : one.end], one.page) for one in found] == [
        ("Keras", 1),
        ("Tensor-\nFlow", 3),
        ("Keras", 3),
    ]


def test_mentions_of_one_framework_do_not_overlap():
    found = Matcher([BY_ID["torch"]]).find("https://github.com/torch/torch7 and LuaTorch7, Torch7")
    assert all(one.end <= two.start for one, two in pairwise(found))
    assert len(found) == 4


def test_a_framework_is_matched_alone_as_among_others():
    text = " ".join(text for text, _ in PITFALLS)
    together = MATCHER.find(text)
    for framework in LEXICON.frameworks:
        assert Matcher([framework]).find(text) == [
            one for one in together if one.framework == framework.id
        ]


def test_without_frameworks_nothing_is_found():
    assert Matcher([]).find("Keras") == []


def test_substring_hits() -> None:
    for text, hits in [
        ("tensorflow TENSORFLOW xTensorFlowx", 3),
        ("Tensor-\nFlow", 1),
        ("t-\ne-\nnsorflow", 1),
        ("Tensor\nFlow", 0),
        ("Tensor-\n Flow", 0),
        ("Tensor- Flow", 0),
        ("T ENSOR F LOW", 0),
        ("Tensor\fFlow", 0),
    ]:
        found = MATCHER.substring_hits(text)
        assert found == MATCHER.substring_hits(MATCHER.prepare(text)), text
        assert found["tensorflow"] == hits, text


def test_substrings_do_not_overlap():
    framework = Framework("aa", "aa", (Alias("aa"),))
    assert Matcher([framework]).substring_hits("aAaaa") == {"aa": 2}


@needs_shared
def test_the_substring_rule_gives_the_published_counts():
    published = {"tensorflow": 228, "keras": 42, "pytorch": 87}
    read = [MATCHER.prepare(text) for text in texts_of_year(2018).values()]
    for name, papers in published.items():
        assert sum(MATCHER.substring_hits(text)[name] > 0 for text in read) == papers
