"""The letters of charts: Chinese if a font has it, else English or ids, and never boxes."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import matplotlib.text
import pytest
from matplotlib import font_manager

from papertally.report.chart import draw
from papertally.report.chart.fonts import (
    LATIN,
    chinese_families,
    choose_fonts,
    glyphs,
    make_legible,
)
from papertally.report.i18n import Language
from tests.helpers.charts import bundled, composed, described, report

needs_chinese_font = pytest.mark.skipif(
    not chinese_families(), reason="no font with Chinese letters is installed"
)
TWO = {2018: {"ok": 50}, 2019: {"ok": 60}}


@pytest.fixture
def no_chinese_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the fonts that come with matplotlib."""
    own = [font for font in font_manager.fontManager.ttflist if font.name == LATIN]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    monkeypatch.setattr(font_manager, "findSystemFonts", list)


def test_latin_letters_need_no_other_font() -> None:
    assert choose_fonts("TensorFlow 228 → 266, ≥ 14 – 5 %", Language.EN).families == (LATIN,)


@needs_chinese_font
def test_a_chinese_chart_is_in_chinese() -> None:
    drawing = draw(bundled(language=Language.ZH))
    text = drawing.svg.decode("utf-8")
    assert drawing.warnings == ()
    assert "提及" in text
    assert "mention" not in text
    assert "提及" in drawing.alt
    assert "22.8 → 16.7%" in text


@needs_chinese_font
def test_a_chinese_name_is_drawn_in_an_english_chart() -> None:
    drawing = draw(report(TWO, {"paddle": {2018: 10, 2019: 20}}, {"paddle": "飞桨 Paddle"}))
    assert drawing.warnings == ()
    assert "飞桨 Paddle  20.0 → 33.3 %" in drawing.svg.decode("utf-8")


@needs_chinese_font
def test_fonts_installed_since_matplotlib_last_looked_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = [font for font in font_manager.fontManager.ttflist if font.name == LATIN]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    glyphs.cache_clear()
    assert chinese_families()
    assert draw(bundled(language=Language.ZH)).warnings == ()


@pytest.mark.usefixtures("no_chinese_font")
def test_without_a_chinese_font_the_chart_is_english_and_says_what_to_install() -> None:
    drawing = draw(bundled(language=Language.ZH))
    assert len(drawing.warnings) == 1
    assert "fonts-noto-cjk" in drawing.warnings[0]
    assert "font-noto-sans-cjk" in drawing.warnings[0]
    assert "share of submitted papers" in drawing.svg.decode("utf-8")
    assert "提及" in drawing.alt
    texts = composed(bundled(language=Language.ZH)).figure.findobj(matplotlib.text.Text)
    assert all(letter < "\u4e00" for text in texts for letter in text.get_text())  # type: ignore[attr-defined]


@pytest.mark.usefixtures("no_chinese_font")
def test_a_name_that_no_font_can_write_is_its_id_or_its_code_points() -> None:
    found = {"paddle": {2018: 10, 2019: 20}, "桨": {2018: 5, 2019: 6}}
    drawing = draw(report(TWO, found, {"paddle": "飞桨 Paddle", "桨": "桨"}))
    words = {
        text.get_text()  # type: ignore[attr-defined]
        for text in composed(
            report(TWO, found, {"paddle": "飞桨 Paddle", "桨": "桨"})
        ).figure.findobj(matplotlib.text.Text)
    }
    assert {"paddle  20.0 → 33.3 %", "U+6868  10.0 → 10.0 %"} <= words
    assert "飞桨 Paddle: 10 → 20 papers" in drawing.alt
    (warning,) = drawing.warnings
    assert "U+6868, U+98DE" in warning
    assert "fonts-noto-cjk" in warning


@pytest.mark.usefixtures("no_chinese_font")
@pytest.mark.parametrize(
    ("name", "advised"), [("🦄 Unicorn", False), ("飞桨", True), ("한글 🦄", True)]
)
def test_a_chinese_font_is_advised_only_where_it_helps(name: str, advised: bool) -> None:
    (warning,) = draw(report(TWO, {"a": {2018: 10, 2019: 20}}, {"a": name})).warnings
    assert ("fonts-noto-cjk" in warning) is advised
    assert f"U+{ord(max(name)):04X}" in warning


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", ["مكتبة عربية", "ספרייה", "lib ספרייה"])
def test_counts_after_a_name_from_right_to_left_keep_their_order(
    name: str, language: Language
) -> None:
    marked = f"\u200e{name}\u200e"
    toy_report = report(
        TWO, {"a": {2018: 10, 2019: 20}}, {"a": name}, {"a": "2018-12-01"}, events=True
    )
    drawing = draw(toy_report)
    assert drawing.warnings == ()
    words = {text.get_text() for text in composed(toy_report).figure.findobj(matplotlib.text.Text)}  # type: ignore[attr-defined]
    assert {f"{marked}  20.0 → 33.3 %", f"{marked} 2018-12-01"} <= words
    assert f"{marked}  20.0 → 33.3 %" in drawing.svg.decode("utf-8")
    alt = described(replace(toy_report, display=replace(toy_report.display, language=language)))
    assert re.search(f"{marked}[:：] ?10 → 20", alt)


def test_a_control_character_is_no_box() -> None:
    chart = make_legible([report(TWO, {"keras": {2018: 10, 2019: 20}}, {"keras": "Ke\x02ras"})])
    assert [framework.name for framework in chart.reports[0].shown] == ["Keras"]
    assert [series.framework.name for series in chart.charts[0].series] == ["Keras"]
    assert chart.warnings == ()


def test_a_computer_without_fonts_draws_an_english_chart(tmp_path: Path) -> None:
    code = (
        "import json, sys\n"
        "from tests.helpers.charts import bundled\n"
        "from papertally.report.chart import draw\n"
        "from papertally.report.i18n import Language\n"
        "drawing = draw(bundled(language=Language.ZH))\n"
        "json.dump([drawing.svg.decode(), drawing.warnings], sys.stdout)\n"
    )
    environment = os.environ | {"MPL_IGNORE_SYSTEM_FONTS": "1", "MPLCONFIGDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", code],
        cwd=Path(__file__).parents[1], env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    svg, warnings = json.loads(done.stdout)
    assert "share of submitted papers that mention" in svg
    assert "fonts-noto-cjk" in warnings[0]
