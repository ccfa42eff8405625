"""Make every word of a chart one that can be drawn: other fonts, else another language, else other letters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from papertally.models import FrameworkInfo
from papertally.report import phrases
from papertally.report.chart.alt_text import alt_text
from papertally.report.chart.data import charted
from papertally.report.chart.fonts import Fonts, choose
from papertally.report.chart.footnotes import notes
from papertally.report.counts import Report
from papertally.report.display import Language

_SIGNS = "0123456789 ,.%()=*→≥–−…:n-U+ABCDEF"
"""What labels hold beside names and sentences, with the letters of code points."""
_CHINESE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
"""Letters that a font for Chinese, Japanese and Korean brings."""


def legible(report: Report) -> tuple[Report, Fonts, list[str]]:
    """Give the report as it can be drawn, the fonts to draw it with, and what had to be changed."""
    said = []
    fonts = choose(_words(report), report.display.language)
    if fonts.missing & _letters_of(report.display.language):
        said.append(
            report.say(
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
    lost = report.say(
        "No font here has the characters {characters}; the chart shows ids or code points in their place.",
        characters=points,
    )
    if not any(map(_CHINESE.match, fonts.missing)):
        return [lost]
    cure = report.say("`apt install fonts-noto-cjk` or `brew install font-noto-sans-cjk` brings the Chinese ones.")
    return [report.say(" ").join([lost, cure])]


def _named(frameworks: Iterable[FrameworkInfo], fonts: Fonts) -> tuple[FrameworkInfo, ...]:
    return tuple(replace(one, name=fonts.name(one.name, one.id)) for one in frameworks)


def _words(report: Report) -> str:
    """Give all words of the chart in a row."""
    chart = charted(report)
    names = [word for framework in (*report.shown, *report.rare) for word in (framework.name, framework.id)]
    parts = [alt_text(report), *notes(report, chart), *names, report.say("missing"), phrases.title(report), _SIGNS]
    return "".join(parts)


def _letters_of(language: Language) -> frozenset[str]:
    """Give the letters of a language's own sentences; English ones are in every font."""
    if language == Language.EN:
        return frozenset()
    from papertally.report.chinese import CHINESE

    return frozenset("".join(CHINESE.values()))
