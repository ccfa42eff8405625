"""The charts of the command line: what their words say, and the same bytes every time."""

import html
import os
import re
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.helpers.command import Run
from tests.helpers.snapshots import make_snapshot


def chart(run: Run, folder: Path, years: Mapping[int, Mapping[str, int]], found: Mapping[str,
Mapping[int, int]],
          names: Mapping[str, str] | None = None) -> str:  # fmt: skip
    """Draw the chart of an invented snapshot and return the words in its SVG."""
    source = make_snapshot(folder / "in", years, found, names_=names)
    result = run("report", "--from", source, "--out", folder / "out")
    assert result.code == 0
    assert "Warning" not in result.err
    tree = ElementTree.parse(folder / "out" / "chart.svg")  # noqa: S314 - our own file
    return "\n".join(
        "".join(node.itertext()).strip() for node in tree.iter() if node.tag.endswith("}text")
    )


def png_size(path: Path) -> tuple[int, int]:
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


@pytest.mark.parametrize(
    "years", [(2018,), (2018, 2019), (2018, 2019, 2020), tuple(range(2015, 2025))]
)
def test_a_chart_names_frameworks_shares_and_years(
    run: Run, tmp_path: Path, years: tuple[int, ...]
) -> None:
    words = chart(
        run,
        tmp_path,
        {year: {"ok": 50} for year in years},
        {"keras": dict.fromkeys(years, 37)},
        {"keras": "Keras"},
    )
    said = set(re.split(r"\s+", words))
    assert {"Keras", "74.0", *(f"{year}" for year in years)} <= said | {
        word.strip("()") for word in said
    }
    width, height = png_size(tmp_path / "out" / "chart.png")
    assert width >= 1200
    assert height >= 360


def test_nothing_to_show_is_said_in_the_chart(run: Run, tmp_path: Path) -> None:
    words = chart(run, tmp_path, {2018: {"ok": 200}, 2019: {"ok": 200}}, {"keras": {2018: 1}})
    assert "No framework" in words


@pytest.mark.parametrize("years", [(2018, 2019), (2018, 2019, 2020)])
def test_names_with_dollars_markup_and_strange_letters_are_drawn_as_they_are(
    run: Run, tmp_path: Path, years: tuple[int, ...]
) -> None:
    names = {
        "a": r"$\frac{1}$",
        "b": "_hidden",
        "c": "飞桨 Paddle",
        "d": "<b>&amp;",
        "e": "[red]x[/red]|y",
    }
    found = {name: dict.fromkeys(years, 10 + n) for n, name in enumerate(names)}
    words = chart(run, tmp_path, {year: {"ok": 50} for year in years}, found, names)
    for name in names.values():
        assert name in words


@pytest.mark.parametrize("years", [(2018, 2019), (2018, 2019, 2020)])
def test_an_incomplete_year_is_marked_and_bounded_in_the_chart(
    run: Run, tmp_path: Path, years: tuple[int, ...]
) -> None:
    ledgers = {year: {"ok": 50} for year in years} | {2019: {"ok": 50, "not-fetched": 7}}
    words = chart(run, tmp_path, ledgers, {"keras": dict.fromkeys(years, 20)})
    assert "2019*" in words
    assert "keras  40.0 → 40.0 %" in words
    assert "7 higher" in words
    assert "2018*" not in words


@pytest.mark.parametrize("years", [(2018, 2019), (2018, 2019, 2020)])
def test_a_year_without_readable_papers_is_no_zero(
    run: Run, tmp_path: Path, years: tuple[int, ...]
) -> None:
    ledgers = {year: {"ok": 50} for year in years} | {2018: {"empty": 5}}
    words = chart(run, tmp_path, ledgers, {"keras": dict.fromkeys(years, 17)})
    assert "none of 5 papers is readable" in words
    assert "keras  34.0 " in words
    assert not re.search(r"keras.* 0\b", words)


def test_files_have_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    for seed in ("1", "2"):
        command = [
            sys.executable,
            "-m",
            "papertally",
            "-q",
            "report",
            "--from",
            "iclr-2018-2019",
            "--out",
            seed,
        ]
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": f"UTC-{seed}"}
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    names = sorted(path.name for path in (tmp_path / "1").iterdir())
    assert {"chart.png", "chart.svg", "chart.txt"} <= set(names)
    for name in names:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name


def test_the_chart_is_told_in_words_beside_it(run: Run, tmp_path: Path) -> None:
    assert run("report", "--from", "iclr-2018-2019", "--out", tmp_path).code == 0
    told = (tmp_path / "chart.txt").read_text("utf-8")
    assert told.startswith("Slope chart")
    assert told.strip() in html.unescape((tmp_path / "chart.svg").read_text("utf-8"))
    one = make_snapshot(tmp_path / "one", {2018: {"ok": 40}}, {"keras": {2018: 1}})
    assert run("report", "--from", one, "--out", tmp_path / "out").code == 0
    assert "keras: 1 paper (2.5 %)." in (tmp_path / "out" / "chart.txt").read_text("utf-8")
