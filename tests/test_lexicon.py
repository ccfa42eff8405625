"""The bundled lexicon keeps what it promises, and faults in a lexicon are told where they stand."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from papertally.errors import LexiconError
from papertally.match.lexicon import Alias, AliasKind, BoundaryRule, Framework, Lexicon
from papertally.match.lexicon_check import check
from papertally.match.lexicon_file import load_lexicon
from papertally.match.matcher import Matcher
from papertally.resources import DATA_FOLDER, LIBRARIES_FILE

BUNDLED = DATA_FOLDER / "frameworks.toml"
LEXICON = load_lexicon(BUNDLED)
LIBRARIES = load_lexicon(LIBRARIES_FILE)

IDS = [
    "tensorflow",
    "keras",
    "pytorch",
    "theano",
    "caffe",
    "caffe2",
    "torch",
    "mxnet",
    "cntk",
    "chainer",
    "dynet",
    "jax",
    "lasagne",
    "sonnet",
    "paddlepaddle",
    "fastai",
    "flux",
    "gluon",
    "pyro",
    "edward",
    "matconvnet",
    "allennlp",
    "opennmt",
    "tensor2tensor",
    "onnx",
    "autograd",
    "neon",
    "deeplearning4j",
    "pylearn2",
    "fairseq",
    "horovod",
    "tensorlayer",
    "tflearn",
    "gpflow",
    "dopamine",
    "mindspore",
    "flax",
    "haiku",
    "transformers",
    "lightning",
    "huggingface",
    "diffusers",
    "accelerate",
    "peft",
    "trl",
    "pyg",
    "dgl",
    "deepspeed",
    "megatron",
    "vllm",
    "mlx",
    "monai",
    "equinox",
    "optax",
    "numpyro",
    "gpytorch",
    "botorch",
]


LIBRARY_IDS = [
    "sklearn",
    "xgboost",
    "lightgbm",
    "catboost",
    "optuna",
    "wandb",
    "timm",
    "detectron2",
    "openmmlab",
    "nnunet",
    "stable-baselines3",
    "ray",
    "gymnasium",
    "mujoco",
    "isaac",
    "flash-attention",
    "triton",
    "llama-cpp",
    "ollama",
    "langchain",
    "numpy",
    "scipy",
    "opencv",
]


def own(tmp_path: Path, text: str, name: str = "mine.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def loaded(tmp_path: Path, text: str) -> Lexicon:
    return load_lexicon(BUNDLED, [own(tmp_path, text)])


def only(tmp_path: Path, text: str) -> Framework:
    return load_lexicon(own(tmp_path, text)).frameworks[0]


def test_all_frameworks_are_there_with_name_and_homepage():
    for lexicon, ids in ((LEXICON, IDS), (LIBRARIES, LIBRARY_IDS)):
        assert [framework.id for framework in lexicon.frameworks] == ids
        assert all(framework.name and framework.homepage for framework in lexicon.frameworks)


def test_every_alias_gives_its_reason_and_its_examples_hold() -> None:
    for framework in (*LEXICON.frameworks, *LIBRARIES.frameworks):
        for alias in framework.aliases:
            case = f"{framework.id}: {alias.text}"
            assert alias.why, case
            assert alias.match, case
            matcher = Matcher([replace(framework, aliases=(alias,))])
            for example in alias.match:
                assert matcher.find(example), f"{case}: not found in {example!r}"
            for example in alias.no_match:
                assert not matcher.find(example), f"{case}: found in {example!r}"


def test_names_with_other_meanings_are_ambiguous():
    ambiguous = {framework.id for framework in LEXICON.frameworks if framework.ambiguous}
    assert ambiguous >= {
        "caffe",
        "torch",
        "jax",
        "edward",
        "flux",
        "pyro",
        "neon",
        "gluon",
        "sonnet",
        "haiku",
        "flax",
        "transformers",
        "dynet",
        "dgl",
        "accelerate",
        "peft",
        "trl",
    }
    assert not ambiguous & {
        "tensorflow",
        "keras",
        "pytorch",
        "theano",
        "mxnet",
        "chainer",
        "lasagne",
        "fairseq",
    }


def test_a_framework_of_two_lines(tmp_path: Path):
    lexicon = loaded(tmp_path, '[Unsloth]\naliases = ["Unsloth"]\n')
    mine = lexicon.get("unsloth")
    assert mine is not None
    assert (mine.id, mine.name, mine.substring, mine.ambiguous) == (
        "unsloth",
        "Unsloth",
        "unsloth",
        False,
    )
    assert len(lexicon.frameworks) == len(IDS) + 1
    matcher = Matcher([mine])
    for text in (
        "with Unsloth.",
        "UNSLOTH",
        "(unsloth)",
        "Un-\nsloth",
        "Unsloth2 and",
        "U NSLOTH",
        "1Unsloth is at",
        "用unsloth训练",
    ):
        assert len(matcher.find(text)) == 1, text
    for text in ("unslothful", "resunsloth", "un sloth", "Unsloth_x", "unsloth2024"):
        assert not matcher.find(text), text


def test_an_entry_of_the_same_id_replaces_the_bundled_one(tmp_path: Path):
    lexicon = loaded(tmp_path, '[KERAS]\naliases = ["Keras Core"]\n')
    assert len(lexicon.frameworks) == len(IDS)
    keras = lexicon.get("keras")
    assert keras is not None
    assert [alias.text for alias in keras.aliases] == ["Keras Core"]


def test_own_frameworks_do_not_make_bundled_ones_ambiguous(tmp_path: Path):
    lexicon = loaded(tmp_path, '[kerastuner]\naliases = ["KerasTuner"]\n[ker]\naliases = ["Ker"]\n')
    assert [lexicon.get(name).ambiguous for name in ("keras", "kerastuner", "ker")] == [
        False,
        False,
        True,
    ]  # type: ignore[union-attr]


def test_fingerprints_follow_what_decides_matches_and_nothing_else(tmp_path: Path):
    plain = only(tmp_path, '[a]\naliases = ["Abcd"]')
    told = only(
        tmp_path,
        '[a]\nname = "A"\nhomepage = "https://a"\naliases = [{text = "Abcd", why = "w", match = '
        '["Abcd"]}]',
    )
    assert plain.fingerprint == told.fingerprint
    others = [
        '[b]\naliases = ["Abcd"]',
        '[a]\naliases = ["Abce"]',
        '[a]\nsubstring = "x"\naliases = ["Abcd"]',
        '[a]\naliases = [{text = "Abcd", case = true}]',
        '[a]\naliases = [{text = "Abcd", near = ["x"]}]',
        '[a]\naliases = [{text = "Abcd", not_with = ["x"]}]',
        '[a]\naliases = [{text = "Abcd", window = 10}]',
    ]
    prints = {only(tmp_path, text).fingerprint for text in others}
    assert len(prints | {plain.fingerprint}) == len(others) + 1
    assert (
        loaded(tmp_path, others[0]).fingerprint
        != LEXICON.fingerprint
        == load_lexicon(BUNDLED).fingerprint
    )


def test_both_ways_to_write_an_alias_table(tmp_path: Path):
    inline = only(
        tmp_path,
        '[a]\naliases = ["One", {text = "Two", rule = "glued", kind = "code", not_before = "x"}]',
    )
    tables = only(
        tmp_path,
        '[a]\n[[a.aliases]]\ntext = "One"\n'
        '[[a.aliases]]\ntext = "Two"\nrule = "glued"\nkind = "code"\nnot_before = "x"\n',
    )
    assert inline == tables
    assert inline.aliases[1] == Alias("Two", BoundaryRule.GLUED, AliasKind.CODE, not_before="x")


def refusal(path: Path) -> str:
    """Return why a lexicon is refused; empty if it is read."""
    try:
        load_lexicon(BUNDLED, [path])
    except LexiconError as error:
        return str(error)
    return ""


def test_faults_are_told_with_file_and_line(tmp_path: Path) -> None:
    for text, line, fault in [
        ("[a]\naliases = [\n", 3, "is not TOML"),
        ('[a]\naliases = ["x"] y\n', 2, "is not TOML"),
        ('[a]\naliases = ["x"]\n[a]\naliases = ["x"]\n', 3, "is not TOML"),
        ("# mine\n\n[a]\n", 3, "needs aliases"),
        ("[a]\naliases = []\n", 1, "needs aliases"),
        ('[a]\naliases = "x"\n', 1, "needs aliases"),
        ("a = 3\n", 1, "must be a table"),
        ('["a b"]\naliases = ["x"]\n', 1, "is not an id"),
        ('[-a]\naliases = ["x"]\n', 1, "is not an id"),
        ('[a]\naliases = ["x"]\n[A]\naliases = ["x"]\n', 3, "is defined twice"),
        ('[a]\naliases = [\n    "x",\n    "X",\n]\n', 4, "is defined twice"),
        ('[a]\naliases = ["x", ""]\n', 2, "is empty"),
        ('[a]\naliases = [\n    "x",\n    " ",\n]\n', 4, "is empty"),
        ('[a]\naliases = [\n    "x",\n    "+-",\n]\n', 4, "no letter and no digit"),
        ('[a]\naliases = ["x", 5]\n', 2, "must be a text or a table"),
        ('[a]\naliases = ["x"]\nalias = "y"\n', 3, "unknown key 'alias'"),
        ('[a]\nname = 7\naliases = ["x"]\n', 2, "name must be a text"),
        ('[a]\nname = ""\naliases = ["x"]\n', 2, "name is empty"),
        ('[a]\naliases = ["x"]\nsubstring = "..."\n', 3, "no letter and no digit"),
        ('[a]\naliases = ["x"]\nhomepage = "a.org"\n', 3, "must begin with https://"),
        (
            '[a]\n[[a.aliases]]\ntext = "x"\n[[a.aliases]]\ntext = "y"\nrule = "words"\n',
            6,
            "rule must be one of word",
        ),
        (
            '[a]\n[[a.aliases]]\ntext = "x"\nkind = "book"\n',
            4,
            "kind must be one of name, url, code",
        ),
        ('[a]\n[[a.aliases]]\ntext = "x"\ncase = 1\n', 4, "case must be true or false"),
        ('[a]\n[[a.aliases]]\nregex = "x"\ncase = true\n', 4, "case is for text"),
        ('[a]\n[[a.aliases]]\ntext = "x"\nwindow = 0\n', 4, "window must be a number"),
        ('[a]\n[[a.aliases]]\ntext = "x"\nwindow = true\n', 4, "window must be a number"),
        ('[a]\n[[a.aliases]]\ntext = "x"\nnear = "y"\n', 4, "near must be a list"),
        ('[a]\n[[a.aliases]]\ntext = "x"\nnear = [""]\n', 4, "near must be a list"),
        ('[a]\n[[a.aliases]]\ntext = "x"\nnot_with = "y"\n', 4, "not_with must be a list"),
        ('[a]\n[[a.aliases]]\ntext = "x"\ncolour = "y"\n', 4, "unknown key 'colour'"),
        ('[a]\n[[a.aliases]]\nwhy = "x"\n', 2, "needs either text or regex"),
        ('[a]\n[[a.aliases]]\ntext = "x"\nregex = "x"\n', 2, "needs either text or regex"),
        ('[a]\n[[a.aliases]]\ntext = "x"\nrule = "regex"\n', 4, "needs the key regex"),
        ('[a]\n[[a.aliases]]\nregex = "x"\nrule = "glued"\n', 4, "has no other rule"),
        ('[a]\n[[a.aliases]]\nregex = "(x"\n', 3, "not an RE2 expression: missing"),
        ('[a]\n[[a.aliases]]\nregex = "x(?=y)"\n', 3, "not an RE2 expression"),
        ('[a]\n[[a.aliases]]\nregex = "x*"\n', 3, "matches the empty text"),
        (
            '[a]\n[[a.aliases]]\ntext = "x"\nnot_after = "["\n',
            4,
            "not_after is not an RE2 expression",
        ),
        ('[a]\naliases = [\n    "x",\n    {text = "y", regx = "y"},\n]\n', 4, "unknown key 'regx'"),
        ('[a]\n[[a.aliases]]\nregex = "((x{100}){100}){100}"\n', 3, "not an RE2 expression"),
        (f'[a]\naliases = ["{"x" * 101}"]\n', 2, "longer than 100"),
        (f'[a]\n[[a.aliases]]\nregex = "{"x" * 1001}"\n', 3, "longer than 1000"),
        (f"[a]\naliases = {[str(n) for n in range(101)]}\n", 1, "more than 100 aliases"),
        (
            "".join(
                f"[x{n}]\naliases = {[f'{n}-{m}' + 'y' * 90 for m in range(60)]}\n"
                for n in range(10)
            ),
            1,
            "names of more than 50,000 letters together",
        ),
        (
            "".join(f'[a{n}]\naliases = ["x"]\n' for n in range(1001)),
            1,
            "more than 1000 frameworks",
        ),
        ("a = " + "[" * 5000, 1, "nested too deeply"),
        ("# a\n" * 70 + "a = " + "[" * 5000, 71, "nested too deeply"),
        ('[a]\naliases = [\n"x", "y",\n' + "1" * 5000 + "\n]\n[b]\nc = 1\n", 4, "4300 digits"),
        ('[a]\naliases = ["""\n\n', 4, "is not TOML: Unterminated string"),
        ("# nothing yet\n", 1, "contains no framework: write [its-id]"),
        ('[a]\naliases = [{regex = "[^a]{1,900}b"}]\n', 2, "too large: repeat less"),
        (
            '[a]\naliases = ["x"]\nreleased = 2015-11-09\n',
            3,
            "released and released_source go together",
        ),
        (
            '[a]\naliases = ["x"]\nreleased_source = "https://a.org"\n',
            3,
            "released and released_source go together",
        ),
        ('[a]\naliases = ["x"]\nreleased = 2015-11-09\nreleased_source = " "\n', 4, "go together"),
        (
            '[a]\naliases = ["x"]\nreleased_source = "b"\nreleased = "2015"\n',
            4,
            "released must be a past day",
        ),
        (
            '[a]\naliases = ["x"]\nreleased_source = "b"\nreleased = 2015\n',
            4,
            "released must be a past day",
        ),
        (
            '[a]\naliases = ["x"]\nreleased_source = "b"\nreleased = 2999-01-01\n',
            4,
            "released must be a past day",
        ),
        (
            '[a]\naliases = ["x"]\nreleased_source = "b"\nreleased = 2015-11-09T10:00:00Z\n',
            4,
            "must be a past day",
        ),
        (
            '[a]\naliases = ["x"]\nwikidata_source = "b"\nwikidata = "21447895"\n',
            4,
            "wikidata must be an id",
        ),
        (
            '[a]\naliases = ["x"]\nwikidata = 7\nwikidata_source = "b"\n',
            3,
            "wikidata must be a text",
        ),
        ("groups = 3\n", 1, "groups must be a table"),
        ('[groups]\naliases = ["x"]\n', 2, "groups (which is no framework): unknown key 'aliases'"),
        ("[groups]\nonly = 3\n", 2, "groups.only must be a table"),
        ('[groups.only]\nmine = "keras"\n', 2, "mine must be a list"),
        ('[groups.only]\nmine = [\n    "nosuch",\n]\n', 3, "no framework has the id 'nosuch'"),
        ('[a]\naliases = ["x"]\n[groups.only]\nmine = ["a", "A"]\n', 4, "'a' is defined twice"),
        (
            '[a]\naliases = ["x"]\n[groups.only]\nmine = ["a"]\nMINE = ["a"]\n',
            5,
            "'MINE' is defined twice",
        ),
        (
            '[groups.only]\nmine = [\n    "keras",\n]\n',
            3,
            "'keras' is in two groups, frameworks and mine",
        ),
        ('[groups.grouped]\nnosuch = ["keras"]\n', 2, "no framework has the id 'nosuch'"),
        (
            '[a]\naliases = ["x"]\nincludes = ["keras",\n "nosuch"]\n',
            4,
            "a: includes: no framework has the id 'nosuch'",
        ),
        ('[a]\naliases = ["x"]\nincludes = "keras"\n', 3, "includes must be a list of texts"),
        ('[a]\naliases = ["x"]\nincludes = ["keras", "Keras"]\n', 3, "'keras' is defined twice"),
        ('[a]\naliases = ["x"]\nincludes = ["A"]\n', 3, "'a' includes others"),
        (
            '[a]\naliases = ["x"]\nincludes = ["b"]\n[b]\naliases = ["y"]\nincludes = ["a"]\n',
            3,
            "a: includes: 'b' includes others",
        ),
        (
            '[Transformers]\naliases = ["x"]\nincludes = ["keras"]\n',
            3,
            "huggingface: includes: 'transformers' includes others",
        ),
        ('[groups.grouped]\njax = ["flax", "jax"]\n', 2, "'jax' is defined twice"),
        (
            '[groups.grouped]\nkeras = ["jax"]\n',
            2,
            "'keras' is counted with 'tensorflow', so it heads no group",
        ),
        (
            '[groups.grouped]\ncaffe = ["jax"]\n',
            2,
            "'jax' is counted with 'caffe', so it heads no group",
        ),
    ]:
        path = own(tmp_path, text)
        told = refusal(path)
        assert told.startswith(f"{path}:{line}: "), (text[:200], told)
        assert fault in told, (text[:200], told)
        assert "\n" not in told, text[:200]


def test_bundled_groups_say_what_belongs_together():
    only, grouped = dict(LEXICON.groups.only), dict(LEXICON.groups.grouped)
    assert {"tensorflow", "keras", "pytorch"} <= set(only["frameworks"])
    assert "keras" in grouped["tensorflow"]
    assert {"fairseq", "allennlp"} <= set(grouped["pytorch"])
    assert {"pyg", "deepspeed", "gpytorch"} <= set(grouped["pytorch"])
    assert {"flax", "equinox", "optax"} <= set(grouped["jax"])
    huggingface = LEXICON.get("huggingface")
    assert huggingface is not None
    assert grouped["huggingface"] == huggingface.includes


def test_groups_of_an_own_file_are_added_or_replace(tmp_path: Path):
    text = (
        '[Mine]\naliases = ["Myne"]\n[groups.only]\nmine = ["MINE"]\nprobabilistic = []\ntoolkits '
        '= ["fairseq"]\n'
        '[groups.grouped]\npytorch = ["mine", "fairseq"]\n'
    )
    lexicon = loaded(tmp_path, text)
    only, bundled = dict(lexicon.groups.only), dict(LEXICON.groups.only)
    kept = {name: members for name, members in bundled.items() if name != "probabilistic"}
    assert only == kept | {"mine": ("mine",), "toolkits": ("fairseq",)}
    assert dict(lexicon.groups.grouped) == dict(LEXICON.groups.grouped) | {
        "pytorch": ("mine", "fairseq")
    }
    assert lexicon.get("groups") is None


def test_groups_decide_nothing_about_what_is_found(tmp_path: Path):
    lexicon = loaded(tmp_path, "[groups.only]\nframeworks = []\n[groups.grouped]\npytorch = []\n")
    assert lexicon.groups != LEXICON.groups
    assert lexicon.fingerprint == LEXICON.fingerprint


def test_what_a_framework_includes_counts_for_it_too(tmp_path: Path) -> None:
    text = (
        '[Suite]\naliases = ["Zqsuite"]\nincludes = ["PART", "flax"]\n'
        '[part]\naliases = ["Zqpart"]\n'
    )
    lexicon = loaded(tmp_path, text)
    suite = lexicon.get("suite")
    assert suite is not None
    assert suite.includes == ("part", "flax")
    # also where the framework that it includes is not asked for
    for frameworks, expected in ((lexicon.frameworks, {"suite", "part"}), ([suite], {"suite"})):
        mentions = Matcher(frameworks).find("Zqpart and Zqpart2, beside Zqpart")
        counts = Counter(mention.framework for mention in mentions)
        assert counts == dict.fromkeys(expected, 3)
    # its rules change with theirs, of whichever file
    changed = loaded(tmp_path, text.replace("Zqpart", "Zqpiece"))
    assert changed.fingerprints["suite"] != suite.fingerprint
    path = own(tmp_path, '[diffusers]\naliases = ["Zqdiff"]\n')
    replaced = load_lexicon(BUNDLED, [path])
    assert replaced.fingerprints["huggingface"] != LEXICON.fingerprints["huggingface"]
    found = {mention.framework for mention in Matcher(replaced.frameworks).find("Zqdiff")}
    assert found == {"diffusers", "huggingface"}


def test_what_a_framework_includes_is_no_fault_of_its_rules(tmp_path: Path) -> None:
    text = (
        '[suite]\nincludes = ["part", "pytorch"]\n[part]\naliases = ["Zqpart"]\n'
        '[firm]\naliases = ["Zqpart Labs", "Keras"]\nincludes = ["part"]\n'
        '[[other.aliases]]\ntext = "Zqother"\ncase = true\nmatch = ["in Zqpart"]\n'
        '[other]\nincludes = ["part"]\n'
    )
    lexicon = loaded(tmp_path, text)
    found = Counter(mention.framework for mention in Matcher(lexicon.frameworks).find("Zqpart"))
    assert found == dict.fromkeys(("suite", "part", "firm", "other"), 1)
    faults = {(fault.framework, fault.alias) for fault in check(lexicon, lexicon.own)}
    # the second example holds only by what is included
    assert faults == {("firm", "Keras"), ("other", "Zqother")}


def test_release_dates_and_wikidata_ids_have_their_form(tmp_path: Path):
    released = {
        framework.id: framework.released for framework in LEXICON.frameworks if framework.released
    }
    assert released["tensorflow"] == "2015-11-09"
    assert released["keras"] == "2015-03-27"
    assert len(released) >= 6
    mine = only(
        tmp_path, '[a]\naliases = ["x"]\nreleased = "2020-02-29"\nreleased_source = "A. Blom, '
                  '2020"\n'
        'wikidata = "Q42"\nwikidata_source = "https://www.wikidata.org/wiki/Q42"\n',
    )  # fmt: skip
    assert (mine.released, mine.wikidata) == ("2020-02-29", "Q42")
    assert mine.fingerprint == only(tmp_path, '[a]\naliases = ["x"]\n').fingerprint


def test_files_that_are_no_lexicon(tmp_path: Path):
    with pytest.raises(LexiconError, match="there is no such file"):
        load_lexicon(BUNDLED, [tmp_path / "absent.toml"])
    with pytest.raises(LexiconError, match="cannot be read: Is a directory"):
        load_lexicon(BUNDLED, [tmp_path])
    path = tmp_path / "latin.toml"
    path.write_bytes(b'[a]\nname = "caf\xe9"\n')
    with pytest.raises(LexiconError, match=r"latin.toml:2: is not UTF-8"):
        load_lexicon(BUNDLED, [path])
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(LexiconError, match="larger than 1,000,000 bytes"):
        load_lexicon(BUNDLED, [path])


def test_a_file_that_starts_with_a_byte_order_mark(tmp_path: Path):
    assert loaded(tmp_path, '\ufeff[x1]\naliases = ["Xyz"]\n').get("X1") is not None


def test_the_substring_of_a_users_framework_is_its_spelling(tmp_path: Path) -> None:
    for entry, expected in [
        ('[openaigym]\naliases = ["OpenAI Gym"]', "openai gym"),
        ('[OpenAI]\naliases = ["OpenAI Gym", "openai"]', "openai"),
        ('[gym]\naliases = [{regex = "(?i)gyms?"}, "OpenAI Gym"]', "openai gym"),
        ('[gym]\naliases = [{text = "github.com/openai/gym", kind = "url"}]', "gym"),
        ('[gym]\naliases = [{regex = "(?i)gyms"}]', "gym"),
        ('[gym]\nsubstring = "Gymnasium"\naliases = ["OpenAI Gym"]', "gymnasium"),
    ]:
        (tmp_path / "own.toml").write_text(f"{entry}\n")
        assert (
            load_lexicon(BUNDLED, [tmp_path / "own.toml"]).frameworks[-1].substring == expected
        ), entry


def test_the_substrings_of_the_bundled_frameworks_are_their_ids() -> None:
    assert [framework.substring for framework in LEXICON.frameworks] == IDS


def test_a_framework_of_expressions_alone_has_no_substring_and_no_hits_of_one() -> None:
    framework = Framework("net", "net", (Alias("nets?", BoundaryRule.REGEX),))
    matcher = Matcher([framework, Framework("keras", "Keras", (Alias("Keras"),))])
    assert framework.substring == ""
    assert matcher.substring_hits("the net is Keras") == {"keras": 1}
    assert [mention.framework for mention in matcher.find("the net is Keras")] == ["net", "keras"]
