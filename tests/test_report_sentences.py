"""The sentences, warnings and notes of a report."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from rich.cells import cell_len

from tests.helpers.command import Run
from tests.helpers.pdfs import FILLER
from tests.helpers.reports import TWO_YEARS, squeeze
from tests.helpers.snapshots import BUNDLED, make_snapshot

PART = {"ok": 125, "empty": 10, "unreadable": 15, "not-fetched": 250}


def said(run: Run, folder: Path | str, *words: object) -> list[str]:
    result = run("report", "--from", folder, "--format", "json", *words)
    assert result.code == 0, result.err
    return list(json.loads(result.out)["sentences"])


def noticed(run: Run, folder: Path | str, *words: object) -> str:
    result = run("report", "--from", folder, "--format", "json", *words)
    assert result.code == 0, result.err
    return "\n".join(json.loads(result.out)["notices"])


# Signs


def test_what_rounds_to_nothing_has_no_sign(run: Run, tmp_path: Path, details: Run) -> None:
    years = {2018: {"ok": 1000}, 2019: {"ok": 1001}}
    folder = make_snapshot(
        tmp_path, years, {"fell": {2018: 501, 2019: 500}, "same": {2018: 90, 2019: 90}}
    )
    table = squeeze(details("--from", folder).out)
    assert "fell 50.1 % → 50.0 % 501 → 500 0 % −0.1" in table
    assert "same 9.0 % → 9.0 % 90 → 90 0 % 0.0" in table
    assert "submissions listed 1,000 1,001 0 %" in table


# Sentences to quote


def test_one_paper_mentions(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path, {2018: {"ok": 50}}, {"keras": {2018: 1}, "theano": {2018: 2}})
    theano, keras = said(run, folder)
    assert keras.endswith("1 (2.0 %, 95 % CI 0.4 to 10.5 %) mentions keras.")
    assert theano.endswith("2 (4.0 %, 95 % CI 1.1 to 13.5 %) mention theano.")


@pytest.mark.parametrize("form", ["table", "markdown", "json"])
def test_the_most_there_may_be_leaves_out_papers_that_could_not_be_read(
    run: Run, tmp_path: Path, form: str, details: Run
) -> None:
    folder = make_snapshot(tmp_path, {2018: PART}, {"keras": {2018: 70}})
    printed = details("--from", folder, "--format", form).out
    assert "Of the 375 listed papers" in printed
    assert "at least 70 and at most 320" in printed
    assert (
        "may be up to 250 higher by these, without the papers that could not be read (25)"
        in squeeze(printed).replace("\n", " ")
    )
    chinese = details("--from", folder, "--format", form, "--lang", "zh").out
    assert "2018 年可读或未获取的 375 篇论文中，至少 70 篇、至多 320 篇提及 keras。" in chinese


def test_a_bound_says_where_the_mentions_stand(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path, {2018: PART}, {"keras": {2018: 70}})
    cells = (
        (folder / "findings.csv").read_text("utf-8").replace(",2,3,,,,,,", ",2,3,,2,0,0,0,false")
    )
    (folder / "findings.csv").write_text(cells, encoding="utf-8")
    (sentence,) = said(run, folder, "--zone", "body")
    assert sentence.endswith("at most 320 mention keras in the body.")


def accepted_first(_year: int, number: int) -> str:
    return "accepted" if number < 30 else "rejected"


def test_of_papers_that_somebody_chose_neither_verdict_nor_interval_is_said(
    run: Run, tmp_path: Path, details: Run
) -> None:
    ledgers = {2018: {"ok": 100}, 2019: {"ok": 30, "not-fetched": 70}}
    folder = make_snapshot(
        tmp_path, ledgers, {"keras": {2018: 20, 2019: 20}}, statuses=accepted_first
    )
    assert "no random part" in noticed(run, folder)
    assert said(run, folder) == [
        "Of the 100 readable of 100 submissions to TOY 2018, 20 (20.0 %, 95 % CI 13.3 to 28.9 %) "
        "mention keras."
    ]
    assert said(run, folder, "toy", 2019) == [
        "Of the 30 readable of 100 submissions to TOY 2019 (incomplete; the papers read were not "
        "chosen at random), 20 (66.7 %) mention keras. Of the 100 listed papers of 2019 that are "
        "readable or not fetched, at least 20 and at most 90 mention keras."
    ]
    row = next(
        line for line in details("--from", folder).out.splitlines() if line.startswith(" keras")
    )
    assert row.split()[-3:] == ["–", "–", "–"], "points, p and verdict assume a sample"
    assert "The share rose" not in run("report", "--from", folder, "--out", tmp_path / "out").out
    assert "The share rose" not in (tmp_path / "out" / "chart.txt").read_text("utf-8")
    (chinese,) = said(run, folder, "toy", 2019, "--lang", "zh")
    assert "并非随机" in chinese
    assert "区间" not in chinese
    assert "上升" not in chinese
    (accepted,) = said(run, folder, "--population", "accepted")
    assert "95 % CI" in accepted


def test_years_that_somebody_chose_from_are_not_compared(run: Run, tmp_path: Path) -> None:
    ledgers = {year: {"ok": 100} for year in range(2015, 2019)} | {
        2019: {"ok": 30, "not-fetched": 70}
    }
    courses = {"keras": {2015: 10, 2016: 15, 2017: 20, 2018: 25, 2019: 28}}
    folder = make_snapshot(tmp_path, ledgers, courses, statuses=accepted_first)
    assert run("report", "--from", folder, "--out", tmp_path / "out").code == 0
    changes = pd.read_csv(tmp_path / "out" / "changes.csv")
    pairs = [(2015, 2016), (2015, 2018), (2016, 2017), (2017, 2018)]
    assert list(zip(changes["year_from"], changes["year_to"], strict=True)) == pairs
    told = json.loads(run("report", "--from", folder, "--format", "json").out)
    assert not any("2019" in line for line in told["change_notes"])
    slopes = [row["slope"] for row in told["changes"] if row["slope"] is not None]
    assert slopes == pytest.approx([0.05])
    assert "against 10 of 100 (10.0 %) in 2015" in told["sentences"][0]
    assert told["sentences"][0].startswith("Of the 100 readable of 100 submissions to TOY 2018")
    two = run("report", "toy", 2018, 2019, "--from", folder).out
    assert "z test" not in two, "nothing was tested"


def test_the_change_is_told_between_the_years_that_could_be_read(
    run: Run, tmp_path: Path, details: Run
) -> None:
    ledgers = {
        2016: {"empty": 9},
        2017: {"ok": 100},
        2018: {"ok": 100},
        2019: {"ok": 200},
        2020: {"not-fetched": 300},
    }
    folder = make_snapshot(tmp_path, ledgers, {"keras": {2017: 10, 2018: 20, 2019: 60}})
    result = details("--from", folder, "--details")
    printed = result.out.splitlines()
    assert "change in papers 2017 → 2019" in printed[2]
    row = next(line for line in printed if line.startswith(" keras"))
    assert re.split("  +", row)[-4:] == ["+500 %", "+20.0 (+10.5 to +28.0)", "under 0.001", "rose"]
    readings = next(line for line in printed[12:] if line.startswith(" keras") and "all of" in line)
    assert "  10 → 60 (+20.0)  " in readings
    assert "20" not in readings.replace("+20.0", "")
    alone = details("toy", "2016-2018", "--from", folder).out.splitlines()
    assert "change in papers 2017 → 2018" in alone[2]
    one = details("toy", "2016,2017,2020", "--from", folder).out
    assert "change in papers 2016 / 2020*" in one


def test_papers_without_a_listing_are_not_told_as_all_submissions(
    run: Run, tmp_path: Path, details: Run
) -> None:
    for paper in ("one", "two"):
        (tmp_path / f"{paper}.txt").write_text(f"We name Keras. {FILLER}")
    assert run("add", "toy", 2025, tmp_path / "one.txt", tmp_path / "two.txt").code == 0
    printed = details("toy", 2025).out
    assert "Source: papertally 0.1.0, toy 2025, your files, no listing; rule" in printed
    assert (
        "Of the 2 readable of 2 papers at hand of toy 2025, 2 (100.0 %, 95 % CI 34.2 to 100.0 %) "
        "mention" in printed
    )
    assert "submissions" not in printed
    assert "toy 2025 年手头论文共 2 篇，其中可读 2 篇" in details("toy", 2025, "--lang", "zh").out


def test_a_part_of_a_population_is_told_as_one_of_it(run: Run, tmp_path: Path) -> None:
    ledgers = {2018: {"ok": 20, "not-fetched": 80}}
    folder = make_snapshot(
        tmp_path,
        ledgers,
        {"keras": {2018: 5}},
        statuses=lambda _, number: ("accepted", "rejected")[number % 2],
    )
    (sentence,) = said(run, folder, "--population", "accepted")
    assert "Of the 50 accepted papers of 2018" in sentence
    assert "at least 3 and at most 43" in sentence
    told = noticed(run, folder, "--population", "accepted")
    assert "40 of 50 accepted papers are not fetched" in told
    assert ", for accepted papers " in told
    assert "whole listing" not in told.replace("tell of the whole listing only", "")


@pytest.mark.parametrize("revision", ["original", "current", "unknown"])
def test_fetched_papers_are_told_to_be_a_random_sample(
    run: Run, tmp_path: Path, revision: str
) -> None:
    folder = make_snapshot(tmp_path, {2018: {"ok": 20, "not-fetched": 80}}, {"keras": {2018: 5}})
    cells = (
        (folder / "ledger.csv").read_text("utf-8").replace(",unknown,,,,,ok", f",{revision},,,,,ok")
    )
    (folder / "ledger.csv").write_text(cells, encoding="utf-8")
    told = noticed(run, folder)
    assert ("2018: the papers read are a random sample" in told) == (revision != "unknown")
    assert ("added by hand" in told) == (revision == "unknown")


def test_changes_between_more_than_two_years_stand_in_the_terminal_while_there_is_room(
    run: Run, tmp_path: Path, details: Run
) -> None:
    years = range(2013, 2019)
    folder = make_snapshot(
        tmp_path, {year: {"ok": 50} for year in years}, {"keras": {2014: 30, 2015: 3}}
    )
    printed = squeeze(details("toy", "2013-2015", "--from", folder).out)
    assert "keras 2014 → 2015 −27" in printed
    names = {name: {2014: 30, 2015: 3} for name in ("a", "b", "c", "d", "e", "f")}
    folder = make_snapshot(tmp_path / "many", {year: {"ok": 50} for year in years}, names)
    assert "2014 → 2015 −27" not in squeeze(details("--from", folder).out)


def test_one_date_of_all_listings_is_told_once(run: Run, tmp_path: Path, details: Run) -> None:
    folder = make_snapshot(tmp_path, {2018: {"ok": 50}, 2019: {"ok": 50}}, {"keras": {2018: 3}})
    cells = (folder / "ledger.csv").read_text("utf-8").replace("2018-01-01", "2019-01-01")
    (folder / "ledger.csv").write_text(cells, encoding="utf-8")
    assert ", all submissions, listed 2019-01-01; rule" in details("--from", folder).out


def test_every_term_that_was_asked_for_has_its_sentence(
    run: Run, tmp_path: Path, details: Run
) -> None:
    (tmp_path / "a.txt").write_text(f"Our spam.\n{FILLER}")
    assert run("add", "toy", 2018, tmp_path / "a.txt").code == 0
    terms = [
        word for term in ("egg", "bacon", "sausage", "spam", "toast") for word in ("--term", term)
    ]
    printed = details("toy", 2018, *terms, "--out", tmp_path / "out").out
    assert "mentions spam." in printed
    assert len(said(run, tmp_path / "out")) == 5


def test_names_that_are_other_words_too_are_warned_of_under_the_substring_rule(
    run: Run, tmp_path: Path, details: Run
) -> None:
    found = {"torch": {2018: 90, 2019: 90}, "keras": {2018: 9, 2019: 9}, "jax": {2018: 3}}
    folder = make_snapshot(tmp_path / "in", TWO_YEARS, found, ambiguous=("torch", "jax"))
    asked = ("--anywhere", "-f", "torch,keras,jax")
    warning = "Warning: torch, jax: such a substring also stands in other words"
    for form in ("table", "markdown", "json"):
        printed = squeeze(details("--from", folder, "--format", form, *asked).out).replace(
            "\n", " "
        )
        assert warning in printed
        assert "no sentence to quote" in printed
        assert "mention keras" in printed
        assert "mention torch" not in printed
    assert run("report", "--from", folder, *asked, "--out", tmp_path / "out").code == 0
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    answer = page.partition('class="answer"')[2].partition("</table>")[0]
    assert "keras" in answer
    assert "torch" not in answer
    for name in ("report.html", "report.md", "chart.txt", "chart.svg", "datapackage.json"):
        assert "such a substring also stands in other words" in (tmp_path / "out" / name).read_text(
            "utf-8"
        ), name
    assert warning not in noticed(run, folder, "--anywhere")
    assert warning not in noticed(run, folder, "-f", "torch,jax")


# On a terminal


def test_each_sentence_to_quote_is_one_line_with_a_blank_one_between(
    run: Run, details: Run
) -> None:
    for language in ("en", "zh"):
        printed = details("--from", BUNDLED, "--lang", language).out
        quoted = said(run, BUNDLED, "--lang", language)
        source = json.loads(
            run("report", "--from", BUNDLED, "--lang", language, "--format", "json").out
        )["source"]
        assert printed.endswith("\n\n" + "\n\n".join([*quoted, source]) + "\n")


def test_chinese_lines_begin_with_no_closing_mark_and_break_no_name(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {f"f{number}": {2018: 1, 2019: 1} for number in range(60)}
    names = {name: f"Name{name}" for name in found}
    found["shown"] = {2018: 9, 2019: 9}
    folder = make_snapshot(tmp_path, {2018: {"ok": 500}, 2019: {"ok": 150}}, found, names_=names)
    monkeypatch.setenv("COLUMNS", "160")
    printed = run("report", "--from", folder, "--lang", "zh", "--details").out
    [rare] = [part for part in printed.split("\n\n") if part.startswith("各年占比均不足 1%")]
    lines = rare.splitlines()
    assert len(lines) > 5
    assert all(cell_len(line) <= 160 for line in lines)
    assert all(cell_len(line) > 130 for line in lines[:-1])
    assert not [line for line in lines if line[0] in "，。；：、）"]
    assert all(re.search(rf"{name}(?![a-z0-9])", rare) for name in names.values())


# Papers that could not be read


@pytest.mark.parametrize(("empty", "is_warned"), [(5, False), (6, True)])
def test_a_year_of_which_many_papers_could_not_be_read_is_warned_of(
    run: Run, tmp_path: Path, empty: int, is_warned: bool, details: Run
) -> None:
    folder = make_snapshot(
        tmp_path / "in", {2018: {"ok": 100 - empty, "empty": empty}}, {"keras": {2018: 30}}
    )
    unread = f"papers that could not be read: {empty} (ledger.csv says why)"
    warning = f"Warning: 2018: {unread}, beside {100 - empty} that could"
    for form in ("table", "markdown", "json"):
        assert (warning in squeeze(details("--from", folder, "--format", form).out)) is is_warned
    assert warning not in noticed(run, folder, "--zone", "listing")
    assert run("report", "--from", folder, "--out", tmp_path / "out").code == 0
    assert "counted in full" not in (tmp_path / "out" / "method.md").read_text("utf-8")


# Tables


def test_readable_papers_of_an_incomplete_year_have_no_change(
    run: Run, tmp_path: Path, details: Run
) -> None:
    folder = make_snapshot(
        tmp_path, {2018: {"ok": 100}, 2019: PART}, {"keras": {2018: 20, 2019: 20}}
    )
    table = squeeze(details("--from", folder).out)
    assert "submissions listed 100 400 +300 %" in table
    assert "readable 100 125 –" in table
    assert (
        "| readable | 100 | 125 | – |"
        in run("report", "--from", folder, "--format", "markdown").out
    )


def test_the_table_says_that_differences_are_computed_before_rounding(
    run: Run, details: Run
) -> None:
    for form in ("table", "markdown"):
        printed = " ".join(details("--from", BUNDLED, "--format", form).out.split())
        assert "differences are computed before rounding" in printed


def test_the_table_of_readings_says_what_its_cells_are_and_which_reading_differs(run: Run) -> None:
    printed = " ".join(run("report", "--from", BUNDLED, "--details").out.split())
    assert "In parentheses: the change of the share in points." in printed
    assert "Not told for Caffe, Torch: substring" in printed
    assert (
        "Readings that differ: Torch (only: too few to say, accepted only: no clear change); "
        "Theano (only: too few to say)."
    ) in printed
    assert (
        "Readings that differ"
        not in run("report", "--from", BUNDLED, "--details", "-f", "keras").out
    )


# Lists


def test_several_statuses_are_a_list(run: Run) -> None:
    words = ("--population", "accepted,rejected,withdrawn")
    assert "accepted, rejected and withdrawn papers of ICLR 2019" in said(run, BUNDLED, *words)[0]
    assert "被录用、被拒、撤稿的论文" in said(run, BUNDLED, *words, "--lang", "zh")[0]
    assert "some of them may be accepted, rejected or withdrawn." in noticed(run, BUNDLED, *words)


def test_chinese_lists_have_chinese_marks(run: Run, tmp_path: Path, details: Run) -> None:
    ledgers = {2016: {"ok": 100}, 2017: {"ok": 100}, 2018: {"ok": 110}, 2019: {"ok": 110}}
    found = {"keras": dict.fromkeys(ledgers, 9), "theano": dict.fromkeys(ledgers, 8)}
    folder = make_snapshot(tmp_path / "in", ledgers, found)
    ledger = (
        (folder / "ledger.csv")
        .read_text("utf-8")
        .replace("2017-01-01,unknown", "2017-01-01,current")
    )
    (folder / "ledger.csv").write_text(ledger, encoding="utf-8")
    chosen = ("--lang", "zh", "--out", tmp_path / "out")
    printed = details("--from", folder, *chosen).out
    assert "100（2016 年）→ 100（2017 年），0%；100（2017 年）→ 110（2018 年），+10%；" in printed
    assert "版本未知（2016、2018、2019 年）；最新版本（2017 年）。" in printed
    assert "列表日期 2016-01-01、2017-01-01、2018-01-01、2019-01-01" in printed
    assert "2016 年版本未知、2017 年最新版本、2018 年版本未知" in printed
    assert not re.search(
        "[\u4e00-\u9fff0-9)%][,;] ", printed + (tmp_path / "out" / "method.md").read_text("utf-8")
    )


def test_chinese_sentences_of_listing_entries_count_papers(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path, TWO_YEARS, {"keras": {2018: 5, 2019: 9}})
    cells = (folder / "findings.csv").read_text("utf-8").replace(",2,3,,,,,,", ",2,3,2,,,,,")
    (folder / "findings.csv").write_text(cells, encoding="utf-8")
    (sentence,) = said(run, folder, "--zone", "listing", "--lang", "zh")
    assert "个" not in sentence.replace("个百分点", "")
    assert "篇" in sentence


def test_figures_of_hand_checking_are_not_said_twice_in_chinese(
    run: Run, tmp_path: Path, details: Run
) -> None:
    folder = make_snapshot(tmp_path / "in", {2018: {"ok": 50}}, {"keras": {2018: 9}})
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    figures = {"framework": "keras", "judged": 50, "precision": 0.9, "low": 0.8, "high": 0.95}
    package["papertally"]["audit"] = {
        "overall": figures | {"framework": ""},
        "frameworks": [figures],
    }
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    printed = details("--from", folder, "--lang", "zh", "--out", tmp_path / "out").out
    assert "已读 50 处提及（keras），总体精确率 90.0%" in printed
    assert "人工核查：已读 50 处提及" in (tmp_path / "out" / "method.md").read_text("utf-8")
