"""Draw the chart: a slope chart for two years, lines for more, bars for one; small plots for many frameworks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from papertally.report import words
from papertally.report.alt import alt_text, axis_label
from papertally.report.chart import bars, courses, events, panels
from papertally.report.chart.fonts import Fonts
from papertally.report.chart.legible import legible
from papertally.report.chart.notes import notes
from papertally.report.chart.sheet import Sheet
from papertally.report.chart.style import EDGE, MIDDLE, RC, WIDTH
from papertally.report.chart.svg import describe
from papertally.report.charted import Charted, charted
from papertally.report.counts import Report
from papertally.report.display import Chart


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as files."""

    png: bytes
    svg: bytes
    alt: str
    """What the chart shows, in words."""
    warnings: tuple[str, ...] = ()
    """What could not be drawn as asked, and what helps."""


def draw(report: Report) -> Drawing:
    """Draw the chart; the same report and fonts give the same bytes."""
    import matplotlib as mpl

    mpl.use("Agg")
    drawn, fonts, said = legible(report)
    style: Any = RC | {"font.family": [*fonts.families, "sans-serif"]}
    with mpl.rc_context(style):
        sheet = compose(drawn, fonts)
        png, svg = sheet.save("png"), sheet.save("svg")
    # words for those who hear them need no font, so they stay in the language asked for
    alt = alt_text(report)
    svg = describe(svg, words.title(report), alt, report.display.language)
    return Drawing(png, svg, alt, (*said, *_ignored(report)))


def compose(report: Report, fonts: Fonts) -> Sheet:
    """Put the whole chart on a sheet; matplotlib must be told of the fonts before."""
    chart = charted(report)
    sheet = Sheet()
    bottom = sheet.foot([fonts.readable(note) for note in notes(report, chart)]) + 0.1
    top = _paint(sheet, report, chart, bottom) if chart.series else _nothing(sheet, report, bottom)
    sheet.head(fonts.readable(words.title(report)), axis_label(report) if chart.series else "", top)
    return sheet


def _paint(sheet: Sheet, report: Report, chart: Charted, bottom: float) -> float:
    if chart.form == Chart.BARS:
        return bars.paint(sheet, report, chart, bottom)
    marks = events.events(report, chart)
    paint = panels.paint if chart.panels else courses.paint
    return paint(sheet, report, chart, bottom, marks)


def _nothing(sheet: Sheet, report: Report, bottom: float) -> float:
    lines = sheet.wrap(words.nothing_shown(report), WIDTH - 2 * EDGE)
    sheet.write(WIDTH / 2, bottom + 1.2, "\n".join(lines), MIDDLE, ha="center")
    return bottom + 2.4


def _ignored(report: Report) -> list[str]:
    """Say what was asked for and has no place in the chart's form."""
    if report.display.events and charted(report).form == Chart.BARS:
        return [report.say("Bars have no time axis, so the chart marks no releases; --chart slope or lines does.")]
    return []
