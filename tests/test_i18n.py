"""Reports in Chinese: every sentence of a report has its translation."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from papertally.errors import UsageError
from papertally.report.i18n import Language, catalogue, read_catalogue
from tests.helpers.command import Run
from tests.helpers.paths import ROOT
from tests.helpers.snapshots import BUNDLED, make_snapshot

MODULES = sorted((ROOT / "src" / "papertally" / "report").rglob("*.py"))
_HAN = re.compile(r"[\u3400-\u9fff]")


def templates() -> Iterator[str]:
    """Yield the English sentences that the modules of reports translate."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = (
                    node.func.attr
                    if isinstance(node.func, ast.Attribute)
                    else getattr(node.func, "id", "")
                )
                if name in ("translate", "translatable"):
                    yield str(node.args[0].value)


def test_every_sentence_is_translated_and_none_is_left_over() -> None:
    sentences = set(templates())
    for language in set(Language) - {Language.EN}:
        assert set(catalogue(language)) == sentences, language


def test_a_damaged_catalogue_names_the_file_and_the_fault(tmp_path: Path) -> None:
    path = tmp_path / "zh.toml"
    entry = '[[text]]\nen = "{year}: none"\nzh = "{year} 年：无"\n'
    faults = {
        "": "",
        entry + "[[text]\n": "line 4",
        entry + '[[text]]\nen = "year"\n': "entry 2",
        entry + '[[text]]\nen = "{year}"\nzh = "年"\n': "'{year}'",
        entry + '[[text]]\nen = "year"\nzh = "年 {year"\n': "expected '}'",
        entry + entry: "two entries",
        "text = 1\n": "not iterable",
        "text = [1]\n": "attribute",
    }
    for text, fault in faults.items():
        path.write_text(text, encoding="utf-8")
        try:
            read_catalogue(path)
            message = ""
        except UsageError as error:
            message = str(error)
        assert fault in message, text
        assert not fault or str(path) in message, text
    path.write_bytes(b"\xff")
    with pytest.raises(UsageError, match="utf-8"):
        read_catalogue(path)
    with pytest.raises(UsageError, match="No such file"):
        read_catalogue(tmp_path / "fr.toml")


def test_a_mention_is_never_called_a_use() -> None:
    sentences = catalogue(Language.ZH).values()
    told = [text.replace("提及不等于使用", "") for text in sentences]
    assert not [text for text in told if "使用" in text or "采用" in text]


@pytest.mark.parametrize(
    "words", [(), ("--details",), ("--population", "accepted"), ("--zone", "body")]
)
def test_a_chinese_report_has_no_english_sentence_left(run: Run, words: tuple[str, ...]) -> None:
    printed = run("report", "--from", BUNDLED, "--lang", "zh", *words).out
    latin = re.findall(r"[A-Za-z]{3,}(?: [a-z]{2,}){2,}", printed)
    assert not latin
    assert "提及" in printed
    assert "22.8%" in printed or "--population" in words or "--zone" in words
    assert _HAN.search(printed)


def test_tables_of_wide_characters_are_aligned(run: Run, details: Run) -> None:
    from rich.cells import cell_len

    words = ("--lang", "zh", "-f", "pytorch,keras", "--details")
    lines = details("--from", BUNDLED, *words).out.splitlines()
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
