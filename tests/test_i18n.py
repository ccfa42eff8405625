"""Reports in Chinese: every sentence of a report has its translation."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from papertally.errors import UsageError
from papertally.report.i18n import Language, catalogue, read_catalogue, translate_message
from tests.helpers.command import Run
from tests.helpers.openreview import Serve
from tests.helpers.paths import ROOT
from tests.helpers.snapshots import BUNDLED, make_snapshot

SOURCE = ROOT / "src" / "papertally"
MODULES = sorted((SOURCE / "report").rglob("*.py"))
_HAN = re.compile(r"[\u3400-\u9fff]")
_MESSAGES = ROOT / "data" / "translations" / "messages" / "zh.toml"
_OTHER_COMMANDS = (
    *("audit/", "care/", "demo/", "search/", "cli/add", "cli/audit", "cli/demo", "cli/diff"),
    *("cli/doctor", "cli/fetch", "cli/frameworks", "cli/search", "cli/scale"),
    *("cli/serve", "cli/stages", "cli/status", "fetch/local/", "scale/"),
    *("fetch/decisions", "fetch/notes", "fetch/pmlr/clone", "match/queries", "match/query_terms"),
    *("interface", "report/diff", "web/"),
)
"""Modules that neither `report` nor `survey` enters: their commands have no --lang."""
_LINES = (
    *("console.info", "warn", "BadParameter", "_fail"),
    *("remarks.append", "notes.append", "warnings.append"),
)
"""How calls end that take a line for people, or a part of one."""
_NEVER_TOLD = "without a search index that can be read, all texts are read, and nothing is told"
IN_ENGLISH = {
    "BrokenPartError": _NEVER_TOLD,
    "DamagedIndexError": _NEVER_TOLD,
    "IndexFileError": _NEVER_TOLD,
    "OldIndexError": _NEVER_TOLD,
    "UnreadableError": "a reason in the ledger, which is in English in every language",
    "MessageError": "another such reason",
    "OSError": "the words of the operating system, for such a reason",
    "PdfiumError": "the words of pdfium, for a reason in the ledger",
    "ValueError": "a detail inside of an error, for the maker of the file",
}
"""Errors that stay in English, and why. So do the words of the operating system."""
DETAILS = {
    "{}: Object contains unknown field `key`": "the words of the TOML reader",
    "{} takes one year at a time": "for `add` and `remove`",
    "{}: {}; {}": "the last message is an entry of its own",
    "{}: {}": "a place in the user's venue file, and the words of the TOML reader",
    "{} is not {}": "a damaged value, inside of the message that the database is damaged",
    "{} {}": "the detail is an entry of its own",
    "{}{}": "two messages, with entries of their own",
}
"""Messages that need no entry, and why."""


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


def form_of(node: ast.expr) -> str:
    """Return a text with {} in place of its fields; empty if it is not written out there."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
    )


def raised_texts() -> Iterator[tuple[str, str]]:
    """Yield the errors and warnings that `report` and `survey` may print, with where they are."""
    for path in sorted(SOURCE.rglob("*.py")):
        module = str(path.relative_to(SOURCE))
        if module.startswith(_OTHER_COMMANDS):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = str(getattr(node.func, "attr", getattr(node.func, "id", "")))
                is_error = name.endswith("Error") and name not in IN_ENGLISH
                is_line = ast.unparse(node.func).endswith(_LINES)
                if is_error or is_line:
                    for form in filter(None, map(form_of, node.args)):
                        yield form, f"{module}:{node.lineno}"


def test_errors_and_warnings_are_translated() -> None:
    english = []
    for form, place in raised_texts():
        message = translate_message(form.replace("{}", "8"), Language.ZH)
        if form not in DETAILS and not _HAN.search(message):
            english.append(f"{place}: {form}")
    assert not english


def test_no_message_is_left_over() -> None:
    """Each entry is a text of the program, or one of click's, which takes options apart."""
    import click

    modules = [*SOURCE.rglob("*.py"), *Path(click.__file__).parent.glob("*.py")]
    forms = [(ROOT / "data" / "venues.toml").read_text("utf-8")]
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.expr):
                forms.append(form_of(node))
    texts = "\n".join(forms)
    left_over = []
    for message in read_catalogue(_MESSAGES):
        parts = re.split(r"\{\w+\}|[:;,]| (?:was|are|is) ", message)
        if not all(part.strip(" .,()`1") in texts for part in parts):
            left_over.append(message)
    assert not left_over


def test_what_stands_in_a_message_is_kept_and_translated() -> None:
    kept = "no entry has this text: it stays 42 %"
    assert translate_message(kept, Language.ZH) == kept
    assert translate_message("has expired", Language.EN) == "has expired"
    message = translate_message("its answer was cut off (Iclr 2018: 8 %)", Language.ZH)
    assert message == "回应中断（Iclr 2018: 8 %）"
    assert translate_message("2.5 hours", Language.ZH) == "2.5 小时"
    assert translate_message("happy hours", Language.ZH) == "happy hours"
    both = translate_message("its quota is used up; it sent nothing", Language.ZH)
    assert both == "配额已用完；没有发来内容"
    sources = translate_message(
        "iclr 2024: 3 submissions listed, from a.cc: 2 PDFs fetched, read and deleted; from b.org: "
        "0 PDFs fetched, 1 could not be downloaded (the server answered 404: 1)",
        Language.ZH,
    )
    assert sources == (
        "iclr 2024：列表中有 3 篇投稿，来自 a.cc：新获取 2 个 PDF，读取后已删除；"
        "来自 b.org：新获取 0 个 PDF，1 个无法获取（服务器回应 404：1）"
    )
    joined = translate_message(
        "sample 2102: 1,202 submissions listed, 1 PDF fetched, read and deleted, "
        "2 could not be downloaded (the server answered 403: no; thanks: 1)",
        Language.ZH,
    )
    assert joined == (
        "sample 2102：列表中有 1,202 篇投稿，新获取 1 个 PDF，读取后已删除，"
        "2 个无法获取（服务器回应 403：no; thanks：1）"
    )


def test_a_text_of_many_messages_is_neither_an_error_nor_a_wait() -> None:
    name = "x cannot be read: " * 200
    message = translate_message(f"{name}y", Language.ZH)
    assert message.startswith("无法读取 x：无法读取 x：")
    assert message.count("x") == 200
    assert translate_message(name * 100, Language.ZH) == name * 100


def test_a_survey_tells_its_troubles_in_chinese(run: Run, serve: Serve, year: Path) -> None:
    serve(year)
    told = run("survey", "sample", 2102, "--max-requests", 5, "--lang", "zh")
    assert told.code == 6
    assert "papertally: 本次运行的限额已用完；已获取的部分已保存：再次运行即可继续" in told.err
    ours = told.err.replace("there is no bulk download here", "")  # the words of the server
    assert not re.search("[a-z]{3,}(?: [a-z]{2,}){3,}", ours)


def test_errors_of_the_command_line_are_in_the_language_of_the_report(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.toml").write_text('[nimble]\nalias = ["Nimble"]\n')
    own = f"--lexicon={tmp_path}/bad.toml"
    (tmp_path / "taken").write_text("")
    lines = {
        ("report",): "请指定会议和年份",
        ("report", "iclr", "2018", "--nix"): "没有选项",
        ("report", "iclr", "--zone", "abstract"): "'--zone' 的值无效",
        ("survey",): "缺少参数",
        ("report", "2018", "iclr"): "是否指 `papertally report iclr 2018`？",
        ("report", "iclr", "20x"): "年份请写作",
        ("report", "ilcr", "2018"): "是否指 iclr？",
        ("report", "icml", "2018"): "papertally add",
        ("report", "-f", "pytroch", "--from", BUNDLED): "是否指 pytorch？",
        ("report", "--from", tmp_path / "none"): "不是报告文件夹",
        ("report", "--from", BUNDLED, "iclr", "2016"): "只有 iclr 2018",
        ("report", "--from", BUNDLED, "--as-of", "2018-01-01"): "不能与 --from 同用",
        ("report", "--from", BUNDLED, "--events"): "请同时指定文件夹",
        ("report", "--from", BUNDLED, "--out", tmp_path / "taken"): "请指定文件夹",
        ("report", "iclr", "2018", "--case"): "--case 只用于 --term",
        ("report", "iclr", "2018", own): f"{tmp_path}/bad.toml 第 2 行：",
        ("survey", "nix", "2018"): "已知的会议",
        ("survey", "iclr", "2018", "--min-free", "much"): "请写作 2G 或 500M",
    }
    for words, part in lines.items():
        told = run(*words, "--lang", "zh")
        assert told.code == 2, words
        assert part in told.err, words
        assert told.err.count("\n") == 1, words
        assert not re.search("[a-z]{3,}(?: [a-z]{2,}){3,}", re.sub("`.*?`", "", told.err)), words
    assert "请指定会议和年份" in run("report", "--lang=zh").err
    assert "name a venue" in run("report", "--lang", "zh", "--lang", "en").err
    monkeypatch.setenv("PAPERTALLY_REPORT_LANG", "zh")
    assert "请指定会议和年份" in run("report").err


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
    for language, word in {"en": "warning: ", "zh": "警告："}.items():
        told = run("report", "--from", folder, "--format", "csv", "--lang", language).err
        assert told, language
        for line in told.splitlines():
            assert line.lower().count(word) == 1, line
