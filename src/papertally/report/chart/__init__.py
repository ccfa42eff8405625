"""Draw the chart: a slope chart for two years, lines for more, bars for one; small plots for many frameworks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from papertally.report import phrases
from papertally.report.chart import bars, line_chart, small_multiples
from papertally.report.chart.alt_text import alt_text, axis_label
from papertally.report.chart.data import ChartData, charted
from papertally.report.chart.fonts import Fonts, legible
from papertally.report.chart.footnotes import notes
from papertally.report.chart.layout import ChartLayout
from papertally.report.chart.releases import releases
from papertally.report.chart.style import EDGE, MIDDLE, RC, WIDTH
from papertally.report.chart.svg import describe
from papertally.report.counts import Report
from papertally.report.query import ChartForm


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
    drawn, fonts, said = legible(report)
    with _styled(fonts):
        sheet = compose(drawn, fonts)
        png, svg = sheet.save("png"), sheet.save("svg")
    # words for those who hear them need no font, so they stay in the language asked for
    alt = alt_text(report)
    svg = describe(svg, phrases.title(report), alt, report.display.language)
    return Drawing(png, svg, alt, (*said, *_ignored(report)))


@contextmanager
def _styled(fonts: Fonts) -> Iterator[None]:
    import matplotlib as mpl

    mpl.use("Agg")
    style: Any = RC | {"font.family": [*fonts.families, "sans-serif"]}
    with mpl.rc_context(style):
        yield


def compose(report: Report, fonts: Fonts) -> ChartLayout:
    """Put the whole chart on a sheet; matplotlib must be told of the fonts before."""
    chart = charted(report)
    sheet = ChartLayout()
    bottom = sheet.foot([fonts.readable(note) for note in notes(report, chart)]) + 0.1
    top = _paint(sheet, report, chart, bottom) if chart.series else _nothing(sheet, report, bottom)
    sheet.head(
        fonts.readable(phrases.title(report)), axis_label(report) if chart.series else "", top
    )
    return sheet


def _paint(sheet: ChartLayout, report: Report, chart: ChartData, bottom: float) -> float:
    if chart.form == ChartForm.BARS:
        return bars.paint(sheet, report, chart, bottom)
    marks = releases(report, chart)
    paint = small_multiples.paint if chart.panels else line_chart.paint
    return paint(sheet, report, chart, bottom, marks)


def _nothing(sheet: ChartLayout, report: Report, bottom: float) -> float:
    lines = sheet.wrap(phrases.nothing_shown(report), WIDTH - 2 * EDGE)
    sheet.write(WIDTH / 2, bottom + 0.5, "\n".join(lines), MIDDLE, ha="center")
    return bottom + 0.5 + sheet.height(len(lines)) + 0.4


def _ignored(report: Report) -> list[str]:
    """Say what was asked for and has no place in the chart's form."""
    if report.display.events and charted(report).form == ChartForm.BARS:
        return [
            report.translate(
                "Bars have no time axis, so the chart marks no releases; --chart slope or lines does."
            )
        ]
    return []
