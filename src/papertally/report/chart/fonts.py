"""Find fonts whose glyphs cover every letter of a chart, so that none is drawn as a box."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from papertally.report.bidi import MARK
from papertally.report.display import Language

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
        return "".join(f"U+{ord(letter):04X}" if letter in self.missing else letter for letter in text)

    def name(self, name: str, id_: str) -> str:
        """Give a name that can be drawn: itself, else the id, else with code points."""
        if not self.missing.intersection(name):
            return name
        return self.readable(name) if self.missing.intersection(id_) else id_


def choose(text: str, language: Language) -> Fonts:
    """Choose fonts for all of `text`; families that add nothing to it are left out."""
    needed = frozenset(letter for letter in text if letter not in f"\t\r\n{MARK}")
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

    names = sorted({font.name for font in font_manager.fontManager.ttflist if Path(font.fname).is_file()})
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
        except (OSError, RuntimeError, ValueError):  # damaged, or of a kind that matplotlib cannot read
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
