"""Find fonts whose glyphs cover every letter of a chart, so that none is drawn as a box."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from papertally.models import FrameworkInfo
from papertally.report import phrases
from papertally.report.chart.alt_text import alt_text
from papertally.report.chart.data import charted
from papertally.report.chart.footnotes import notes
from papertally.report.counts import Report
from papertally.report.i18n import LEFT_TO_RIGHT_MARK, Language, catalogue

LATIN = "DejaVu Sans"
"""Comes with matplotlib, so that it is always there."""
_CHINESE = [
    r"Noto Sans CJK SC", r"Noto Sans SC", r"Source Han Sans (SC|CN)", r"PingFang SC", r"Hiragino Sans GB",
    r"Microsoft YaHei( UI)?", r"WenQuanYi Zen Hei", r"WenQuanYi Micro Hei", r"Heiti SC", r"STHeiti", r"SimHei",
    r"Noto Sans CJK \w+", r"Source Han Sans.*", r"Noto Sans (TC|HK|JP|KR)", r"Droid Sans Fallback",
    r"Arial Unicode MS", r"Noto Serif CJK SC", r"Noto Serif SC", r"Source Han Serif.*", r"Noto Serif CJK \w+",
    r"Songti SC", r"STSong", r"SimSun", r"AR PL (UMing|UKai) CN", r"Noto Sans Mono CJK \w+",
]  # fmt: skip
"""Families with Chinese letters as regular expressions, the best for charts first."""
_WEIGHTS = ("regular", "bold")


@dataclass(frozen=True, slots=True)
class Fonts:
    """The families to draw with, in the order in which a glyph is looked for."""

    families: tuple[str, ...]
    missing: frozenset[str]
    """The letters that none of them has."""

    def readable(self, text: str) -> str:
        """Write the letters that no font has as their code points, such as U+98DE."""
        return "".join(
            f"U+{ord(letter):04X}" if letter in self.missing else letter for letter in text
        )

    def name(self, name: str, id_: str) -> str:
        """Give a name that can be drawn: itself, else the id, else with code points."""
        if not self.missing.intersection(name):
            return name
        return self.readable(name) if self.missing.intersection(id_) else id_


def choose(text: str, language: Language) -> Fonts:
    """Choose fonts for all of `text`; families that add nothing to it are left out."""
    needed = frozenset(letter for letter in text if letter not in f"\t\r\n{LEFT_TO_RIGHT_MARK}")
    chosen: list[str] = []
    missing = needed
    # Chinese first, where it is the language, so that digits and letters fit together
    for family in _candidates(needed, language):
        if missing & glyphs(family):
            chosen.append(family)
            missing -= glyphs(family)
        if not missing:
            break
    return Fonts(tuple(chosen) or (LATIN,), missing)


def _candidates(needed: frozenset[str], language: Language) -> Iterable[str]:
    if language != Language.EN:
        return [*chinese_families(), LATIN]
    return [LATIN] if needed <= glyphs(LATIN) else [LATIN, *chinese_families()]


def chinese_families() -> list[str]:
    """Name the installed families with Chinese letters, the best first.

    matplotlib remembers fonts from an earlier day; where it knows none, the system is asked again.
    """
    found = _known_families()
    if not found and _learn_new_fonts():
        found = _known_families()
    return found


def _known_families() -> list[str]:
    from matplotlib import font_manager

    names = sorted(
        {font.name for font in font_manager.fontManager.ttflist if Path(font.fname).is_file()}
    )
    ranked = [name for pattern in _CHINESE for name in names if re.fullmatch(pattern, name)]
    return list(dict.fromkeys(ranked))


def _learn_new_fonts() -> bool:
    """Tell matplotlib of the fonts installed since it last looked; say whether there are any."""
    from matplotlib import font_manager

    known = {str(font.fname) for font in font_manager.fontManager.ttflist}
    new = sorted(set(font_manager.findSystemFonts()) - known)
    for path in new:
        try:
            font_manager.fontManager.addfont(path)
        except (
            OSError,
            RuntimeError,
            ValueError,
        ):  # damaged, or of a kind that matplotlib cannot read
            continue
    if new:
        glyphs.cache_clear()
    return bool(new)


@cache
def glyphs(family: str) -> frozenset[str]:
    """Give the letters that a family has, in its regular and in its bold face."""
    from matplotlib import font_manager

    faces = []
    for weight in _WEIGHTS:
        wanted = font_manager.FontProperties(family=[family], weight=weight)
        try:
            path = font_manager.findfont(wanted, fallback_to_default=False)
            faces.append({chr(code) for code in font_manager.get_font(path).get_charmap()})
        except (OSError, RuntimeError, ValueError):
            return frozenset()
    return frozenset(set.intersection(*faces))


_SIGNS = "0123456789 ,.%()=*→≥–−…:n-U+ABCDEF"
"""What labels hold beside names and sentences, with the letters of code points."""
_CHINESE_LETTER = re.compile(
    "[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
"""Letters that a font for Chinese, Japanese and Korean brings."""


def legible(report: Report) -> tuple[Report, Fonts, list[str]]:
    """Give the report as it can be drawn, the fonts to draw it with, and what had to be changed."""
    said = []
    fonts = choose(_words(report), report.display.language)
    if fonts.missing & _letters_of(report.display.language):
        said.append(
            report.translate(
                "No font with Chinese characters was found, so the chart is in English. To have it in Chinese install "
                "one: `apt install fonts-noto-cjk` (Debian, Ubuntu) or `brew install font-noto-sans-cjk` (macOS)."
            )
        )
        report = replace(report, display=replace(report.display, language=Language.EN))
        fonts = choose(_words(report), Language.EN)
    renamed = replace(report, shown=_named(report.shown, fonts), rare=_named(report.rare, fonts))
    return renamed, fonts, [*said, *_lost(report, fonts)]


def _lost(report: Report, fonts: Fonts) -> list[str]:
    """Say which characters no font has."""
    if not fonts.missing:
        return []
    points = ", ".join(f"U+{ord(letter):04X}" for letter in sorted(fonts.missing))
    lost = report.translate(
        "No font here has the characters {characters}; the chart shows ids or code points in their place.",
        characters=points,
    )
    if not any(map(_CHINESE_LETTER.match, fonts.missing)):
        return [lost]
    cure = report.translate(
        "`apt install fonts-noto-cjk` or `brew install font-noto-sans-cjk` brings the Chinese ones."
    )
    return [report.translate(" ").join([lost, cure])]


def _named(frameworks: Iterable[FrameworkInfo], fonts: Fonts) -> tuple[FrameworkInfo, ...]:
    return tuple(replace(one, name=fonts.name(one.name, one.id)) for one in frameworks)


def _words(report: Report) -> str:
    """Give all words of the chart in a row."""
    chart = charted(report)
    names = [
        word
        for framework in (*report.shown, *report.rare)
        for word in (framework.name, framework.id)
    ]
    parts = [
        alt_text(report),
        *notes(report, chart),
        *names,
        report.translate("missing"),
        phrases.title(report),
        _SIGNS,
    ]
    return "".join(parts)


def _letters_of(language: Language) -> frozenset[str]:
    """Return the letters of a language's own sentences; English ones are in every font."""
    return frozenset("".join(catalogue(language).values()))
