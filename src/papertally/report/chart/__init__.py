"""Draw the chart of a report: a slope chart for two years, lines for more, bars for one.

Many frameworks are drawn as small multiples, and several venues side by side.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

from papertally.errors import UsageError
from papertally.report import phrases
from papertally.report.chart.bars import draw_bars
from papertally.report.chart.captions import alt_text
from papertally.report.chart.data import ChartForm, venue_charts
from papertally.report.chart.fonts import (
    LATIN,
    Fonts,
    LegibleChart,
    chinese_families,
    glyphs,
    make_legible,
)
from papertally.report.chart.layout import ChartLayout
from papertally.report.chart.line_chart import draw_lines
from papertally.report.chart.small_multiples import draw_multiples
from papertally.report.chart.style import MARGIN, RC_PARAMS, WIDTH
from papertally.report.chart.venue_panels import draw_panels
from papertally.report.counts import Report
from papertally.report.headline import chart_title
from papertally.settings import user_folder
from papertally.store.disk import no_temporary_folder

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow, not even escaped."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as files."""

    png: bytes
    svg: bytes
    alt: str
    """What the chart shows, in words."""
    warnings: tuple[str, ...] = ()
    """What could not be drawn as asked, and what helps."""


def draw(*reports: Report) -> Drawing:
    """Draw the chart of a report, or of several that each are of one venue.

    Several share their query and display, and show the same frameworks. The same reports and fonts
    give the same bytes. Raises `DiskFullError` if matplotlib can keep nothing on any disk.
    """
    _load_matplotlib()
    charts = venue_charts(reports)
    legible = make_legible(reports)
    with chart_style(legible.fonts):
        layout = compose(legible)
        png, svg = layout.save("png"), layout.save("svg")
    # the words need no font, so they stay in the language that was asked for
    report = reports[0]
    alt = alt_text(reports, charts)
    svg = _add_description(svg, chart_title(reports), alt, report.display.language)
    warnings = legible.warnings
    if report.display.events and charts[0].form == ChartForm.BARS:
        ignored = report.translate(
            "One year has no time axis, so the chart marks no releases; ask for two years or more."
        )
        warnings = (*warnings, ignored)
    return Drawing(png, svg, alt, warnings)


def installed_fonts() -> tuple[bool, list[str]]:
    """Return whether the font `LATIN` is here, and the families with Chinese characters."""
    _load_matplotlib()
    return bool(glyphs(LATIN)), chinese_families()


def _load_matplotlib() -> None:
    """Import matplotlib, which needs a folder of its own and warns if that is not the usual one."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        user_folder("config")
    except UsageError:
        # it would look for a home too; where it can make no folder, it takes a temporary one
        os.environ.setdefault("MPLCONFIGDIR", os.devnull)
    try:
        import matplotlib  # noqa: F401 - what follows imports its parts
    except OSError as error:
        raise no_temporary_folder() from error


@contextmanager
def chart_style(fonts: Fonts) -> Iterator[None]:
    """Draw with the style of the charts and with `fonts` while the context lasts."""
    import matplotlib as mpl

    mpl.use("Agg")  # it draws into memory and needs no display
    # "sans-serif" is DejaVu Sans; matplotlib falls back to it if a family disappears
    style: Any = RC_PARAMS | {"font.family": [*fonts.families, "sans-serif"]}
    with mpl.rc_context(style):
        yield


def compose(legible: LegibleChart) -> ChartLayout:
    """Compose the whole picture from the bottom up; `chart_style` must be active."""
    chart = legible.charts[0]
    layout = ChartLayout()
    bottom = layout.add_footnotes(legible.notes) + 0.1
    if not chart.series:
        # what nobody searched is told of only if nothing at all was searched
        report = max(legible.reports, key=lambda report: bool(report.readable_years))
        top = _add_message(layout, phrases.nothing_shown(report), bottom)
    elif len(legible.charts) > 1:
        top = draw_panels(layout, legible, bottom)
    elif chart.form == ChartForm.BARS:
        top = draw_bars(layout, chart, bottom)
    elif chart.is_multiple:
        top = draw_multiples(layout, chart, bottom)
    else:
        top = draw_lines(layout, chart, bottom)
    layout.finish(legible.title, top)
    return layout


def _add_message(layout: ChartLayout, message: str, bottom: float) -> float:
    """Write a message where the plot would be and return the position above it."""
    lines = layout.wrap(message, WIDTH - 2 * MARGIN)
    layout.add_text(WIDTH / 2, bottom + 0.5, "\n".join(lines), ha="center")
    return bottom + 0.5 + layout.text_height(len(lines)) + 0.4


def _add_description(svg: bytes, title: str, description: str, language: str) -> bytes:
    """Return an SVG with a title and a description for screen readers in its root element."""
    title, description = (
        escape(_NOT_XML.sub("", text), quote=False) for text in (title, description)
    )
    before, root, after = svg.decode("utf-8").partition("<svg ")
    attributes, _, content = after.partition(">")
    labels = f'role="img" xml:lang="{language}" aria-labelledby="chart-title chart-description"'
    return (
        f"{before}{root}{attributes} {labels}>\n"
        f' <title id="chart-title">{title}</title>\n'
        f'<desc id="chart-description">{description}</desc>\n' + content.lstrip("\n")
    ).encode()
