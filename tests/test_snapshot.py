"""Report folders as snapshots: the bundled one, those the tool writes, and hostile ones."""

import csv
import json
import re
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from papertally.match.lexicon_file import load_lexicon
from papertally.report.schema import COUNTS, FINDINGS, LEDGER
from tests.helpers.command import Run
from tests.helpers.paths import ROOT, SHARED, needs_shared
from tests.helpers.snapshots import (
    BUNDLED,
    HOSTILE,
    Ledgers,
    _package,
    make_snapshot,
)

PUBLISHED = {
    "tensorflow": (228, 266),
    "keras": (42, 56),
    "pytorch": (87, 252),
    "theano": (32, 14),
    "mxnet": (8, 11),
    "chainer": (8, 8),
}
LEDGERS = {
    2018: {
        "listed": 1002,
        "readable": 998,
        "missing": 2,
        "ledger": {"ok": 998, "empty": 2, "not-fetched": 2},
    },
    2019: {"listed": 1589, "readable": 1589, "missing": 0, "ledger": {"ok": 1589}},
}
OF_THE_AUTHORS = ["keywords"]


def check_published_counts(run: Run, *source: object) -> None:
    report = json.loads(run("report", *source, "--anywhere", "--format", "json").out)
    papers = {(row["framework"], row["year"]): row["papers"] for row in report["counts"]}
    for framework, (before, after) in PUBLISHED.items():
        assert (papers[framework, 2018], papers[framework, 2019]) == (before, after), framework
    for year in report["years"]:
        assert {key: year[key] for key in LEDGERS[year["year"]]} == LEDGERS[year["year"]]


def test_bundled_snapshot_gives_the_published_counts(run: Run, workspace: Path) -> None:
    check_published_counts(run, "iclr", 2018, 2019, "--from", BUNDLED)
    assert not workspace.exists()


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_bundled_snapshot_prints_the_published_counts(
    run: Run, workspace: Path, form: str, details: Run
) -> None:
    printed = details("iclr", 2018, 2019, "--from", BUNDLED, "--anywhere", "--format", form)
    assert printed.code == 0
    assert printed.err == ""
    lines = [" ".join(line.replace("|", " ").split()) for line in printed.out.splitlines()]
    for row in (
        "TensorFlow 22.8 % → 16.7 % 228 → 266 +17 % −6.1 (−9.3 to −3.0) under 0.001 fell",
        "PyTorch 8.7 % → 15.9 % 87 → 252 +190 % +7.1 (+4.6 to +9.6) under 0.001 rose",
        "Keras 4.2 % → 3.5 % 42 → 56 +33 % −0.7 (−2.3 to +0.8) 0.375 no clear change",
        "Theano 3.2 % → 0.9 % 32 → 14 −56 % −2.3 (−3.7 to −1.2) under 0.001 fell",
        "submissions listed 1,002 1,589 +59 %",
        "readable 998 1,589 +59 %",
        "empty (under 200 letters, or a placeholder) 2 0",
        "not fetched 2 0",
    ):
        assert row in lines
    rare = " ".join(printed.out.split())
    assert "MXNet 8 → 11" in rare
    assert "Chainer 8 → 8" in rare
    assert "as the 2018 search boxes counted" in rare
    assert not workspace.exists()


def test_bundled_snapshot_gives_the_published_counts_as_csv(run: Run) -> None:
    lines = run("report", "--from", BUNDLED, "--anywhere", "--format", "csv").out.splitlines()
    counts = {(row["framework"], row["year"]): row for row in csv.DictReader(lines)}
    for framework, (before, after) in PUBLISHED.items():
        assert (counts[framework, "2018"]["papers"], counts[framework, "2019"]["papers"]) == (
            str(before),
            str(after),
        )
    assert counts["mxnet", "2018"]["papers_max"] == "10"
    assert {row["complete"] for row in counts.values()} == {"true"}


def test_bundled_snapshot_needs_no_network_and_only_reads(run: Run, tmp_path: Path) -> None:
    code = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise AssertionError('network')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "sys.argv = ['papertally', 'report', 'iclr', '2018,2019', '--from', 'iclr-2018-2019']\n"
        "from papertally.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_bundled_snapshot_holds_nothing_of_the_authors() -> None:
    folder = ROOT / "data" / "snapshots" / BUNDLED
    assert sorted(path.name for path in folder.iterdir()) == [
        "datapackage.json",
        "findings.csv",
        "ledger.csv",
    ]
    ledger = pd.read_csv(folder / "ledger.csv", keep_default_na=False)
    assert (ledger[OF_THE_AUTHORS] == "").all().all()
    # titles and addresses are facts of the listings
    listed = ledger[ledger["listing_date"] != ""]
    assert len(listed) == len(ledger) - 1
    assert (listed["title"] != "").all()
    assert listed["url"].str.fullmatch(r"https://openreview.net/forum[?]id=[\w-]+").all()


def test_bundled_snapshot_was_counted_by_the_bundled_lexicon_and_names_its_sources() -> None:
    package = json.loads(
        (ROOT / "data" / "snapshots" / BUNDLED / "datapackage.json").read_text("utf-8")
    )
    lexicon, held = (
        load_lexicon(ROOT / "data" / "frameworks.toml"),
        package["papertally"]["lexicon"],
    )
    assert held["version"] == lexicon.fingerprint[:12], (
        "run scripts/make_snapshot.py, then scripts/update_docs.py"
    )
    assert [framework["id"] for framework in held["frameworks"]] == [
        framework.id for framework in lexicon.frameworks
    ]
    paths = " ".join(source["path"] for source in package["sources"])
    for name in (
        "ICLR.cc/2018",
        "ICLR.cc/2019",
        "search_iclr_2018",
        "search_iclr_2019",
        "papercopilot/paperlists",
    ):
        assert name in paths


def check_searches(run: Run) -> None:
    assert run("extract").code == 0
    out = run("search", "tensorflow", "--anywhere", "iclr", 2018, "--limit", 0).out
    counted = "228 of 998 readable papers of ICLR 2018 contain 'tensorflow' anywhere"
    assert out.splitlines()[0] == counted
    printed = run("search", "keras", "--anywhere", "iclr", "--format", "csv").out
    links = [row["url"] for row in csv.DictReader(StringIO(printed))]
    assert len(links) == 42
    assert sum(link.startswith("https://openreview.net/forum?id=") for link in links) >= 41


@needs_shared
def test_the_texts_behind_the_snapshot_give_the_same_counts_and_are_searched(
    run: Run, tmp_path: Path
) -> None:
    for year in (2018, 2019):
        source = SHARED / "iclr" / f"iclr-{year}"
        added = run(
            "add", "iclr", year, f"{source}-texts.tar.xz", "--notes", f"{source}-notes.json.xz"
        )
        assert added.code == 0
        assert (
            run("add", "iclr", year, "--statuses", SHARED / "lists" / f"iclr-{year}.json.xz").code
            == 0
        )
        if year == 2018:  # one year says it; an index of both takes as long as all else
            check_searches(run)
    check_published_counts(run, "iclr", 2018, 2019)
    assert run("report", "iclr", 2018, 2019, "--out", tmp_path / "out").code == 0
    for name, dropped in (("ledger.csv", [*OF_THE_AUTHORS, "source"]), ("findings.csv", [])):
        bundled, fresh = (
            pd.read_csv(folder / name, dtype=str, keep_default_na=False).drop(columns=dropped)
            for folder in (ROOT / "data" / "snapshots" / BUNDLED, tmp_path / "out")
        )
        pd.testing.assert_frame_equal(bundled, fresh)
        assert not fresh.isin(["nan", "None", "<NA>"]).any(axis=None)


@pytest.mark.parametrize(
    ("population", "readable", "papers"),
    [
        ("accepted", [337, 502], {"tensorflow": [88, 87], "keras": [5, 16], "pytorch": [25, 96]}),
        (
            "rejected",
            [584, 921],
            {"tensorflow": [127, 157], "keras": [30, 35], "pytorch": [55, 130]},
        ),
        ("withdrawn", [1, 156], {}),
        ("unknown", [76, 10], {}),
    ],
)
def test_the_snapshot_knows_the_decisions(
    run: Run, population: str, readable: list[int], papers: dict[str, list[int]]
) -> None:
    shown = run(
        "report",
        "--from",
        BUNDLED,
        "--anywhere",
        "--population",
        population,
        "--format",
        "json",
    )
    document = json.loads(shown.out)
    assert [year["readable"] for year in document["years"]] == readable
    for framework, counts in papers.items():
        assert [
            row["papers"] for row in document["counts"] if row["framework"] == framework
        ] == counts


@pytest.mark.parametrize("question", [(), ("--anywhere", "-f", "keras")])
def test_a_report_folder_is_a_snapshot_that_gives_the_same_bytes(
    run: Run, tmp_path: Path, question: tuple[str, ...]
) -> None:
    assert run("report", "--from", BUNDLED, "--out", tmp_path / "one", *question).code == 0
    again = run(
        "report",
        "--from",
        tmp_path / "one",
        "--format",
        "csv",
        "--out",
        tmp_path / "two",
        *question,
    )
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert {
        "chart.png",
        "counts.csv",
        "datapackage.json",
        "ledger.csv",
        "findings.csv",
        "report.html",
    } < set(files)
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), (
            name
        )
    assert again.out.encode() == (tmp_path / "one" / "counts.csv").read_bytes()


def test_a_snapshot_gives_every_question_an_answer_again(run: Run, tmp_path: Path) -> None:
    assert (
        run("report", "--from", BUNDLED, "-f", "keras", "--anywhere", "--out", tmp_path).code == 0
    )
    for question in ((), ("--anywhere"), ("2018",)):
        first = run("report", "iclr", *question, "--from", BUNDLED, "--format", "csv")
        assert run("report", "iclr", *question, "--from", tmp_path, "--format", "csv") == first


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nips", 2018), "does not contain nips 2018, only iclr 2018, iclr 2019"),
        (("iclr", 2020), "does not contain iclr 2020"),
        (("iclr", "--lexicon", "x.toml"), "--lexicon needs the workspace"),
        (("iclr", "--as-of", "2018-01-01"), "--as-of needs the workspace"),
    ],
)
def test_what_a_snapshot_cannot_answer_is_said_in_a_line(
    run: Run, words: tuple[object, ...], said: str
) -> None:
    result = run("report", *words, "--from", BUNDLED)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert result.err.count("\n") == 1


def test_a_year_the_snapshot_lacks_is_a_warning_beside_those_it_has(run: Run, details: Run) -> None:
    result = details("iclr", "2018-2020", "--from", BUNDLED)
    assert result.code == 0
    assert "2020: not in this report" in result.out


def test_no_name_is_no_snapshot(run: Run) -> None:
    for name in ("", "no-such", "../iclr-2018-2019", "x" * 300):
        result = run("report", "iclr", "--from", name)
        assert (result.code, result.out) == (2, ""), name
        assert result.err.count("\n") == 1


GOOD: Ledgers = {2018: {"ok": 3, "empty": 1}}


def test_the_folder_that_is_made_hostile_below_is_none_before(run: Run, tmp_path: Path) -> None:
    assert (
        run(
            "report", "--from", make_snapshot(tmp_path / "hostile", GOOD, {"keras": {2018: 2}})
        ).code
        == 0
    )


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_folder_is_one_clear_line(run: Run, tmp_path: Path, case: str) -> None:
    folder = make_snapshot(tmp_path / "hostile", GOOD, {"keras": {2018: 2}})
    HOSTILE[case](folder)
    result = run("report", "--from", folder)
    assert (result.code, result.out) == (2, ""), result
    assert result.err.startswith("papertally: ")
    assert result.err.count("\n") == 1
    assert "hostile" in result.err


def test_broken_figures_of_hand_checking_are_named(run: Run, tmp_path: Path, details: Run) -> None:
    folder = make_snapshot(tmp_path / "one", GOOD, {"keras": {2018: 2}})
    shares = {"precision": 0.9, "low": 0.8, "high": 0.95}
    good = {"framework": "", "judged": 9, "missed": 1.5, "kappa": -0.2} | shares
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    of_keras = [good | {"framework": "keras"}]
    package["papertally"]["audit"] = {"overall": good, "frameworks": of_keras}
    _package(package)(folder)
    assert "precision" in details("--from", folder).out
    for figures in [
        *("x", [], {"framework": 5}, {"precision": "much"}, {"precision": 1.5}, {"low": -0.1}),
        *({"high": float("nan")}, {"judged": None}, {"judged": 2.5}, {"judged": -1}),
        *({"judged": True}, {"near": "x"}, {"kappa": -2}, {"missed": float("inf")}),
    ]:
        broken = good | figures if isinstance(figures, dict) else figures
        package["papertally"]["audit"]["frameworks"] = [broken]
        _package(package)(folder)
        result = details("--from", folder)
        assert (result.code, result.out, result.err.count("\n")) == (2, "", 1), figures
        told = re.search(r"hand-checking|\$\.papertally\.audit|JSON is malformed", result.err)
        assert told, (figures, result.err)


def test_figures_of_hand_checking_from_a_later_version_do_no_harm(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path / "one", GOOD, {"keras": {2018: 2}})
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    package["papertally"]["audit"] = {"overall": {"framework": "", "strange": 1}, "frameworks": []}
    _package(package)(folder)
    assert run("report", "--from", folder).code == 0


@pytest.mark.parametrize(
    ("case", "said"),
    [("strange version", "'Original' in the column revision"), ("no lexicon",
    "missing required field `lexicon`"),
     ("pages are negative", "less than nothing in the column pages"), ("package is a list",
     "not come from papertally"),
     ("mentions in a zone are negative", "in the column appendix"),
     ("ledger is long", "larger than 768 MiB"), ("datapackage is long", "larger than 16 MiB"),
     ("ledger is wide", "more than 10,000 columns"),
     ("ledger has many cells", "is empty in the column venue")],
)  # fmt: skip
def test_a_damaged_folder_is_told_its_fault(run: Run, tmp_path: Path, case: str, said: str) -> None:
    folder = make_snapshot(tmp_path / "one", GOOD, {"keras": {2018: 2}})
    HOSTILE[case](folder)
    told = run("report", "--from", folder).err
    assert said in told
    assert told.endswith("; name a folder as `report --out` wrote it, or write this one again\n")


def test_columns_added_at_the_end_and_a_byte_order_mark_do_no_harm(
    run: Run, tmp_path: Path
) -> None:
    folder = make_snapshot(tmp_path / "one", GOOD, {"keras": {2018: 2}})
    before = run("report", "--from", folder, "--format", "csv")
    lines = (folder / "ledger.csv").read_text("utf-8").splitlines()
    text = "\n".join(f"{line},{'new' if number else 'later'}" for number, line in enumerate(lines))
    (folder / "ledger.csv").write_text(text + "\n", encoding="utf-8-sig")
    assert run("report", "--from", folder, "--format", "csv") == before


def test_a_folder_of_two_venues_is_reported_whole_or_in_part(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path / "two", GOOD, {"keras": {2018: 2}})
    with (folder / "ledger.csv").open("a") as stream:
        stream.write("other,2018,p1,,,unknown,,,,,,,,,empty,,,,\n")
    assert run("report", "--from", folder).out.startswith("OTHER, TOY 2018: ")
    assert "name a venue" in run("search", "-f", "keras", "--from", folder).err
    result = run("report", "toy", "--from", folder, "--format", "csv")
    rows = list(csv.DictReader(result.out.splitlines()))
    assert [(row["venue"], row["papers"], row["listed"]) for row in rows] == [("toy", "2", "4")]


@pytest.mark.parametrize("words", [("toy", 2018), ("toy", "2018,2020"), ("toy",)])
def test_a_folder_written_over_itself_loses_nothing(
    run: Run, tmp_path: Path, words: tuple[object, ...]
) -> None:
    folder = make_snapshot(
        tmp_path / "one", {2018: {"ok": 3}, 2019: {"ok": 2}}, {"keras": {2018: 2, 2019: 1}}
    )
    with (folder / "ledger.csv").open("a") as stream:
        stream.write("other,2018,p1,,,unknown,,,,,,,,,empty,,,,\n")
    (tmp_path / "link").symlink_to(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for out in (folder, tmp_path / "link"):
        result = run("report", *words, "--from", folder, "--out", out)
        assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
        assert "toy 2018, toy 2019" in result.err
        assert "choose another folder" in result.err
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert run("report", *words, "--from", folder, "--out", tmp_path / "other").code == 0


def test_a_folder_may_be_written_over_itself_whole(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(
        tmp_path / "one",
        {2018: {"ok": 3}, 2019: {"ok": 2}},
        {"keras": {2018: 2, 2019: 1}},
        statuses=lambda _year, number: "accepted" if number else "rejected",
    )
    for words in (
        (),
        ("toy", "2018-2020"),
        ("toy", 2018, 2019, "--population", "accepted", "-f", "keras"),
    ):
        assert run("report", *words, "--from", folder, "--out", folder).code == 0
        for name in ("ledger.csv", "findings.csv"):
            assert (
                len((folder / name).read_text("utf-8").splitlines())
                == {"ledger.csv": 6, "findings.csv": 4}[name]
            )


def test_the_snapshot_read_is_not_changed(run: Run, tmp_path: Path) -> None:
    folder = make_snapshot(tmp_path / "one", GOOD, {"keras": {2018: 2}})
    before = shutil.copytree(folder, tmp_path / "copy")
    run("report", "--from", folder)
    assert sorted(p.name for p in folder.iterdir()) == sorted(p.name for p in before.iterdir())
    assert all((before / p.name).read_bytes() == p.read_bytes() for p in folder.iterdir())


def test_columns_are_those_of_the_contract() -> None:
    assert ",".join(COUNTS) == (
        "venue,year,population,listing_date,revision,rule,lexicon,counting,zone,framework,papers,papers_max,readable,"
        "listed,missing,complete,share,share_low,share_high"
    )
    assert ",".join(FINDINGS) == (
        "venue,year,paper,framework,mentions,substring,listing,body,appendix,references,other,url_only"
    )
    assert ",".join(LEDGER) == (
        "venue,year,paper,number,title,status,status_raw,keywords,listing_date,revision,pdf_sha256,engine,pages,"
        "letters,ledger,reason,source,url,alias"
    )
