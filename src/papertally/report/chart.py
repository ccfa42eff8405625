"""Draw the chart: grouped bars for one or two years, lines for more."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from math import isnan, nan
from typing import TYPE_CHECKING, Any

from papertally.report import words
from papertally.report.counts import Report, Year
from papertally.report.intervals import wilson

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_SERIES = 10
_MOST_RIBBONS = 4
"""With more lines than these, their intervals would cover each other."""
_LABEL_STEP = 0.045
"""The least distance of labels at line ends, as a part of the axis."""
_LABEL_GAP = 0.06
"""How far the labels stand from the last year, as a part of the years."""
_MOST_LARGE_LABELS = 6
_INCHES_PER_NOTE = 0.12
_YEARS_AS_BARS = 2
_COLOURS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#000000",
    "#999933",
    "#7F7F7F",
    "#8C510A",
)
"""Okabe and Ito's colour-blind-safe palette, its yellow darkened to be read on white, and two more."""
_HATCHES = ("", "///")
_MARKERS = "osD^vP*Xdh"
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "papertally",  # the same chart has the same ids, so that version control sees real changes
    "svg.fonttype": "none",  # text stays text
    "text.parse_math": False,  # a dollar in a name or path is a dollar
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


@dataclass(frozen=True, slots=True)
class _Series:
    name: str
    papers: list[int]
    shares: list[float]
    """Per cent; not a number where a year has no readable paper."""
    lows: list[float]
    highs: list[float]


def draw(report: Report) -> tuple[bytes, bytes]:
    """Draw the chart and return it as PNG and SVG; the same report gives the same bytes."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        notes = [*words.wrapped_notes(report), _legend_note(report)]
        figure = Figure(figsize=(8, 4.6 + _INCHES_PER_NOTE * len(notes)), layout="constrained")
        axes = figure.add_subplot()
        series = [_series(report, framework.id, framework.name) for framework in report.shown[:_MOST_SERIES]]
        if not series:
            _nothing(axes, report)
        elif len(report.years) > _YEARS_AS_BARS:
            _lines(axes, report, series)
        else:
            _bars(axes, report, series)
        _dress(axes, report, notes)
        png = _save(figure, "png")
        figure.set_layout_engine("none")  # all has its place now; finding it again takes as long as drawing
        return png, _save(figure, "svg")


def _legend_note(report: Report) -> str:
    """Say what labels and intervals are."""
    if len(report.years) <= _YEARS_AS_BARS:
        return "Labels: papers; whiskers: 95 % Wilson intervals."
    few = len(report.shown) <= _MOST_RIBBONS
    return "Labels: papers; ribbons: 95 % Wilson intervals." if few else "Labels: papers of the last year."


def _save(figure: Figure, form: str) -> bytes:
    buffer = BytesIO()
    warnings.filterwarnings("ignore", "Glyph .* missing")  # a box in place of a letter is all that can be done
    metadata = {"Date": None} if form == "svg" else {"Software": None}
    figure.savefig(buffer, format=form, dpi=200, metadata=metadata)
    return buffer.getvalue()


def _series(report: Report, framework: str, name: str) -> _Series:
    papers = [report.papers(framework, year) for year in report.years]
    readable = [year.readable for year in report.years]
    ends = [wilson(k, n) if n else (nan, nan) for k, n in zip(papers, readable, strict=True)]
    return _Series(
        name,
        papers,
        [100 * k / n if n else nan for k, n in zip(papers, readable, strict=True)],
        [100 * low for low, _ in ends],
        [100 * high for _, high in ends],
    )


def _bars(axes: Axes, report: Report, series: list[_Series]) -> None:
    width = 0.8 / len(report.years)
    for index, year in enumerate(report.years):
        places = [number + (index - (len(report.years) - 1) / 2) * width for number in range(len(series))]
        heights = [item.shares[index] for item in series]
        whiskers = [
            [item.shares[index] - item.lows[index] for item in series],
            [item.highs[index] - item.shares[index] for item in series],
        ]
        bars = axes.bar(
            places, heights, width * 0.94, label=_year_label(report, index), color=_COLOURS[index],
            hatch=_HATCHES[index], edgecolor="white", yerr=whiskers, ecolor="#444444", capsize=2,
        )  # fmt: skip
        axes.bar_label(bars, labels=[_count_label(year, item.papers[index]) for item in series], padding=2, fontsize=8)
    axes.set_xticks(range(len(series)), [item.name for item in series], rotation=30 if len(series) > 5 else 0)
    axes.set_xlim(-0.5, len(series) - 0.5)
    axes.legend(frameon=False)


def _nothing(axes: Axes, report: Report) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(0.5, 0.5, words.nothing_shown(report), transform=axes.transAxes, ha="center")


def _lines(axes: Axes, report: Report, series: list[_Series]) -> None:
    places = [year.year for year in report.years]
    for index, item in enumerate(series):
        colour = _COLOURS[index]
        axes.plot(*_with_gaps(places, item.shares), color=colour, marker=_MARKERS[index], markersize=5)
        if len(series) <= _MOST_RIBBONS:
            xs, lows = _with_gaps(places, item.lows)
            axes.fill_between(xs, lows, _with_gaps(places, item.highs)[1], color=colour, alpha=0.15, linewidth=0)
            _point_labels(axes, report, item)
    _end_labels(axes, report, series)
    labels = [_year_label(report, index, "\n") for index in range(len(places))]
    axes.set_xticks(places, labels, fontsize=10 if len(places) <= _MOST_LARGE_LABELS else 7)


def _point_labels(axes: Axes, report: Report, item: _Series) -> None:
    """Write a series' counts at its points, but for the last, which has a label of its own."""
    last, _ = _last(item)
    for year, share, papers in list(zip(report.years, item.shares, item.papers, strict=True))[:last]:
        if not isnan(share):
            label = _count_label(year, papers)
            axes.annotate(label, (year.year, share), (0, 5), textcoords="offset points", ha="center", fontsize=7)


def _end_labels(axes: Axes, report: Report, series: list[_Series]) -> None:
    """Write each framework's name and last count at its line's end, apart from each other."""
    axes.set_ylim(bottom=0)
    step = axes.get_ylim()[1] * _LABEL_STEP
    ends = [_last(item) for item in series]
    above = -step
    for index in sorted(range(len(series)), key=lambda number: ends[number][1]):
        last, share = ends[index]
        above = max(share, above + step)
        year = report.years[last]
        axes.annotate(
            f"{series[index].name} {_count_label(year, series[index].papers[last])}",
            (year.year, share), (report.years[-1].year + _LABEL_GAP * (len(report.years) - 1), above),
            textcoords="data", va="center", fontsize=8, color=_COLOURS[index], annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": _COLOURS[index], "linewidth": 0.5, "relpos": (0, 0.5)},
        )  # fmt: skip


def _last(item: _Series) -> tuple[int, float]:
    """Find the last year of a series that has a share."""
    known = [(index, share) for index, share in enumerate(item.shares) if not isnan(share)]
    return known[-1] if known else (0, 0.0)


def _with_gaps(years: list[int], values: list[float]) -> tuple[list[float], list[float]]:
    """Break a line where years are missing, so that it never runs straight across them."""
    xs: list[float] = []
    ys: list[float] = []
    for year, value in zip(years, values, strict=True):
        if xs and year - xs[-1] > 1:
            xs.append(year - 0.5)
            ys.append(float("nan"))
        xs.append(year)
        ys.append(value)
    return xs, ys


def _count_label(year: Year, papers: int) -> str:
    """Write a count; that of an incomplete year is a lower bound."""
    return f"{papers:,}" if year.complete else f"≥ {papers:,}"


def _year_label(report: Report, index: int, gap: str = " ") -> str:
    year = report.years[index]
    return f"{words.year_label(year)}{gap}(n={year.readable:,})"


def _dress(axes: Axes, report: Report, notes: list[str]) -> None:
    axes.set_title(words.title(report), loc="left", fontweight="bold")
    where = "listing entries" if report.question.zone == "front" else "readable papers"
    axes.set_ylabel(f"share of {where}, %")
    axes.set_ylim(bottom=0)
    axes.margins(y=0.12)
    axes.set_xlabel("\n".join(notes), fontsize=7, color="#444444", loc="left")
