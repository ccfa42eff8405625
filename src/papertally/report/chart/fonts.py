"""Fonts whose glyphs cover every character of a chart, so that none is drawn as a box."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from papertally.models import FrameworkInfo
from papertally.report.chart.captions import alt_text, footnotes
from papertally.report.chart.data import ChartData, venue_charts
from papertally.report.counts import Report
from papertally.report.headline import chart_title
from papertally.report.i18n import BLANK, LEFT_TO_RIGHT_MARK, Language, catalogue
from papertally.report.phrases import venue_name

LATIN = "DejaVu Sans"
"""The font that matplotlib brings along."""
_CHINESE = [
    r"Noto Sans CJK SC", r"Noto Sans SC", r"Source Han Sans (SC|CN)", r"PingFang SC",
    r"Hiragino Sans GB", r"Microsoft YaHei( UI)?", r"WenQuanYi Zen Hei", r"WenQuanYi Micro Hei",
    r"Heiti SC", r"STHeiti", r"SimHei", r"Noto Sans CJK \w+", r"Source Han Sans.*",
    r"Noto Sans (TC|HK|JP|KR)", r"Droid Sans Fallback", r"Arial Unicode MS", r"Noto Serif CJK SC",
    r"Noto Serif SC", r"Source Han Serif.*", r"Noto Serif CJK \w+", r"Songti SC", r"STSong",
    r"SimSun", r"AR PL (UMing|UKai) CN", r"Noto Sans Mono CJK \w+",
]  # fmt: skip
"""Font families with Chinese characters as regular expressions: sans serif and simplified first."""
_WEIGHTS = ("regular", "bold")
_LABEL_CHARACTERS = "0123456789 ,.%()=*→≥–−…:n-U+ABCDEF"
"""What labels have besides names and sentences, and what code points are written with."""
_CHINESE_CHARACTER = re.compile(
    "[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
"""Characters that a font for Chinese, Japanese and Korean has."""
_INVISIBLE = frozenset(f"\t\r\n{LEFT_TO_RIGHT_MARK}")
"""Characters that need no glyph."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """The font families to draw with."""

    families: tuple[str, ...]
    """In the order in which matplotlib looks for a glyph."""
    missing: frozenset[str]
    """The characters that none of them has."""

    def readable(self, text: str) -> str:
        """Return a text with missing characters written as code points, such as U+98DE."""
        return "".join(_code_point(char) if char in self.missing else char for char in text)

    def name(self, framework: FrameworkInfo) -> str:
        """Return a name that can be drawn: the framework's, its id, or one with code points."""
        if not self.missing.intersection(framework.name):
            return framework.name
        if not self.missing.intersection(framework.id):
            return framework.id
        return self.readable(framework.name)


@dataclass(frozen=True, slots=True)
class LegibleChart:
    """A chart whose texts the fonts can draw."""

    reports: tuple[Report, ...]
    """Of one venue or several, with names that can be drawn; in English if the language cannot."""
    charts: tuple[ChartData, ...]
    fonts: Fonts
    venues: tuple[str, ...]
    """The names of the venues."""
    title: str
    notes: tuple[str, ...]
    """The footnotes."""
    warnings: tuple[str, ...]
    """What had to be changed, and what helps."""


def make_legible(reports: Sequence[Report]) -> LegibleChart:
    """Choose fonts for the chart of some venues and replace what they cannot draw."""
    warnings = []
    report, charts = reports[0], venue_charts(reports)
    language = report.display.language
    fonts = choose_fonts(_texts(reports, charts), language)
    # English sentences are in every font
    sentences = "" if language == Language.EN else "".join(catalogue(language).values())
    if fonts.missing.intersection(sentences):
        warnings.append(
            report.translate(
                "No font with Chinese characters was found, so the chart is in English. "
                "To have it in Chinese install one: `apt install fonts-noto-cjk` "
                "(Debian, Ubuntu) or `brew install font-noto-sans-cjk` (macOS)."
            )
        )
        display = replace(report.display, language=Language.EN)
        reports = [replace(report, display=display) for report in reports]
        charts = venue_charts(reports)
        fonts = choose_fonts(_texts(reports, charts), Language.EN)
    if fonts.missing:
        warnings.append(_missing_characters(reports[0], fonts))
        renamed = [
            _rename(report, chart, fonts) for report, chart in zip(reports, charts, strict=True)
        ]
        reports, charts = zip(*renamed, strict=True)
    venues = tuple(fonts.readable(venue_name(report)) for report in reports)
    title, *notes = map(fonts.readable, [chart_title(reports), *footnotes(reports, charts)])
    return LegibleChart(tuple(reports), charts, fonts, venues, title, tuple(notes), tuple(warnings))


def choose_fonts(text: str, language: Language) -> Fonts:
    """Choose font families for all of `text`; families that add nothing are left out."""
    missing = frozenset(text) - _INVISIBLE
    if language != Language.EN:
        # a Chinese font is first, so that its digits and Latin letters fit
        candidates = [*chinese_families(), LATIN]
    elif missing <= glyphs(LATIN):
        return Fonts((LATIN,), frozenset())  # listing the fonts of the system would take time
    else:
        candidates = [LATIN, *chinese_families()]
    families = []
    for family in candidates:
        if missing & glyphs(family):
            families.append(family)
            missing -= glyphs(family)
        if not missing:
            break
    return Fonts(tuple(families) or (LATIN,), missing)


def chinese_families() -> list[str]:
    """Return the installed font families with Chinese characters, the best first.

    matplotlib caches the list of fonts on disk. If that has no such family, the system is asked
    for fonts that were installed later.
    """
    families = _cached_families()
    if not families and _add_new_fonts():
        families = _cached_families()
    return families


def _cached_families() -> list[str]:
    from matplotlib.font_manager import fontManager

    names = sorted({font.name for font in fontManager.ttflist if Path(font.fname).is_file()})
    families: dict[str, None] = {}
    for pattern in _CHINESE:
        families |= dict.fromkeys(name for name in names if re.fullmatch(pattern, name))
    return list(families)


def _add_new_fonts() -> bool:
    """Add the fonts that were installed since matplotlib last looked; return whether any were."""
    from matplotlib import font_manager

    known = {str(font.fname) for font in font_manager.fontManager.ttflist}
    new = sorted(set(font_manager.findSystemFonts()) - known)
    for path in new:
        try:
            font_manager.fontManager.addfont(path)
        except (OSError, RuntimeError, ValueError):
            continue  # damaged, or a format that matplotlib cannot read
    if new:
        glyphs.cache_clear()
    return bool(new)


@cache
def glyphs(family: str) -> frozenset[str]:
    """Return the characters that a family has in both its regular and its bold face."""
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


def _texts(reports: Sequence[Report], charts: Sequence[ChartData]) -> str:
    """Return all texts of the chart in a row."""
    report = reports[0]
    texts = [
        alt_text(reports, charts),
        *footnotes(reports, charts),
        report.translate("missing"),
        chart_title(reports),
        _LABEL_CHARACTERS,
    ]
    for framework in (*report.shown, *report.rare):
        texts += [framework.name, framework.id]
    return "".join(texts)


def _missing_characters(report: Report, fonts: Fonts) -> str:
    """Return a warning with the characters that no font has, and how to install Chinese fonts."""
    warning = report.translate(
        "No font here has the characters {characters}; the chart shows ids or code points in "
        "their place.",
        characters=", ".join(map(_code_point, sorted(fonts.missing))),
    )
    if not any(_CHINESE_CHARACTER.match(char) for char in fonts.missing):
        return warning
    cure = report.translate(
        "`apt install fonts-noto-cjk` or `brew install font-noto-sans-cjk` brings the Chinese ones."
    )
    return report.join([warning, cure], BLANK)


def _rename(report: Report, chart: ChartData, fonts: Fonts) -> tuple[Report, ChartData]:
    """Return a report and its chart with names that the fonts can draw."""
    shown = _renamed(report.shown, fonts)
    drawn = len(chart.series)
    names = {framework.id: framework.name for framework in shown}
    series = [
        replace(item, framework=framework)
        for item, framework in zip(chart.series, shown[:drawn], strict=True)
    ]
    releases = [replace(release, name=names[release.framework]) for release in chart.releases]
    return (
        replace(report, shown=shown, rare=_renamed(report.rare, fonts)),
        replace(chart, series=tuple(series), left_out=shown[drawn:], releases=tuple(releases)),
    )


def _renamed(frameworks: Iterable[FrameworkInfo], fonts: Fonts) -> tuple[FrameworkInfo, ...]:
    return tuple(replace(framework, name=fonts.name(framework)) for framework in frameworks)


def _code_point(char: str) -> str:
    return f"U+{ord(char):04X}"
