"""The first screen: what it compares, marks and leaves out, and the sentence to print."""

import json
import re
from pathlib import Path

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papertally.report.counts import make_report
from papertally.report.headline import find_headline, to_print
from papertally.report.query import ReportQuery
from papertally.report.snapshot_folder import read_snapshot
from tests.helpers.command import Run, find_command
from tests.helpers.pdfs import FILLER
from tests.helpers.reports import read_counts
from tests.helpers.snapshots import BUNDLED, make_snapshot

NAMES = {"tensorflow": "TensorFlow", "pytorch": "PyTorch"}
MOVED = {"tensorflow": {2018: 228, 2019: 170}, "pytorch": {2018: 87, 2019: 160}}


def screen(run: Run, folder: Path, *words: object) -> str:
    """Return the first screen of a folder on one line."""
    result = run("report", *words, "--from", folder)
    assert (result.code, result.err) == (0, "")
    return " ".join(result.out.split())


def test_a_year_that_cannot_be_compared_is_shown_with_its_papers_and_never_headlined(
    run: Run, tmp_path: Path
) -> None:
    found = {"tensorflow": MOVED["tensorflow"], "pytorch": MOVED["pytorch"] | {2020: 1}}
    folder = make_snapshot(
        tmp_path, {2018: {"ok": 998}, 2019: {"ok": 998}, 2020: {"ok": 1}}, found, names_=NAMES
    )
    shown = screen(run, folder)
    assert "PyTorch 8.7 16.0 1 of 1 rose" in shown
    assert "* 2020: under 30 papers were read, too few to compare or to print." in shown
    assert "The direction is that of 2018 → 2019." in shown
    assert "16 % of the papers submitted to TOY 2019 mention PyTorch, up from 9 %" in shown
    assert "100" not in shown.replace(str(folder), "")
    alone = screen(run, folder, "toy", 2020)
    assert "* 2020: under 30 papers were read" in alone
    assert "To print" not in alone


def test_beside_a_newest_year_that_cannot_be_compared_the_headline_has_the_last_two_that_can(
    run: Run, tmp_path: Path
) -> None:
    years = {year: {"ok": 998} for year in (2017, 2018, 2019)}
    found = {"tensorflow": {2017: 100, 2018: 228, 2019: 170}}
    whole = make_snapshot(tmp_path / "whole", years, found, names_=NAMES)
    shown = screen(run, whole)
    assert "of the papers submitted to TOY 2019 mention TensorFlow, after ups and downs" in shown
    assert "The headline is about" not in shown
    folder = make_snapshot(tmp_path / "in", years | {2020: {"ok": 1}}, found, names_=NAMES)
    sentence = "17 % of the papers submitted to TOY 2019 mention TensorFlow, down from 23 % a year"
    shown = screen(run, folder)
    assert sentence in shown
    assert "TensorFlow 10.0 22.8 17.0 0 of 1 up and down" in shown
    assert "The direction is that of 2017 → 2019." in shown
    assert "The headline is about the last two years that can be compared: 2018 → 2019." in shown
    assert run("report", "--from", folder, "--out", tmp_path / "out").code == 0
    page = " ".join((tmp_path / "out" / "report.html").read_text("utf-8").split())
    assert re.search('class="direction fell">fell</td>', page.partition("</table>")[0])
    assert "The headline is about the last two years" in page


def test_narrow_screens_keep_the_year_and_break_the_command(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("report", "--from", BUNDLED, "--population", "accepted,rejected", "--zone", "any")
    for columns in (80, 50):
        monkeypatch.setenv("COLUMNS", str(columns))
        lines = run(*words).out.splitlines()
        at = next(at for at, line in enumerate(lines) if "which papers:" in line)
        assert all(line.endswith(" \\") for line in lines[at:-1])
        assert max(map(len, lines)) <= max(columns, len(f"    {BUNDLED}") + 1)
    assert re.search("^ +2019$", "\n".join(lines), re.M)
    assert re.search("^ PyTorch +[0-9.]+ % +rose$", "\n".join(lines), re.M)


def test_no_form_tells_a_change_of_years_that_are_not_compared(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(
        tmp_path / "small",
        {2018: {"ok": 1000}, 2019: {"ok": 20}},
        {"pytorch": {2018: 87, 2019: 20}},
    )
    change = re.compile(r"→ [0-9]{1,3}(?![0-9])|[−+][0-9]")
    for form in ("table", "markdown", "json"):
        told = run("report", "--from", folder, "--details", "--format", form).out
        assert "20 of 20" in told or form == "json"
        assert not change.search(told), told
    out = tmp_path / "out"
    assert run("report", "--from", folder, "--out", out).code == 0
    for name in ("report.md", "method.md", "chart.txt", "report.html"):
        assert not change.search(" ".join((out / name).read_text("utf-8").split())), name


def test_files_without_a_listing_are_the_users_and_not_submissions(
    run: Run, tmp_path: Path
) -> None:
    for year in (2018, 2019):
        (tmp_path / f"{year}.txt").write_text(f"We name Keras. {FILLER}")
        assert run("add", "My-Papers", year, tmp_path / f"{year}.txt").code == 0
    printed = " ".join(run("report", "my-papers", 2018, 2019).out.split())
    assert "share of your files that mention Keras" in printed
    assert "To print" not in printed
    assert "submi" not in printed


def test_samples_and_chosen_papers_show_what_the_share_may_be(run: Run, tmp_path: Path) -> None:
    years = {2018: {"ok": 1000}, 2019: {"ok": 200, "not-fetched": 1389}}
    found = {"pytorch": {2018: 87, 2019: 33}, "keras": {2018: 90, 2019: 20}}
    sample = screen(run, make_snapshot(tmp_path / "a", years, found, names_=NAMES))
    assert "PyTorch 8.7 % 87 12.3 to 21.9 % rose" in sample
    assert "* 2019: a random sample, 200 of 1,589 papers" in sample
    assert "To print: An estimated 12 to 22 % of the papers" in sample
    out = tmp_path / "out"
    assert run("report", "--from", tmp_path / "a", "--out", out).code == 0
    changes = read_counts((out / "changes.csv").read_text("utf-8"))
    assert [row["change"] for row in changes] == ["", ""], "lower bounds have no difference"
    folder = make_snapshot(
        tmp_path / "b", years, found, names_=NAMES,
        statuses=lambda _year, number: "accepted" if number < 200 else "rejected",
    )  # fmt: skip
    chosen = screen(run, folder)
    assert "PyTorch 8.7 % 87 2.1 to 89.5 %" in chosen
    assert "200 of 1,589 papers, not drawn at random" in chosen
    assert not re.search("rose|fell|TOY 2019 mention", chosen)


def test_one_line_tells_of_all_samples(run: Run, tmp_path: Path) -> None:
    part = {"ok": 200, "not-fetched": 1389}
    found = {"pytorch": {2017: 40, 2018: 20, 2019: 33}}
    folder = make_snapshot(tmp_path, {2017: part, 2018: part, 2019: {"ok": 9}}, found)
    shown = screen(run, folder)
    assert "* 2017, 2018: random samples, 200 of 1,589, 200 of 1,589 papers; in the" in shown
    assert shown.count("random sample") == shown.count("under 30") == 1


def test_names_neither_make_rows_of_their_own_nor_pass_for_others(run: Run, tmp_path: Path) -> None:
    names = {"a": "Torch", "b": "torch", "c": "\u202e% 99\u202c", "d": "x\nTensorFlow 50.0 %  30"}
    found = {name: {2018: 30, 2019: 30} for name in names}
    folder = make_snapshot(tmp_path, {2018: {"ok": 60}, 2019: {"ok": 60}}, found, names_=names)
    for form in ("table", "markdown", "latex"):
        printed = run("report", "--from", folder, "--format", form, "--details").out
        for name in ("Torch (a)", "torch (b)", "x TensorFlow 50.0"):
            assert name in printed.replace("\\", "")
        assert "\u202e" not in printed
        assert not re.search("^ *TensorFlow", printed, re.MULTILINE)


def test_no_command_lists_other_papers_than_those_that_count(run: Run) -> None:
    for counting in ("any", "only", "grouped"):
        printed = run("report", "--from", BUNDLED, "--count", counting).out
        assert ("which papers:" in printed) == (counting == "any")


def test_no_form_gives_an_interval_of_papers_that_were_chosen(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(
        tmp_path / "in", {2018: {"ok": 998}, 2019: {"ok": 400, "not-fetched": 1100}},
        {"keras": {2018: 228, 2019: 270}},
        statuses=lambda _year, number: "accepted" if number < 450 else "rejected",
    )  # fmt: skip
    out = tmp_path / "out"
    texts = [run("report", "--from", folder, "--details", "--out", out).out]
    for form in ("markdown", "latex"):
        texts.append(run("report", "--from", folder, "--format", form).out.replace("\\", ""))
    texts += [(out / name).read_text("utf-8") for name in ("report.html", "report.md")]
    for text in texts:
        assert "67.5 % of those read; of all 18.0 to 91.3 %" in " ".join(text.split())
        assert "62.8" not in text, "the interval of a sample"
        assert "+18 %" not in text, "no change either"
    (row,) = [row for row in read_counts((out / "counts.csv").read_text()) if row["year"] == "2019"]
    assert (row["share"], row["share_low"], row["share_high"]) == ("0.675000", "", "")
    document = json.loads(run("report", "--from", folder, "--format", "json").out)
    assert [year["compared"] for year in document["years"]] == [True, False]
    (told,) = document["incomplete"]
    assert told == {"year": 2019, "framework": "keras", "low": None, "high": None}
    assert "what the share of all may be" in (out / "chart.svg").read_text("utf-8")


def test_files_that_the_user_added_are_no_sample_of_a_listed_year(run: Run, tmp_path: Path) -> None:
    years = {2018: {"ok": 1000}, 2019: {"ok": 40, "not-fetched": 1460}}
    folder = make_snapshot(tmp_path, years, {"pytorch": {2018: 87, 2019: 40}}, names_=NAMES)
    ledger = folder / "ledger.csv"
    ledger.write_text(re.sub("(toy,2019,.*,ok,,),", r"\1your files,", ledger.read_text("utf-8")))
    shown = screen(run, folder)
    assert "PyTorch 8.7 % 87 2.7 to 100.0 %" in shown
    assert "40 of 1,500 papers, not drawn at random" in shown
    assert not re.search("sample|rose|TOY 2019 mention", shown)
    assert "added by hand" in screen(run, folder, "--details")


def test_listings_of_accepted_papers_alone_are_never_called_submissions(
    run: Run, tmp_path: Path
) -> None:
    found = {"keras": {2018: 228, 2019: 270}}
    folder = make_snapshot(
        tmp_path / "in", {2018: {"ok": 998}, 2019: {"ok": 1589}}, found,
        statuses=lambda _year, _number: "accepted",
    )  # fmt: skip
    assert "17 % of the accepted papers of TOY 2019 mention keras" in screen(run, folder)
    out = tmp_path / "out"
    assert run("report", "--from", folder, "--details", "--out", out).code == 0
    for name in ("report.md", "chart.txt", "datapackage.json"):
        text = (out / name).read_text("utf-8").replace("of every submission", "")
        assert "accepted papers" in text.lower(), name
        assert not re.search("submi(tted|ssions (to|listed|grew|of|on))", text.lower()), name
    mixed = make_snapshot(
        tmp_path / "mixed", {2018: {"ok": 998}, 2019: {"ok": 1589}}, found,
        statuses=lambda year, _number: "accepted" if year == 2018 else "unknown",
    )  # fmt: skip
    shown = screen(run, mixed)
    assert "share of the papers that mention" in shown
    assert "not compared, because some have accepted papers alone" in shown


def test_years_of_other_kinds_and_unknown_decisions_are_not_compared(
    run: Run, tmp_path: Path
) -> None:
    found = {"keras": {2018: 60, 2019: 30}}
    years = {2018: {"ok": 300}, 2019: {"ok": 300}}
    folder = make_snapshot(tmp_path / "mixed", years, found)
    ledger = (folder / "ledger.csv").read_text("utf-8").splitlines()
    for number, row in enumerate(ledger):
        revision = "original" if number % 10 else "current"
        ledger[number] = row.replace(",unknown,,,,,ok", f",{revision},,,,,ok")
    (folder / "ledger.csv").write_text("\n".join(ledger) + "\n", encoding="utf-8")
    assert "not compared, because some were read as submitted" in screen(run, folder)

    for number, row in enumerate(ledger):
        revision = "original" if row.startswith("toy,2018") else "unknown"
        ledger[number] = re.sub(",(original|current),,,,,ok", f",{revision},,,,,ok", row)
    (folder / "ledger.csv").write_text("\n".join(ledger) + "\n", encoding="utf-8")
    shown = screen(run, folder)
    assert "2019: it is not known whether the papers were read as first submitted" in shown
    assert "others as they stand now" not in shown

    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    package["papertally"]["listings"] = [
        {"year": 2018, "without_abstract": 30},
        {"year": 2019, "without_abstract": 300},
    ]
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    shown = screen(run, folder, "--zone", "listing", "-f", "keras")
    assert "not compared, because the listings of some have no abstracts" in shown
    alone = screen(run, folder, "toy", 2019, "--zone", "listing", "-f", "keras")
    assert "without an abstract, so that less was searched: 300 of 300 (2019)" in alone
    package["papertally"]["listings"][0]["without_abstract"] = 300
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    words = ("--from", folder, "--zone", "listing", "-f", "keras", "--out", tmp_path / "titles")
    assert run("report", *words).code == 0
    shown = screen(run, folder, "--zone", "listing", "-f", "keras")
    page, markdown = (
        (tmp_path / "titles" / f"report.{form}").read_text() for form in ("html", "md")
    )
    for text in (
        shown,
        page.partition("<nav")[0].partition("<body>")[2],
        markdown.partition("![")[0],
    ):
        text = " ".join(text.replace("\u00a0", " ").split())
        assert "mention keras in title or keywords" in text
        assert "in title, abstract" not in text
        assert text.count("less was searched: 300 of 300 (2018), 300 of 300 (2019)") == 1, text
    assert "entries searched" in page
    assert "papers read" not in page.partition("<nav")[0]

    folder = make_snapshot(
        tmp_path / "decided", years, found,
        statuses=lambda year, number: "unknown" if year == 2019 and number > 40 else "accepted",
    )  # fmt: skip
    for words in ((), ("--population", "accepted")):
        shown = screen(run, folder, *words)
        assert "2019: too many decisions are unknown" in shown
        assert "TOY 2019 mention" not in shown


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"ok": 1000, "f": 300}, {"ok": 1000, "f": 997}, "99.7 % of"),
        ({"ok": 5000, "f": 1}, {"ok": 5000, "f": 70}, "up from under 0.1 %"),
        ({"ok": 5000, "f": 70}, {"ok": 5000, "f": 4999}, "Over 99.9 % of"),
        ({"ok": 10_000, "f": 240}, {"ok": 10_000, "f": 300}, "3.0 % of the papers"),
        ({"ok": 60, "not-fetched": 940, "f": 28}, {"ok": 1000, "f": 94}, "from an estimated 35 to"),
        ({"ok": 998, "f": 87}, {"ok": 1100, "empty": 489, "f": 254}, "2019 that could be read"),
        ({"ok": 500, "empty": 600, "f": 228}, {"ok": 1000, "f": 270}, "A mention is not a use. S"),
    ],
)
def test_the_sentence_to_print_is_as_exact_as_its_shares_are(
    run: Run, tmp_path: Path, before: dict[str, int], after: dict[str, int], said: str
) -> None:
    found = {"keras": {2018: before["f"], 2019: after["f"]}}
    years = {year: {word: counts[word] for word in counts if word != "f"}
             for year, counts in ((2018, before), (2019, after))}  # fmt: skip
    shown = screen(run, make_snapshot(tmp_path, years, found, origins={"keras": "own"}))
    assert said in shown
    assert "Submissions grew by" not in shown or "empty" not in before


def test_years_that_are_not_there_have_a_column_and_a_command(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path, {2018: {"ok": 998}, 2019: {"ok": 998}}, MOVED, names_=NAMES)
    shown = screen(run, folder, "toy", "2018-2020")
    assert "TOY 2018–2020" in shown
    assert "PyTorch 8.7 16.0 · rose" in shown
    assert "· 2020: nothing is here; papertally survey toy 2020" in shown
    shown = screen(run, folder, "toy", "2013-2023", "--zone", "listing", "-f", "pytorch")
    assert "PyTorch" in shown
    assert "for want of room" not in shown
    command = "papertally fetch toy 2013-2017 2020-2023 --dry-run"
    assert f"· 2013-2017, 2020-2023: nothing is here; {command}" in shown


def test_papers_that_could_not_be_read_are_counted_as_one_counts(run: Run, tmp_path: Path) -> None:
    for count, said in ((1, "2018: one paper could not be read"), (2, "2018: 2 papers could not")):
        folder = make_snapshot(tmp_path / said, {2018: {"ok": 40, "empty": count}}, MOVED)
        assert said in screen(run, folder)


def test_where_nothing_was_found_the_sentence_has_no_share(run: Run, tmp_path: Path) -> None:
    years = {2018: {"ok": 998}, 2019: {"ok": 998}}
    folder = make_snapshot(tmp_path, years, {"keras": {2019: 0}}, names_=NAMES)
    for words, said in (((), "None of"), (("--lang", "zh"), "没有一篇提及")):
        shown = screen(run, folder, "-f", "keras", *words)
        assert said in shown
        assert "0 % of" not in shown


@pytest.mark.parametrize(
    ("count", "first", "direction"), [(8, 2019, "rose"), (9, 2018, "↑"), (14, 2015, "↑")]
)
def test_many_years_have_arrows_and_the_oldest_are_left_out(
    run: Run, tmp_path: Path, count: int, first: int, direction: str
) -> None:
    years = list(range(2027 - count, 2027))
    found = {"pytorch": {year: 10 * number for number, year in enumerate(years, start=1)}}
    folder = make_snapshot(tmp_path, {year: {"ok": 200} for year in years}, found, names_=NAMES)
    header, row = run("report", "--from", folder).out.splitlines()[2:4]
    assert header.split()[0] == str(first)
    assert row.split()[-1] == direction
    left_out = f"Left out for want of room: {years[0]}–{first - 1}"
    assert (left_out in run("report", "--from", folder).out) is (count == 14)


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=1, max_size=3))
@settings(max_examples=40, deadline=None)
def test_rounding_in_the_sentence_to_print_hides_no_difference(
    tmp_path_factory: pytest.TempPathFactory, counts: list[tuple[int, int]]
) -> None:
    found = {}
    for number, (before, after) in enumerate(counts):
        found[f"f{number}"] = {2018: before, 2019: after}
    folder = make_snapshot(
        tmp_path_factory.mktemp("any"), {2018: {"ok": 200}, 2019: {"ok": 200}}, found
    )
    report = make_report(read_snapshot(folder), ReportQuery())
    headline = find_headline(report)
    if headline is None:
        assert not report.shown
        return
    sentence = to_print(report, headline)
    printed = re.findall(r"[\d.]+ %", sentence)
    if "about the same share" in sentence:
        printed *= 2
    assert len(printed) == 2 * len(headline.frameworks)
    exact = []
    for framework in headline.frameworks:
        exact += [report.papers(framework.id, year) for year in report.years]
    assert len(set(printed)) == len(set(exact))
    assert ("0 %" in printed or "0.0 %" in printed) is (0 in exact)


KEPT = {
    "report": "framework term anywhere case zone count lexicon population as-of from details "
    "measure events format lang out",
    "survey": "lexicon population lang out keep-pdf cron sample revision max-requests max-time "
    "wait relist-after min-free contact source pace venues jobs timeout memory engine max-failures",
}


@pytest.mark.parametrize("name", KEPT)
def test_options_are_few_and_stand_under_headings(run: Run, name: str) -> None:
    options = [item for item in find_command(name).params if isinstance(item, click.Option)]
    names = {max(option.opts, key=len).removeprefix("--") for option in options}
    assert names - {"workspace", "quiet", "verbose"} == set(KEPT[name].split())
    headings = re.findall(r"^(\w.*):$", run(name, "--help").out, re.MULTILINE)
    assert headings[:2] == ["What to count", "Which papers"]
    assert headings[-1] == "Every command"
