"""chart.csv holds what the chart shows: its numbers are those of the points and of the labels."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import frictionless
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papertally.report.chart.csv_file import chart_columns, chart_csv
from papertally.report.chart.data import chart_data, venue_charts
from papertally.report.counts import Report
from papertally.report.query import Display, Measure
from tests.helpers.charts import report
from tests.helpers.command import Run
from tests.helpers.snapshots import make_snapshot

SVG = "{http://www.w3.org/2000/svg}"
THREE = {2018: {"ok": 90}, 2019: {"ok": 80}, 2020: {"ok": 110}}
INCOMPLETE = {2018: {"ok": 900}, 2019: {"ok": 500, "not-fetched": 700}, 2021: {"ok": 2000}}
UNREADABLE = {2018: {"ok": 90}, 2019: {"empty": 6}, 2020: {"ok": 110}}
MANY = {f"framework-{place:02d}": {2018: 5 + place, 2020: 30 - place} for place in range(12)}
FOUND = {"keras": {2018: 20, 2019: 31, 2020: 7, 2021: 800}, "jax": {2018: 3, 2019: 29, 2021: 1}}
PAPERS = ("--measure", "papers")


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def positions(group: Element, axis: str) -> list[float]:
    """Return where the grid lines of an axis begin."""
    ticks = [node for node in group.iter() if node.get("id", "").startswith(f"{axis}tick_")]
    starts = [next(tick.iter(f"{SVG}path")).get("d", "").split()[1:3] for tick in ticks]
    return [float(start[axis == "y"]) for start in starts]


def tick_values(group: Element, axis: str) -> list[float]:
    ticks = [node for node in group.iter() if node.get("id", "").startswith(f"{axis}tick_")]
    texts = ["".join(next(tick.iter(f"{SVG}text")).itertext()) for tick in ticks]
    return [float(text.replace(",", "")) for text in texts]


def end(point: Element, axis: str) -> float:
    """Return where a point is, or a bar ends."""
    used = next(point.iter(f"{SVG}use"), None)
    if used is not None:
        return float(used.get(axis, ""))
    path = next(point.iter(f"{SVG}path")).get("d", "")
    return max(float(x) for x in re.findall(r"[ML] ([\d.]+) ", path))


def drawn(path: Path) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield framework id and year of each point in an SVG with the value where it is drawn."""
    tree = ElementTree.parse(path)  # noqa: S314 - our own file
    groups = [node for node in tree.iter() if node.get("id", "").startswith("axes_")]
    axis = "x" if len(groups) == 1 and "Bar chart" in path.read_text("utf-8") else "y"
    values = tick_values(groups[0], axis)
    for group in groups:
        places = positions(group, axis)
        unit = (places[-1] - places[0]) / (values[-1] - values[0])
        for node in group.iter():
            if found := re.fullmatch(r"point-(.*)-(\d{4})", node.get("id", "")):
                yield (found[1], found[2]), values[0] + (end(node, axis) - places[0]) / unit


def written(path: Path) -> list[float]:
    """Return the numbers of the labels, which have an arrow, a sign or a decimal."""
    svg = path.read_text("utf-8")
    texts = re.findall(r">([^<>]*(?:→|≥|\d\.\d)[^<>]*)</text>", svg)
    return [float(number) for text in texts for number in re.findall(r"\d+(?:\.\d+)?", text)]


@pytest.mark.parametrize(
    ("years", "found", "words"),
    [
        ({2019: {"ok": 90}}, FOUND, ()),
        ({2018: {"ok": 998}, 2019: {"ok": 1589}}, {"keras": {2018: 228, 2019: 31}}, ()),
        ({2019: {"ok": 90, "not-fetched": 60}}, FOUND, PAPERS),
        ({2018: {"ok": 90}, 2019: {"ok": 80}}, FOUND, ()),
        ({2018: {"ok": 90}, 2019: {"ok": 80}}, FOUND, PAPERS),
        (THREE, FOUND, ()),
        (THREE, FOUND, (*PAPERS, "--lang", "zh")),
        (INCOMPLETE, FOUND, ()),
        (INCOMPLETE, FOUND, PAPERS),
        (UNREADABLE, FOUND, ()),
        (THREE, MANY, ()),
        (INCOMPLETE, MANY, PAPERS),
    ],
)
def test_each_number_is_that_of_a_point_and_of_a_label(
    run: Run,
    tmp_path: Path,
    years: Mapping[int, Mapping[str, int]],
    found: Mapping[str, Mapping[int, int]],
    words: tuple[str, ...],
) -> None:
    folder = make_snapshot(tmp_path / "in", years, found)
    shown = ("-f", ",".join(found))
    assert run("report", "--from", folder, *shown, *words, "--out", tmp_path / "out").code == 0
    rows = table(tmp_path / "out" / "chart.csv")
    bounds = {f"{name} (at most)" for name in found}
    assert [row["year"] for row in rows] == [str(year) for year in years]
    assert set(found) <= set(rows[0]) <= {"year", *found, *bounds}
    numbers = {(name, row["year"]): float(row[name]) for row in rows for name in found if row[name]}
    points = dict(drawn(tmp_path / "out" / "chart.svg"))
    assert numbers.keys() == points.keys()
    highest = max(numbers.values())
    for key, number in numbers.items():
        assert points[key] == pytest.approx(number, abs=0.002 * highest), key
    labels = written(tmp_path / "out" / "chart.svg")
    for name in found:
        ends = [value for (framework, _), value in numbers.items() if framework == name]
        for value in (ends[0], ends[-1]):
            assert round(value, 1) in labels, (name, value)
    assert frictionless.validate(str(tmp_path / "out" / "datapackage.json")).valid


def test_incomplete_years_have_their_bounds_and_unknown_ones_are_empty(
    run: Run, tmp_path: Path
) -> None:
    years = INCOMPLETE | {2022: {"empty": 6}, 2023: {"not-fetched": 7}}
    folder = make_snapshot(tmp_path / "in", years, FOUND)
    assert run("report", "--from", folder, *PAPERS, "--out", tmp_path / "out").code == 0
    assert (tmp_path / "out" / "chart.csv").read_text("utf-8").splitlines() == [
        "year,keras,jax,keras (at most),jax (at most)",
        "2018,20,3,,",
        "2019,31,29,731,729",
        "2021,800,1,,",
        "2022,,,,",
        "2023,,,,",
    ]
    assert run("report", "--from", folder, "--out", tmp_path / "shares").code == 0
    assert (tmp_path / "shares" / "chart.csv").read_text("utf-8").splitlines() == [
        "year,keras,jax,keras (at most),jax (at most)",
        "2018,2.2222,0.3333,,",
        "2019,6.2000,5.8000,60.9167,60.7500",  # (31 + 700) / (500 + 700)
        "2021,40.0000,0.0500,,",
        "2022,,,,",
        "2023,,,,",
    ]
    assert frictionless.validate(str(tmp_path / "shares" / "datapackage.json")).valid


def test_years_that_are_not_compared_stand_in_columns_of_their_own(
    run: Run, tmp_path: Path
) -> None:
    folder = make_snapshot(
        tmp_path / "in", THREE | {2021: {"ok": 5}}, {"keras": {2018: 9, 2019: 8, 2020: 11, 2021: 5}}
    )
    for words, last in (((), "2021,,100.0000"), (PAPERS, "2021,,5")):
        out = tmp_path / f"out{len(words)}"
        assert run("report", "--from", folder, *words, "--out", out).code == 0
        lines = (out / "chart.csv").read_text("utf-8").splitlines()
        assert lines[0] == "year,keras,keras (not compared)"
        assert lines[1].endswith(",")
        assert lines[-1] == last
        assert frictionless.validate(str(out / "datapackage.json")).valid


def test_every_column_has_a_name_of_its_own_that_no_spreadsheet_executes(
    run: Run, tmp_path: Path
) -> None:
    names = {"a": "Same", "b": "Same", "c": "year", "d": "=cmd()", "e": "two\nlines, quoted"}
    names |= {"f": "Same (at most)"}
    folder = make_snapshot(
        tmp_path / "in", INCOMPLETE, dict.fromkeys(names, FOUND["keras"]), names_=names
    )
    assert run("report", "--from", folder, *PAPERS, "--out", tmp_path / "out").code == 0
    header = list(table(tmp_path / "out" / "chart.csv")[0])
    assert header[:7] == [
        "year", "Same (a)", "Same (b)", "year (c)", "'=cmd()", "two lines, quoted", "Same (at most)"
    ]  # fmt: skip
    assert len(set(header)) == 13
    assert frictionless.validate(str(tmp_path / "out" / "datapackage.json")).valid


def test_several_venues_have_their_rows_below_each_other() -> None:
    charts = venue_charts([report(INCOMPLETE, FOUND), report(THREE, FOUND, venue="Other")])
    assert chart_csv(*charts).splitlines() == [
        "venue,year,keras,jax,keras (at most),jax (at most)",
        "toy,2018,2.2222,0.3333,,",
        "toy,2019,6.2000,5.8000,60.9167,60.7500",
        "toy,2021,40.0000,0.0500,,",
        "toy,2018,22.2222,3.3333,,",
        "toy,2019,38.7500,36.2500,,",
        "toy,2020,6.3636,0.0000,,",
    ]
    assert {chart.top for chart in charts} == {
        max(map(max, (s.highs for c in charts for s in c.series)))
    }


@cache
def six_frameworks() -> Report:
    return report(INCOMPLETE, {f"id-{place}": FOUND["keras"] for place in range(6)})


@given(
    st.lists(st.text() | st.sampled_from(["-", "=", "a"]), min_size=1, max_size=6),
    st.sampled_from(Measure),
)
@settings(deadline=None, max_examples=200)
def test_any_names_give_columns_of_their_own_that_are_read_back(
    names: list[str], measure: Measure
) -> None:
    chart = chart_data(replace(six_frameworks(), display=Display(measure=measure)))
    series = [
        replace(item, framework=replace(item.framework, name=name))
        for item, name in zip(chart.series, names, strict=False)
    ]
    chart = replace(chart, series=tuple(series))
    header, *rows = csv.reader(StringIO(chart_csv(chart), newline=""))
    assert header == list(chart_columns(chart))
    assert len(set(header)) == len(header) == 1 + 2 * len(names)
    assert all(re.match(r"[^=+\-@\t\r]|[A-Za-z0-9_-]+$", cell) for cell in header)
    assert [len(row) for row in rows] == [len(header)] * len(INCOMPLETE)
