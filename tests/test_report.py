"""Reports: counts, shares and intervals, chosen frameworks, and the forms they are printed in."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papertally.report.schema import COUNTS
from papertally.resources import DATA_FOLDER
from papertally.statistics import wilson
from tests.helpers.command import Run
from tests.helpers.lexicon import FRAMEWORKS
from tests.helpers.reports import TWO_YEARS, read_counts, squeeze
from tests.helpers.snapshots import BUNDLED, make_snapshot


def shown(run: Run, folder: Path, *words: object) -> list[str]:
    result = run("report", "--from", folder, "--format", "json", *words)
    assert result.code == 0, result.err
    return list(json.loads(result.out)["shown"])


# Counts, shares and intervals


@settings(deadline=None)
@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_intervals_are_those_of_statsmodels(numbers: tuple[int, int]) -> None:
    from statsmodels.stats.proportion import proportion_confint

    papers, readable = numbers
    low, high = wilson(papers, readable)
    assert (low, high) == pytest.approx(
        proportion_confint(papers, readable, method="wilson"), abs=1e-12
    )
    assert 0 <= low <= papers / readable <= high <= 1


def test_counts_csv_has_each_column_as_promised(run: Run, tmp_path: Path) -> None:
    from statsmodels.stats.proportion import proportion_confint

    folder = make_snapshot(
        tmp_path, {2018: {"ok": 50, "empty": 4, "not-fetched": 6}}, {"keras": {2018: 7}}
    )
    low, high = proportion_confint(7, 50, method="wilson")
    assert read_counts(run("report", "--from", folder, "--format", "csv").out) == [
        {
            "venue": "toy", "year": "2018", "population": "all", "listing_date": "2018-01-01",
            "revision": "unknown",
            "rule": "lexicon", "lexicon": "abc", "counting": "any", "zone": "any",
            "framework": "keras",
            "papers": "7", "papers_max": "13", "readable": "50", "listed": "60", "missing": "6",
            "complete": "false",
            "share": "0.140000", "share_low": f"{low:.6f}", "share_high": f"{high:.6f}",
        }
    ]  # fmt: skip


def test_counts_csv_writes_zero_rows_and_is_sorted(run: Run) -> None:
    rows = read_counts(run("report", "--from", BUNDLED, "--format", "csv").out)
    keys = [(row["venue"], int(row["year"]), row["framework"]) for row in rows]
    assert keys == sorted(keys)
    assert len(keys) == len(set(keys)) == 2 * len(FRAMEWORKS.frameworks)
    zero = next(row for row in rows if row["framework"] == "jax" and row["year"] == "2018")
    assert (zero["papers"], zero["share"], zero["share_low"]) == ("0", "0.000000", "0.000000")
    assert float(zero["share_high"]) > 0


@pytest.mark.parametrize(("missing", "complete"), [(0, True), (1, True), (2, False)])
def test_a_year_is_complete_up_to_one_per_cent_missing(
    run: Run, tmp_path: Path, missing: int, complete: bool, details: Run
) -> None:
    folder = make_snapshot(
        tmp_path, {2018: {"ok": 100 - missing, "not-fetched": missing}}, {"keras": {2018: 30}}
    )
    row = read_counts(run("report", "--from", folder, "--format", "csv").out)[0]
    assert (row["missing"], row["papers_max"], row["complete"]) == (
        str(missing), str(30 + missing), str(complete).lower(),
    )  # fmt: skip
    for form in ("table", "markdown"):
        printed = details("--from", folder, "--format", form).out
        assert ("each count may be up to" in printed) is not complete
        assert ("2018*" in printed.replace("\\", "")) is not complete
    document = json.loads(run("report", "--from", folder, "--format", "json").out)
    assert document["years"][0]["complete"] is complete
    assert document["counts"][0]["papers_max"] == 30 + missing
    assert bool(document["notices"]) is not complete


@pytest.mark.parametrize("outcome", ["empty", "unreadable", "timeout", "crashed", "no-pdf"])
def test_papers_that_cannot_be_read_do_not_make_a_year_incomplete(
    run: Run, tmp_path: Path, outcome: str
) -> None:
    folder = make_snapshot(tmp_path, {2018: {"ok": 10, outcome: 90}}, {"keras": {2018: 3}})
    row = read_counts(run("report", "--from", folder, "--format", "csv").out)[0]
    assert (row["missing"], row["complete"], row["readable"], row["share"]) == (
        "0",
        "true",
        "10",
        "0.300000",
    )


def test_json_has_the_verdict_and_slope_of_many_years(run: Run, tmp_path: Path) -> None:
    found = {
        "up": {2017: 10, 2018: 20, 2019: 30, 2020: 45},
        "flat": {2017: 10, 2018: 11, 2019: 9, 2020: 10},
        "back": {2017: 10, 2018: 40, 2019: 40, 2020: 10},
    }
    folder = make_snapshot(
        tmp_path, {year: {"ok": 100} for year in (2017, 2018, 2019, 2020)}, found
    )
    changes = json.loads(run("report", "--from", folder, "--format", "json").out)["changes"]
    rows = {row["framework"]: row for row in changes if row["year_to"] - row["year_from"] == 3}
    assert {name: row["verdict"] for name, row in rows.items()} == {
        "up": "rose", "flat": "unclear", "back": "up and down",
    }  # fmt: skip
    assert rows["up"]["slope"] == pytest.approx(0.115)
    assert rows["up"]["p"] < rows["up"]["p_adjusted"] < 0.001 < 0.05 < rows["flat"]["p_adjusted"]


def test_a_year_without_readable_papers_has_no_share_and_no_zero(
    run: Run, tmp_path: Path, details: Run
) -> None:
    folder = make_snapshot(tmp_path, {2018: {"empty": 5}, 2019: {"ok": 10}}, {"keras": {2019: 5}})
    first, second = read_counts(run("report", "--from", folder, "--format", "csv").out)
    assert [first[key] for key in ("papers", "share", "share_low", "share_high", "revision")] == [
        "0",
        "",
        "",
        "",
        "",
    ]
    assert second["share"] == "0.500000"
    table = squeeze(details("--from", folder).out)
    assert "keras – 5 of 10 – –" in table
    assert "2018: none of 5 papers is readable" in table
    json.loads(run("report", "--from", folder, "--format", "json").out)
    assert run("report", "--from", folder, "--out", tmp_path / "out").code == 0


def test_names_with_markup_and_line_ends_stay_in_their_cells(run: Run, tmp_path: Path) -> None:
    names_ = {"a": "$x^2$ & ~~no~~ &lt;", "b": "two\r\nlines\u2028more\n\nof |it|"}
    folder = make_snapshot(
        tmp_path, {2018: {"ok": 90}}, {"a": {2018: 30}, "b": {2018: 20}}, names_=names_
    )
    assert run("report", "--from", folder, "--out", tmp_path / "out").code == 0
    for text in (
        run("report", "--from", folder, "--format", "markdown").out,
        (tmp_path / "out" / "report.md").read_text("utf-8"),
    ):
        assert r"| \$x^2\$ \& \~\~no\~\~ \&lt; | 33.3 % | 30 |" in text
        assert r"| two lines more of \|it\| | 22.2 % | 20 |" in text


def test_json_is_plain_json_of_the_same_numbers(run: Run, tmp_path: Path) -> None:
    text = run("report", "--from", BUNDLED, "--format", "json").out
    document = json.loads(text, parse_constant=lambda word: pytest.fail(word))
    rows = read_counts(run("report", "--from", BUNDLED, "--format", "csv").out)
    assert list(document["counts"][0]) == list(COUNTS)
    for row, same in zip(rows, document["counts"], strict=True):
        assert (row["framework"], row["papers"], row["complete"]) == (
            same["framework"], str(same["papers"]), str(same["complete"]).lower(),
        )  # fmt: skip
        assert float(row["share"]) == pytest.approx(same["share"], abs=1e-6)


def test_json_has_published_counts_with_the_difference_and_bounds(run: Run, tmp_path: Path) -> None:
    def published(folder: object) -> dict[str, object]:
        words = ("iclr", 2019, "--from", folder, "-f", "pytorch", "--format", "json")
        (row,) = json.loads(run("report", *words).out)["published"]
        return dict(row)

    whole = published(BUNDLED)
    assert "another rule" in str(whole.pop("why"))
    numbers = ("papers", "ours", "ours_max", "readable", "complete", "difference")
    assert [whole[name] for name in numbers] == [252, 254, 254, 1589, True, 2]
    folder = shutil.copytree(DATA_FOLDER / "snapshots" / BUNDLED, tmp_path / "part")
    named = (folder / "findings.csv").read_text("utf-8")
    lines = (folder / "ledger.csv").read_text("utf-8").splitlines()
    gone = [
        line for line in lines if line.startswith("iclr,2019,") and line.split(",")[2] not in named
    ][:100]
    text = "\n".join(
        line.replace(",ok,", ",not-fetched,") if line in gone else line for line in lines
    )
    (folder / "ledger.csv").write_text(text, "utf-8")
    part = published(folder)
    assert [part[name] for name in numbers] == [252, 254, 354, 1489, False, None]
    assert "our year is incomplete" in str(part["why"])


# Which frameworks are shown


@pytest.mark.parametrize(("readable", "is_shown"), [(99, True), (100, True), (101, False)])
def test_shown_from_one_per_cent_of_any_year(
    run: Run, tmp_path: Path, readable: int, is_shown: bool, details: Run
) -> None:
    folder = make_snapshot(
        tmp_path, {2018: {"ok": 500}, 2019: {"ok": readable}}, {"keras": {2019: 1}}
    )
    assert shown(run, folder) == (["keras"] if is_shown else [])
    assert (
        "In under 1 % of each year's papers: keras 0 → 1." in details("--from", folder).out
    ) is not is_shown


def test_the_order_is_by_papers_of_the_last_year_then_the_one_before(
    run: Run, tmp_path: Path
) -> None:
    found = {"a": {2018: 9, 2019: 20}, "b": {2018: 30, 2019: 20}, "c": {2018: 90}, "d": {2019: 70}}
    assert shown(run, make_snapshot(tmp_path, TWO_YEARS, found)) == ["d", "b", "a", "c"]


def test_frameworks_found_nowhere_are_in_the_files_only(
    run: Run, tmp_path: Path, details: Run
) -> None:
    folder = make_snapshot(tmp_path, TWO_YEARS, {"a": {2018: 9}, "nowhere": {}})
    table = details("--from", folder).out
    assert "nowhere" not in table
    rows = read_counts(run("report", "--from", folder, "--format", "csv").out)
    assert [(row["framework"], row["papers"]) for row in rows] == [
        ("a", "9"), ("nowhere", "0"), ("a", "0"), ("nowhere", "0"),
    ]  # fmt: skip


def test_ambiguous_names_are_not_shown_under_the_substring_rule_but_stand_in_the_files(
    run: Run, tmp_path: Path
) -> None:
    found = {"torch": {2018: 90, 2019: 90}, "keras": {2018: 9, 2019: 9}, "edward": {2018: 1}}
    folder = make_snapshot(tmp_path, TWO_YEARS, found, ambiguous=("torch", "edward"))
    assert shown(run, folder) == ["torch", "keras", "edward"]
    assert shown(run, folder, "--anywhere") == ["keras"]
    table = run("report", "--from", folder, "--anywhere").out
    assert "torch" not in table
    assert "edward" not in table
    rows = read_counts(run("report", "--from", folder, "--anywhere", "--format", "csv").out)
    assert ("torch", "90") in {(row["framework"], row["papers"]) for row in rows}
    assert shown(run, folder, "--anywhere", "-f", "torch") == ["torch"]


def test_the_bundled_snapshot_leaves_ambiguous_names_out_of_the_substring_table(run: Run) -> None:
    names_ = set(
        json.loads(run("report", "--from", BUNDLED, "--anywhere", "--format", "json").out)["shown"]
    )
    assert names_ >= {"tensorflow", "pytorch", "keras", "theano"}
    assert not names_ & {
        "torch",
        "edward",
        "caffe",
        "jax",
        "flux",
        "neon",
        "pyro",
        "gluon",
        "sonnet",
        "transformers",
    }


@pytest.mark.parametrize(
    "words",
    [("-f", "b,a"), ("-f", "B", "-f", "A"), ("--framework", "b, a,b"), ("--framework=b,a",)],
)
def test_frameworks_asked_for_are_shown_in_the_order_asked(
    run: Run, tmp_path: Path, words: tuple[str, ...], details: Run
) -> None:
    folder = make_snapshot(tmp_path, TWO_YEARS, {"a": {2018: 50}, "b": {}, "c": {2018: 60}})
    assert shown(run, folder, *words) == ["b", "a"]
    table = details("--from", folder, *words).out
    assert "b 0.0 % → 0.0 % 0 → 0 – 0.0" in squeeze(table)
    assert "In under 1 %" not in table
    rows = read_counts(run("report", "--from", folder, "--format", "csv", *words).out)
    assert {row["framework"] for row in rows} == {"a", "b", "c"}


def test_one_year_has_no_change(run: Run, tmp_path: Path, details: Run) -> None:
    folder = make_snapshot(tmp_path, {2018: {"ok": 100}}, {"keras": {2018: 50}})
    table, markdown = (
        details("--from", folder, "--format", form).out for form in ("table", "markdown")
    )
    assert "keras 50.0 % 50" in squeeze(table)
    assert "change" not in table + markdown
    assert "→" not in table + markdown


def test_three_years_with_a_gap_have_a_column_each(run: Run, tmp_path: Path, details: Run) -> None:
    years = {2017: {"ok": 100}, 2019: {"ok": 100}, 2020: {"ok": 200}}
    folder = make_snapshot(tmp_path, years, {"keras": {2017: 40, 2019: 50, 2020: 60}})
    table = squeeze(details("--from", folder).out)
    assert "TOY 2017, 2019, 2020" in table
    assert "keras 40.0 % (40) 50.0 % (50) 30.0 % (60) +50 % −10.0" in table
    assert "submissions listed 100 100 200 +100 %" in table
    assert run("report", "--from", folder, "--out", tmp_path / "out").code == 0


def test_changes_from_nothing_and_to_nothing_are_said_plainly(
    run: Run, tmp_path: Path, details: Run
) -> None:
    found = {
        "new": {2019: 20},
        "gone": {2018: 20},
        "same": {2018: 5, 2019: 10},
        "tiny": {2018: 50, 2019: 100},
    }
    table = squeeze(details("--from", make_snapshot(tmp_path, TWO_YEARS, found)).out)
    assert "new 0.0 % → 10.0 % 0 → 20 new +10.0" in table
    assert "gone 20.0 % → 0.0 % 20 → 0 −100 % −20.0" in table
    assert "same 5.0 % → 5.0 % 5 → 10 +100 % 0.0" in table


def test_a_tiny_fall_is_no_minus_nought(run: Run, tmp_path: Path) -> None:
    years = {2018: {"ok": 3000}, 2019: {"ok": 3001}}
    folder = make_snapshot(
        tmp_path, years, {"a": {2018: 1500, 2019: 1500}, "b": {2018: 2500, 2019: 2499}}
    )
    table = run("report", "--from", folder).out
    assert "−0.0" not in table
    assert "−0 %" not in table


def test_the_ledger_names_the_missing_by_reason_and_adds_up(
    run: Run, tmp_path: Path, details: Run
) -> None:
    outcomes = {
        "ok": 9,
        "empty": 1,
        "unreadable": 2,
        "timeout": 3,
        "crashed": 4,
        "no-pdf": 5,
        "not-fetched": 6,
    }
    folder = make_snapshot(tmp_path, {2018: outcomes}, {"keras": {2018: 5}})
    table = squeeze(details("--from", folder).out)
    for row in (
        "submissions listed 30", "readable 9", "empty (under 200 letters, or a placeholder) 1",
        "timeout (not read in time) 3",
        "unreadable (damaged, encrypted, garbled or no PDF) 2", "crashed the reader 4",
        "no PDF in the listing 5",
        "not fetched 6",
    ):  # fmt: skip
        assert row in table
    assert (
        json.loads(run("report", "--from", folder, "--format", "json").out)["years"][0]["ledger"]
        == outcomes
    )


def test_nothing_found_is_said(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path, TWO_YEARS, {"keras": {}})
    for form in ("table", "markdown"):
        assert (
            "No framework is mentioned in 1 % or more of any year's papers."
            in run("report", "--from", folder, "--format", form).out
        )


def test_the_invented_sample_is_called_so_wherever_it_is_shown(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path / "in", TWO_YEARS, {"keras": {2018: 50}})
    for name in ("ledger.csv", "findings.csv"):
        path = folder / name
        path.write_text(path.read_text("utf-8").replace("toy,", "sample,"), encoding="utf-8")
    assert (
        "SAMPLE (INVENTED) 2018 → 2019"
        in run("report", "--from", folder, "--out", tmp_path / "out").out
    )
    assert "INVENTED" in (tmp_path / "out" / "chart.svg").read_text("utf-8")
    assert "INVENTED" in (tmp_path / "out" / "datapackage.json").read_text("utf-8")
