"""Reports in Chinese: every sentence of a report has its translation, with the same fields."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from papertally.report.chinese import CHINESE
from tests.conftest import ROOT, Run
from tests.test_snapshot import BUNDLED, make_snapshot

MODULES = sorted((ROOT / "src" / "papertally" / "report").rglob("*.py"))
_HAN = re.compile(r"[\u3400-\u9fff]")


def templates() -> Iterator[str]:
    """Give the English sentences that the modules of reports say."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = (
                    node.func.attr
                    if isinstance(node.func, ast.Attribute)
                    else getattr(node.func, "id", "")
                )
                if name in ("say", "told"):
                    yield str(node.args[0].value)


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_sentence_is_translated_and_none_is_left_over() -> None:
    assert set(templates()) == set(CHINESE)


@pytest.mark.parametrize("template", sorted(CHINESE))
def test_a_translation_has_the_same_fields(template: str) -> None:
    assert fields(CHINESE[template]) == fields(template)


def test_a_mention_is_never_called_a_use() -> None:
    assert not [words for words in CHINESE.values() if "使用" in words or "采用" in words]


@pytest.mark.parametrize(
    "words", [(), ("--wide", "--robustness"), ("--population", "accepted"), ("--zone", "body")]
)
def test_a_chinese_report_has_no_english_sentence_left(run: Run, words: tuple[str, ...]) -> None:
    printed = run("report", "--from", BUNDLED, "--lang", "zh", *words).out
    latin = re.findall(r"[A-Za-z]{3,}(?: [a-z]{2,}){2,}", printed)
    assert not latin
    assert "提及" in printed
    assert "22.8%" in printed or "--population" in words or "--zone" in words
    assert _HAN.search(printed)


def test_tables_of_wide_characters_are_aligned(run: Run) -> None:
    from rich.cells import cell_len

    lines = run("report", "--from", BUNDLED, "--lang", "zh", "-f", "pytorch,keras").out.splitlines()
    rows = [line for line in lines if line.strip().startswith(("PyTorch", "Keras"))][:2]
    assert len({cell_len(line) for line in rows}) == 1


def test_a_warning_is_called_one_once(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path, {2018: {"ok": 5, "unreadable": 5}}, {"keras": {2018: 1}})
    told = [
        run("report", "--from", folder, "--format", "csv", "--lang", language).err
        for language in ("en", "zh")
    ]
    assert all(told)
    assert not [word for word in ("Warning", "警告") for text in told if word in text]
