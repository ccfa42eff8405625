"""The command `frameworks`: the list of rules, and the check for faults in them."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from papertally.match.lexicon import Alias, BoundaryRule, Framework, Lexicon
from papertally.match.lexicon_check import Fault, check, needs_example
from papertally.match.lexicon_file import load_lexicon
from papertally.resources import DATA_FOLDER, LIBRARIES_FILE
from tests.helpers.command import Run
from tests.helpers.pdfs import FILLER

BUNDLED = DATA_FOLDER / "frameworks.toml"
BUNDLED_IDS = {framework.id for framework in load_lexicon(BUNDLED).frameworks}


def faults(tmp_path: Path, text: str) -> list[Fault]:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    lexicon = load_lexicon(BUNDLED, [path])
    return check(
        lexicon,
        {framework.id for framework in lexicon.frameworks} - BUNDLED_IDS | set(lexicon.replaced),
    )


def words(tmp_path: Path, text: str) -> str:
    return "\n".join(map(str, faults(tmp_path, text)))


def test_the_bundled_lexicon_has_no_fault() -> None:
    assert check(load_lexicon(BUNDLED, [LIBRARIES_FILE])) == []


def told_of(tmp_path: Path, aliases: Sequence[str]) -> list[str]:
    """Return what is told of each alias, as the only one of a framework."""
    tables = (f"[mine{number}]\naliases = [{alias}]\n" for number, alias in enumerate(aliases))
    found = faults(tmp_path, "".join(tables))
    return [
        "\n".join(str(fault) for fault in found if fault.framework == f"mine{number}")
        for number in range(len(aliases))
    ]


def test_a_framework_of_two_lines_has_no_fault(tmp_path: Path) -> None:
    names = ["Unsloth", "SGLang", "MegEngine", "OneFlow", "scikit-learn", "CNTX"]
    assert told_of(tmp_path, [f'"{name}"' for name in names]) == [""] * len(names)


def test_names_with_other_meanings_need_context(tmp_path: Path) -> None:
    meanings = {
        "a person's name": ["Edward", "Julia", "Ray"],
        "an ordinary word": [
            *("Torch", "flux", "Neon", "Lightning", "haiku"),
            *("Transformers", "Blocks", "Datasets", "Evaluate", "Octave"),
        ],
        "so short": ["jax", "JAX", "Knet", "Pyro"],
    }
    for meaning, names in meanings.items():
        bare = told_of(tmp_path, [f'"{name}"' for name in names])
        assert [meaning in told for told in bare] == [True] * len(names), bare
        near = 'near = ["Zyx"], match = ["{0} by Zyx"]'
        entries = [f'{{text = "{name}", {near.format(name)}}}' for name in names]
        for told in told_of(tmp_path, entries):
            assert meaning not in told


def test_other_rules_need_context_too(tmp_path: Path) -> None:
    aliases = [
        '{text = "Flux", case = true, match = ["Flux"]}',
        '{regex = "(?i)flux", match = ["flux"]}',
        '{regex = "[Ff]lux", match = ["flux"]}',
        '{text = "ray", rule = "inside", match = ["ray"]}',
        '{text = "abcd", rule = "inside", match = ["abcd"]}',
        '{text = "Jaxy", case = true, match = ["Jaxy"]}',
    ]
    for alias, told in zip(aliases, told_of(tmp_path, aliases), strict=True):
        assert "say with near or not_near" in told, alias


def test_a_spelling_unlike_a_word_is_context_enough(tmp_path: Path) -> None:
    aliases = [
        '{text = "JAXY", case = true, match = ["JAXY"]}',
        '{text = "jAxy", case = true, match = ["jAxy"]}',
        '{regex = "[Nn]eon\\\\.jl", match = ["Neon.jl"]}',
        '{text = "Edward3", match = ["Edward3"]}',
        '{text = "Ray Tune", match = ["Ray Tune"]}',
    ]
    assert told_of(tmp_path, aliases) == [""] * len(aliases)


def test_aliases_that_swallow_another_framework(tmp_path: Path) -> None:
    told = words(
        tmp_path, '[mine]\naliases = [{text = "Torch", rule = "inside", match = ["Torch"]}]\n'
    )
    assert "also counts where PyTorch is named" in told
    told = words(tmp_path, '[mine]\naliases = [{regex = "(?i)ensorflo", match = ["ensorflo"]}]\n')
    assert "also counts where TensorFlow is named" in told
    assert "use rule word, or use not_before" in told
    told = words(tmp_path, '[mine]\naliases = ["Abcde"]\n[other]\naliases = ["Abcde框架"]\n')
    assert (
        "also counts where other is named, in 'This is about Abcde框架 here.': use not_before"
        in told
    )


@pytest.mark.parametrize(
    ("alias", "written", "owner"),
    [
        ('"Keras"', "Keras", "Keras"),
        ('"PYTORCH"', "PyTorch", "PyTorch"),
        ('"飞桨"', "飞桨", "PaddlePaddle"),
        ('{text = "飞桨", rule = "inside", match = ["飞桨"]}', "飞桨", "PaddlePaddle"),
        ('{regex = "(?i)pytorch", match = ["PyTorch"]}', "PyTorch", "PyTorch"),
    ],
)
def test_a_name_that_another_framework_has_as_it_is(
    tmp_path: Path, alias: str, written: str, owner: str
) -> None:
    told = words(tmp_path, f"[mine]\naliases = [{alias}]\n").splitlines()[0]
    assert f" counts {written!r}, which is the name of {owner} already: remove it" in told
    assert "use rule word" not in told


def test_names_that_stand_apart_or_belong_together_swallow_nothing(tmp_path: Path) -> None:
    assert faults(tmp_path, '[mine]\naliases = ["PyTorch Ignite"]\n') == []
    inside = 'aliases = [{text = "Abcde", rule = "inside", match = ["Abcde"]}]'
    glued = f'[other]\naliases = ["AbcdeFg"]\n[mine]\n{inside}\n'
    assert "also counts where other is named" in words(tmp_path, glued)
    assert faults(tmp_path, f'{glued}[groups.grouped]\nmine = ["other"]\n') == []


def test_rules_need_examples_that_hold(tmp_path: Path) -> None:
    told = words(
        tmp_path,
        "[mine]\naliases = [\n"
        '{text = "Abcdefg", case = true},\n'
        '{regex = "Hijkl[0-9]", match = ["Hijkl1", "Hijkl"], no_match = ["Hijkl2", "hijkl"]},\n'
        '{text = "Mnopq", why = "no rule of its own"},\n]\n',
    )
    assert told.splitlines() == [
        "mine: alias 'Abcdefg' has no example: add match = [\"a text in which it counts\"]",
        "mine: alias 'Hijkl[0-9]' does not count in its match 'Hijkl'",
        "mine: alias 'Hijkl[0-9]' counts in its no_match 'Hijkl2'",
    ]


def test_only_the_default_rule_needs_no_example() -> None:
    assert not needs_example(Alias("Abc", why="x"))
    assert needs_example(Alias("Abc", case=True))
    assert needs_example(Alias("Abc", window=3))
    assert needs_example(Alias("Abc", BoundaryRule.REGEX))


def test_faults_are_those_of_the_chosen_frameworks_in_the_order_of_the_lexicon() -> None:
    lexicon = Lexicon(
        tuple(Framework(name, name, (Alias("Flux"), Alias("Neon"))) for name in ("b", "a", "c"))
    )
    found = [fault.framework for fault in check(lexicon, ["a", "b"])]
    assert found == sorted(found, reverse=True)
    assert set(found) == {"a", "b"}


# The command


def test_the_bundled_rules_are_listed_with_their_reasons(run: Run, workspace: Path) -> None:
    result = run("frameworks")
    assert (result.code, result.err) == (0, "")
    for line in (
        "tensorflow: TensorFlow, https://www.tensorflow.org, released 2015-11-09",
        "  Keras  (glued, any case)",
        "      why: No other word; names with more letters of the same case (Kerasidis) are "
        "people, and so is one beside initials or behind a Greek first name. The Greek word means "
        "horn, the Malay one hard.",
        "      for example: in Keras6.",
        "      but not: A. Kerasidis",
        "  Edward  (word, as written)",
        "  torch.ch  (word, any case, url)",
        "group pytorch (counted with it): fairseq, allennlp, fastai, pyro, lightning, pyg, "
        "deepspeed, megatron, vllm, monai, gpytorch, botorch",
        "  includes: transformers, diffusers, accelerate, peft, trl",
        "      not_with: any of tangent kernel*, Neural Tangents, NTK, NTKs anywhere in the text",
    ):
        assert line in result.out.splitlines()
    assert result.out.splitlines()[-1].startswith("frameworks: 57, aliases: ")
    assert result.out.endswith("faults: none\n")
    assert not workspace.exists()


def test_some_frameworks_can_be_asked_for(run: Run) -> None:
    lines = run("frameworks", "-f", "JAX,flax").out.splitlines()
    assert [line.split(":")[0] for line in lines if line[:1].isalpha()] == [
        "jax", "flax", "group frameworks (alternatives)", "group layers (alternatives)",
        "group jax (counted with it)",
        "frameworks",
    ]  # fmt: skip
    wrong = run("frameworks", "-f", "nosuch")
    assert (wrong.code, wrong.out) == (2, "")
    assert "'nosuch' is not a framework" in wrong.err


def test_an_own_file_is_listed_alone_and_its_faults_end_with_2(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[Unsloth]\naliases = ["Unsloth"]\n', encoding="utf-8")
    good = run("frameworks", path)
    assert (good.code, good.err) == (0, "")
    assert good.out.splitlines()[0] == "unsloth: Unsloth"
    assert "tensorflow" not in good.out
    path.write_text(
        '[ray]\naliases = ["Ray"]\n[keras]\naliases = ["Keras", "Blocks"]\n', encoding="utf-8"
    )
    bad = run("frameworks", path)
    assert bad.code == 2
    assert [line.split(":")[0] for line in bad.out.splitlines() if line.startswith("FAULT")] == [
        "FAULT keras",
        "FAULT ray",
    ]
    assert bad.err.splitlines() == [
        f"warning: {path} replaces the bundled entry of keras",
        f"papertally: {path} has 2 faults, listed above",
    ]
    framework = run("frameworks", path, "-f", "ray")
    assert framework.err.splitlines()[-1] == f"papertally: {path} has 1 fault, listed above"


def test_the_list_as_json(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[ray]\naliases = ["Ray"]\n[groups.only]\nmine = ["ray"]\n', encoding="utf-8")
    result = run("frameworks", path, "--format", "json")
    assert result.code == 2
    content = json.loads(result.out)
    assert list(content) == ["lexicon", "frameworks", "groups", "faults"]
    assert [framework["id"] for framework in content["frameworks"]] == ["ray"]
    assert content["frameworks"][0]["aliases"][0]["rule"] == "word"
    assert content["groups"]["only"]["mine"] == ["ray"]
    assert {"flax", "haiku"} <= set(content["groups"]["grouped"]["jax"])
    assert [(fault["framework"], fault["alias"]) for fault in content["faults"]] == [("ray", "Ray")]


def test_the_bundled_libraries_are_listed_by_their_name(run: Run) -> None:
    listed = run("frameworks", "libraries")
    assert (listed.code, listed.err) == (0, "")
    lines = listed.out.splitlines()
    assert lines[0] == "sklearn: scikit-learn, https://scikit-learn.org"
    assert "group boosting (alternatives): xgboost, lightgbm, catboost" in lines
    assert lines[-1].startswith("frameworks: 23, aliases: ")
    assert "pytorch:" not in listed.out
    assert run("frameworks", "libraries", "-f", "numpy").out.startswith("numpy: NumPy, ")
    assert "counted with --lexicon libraries" in run("frameworks", "-f", "numpy").err


def test_a_file_that_cannot_be_read_is_one_line(run: Run, tmp_path: Path) -> None:
    for text, told in (("[a", "is not TOML"), ("[a]\n", "needs aliases")):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        result = run("frameworks", path)
        assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
        assert f"{path}:1: " in result.err
        assert told in result.err
    assert run("frameworks", tmp_path / "absent.toml").code == 2


def test_control_characters_of_a_file_reach_no_terminal(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[a]\naliases = [{text = "Abcdef", why = "\\u001b[31mred", match = ["Abc-\\ndef"]}]\n',
        encoding="utf-8",
    )
    out = run("frameworks", path).out
    assert "\x1b" not in out
    assert "for example: Abc-↵def" in out


def test_a_report_warns_of_rules_that_may_count_wrongly(run: Run, tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "a.txt").write_text(f"Ray is here. {FILLER}")
    run("add", "toy", 2020, tmp_path / "papers")
    for entry, warned in (
        ('[ray]\naliases = ["Ray"]', True),
        ('[jittor]\naliases = ["Jittor"]', False),
    ):
        (tmp_path / "own.toml").write_text(f"{entry}\n")
        err = run("report", "toy", 2020, "--lexicon", tmp_path / "own.toml").err
        assert ("warning: the rules of ray may count wrongly" in err) == warned
