"""Invented reports, and the texts and positions of a composed chart."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from papertally.models import Rule
from papertally.report.chart import chart_style, compose
from papertally.report.chart.captions import alt_text, footnotes
from papertally.report.chart.data import venue_charts
from papertally.report.chart.fonts import make_legible
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
    venue: str = "",
    **display: Any,
) -> Report:
    """Make a report of an invented venue; all frameworks are shown."""
    with tempfile.TemporaryDirectory() as folder:
        snapshot = read_snapshot(make_snapshot(Path(folder) / "in", years, found, names_=names))
    dated = tuple(
        replace(framework, released=(released or {}).get(framework.id, ""))
        for framework in snapshot.lexicon.frameworks
    )
    snapshot = replace(
        snapshot, lexicon=replace(snapshot.lexicon, frameworks=dated), venue_name=venue
    )
    return make_report(snapshot, ReportQuery(frameworks=tuple(found)), display=Display(**display))


def bundled(**display: Any) -> Report:
    snapshot = read_snapshot(ROOT / "data" / "snapshots" / BUNDLED)
    question = ReportQuery(
        rule=Rule.SUBSTRING, frameworks=("tensorflow", "pytorch", "keras")
    )  # these never change
    return make_report(snapshot, question, display=Display(**display))


def composed(*reports: Report) -> ChartLayout:
    """Return the composed chart of a report, or of several venues."""
    chart = make_legible(reports)
    with chart_style(chart.fonts):
        return compose(chart)


def described(*reports: Report) -> str:
    """Return the chart of a report, or of several venues, in words."""
    return alt_text(reports, venue_charts(reports))


def chart_notes(*reports: Report) -> list[str]:
    """Return the footnotes of the chart of a report, or of several venues."""
    return footnotes(reports, venue_charts(reports))


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


def even(number: int, years: tuple[int, ...]) -> dict[str, dict[int, int]]:
    """Return frameworks whose lines all run together, the worst case for their labels."""
    return {
        f"framework-{place:02d}": dict.fromkeys(years, 20 + place % 2) for place in range(number)
    }


CASES: dict[str, Callable[[], Report]] = {
    "the bundled snapshot": bundled,
    "eight lines that meet": lambda: report(_TWO, even(8, (2018, 2019))),
    "twelve frameworks": lambda: report(_TWO, even(12, (2018, 2019))),
    "twelve frameworks, five years": lambda: report(_FIVE, even(12, tuple(_FIVE)), events=True),
    "thirty frameworks": lambda: report(_TWO, even(30, (2018, 2019))),
    "one year": lambda: report({2018: {"ok": 50}}, even(4, (2018,))),
    "five years with a gap": lambda: report(_FIVE, _COURSES),
    "releases": lambda: report(_FIVE, _COURSES, events=True, released=_RELEASED),
    "releases in one week": lambda: report(_TWO, even(6, (2018, 2019)), events=True, released={
        f"framework-{place:02d}": f"2018-12-2{place}" for place in range(6)}),
    "incomplete bars": lambda: report(_HALF, even(4, (2019,))),
    "bars of papers": lambda: report(_HALF, even(4, (2019,)), measure=Measure.PAPERS),
    "bars of forty": lambda: report({2018: {"ok": 90}}, even(40, (2018,))),
    "papers": lambda: report(_FIVE, _COURSES, measure=Measure.PAPERS),
    "papers and releases": lambda: report(
        _FIVE, _COURSES, events=True, released=_RELEASED, measure=Measure.PAPERS),
    "long names": lambda: report(_TWO, {name: {2018: 20, 2019: 22} for name in _LONG}, _LONG),
    "long names in bars": lambda: report(
        {2018: {"ok": 90}}, {name: {2018: 20} for name in _LONG}, _LONG),
    "long names in panels": lambda: report(
        _TWO, even(9, (2018, 2019)), {"framework-03": _LONG["a"], "framework-05": _LONG["b"]}),
    "long names released": lambda: report(
        _TWO, {name: {2018: 20} for name in _LONG}, _LONG, dict.fromkeys(_LONG, "2018-07-01"),
        events=True),
    "thirteen years": lambda: report({year: {"ok": 1100} for year in _EVERY}, even(8, _EVERY)),
    "ten years, two incomplete": lambda: report(
        {year: {"ok": 1100, "not-fetched": 5000 * (year > 2023)} for year in _EVERY[3:]},
        even(8, _EVERY[3:])),
    "tiny shares": lambda: report({2018: {"ok": 2000}, 2019: {"ok": 3000}}, {"a": {2018: 1,
    2019: 2}, "b": {2019: 1}}),
    "huge shares": lambda: report({2018: {"ok": 60}, 2019: {"ok": 70}}, {"a": {2018: 60, 2019: 70},
    "b": {2018: 59}}),
    "nothing readable": lambda: report({2018: {"empty": 5}, 2019: {"empty": 6}}, {"a": {}}),
    "one year not readable": lambda: report(
        {2018: {"ok": 9}, 2019: {"empty": 6}, 2020: {"ok": 9}}, {"a": {2018: 3, 2020: 4}}),
    "last year not readable": lambda: report(_FIVE | {2020: {"not-fetched": 500}}, _COURSES),
    "last of two years not readable": lambda: report(
        _TWO | {2019: {"not-fetched": 9}}, even(8, (2018,))),
    "last year read incomplete": lambda: report(_TWO | {2020: {"empty": 5}}, even(4, (2018,
    2019))),
    "last year too small": lambda: report(_SMALL_LAST, even(8, tuple(_SMALL_LAST))),
    "year between too small": lambda: report(
        _FIVE | {2018: {"ok": 20}}, even(5, tuple(_FIVE)), language=Language.ZH),
    "small years alone": lambda: report(
        {2018: {"ok": 25}, 2019: {"ok": 9, "not-fetched": 90}}, even(3, (2018, 2019)),
        measure=Measure.PAPERS),
    "many, one too small": lambda: report(_SMALL_LAST, even(20, tuple(_SMALL_LAST))),
    "Chinese": lambda: bundled(language=Language.ZH),
    "Chinese panels": lambda: report(
        _FIVE, even(12, tuple(_FIVE)), language=Language.ZH),
    "Chinese bars": lambda: report(_HALF, even(4, (2019,)), language=Language.ZH),
}  # fmt: skip
"""Reports of all forms of the chart, among them those whose labels could cover each other."""


_NAMES = (
    "ICLR",
    "NeurIPS",
    "A Conference on the Reproduction of Experiments in Learning Machines and Other Ones",
    "机器学习与自然语言处理会议",
    "ICML",
    "UAI",
)
_INCOMPLETE: tuple[Ledgers, ...] = (
    {2023: {"ok": 900}, 2024: {"ok": 500, "not-fetched": 700}, 2025: {"ok": 2000}},
    {2023: {"ok": 900}, 2025: {"ok": 12}, 2026: {"ok": 9}},
    {2024: {"empty": 20}, 2025: {"empty": 12}},
)


def venues(
    years: Sequence[Sequence[int] | Ledgers], frameworks: int, **display: Any
) -> tuple[Report, ...]:
    """Make a report of each of some invented venues from its years."""
    reports = []
    for place, own in enumerate(years):
        ledgers = own if isinstance(own, Mapping) else {year: {"ok": 90} for year in own}
        found = even(frameworks, tuple(ledgers))
        reports.append(report(ledgers, found, venue=_NAMES[place], **display))
    return tuple(reports)


_THREE_YEARS = (2023, 2024, 2025)
_GAPS = (tuple(range(2017, 2024)), (2019, 2020, 2022, 2025), (2025,))
VENUE_CASES: dict[str, Callable[[], tuple[Report, ...]]] = {
    "two venues": lambda: venues([_THREE_YEARS] * 2, 2),
    "three venues, eight lines that meet": lambda: venues([_THREE_YEARS] * 3, 8),
    "four venues, twenty frameworks": lambda: venues([_THREE_YEARS] * 4, 20),
    "six venues, two years": lambda: venues([(2024, 2025)] * 6, 3),
    "three venues with gaps": lambda: venues(_GAPS, 1),
    "two venues, thirty-nine years": lambda: venues([range(1987, 2026), range(2013, 2026)], 3),
    "incomplete, small and unreadable": lambda: venues(_INCOMPLETE, 5),
    "papers of venues": lambda: venues(_INCOMPLETE, 5, measure=Measure.PAPERS),
    "Chinese venues": lambda: venues(_INCOMPLETE, 5, language=Language.ZH),
    "venues, one year": lambda: venues([(2025,)] * 3, 20),
    "venues, papers of one year": lambda: venues(
        [_HALF] * 2, 4, measure=Measure.PAPERS, language=Language.ZH),
    "venues without a year in common": lambda: venues([(2024,), (2025,)], 2),
    "nothing readable anywhere": lambda: venues([{2024: {"empty": 9}}] * 2, 2),
    "releases in venues": lambda: venues([range(2014, 2020)] * 3, 6, events=True, released={
        f"framework-{place:02d}": f"2018-12-2{place}" for place in range(6)}),
    "long names in venues": lambda: tuple(
        report(_TWO, {name: {2018: 20, 2019: 22} for name in _LONG}, _LONG, venue=name)
        for name in _NAMES[1:4]),
    "long names in venues, one year": lambda: tuple(
        report({2018: {"ok": 90}}, {name: {2018: 20} for name in _LONG}, _LONG, venue=name)
        for name in _NAMES[1:4]),
}  # fmt: skip
"""The same for several venues that stand side by side."""
