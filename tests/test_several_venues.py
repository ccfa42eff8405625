"""Reports of several venues: side by side, each as it is alone, and never compared."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import papertally as pt
from papertally.models import Scope, Status, VenueYear
from papertally.report.audit_summary import Audit, AuditFigures
from papertally.report.counts import Report, make_report
from papertally.report.folder import write_folder
from papertally.report.query import ReportQuery
from papertally.report.render.terminal import FORMATS, as_table
from papertally.report.schema import CHANGES, COUNTS, PAPERS
from papertally.report.snapshot_folder import read_snapshot, read_venues
from papertally.report.tables import change_rows
from papertally.report.venues import with_same_frameworks
from papertally.report.venues_document import make_documents
from tests.helpers.command import Run, is_error_line
from tests.helpers.pdfs import FILLER
from tests.helpers.reports import read_counts
from tests.helpers.snapshots import make_venues
from tests.helpers.stored_years import invent, store_year

ACCEPTED = (Status.ACCEPTED,)
NAMES = {"tensorflow": "TensorFlow", "pytorch": "PyTorch"}
YEARS = {
    "iclr": {2018: {"ok": 1000}, 2019: {"ok": 1000}},
    "neurips": {2019: {"ok": 500}, 2020: {"ok": 100, "not-fetched": 900}, 2021: {"ok": 9}},
}
FOUND = {
    "iclr": {"tensorflow": {2018: 228, 2019: 170}, "pytorch": {2018: 87, 2019: 160}},
    "neurips": {"tensorflow": {2019: 50}, "pytorch": {2019: 20, 2020: 30, 2021: 3}},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a report folder of two venues, of which each lacks years of the other."""
    return make_venues(tmp_path / "in", YEARS, FOUND, names_=NAMES)


def test_rows_by_framework_and_venue_with_gaps_and_a_direction_within_each_venue(
    run: Run, folder: Path
) -> None:
    result = run("report", "--from", folder)
    assert (result.code, result.err) == (0, "")
    rows = [line.split() for line in result.out.splitlines() if line.startswith(" ")]
    assert ["2018", "2019", "2020", "2021"] in rows
    assert ["TensorFlow", "ICLR", "22.8", "17.0", "·", "·", "fell"] in rows
    assert ["NEURIPS", "·", "10.0", "0–3*", "0", "of", "9*", "fell"] in rows
    assert ["PyTorch", "ICLR", "8.7", "16.0", "·", "·", "rose"] in rows
    text = " ".join(result.out.split())
    assert "* NEURIPS 2020: a random sample, 100 of 1,000 papers" in text
    assert "* NEURIPS 2021: under 30 papers were read" in text
    assert text.count("Each venue stands for itself") == 1
    assert "16 % of the papers submitted to ICLR 2019 mention PyTorch" in text
    assert "papers submitted to NEURIPS 2020 mention" in text


def test_rare_frameworks_are_rare_in_each_of_all_years(run: Run, tmp_path: Path) -> None:
    years = {"iclr": {2018: {"ok": 500}, 2019: {"ok": 500}}, "neurips": {2019: {"ok": 500}}}
    found = {"keras": {2019: 50}, "jax": {2018: 1}, "chainer": {2019: 2}}
    courses = dict.fromkeys(years, found)
    for last, words in ((2019, "either year's"), (2020, "each year's")):
        years["neurips"][last] = {"ok": 500}
        folder = make_venues(tmp_path / str(last), years, courses)
        text = " ".join(run("report", "--from", folder).out.split())
        assert f"2 more are in under 1 % of {words} papers" in text


def test_every_form_names_the_venue_and_joins_the_rows(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    for words in ((), ("--details",), ("--lang", "zh"), ("--anywhere",), ("--count", "only")):
        for form in ("table", *FORMATS):
            result = run("report", "--from", folder, *words, "--format", form)
            assert result.code == 0, (words, form, result.err)
            assert "NEURIPS" in result.out or form == "csv", (words, form)
    told = json.loads(run("report", "--from", folder, "--format", "json", "--details").out)
    assert [item["venue"] for item in told["venues"]] == ["iclr", "neurips"]
    assert [item["population"] for item in told["venues"]] == ["all", "all"]
    for name in ("years", "counts", "changes", "incomplete", "readings"):
        assert told[name], name
        assert all("venue" in row for row in told[name]), name
    counts = read_counts(run("report", "--from", folder, "--format", "csv").out)
    assert {(row["venue"], row["year"]) for row in counts} == {
        (venue, str(year)) for venue, years in YEARS.items() for year in years
    }
    changes = {row["venue"] for row in told["changes"]}
    assert changes == {"iclr", "neurips"}


def test_the_files_hold_all_venues_and_are_read_again(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert run("report", "--from", folder, "--out", out, "-f", "pytorch,tensorflow").code == 0
    for name in ("counts", "changes", "papers", "findings", "ledger"):
        with (out / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert {row["venue"] for row in rows} == {"iclr", "neurips"}, name
    package = json.loads((out / "datapackage.json").read_text("utf-8"))
    assert package["name"] == "papertally-iclr-2018-2019-neurips-2019-2020-2021"
    assert "iclr,neurips 2018-2021 --from ." in package["papertally"]["command"]
    first = run("report", "--from", out, "-f", "pytorch,tensorflow").out
    assert first.replace(str(out), "") == run(
        "report", "--from", folder, "-f", "pytorch,tensorflow"
    ).out.replace(str(folder), "")
    chosen = run("report", "--from", out, "NeurIPS,iclr,icml", "2019", "--format", "json")
    assert [item["venue"] for item in json.loads(chosen.out)["venues"]] == ["neurips", "iclr"]
    assert f"{out} does not contain icml 2019, only iclr 2018" in chosen.err
    assert run("diff", out, folder).out.endswith("no difference\n")
    assert "87 of 1,000 readable" in run("search", "-f", "pytorch", "iclr", 2018, "--from", out).out
    asked = run("search", "-f", "pytorch", "--from", out)
    assert asked.err == f"papertally: {out} contains iclr, neurips: name a venue before --from\n"
    alone = run("report", "--from", out, "neurips")
    assert "share of submitted papers" in alone.out
    assert "ICLR" not in alone.out
    lost = run("report", "--from", folder, "iclr", "2019", "--out", out)
    assert f"{out} had iclr 2018; neurips 2019, 2020, 2021 before" in lost.err
    assert f"papertally report iclr,neurips 2018 2019 2020 2021 --out {out}" in lost.err


def counted(folder: Path, *venues: str, frameworks: tuple[str, ...]) -> tuple[Report, ...]:
    query = ReportQuery(frameworks=frameworks)
    loaded = read_venues(folder, [Scope(venue) for venue in venues])
    return with_same_frameworks([make_report(item.snapshot, query) for item in loaded])


_PAPERS = st.fixed_dictionaries(
    {"ok": st.integers(0, 120), "not-fetched": st.integers(0, 60), "empty": st.integers(0, 9)}
).filter(lambda outcomes: sum(outcomes.values()) > 0)
_YEARS = st.dictionaries(st.integers(2018, 2021), _PAPERS, min_size=1, max_size=4)
_FOUND = st.fixed_dictionaries(
    {
        name: st.dictionaries(st.integers(2018, 2021), st.integers(0, 120), max_size=4)
        for name in ("keras", "pytorch", "jax")
    }
)


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["a", "b", "c"]), st.tuples(_YEARS, _FOUND), min_size=2),
    st.sampled_from([(), ("jax", "keras")]),
)
def test_several_venues_are_what_each_is_alone(
    tmp_path_factory: pytest.TempPathFactory, venues: dict, frameworks: tuple[str, ...]
) -> None:
    folder = make_venues(
        tmp_path_factory.mktemp("venues"),
        {venue: years for venue, (years, _) in venues.items()},
        {venue: found for venue, (_, found) in venues.items()},
    )
    joint = counted(folder, frameworks=frameworks)
    alone = [counted(folder, venue, frameworks=frameworks)[0] for venue in sorted(venues)]
    for one, single in zip(joint, alone, strict=True):
        assert one.counts == single.counts
        assert list(map(repr, change_rows(one))) == list(map(repr, change_rows(single)))
        assert one.changes.keys() == single.changes.keys()
    shown = {item.id for report in alone for item in report.shown}
    assert {item.id for item in joint[0].shown} == shown
    assert len({report.shown for report in joint}) == len({report.rare for report in joint}) == 1
    document = make_documents(joint)
    for width in (50, 80):
        lines = as_table(document, width).splitlines()
        assert max(map(len, lines)) <= width
    for form in FORMATS.values():
        assert form(document)


def test_one_venue_of_several_is_what_it_is_in_a_folder_of_its_own(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    one = make_venues(tmp_path / "one", {"neurips": YEARS["neurips"]}, FOUND, names_=NAMES)
    for words in ((), ("--details",), ("--anywhere",), ("-f", "keras,pytorch", "--lang", "zh")):
        shown = [
            run("report", "neurips", "--from", place, *words).out.replace(str(place), "DIR")
            for place in (folder, one)
        ]
        assert shown[0] == shown[1], words
    for place, out in ((folder, "a"), (one, "b")):
        assert run("report", "neurips", "--from", place, "--out", tmp_path / out).code == 0
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_venues_of_a_workspace_go_on_without_those_that_are_not_there(
    run: Run, tmp_path: Path
) -> None:
    for venue, years in (("My-Papers", (2018, 2019)), ("icml", (2019,))):
        for year in years:
            for number in range(40):
                path = tmp_path / venue / str(year) / f"{number}.txt"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"Paper {number} of {year}. We use Keras. {FILLER}")
            assert run("add", venue, year, path.parent, "--complete").code == 0
    words = ("report", "my-papers, ICML,icml ,neurips", "2018-2019", "-f", "keras")
    result = run(*words, "--out", tmp_path / "out")
    text = " ".join(result.out.split())
    assert result.code == 0
    assert text.startswith("My-Papers, ICML 2018, 2019: share of the papers that mention Keras")
    assert "Keras My-Papers 100.0 % 40 100.0 % 40 no clear change ICML · 100.0 % 40" in text
    assert "nothing is stored for neurips 2018 2019: fetch with `papertally survey neurips" in text
    assert "· ICML 2018: nothing is here; papertally survey icml 2018" in text
    assert (tmp_path / "out" / "report.html").read_text("utf-8").count("<blockquote>") == 40
    bundled = run("report", "iclr,icml", 2018, "--format", "csv")
    assert {row["venue"] for row in read_counts(bundled.out)} == {"iclr"}
    assert "nothing of iclr 2018 is stored here: these are the bundled counts" in bundled.err
    assert "nothing is stored for icml 2018" in bundled.err
    none = run("report", "neurips,nuerips", 2031)
    assert (none.code, none.out) == (2, "")
    assert "for neurips 2031: " in none.err
    assert "nothing is stored for nuerips 2031: did you mean neurips?" in none.err
    accepted = run("report", "icml,my-papers", "--population", "accepted")
    assert accepted.code == 2
    assert "icml is left out; no paper is known to be accepted" in accepted.err
    chinese = run("report", "icml,cvpr", "--lang", "zh").out
    assert "没有存储 cvpr 的论文" in chinese


def test_each_venue_keeps_its_population_and_says_which_it_is(run: Run, workspace: Path) -> None:
    iclr = [*invent(40, "JAX", prefix="a"), *invent(40, "JAX", Status.REJECTED, prefix="b")]
    store_year(workspace, VenueYear("iclr", 2024), iclr)
    accepted = invent(60, "JAX", prefix="c")
    store_year(workspace, VenueYear("neurips", 2024), accepted, "proceedings.neurips.cc")
    words = ("report", "iclr,neurips", 2024, "-f", "jax")
    text = " ".join(run(*words).out.split())
    assert text.startswith("ICLR, NeurIPS 2024: share of the papers that mention JAX")
    assert "JAX ICLR 50.0 % 40 39.3 to 60.7 % NeurIPS 50.0 % 30 37.7 to 62.3 %" in text
    assert "Counted: ICLR: submitted papers; NeurIPS: accepted papers." in text
    assert "50 % of the papers submitted to ICLR 2024 mention JAX." in text
    assert "50 % of the accepted papers of NeurIPS 2024 mention JAX." in text
    rows = read_counts(run(*words, "--format", "csv").out)
    assert {(row["venue"], row["population"]) for row in rows} == {
        ("iclr", "all"), ("neurips", "accepted"),
    }  # fmt: skip
    same = " ".join(run(*words, "--population", "accepted").out.split())
    assert "share of accepted papers that mention JAX" in same
    assert "Counted" not in same
    rejected = " ".join(run(*words, "--population", "rejected").out.split())
    assert rejected.startswith("ICLR 2024: share of rejected papers that mention JAX")
    assert "neurips is left out; neurips 2024: proceedings.neurips.cc lists accepted" in rejected


def test_what_is_known_of_each_venue_stays_with_it(folder: Path, tmp_path: Path) -> None:
    reports = []
    for number, item in enumerate(read_venues(folder, [Scope()]), start=1):
        audit = Audit(AuditFigures("", judged=number), ())
        facts = {"audit": audit, "without_abstract": ((2019, number),), "venue_name": f"V{number}"}
        statuses = () if number == 1 else ACCEPTED
        report = make_report(replace(item.snapshot, **facts), ReportQuery(statuses=()))
        reports.append(replace(report, query=replace(report.query, statuses=statuses)))
    write_folder(make_documents(reports), tmp_path / "out", kept=("ledger.csv", "findings.csv"))
    again = [item.snapshot for item in read_venues(tmp_path / "out", [Scope()])]
    assert [item.audit.overall.judged for item in again] == [1, 2]
    assert [item.without_abstract for item in again] == [((2019, 1),), ((2019, 2),)]
    assert [item.venue_name for item in again] == ["V1", "V2"]
    assert [dict(item.made_for)["population"] for item in again] == ["all", "accepted"]
    whole = dict(read_snapshot(tmp_path / "out").made_for)
    assert whole["population"] == "iclr all, neurips accepted"


def test_other_commands_and_wrong_words_are_refused_in_one_line(run: Run) -> None:
    for words in (
        ("survey", "iclr,neurips", "2019"),
        ("fetch", "iclr,neurips", "2019"),
        ("status", "iclr,neurips"),
        ("search", "x", "iclr,neurips"),
        ("audit", "iclr,neurips", "2019"),
        ("add", "iclr,neurips", "2019", "x"),
    ):
        result = run(*words)
        assert result.code == 2, words
        assert f"iclr,neurips names several venues: {words[0]} takes one at a time" in result.err
        assert is_error_line(result.err), words
    for words in (("iclr", "neurips", "2019"), ("iclr,", "neurips", "2019")):
        result = run("report", *words)
        meant = "papertally: several venues are written with commas and without blanks: "
        assert result.err == f"{meant}`papertally report iclr,neurips 2019`\n", words
    for venues in (",", "", "iclr,../x"):
        result = run("report", venues, "2019")
        assert result.code == 2, venues
        assert is_error_line(result.err), venues


def test_the_python_interface_has_all_venues(folder: Path) -> None:
    report = pt.read(folder)
    for name, columns in (("counts", COUNTS), ("changes", CHANGES), ("papers", PAPERS)):
        table = getattr(report, name)
        assert list(table) == list(columns)
        assert set(table["venue"]) == {"iclr", "neurips"}
    counts = report.count("PyTorch")
    assert counts.index.names == ["venue", "year"]
    assert counts["papers"].to_dict() == {
        ("iclr", 2018): 87, ("iclr", 2019): 160,
        ("neurips", 2019): 20, ("neurips", 2020): 30, ("neurips", 2021): 3,
    }  # fmt: skip
    text = repr(report)
    assert text.startswith("ICLR, NEURIPS 2018–2021: share of submitted papers that mention ...")
    assert re.search(r"PyTorch +ICLR +8.7 % +87 +16.0 % +160", text)
    assert "* NEURIPS 2020 is incomplete" in text
    assert "Each venue stands for itself" in report._repr_html_()
