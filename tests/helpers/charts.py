"""Invented reports, and the texts and positions of a composed chart."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from papertally.models import Rule
from papertally.report.chart import chart_style, compose
from papertally.report.chart.captions import alt_text, footnotes
from papertally.report.chart.data import chart_data
from papertally.report.chart.fonts import LegibleChart, make_legible
from papertally.report.chart.layout import ChartLayout
from papertally.report.counts import Report, make_report
from papertally.report.i18n import Language
from papertally.report.query import Display, Measure, ReportQuery
from papertally.report.snapshot_folder import read_snapshot
from tests.helpers.paths import ROOT
from tests.helpers.snapshots import BUNDLED, make_snapshot

Ledgers = Mapping[int, Mapping[str, int]]


def report(
    years: Ledgers,
    found: Mapping[str, Mapping[int, int]],
    names: Mapping[str, str] | None = None,
    released: Mapping[str, str] | None = None,
    **display: Any,
) -> Report:
    """Make a report of an invented venue; all frameworks are shown."""
    with tempfile.TemporaryDirectory() as folder:
        snapshot = read_snapshot(make_snapshot(Path(folder) / "in", years, found, names_=names))
    dated = tuple(
        replace(framework, released=(released or {}).get(framework.id, ""))
        for framework in snapshot.lexicon.frameworks
    )
    snapshot = replace(snapshot, lexicon=replace(snapshot.lexicon, frameworks=dated))
    return make_report(snapshot, ReportQuery(frameworks=tuple(found)), display=Display(**display))


def bundled(**display: Any) -> Report:
    snapshot = read_snapshot(ROOT / "data" / "snapshots" / BUNDLED)
    question = ReportQuery(
        rule=Rule.SUBSTRING, frameworks=("tensorflow", "pytorch", "keras")
    )  # these never change
    return make_report(snapshot, question, display=Display(**display))


def legible_chart(report: Report) -> LegibleChart:
    """Return the chart of a report with the fonts to draw it."""
    return make_legible(report, chart_data(report))


def composed(report: Report) -> ChartLayout:
    """Return the composed chart of a report."""
    chart = legible_chart(report)
    with chart_style(chart.fonts):
        return compose(chart)


def described(report: Report) -> str:
    """Return the chart of a report in words."""
    return alt_text(report, chart_data(report))


def chart_notes(report: Report) -> list[str]:
    """Return the footnotes of the chart of a report."""
    return footnotes(report, chart_data(report))


_FIVE = {
    2015: {"ok": 100},
    2016: {"ok": 200},
    2018: {"ok": 900},
    2019: {"ok": 500, "not-fetched": 700},
    2020: {"ok": 2000},
}
_COURSES = {
    "tensorflow": {2016: 40, 2018: 228, 2019: 90, 2020: 300},
    "pytorch": {2018: 87, 2019: 110, 2020: 900},
    "keras": {2016: 9, 2018: 42, 2019: 20, 2020: 80},
    "theano": {2015: 22, 2016: 40, 2018: 32, 2019: 4, 2020: 10},
}
_RELEASED = {
    "tensorflow": "2015-11-09",
    "keras": "2015-10-27",
    "pytorch": "2017-01-19",
    "theano": "soon",
}
_TWO = {2018: {"ok": 90}, 2019: {"ok": 100, "not-fetched": 9}}
_SMALL_LAST = {2018: {"ok": 90}, 2019: {"ok": 100}, 2020: {"ok": 22}}
_HALF = {2019: {"ok": 500, "not-fetched": 700}}
_LONG = {
    "a": "a framework with a very long name that somebody asked for by --term and more",
    "b": "Keras" * 20,
    "c": r"$\frac{1}$ <b>&amp;",
    "d": "two\nlines",
}
_EVERY = tuple(range(2013, 2026))


def _even(number: int, years: tuple[int, ...]) -> dict[str, dict[int, int]]:
    """Return frameworks whose lines all run together, the worst case for their labels."""
    return {
        f"framework-{place:02d}": dict.fromkeys(years, 20 + place % 2) for place in range(number)
    }


CASES: dict[str, Callable[[], Report]] = {
    "the bundled snapshot": bundled,
    "eight lines that meet": lambda: report(_TWO, _even(8, (2018, 2019))),
    "twelve frameworks": lambda: report(_TWO, _even(12, (2018, 2019))),
    "twelve frameworks, five years": lambda: report(_FIVE, _even(12, tuple(_FIVE)), events=True),
    "thirty frameworks": lambda: report(_TWO, _even(30, (2018, 2019))),
    "one year": lambda: report({2018: {"ok": 50}}, _even(4, (2018,))),
    "five years with a gap": lambda: report(_FIVE, _COURSES),
    "releases": lambda: report(_FIVE, _COURSES, events=True, released=_RELEASED),
    "releases in one week": lambda: report(_TWO, _even(6, (2018, 2019)), events=True, released={
        f"framework-{place:02d}": f"2018-12-2{place}" for place in range(6)}),
    "incomplete bars": lambda: report(_HALF, _even(4, (2019,))),
    "bars of papers": lambda: report(_HALF, _even(4, (2019,)), measure=Measure.PAPERS),
    "bars of forty": lambda: report({2018: {"ok": 90}}, _even(40, (2018,))),
    "papers": lambda: report(_FIVE, _COURSES, measure=Measure.PAPERS),
    "papers and releases": lambda: report(
        _FIVE, _COURSES, events=True, released=_RELEASED, measure=Measure.PAPERS),
    "long names": lambda: report(_TWO, {name: {2018: 20, 2019: 22} for name in _LONG}, _LONG),
    "long names in bars": lambda: report(
        {2018: {"ok": 90}}, {name: {2018: 20} for name in _LONG}, _LONG),
    "long names in panels": lambda: report(
        _TWO, _even(9, (2018, 2019)), {"framework-03": _LONG["a"], "framework-05": _LONG["b"]}),
    "long names released": lambda: report(
        _TWO, {name: {2018: 20} for name in _LONG}, _LONG, dict.fromkeys(_LONG, "2018-07-01"),
        events=True),
    "thirteen years": lambda: report({year: {"ok": 1100} for year in _EVERY}, _even(8, _EVERY)),
    "ten years, two incomplete": lambda: report(
        {year: {"ok": 1100, "not-fetched": 5000 * (year > 2023)} for year in _EVERY[3:]},
        _even(8, _EVERY[3:])),
    "tiny shares": lambda: report({2018: {"ok": 2000}, 2019: {"ok": 3000}}, {"a": {2018: 1,
    2019: 2}, "b": {2019: 1}}),
    "huge shares": lambda: report({2018: {"ok": 60}, 2019: {"ok": 70}}, {"a": {2018: 60, 2019: 70},
    "b": {2018: 59}}),
    "nothing readable": lambda: report({2018: {"empty": 5}, 2019: {"empty": 6}}, {"a": {}}),
    "one year not readable": lambda: report(
        {2018: {"ok": 9}, 2019: {"empty": 6}, 2020: {"ok": 9}}, {"a": {2018: 3, 2020: 4}}),
    "last year not readable": lambda: report(_FIVE | {2020: {"not-fetched": 500}}, _COURSES),
    "last of two years not readable": lambda: report(
        _TWO | {2019: {"not-fetched": 9}}, _even(8, (2018,))),
    "last year read incomplete": lambda: report(_TWO | {2020: {"empty": 5}}, _even(4, (2018,
    2019))),
    "last year too small": lambda: report(_SMALL_LAST, _even(8, tuple(_SMALL_LAST))),
    "year between too small": lambda: report(
        _FIVE | {2018: {"ok": 20}}, _even(5, tuple(_FIVE)), language=Language.ZH),
    "small years alone": lambda: report(
        {2018: {"ok": 25}, 2019: {"ok": 9, "not-fetched": 90}}, _even(3, (2018, 2019)),
        measure=Measure.PAPERS),
    "many, one too small": lambda: report(_SMALL_LAST, _even(20, tuple(_SMALL_LAST))),
    "Chinese": lambda: bundled(language=Language.ZH),
    "Chinese panels": lambda: report(
        _FIVE, _even(12, tuple(_FIVE)), language=Language.ZH),
    "Chinese bars": lambda: report(_HALF, _even(4, (2019,)), language=Language.ZH),
}  # fmt: skip
"""Reports of all forms of the chart, among them those whose labels could cover each other."""
