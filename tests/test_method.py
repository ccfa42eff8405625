"""The method box: a text for each query, and the command that counts again."""

import csv
import re
import shlex
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from papertally import __version__
from papertally.match.lexicon_file import load_lexicon
from papertally.models import Counting, Revision, Rule, Status, ZoneFilter
from papertally.report.audit_summary import Audit, AuditFigures
from papertally.report.counts import Report, make_report
from papertally.report.document import make_document
from papertally.report.folder import write_folder
from papertally.report.i18n import Language
from papertally.report.method import command
from papertally.report.query import Display, ReportQuery
from papertally.report.render.markdown import as_method, as_report_md
from papertally.report.snapshot import Snapshot
from papertally.report.snapshot_folder import read_snapshot
from papertally.resources import DATA_FOLDER, find_snapshot
from papertally.settings import parse_years
from tests.helpers.command import Run
from tests.helpers.lexicon import LABELS
from tests.helpers.paths import ROOT
from tests.helpers.pdfs import FILLER
from tests.helpers.snapshots import BUNDLED, make_snapshot, with_papers

MAX_WORDS = 230
MAX_SIGNS = 360
"""Chinese signs that say as much."""
OUTCOMES = {
    "ok": 40, "empty": 1, "unreadable": 2, "timeout": 3, "crashed": 4, "no-pdf": 5,
    "not-fetched": 6,
}  # fmt: skip
AUDIT = Audit(
    AuditFigures(
        "",
        judged=300,
        precision=0.95,
        low=0.92,
        high=0.97,
        recall_view=0.98,
        recall_low=0.93,
        kappa=0.81,
    ),
    (AuditFigures("keras", judged=100, precision=0.9, low=0.82, high=0.95),),
)


def bundled() -> Snapshot:
    folder = find_snapshot(BUNDLED)
    assert folder
    return read_snapshot(folder)


def toy(folder: Path, years: Iterable[int]) -> Snapshot:
    """Make a snapshot in which every outcome is met every year."""
    counted = dict.fromkeys(years, OUTCOMES)
    return read_snapshot(make_snapshot(folder, counted, {"keras": dict.fromkeys(counted, 7)}))


def line(report: Report, label: str) -> str:
    [found] = [one for one in make_document(report).method if one.startswith(f"{label}: ")]
    return found


QUERIES = [
    ReportQuery(statuses, rule, ("keras",), zone, counting)
    for statuses, rule, zone, counting in product(
        [(), (Status.ACCEPTED, Status.REJECTED)], Rule, ZoneFilter, Counting
    )
    if zone == "any" or rule == Rule.LEXICON
]


def test_the_box_of_two_years_is_short_for_every_query(tmp_path: Path) -> None:
    snapshot = toy(tmp_path, [2018, 2019])
    snapshot = with_papers(
        snapshot,
        lambda at, _row: {"status": Status.ACCEPTED, "engine": f"engine{at % 9} 1.{at % 9}"},
    )
    zones = {"listing": 0, "body": 2, "appendix": 0, "references": 0, "other": 0}
    findings = tuple(row._replace(**zones) for row in snapshot.findings)
    snapshot = replace(snapshot, findings=findings)
    reports = {
        zone: make_report(replace(snapshot, audit=AUDIT), ReportQuery(zone=zone))
        for zone in ZoneFilter
    }
    for query in QUERIES:
        report = replace(reports[query.zone], query=query)
        box = make_document(report).method
        assert len(" ".join(box).split()) < MAX_WORDS, box
        chinese = make_document(replace(report, display=Display(language=Language.ZH))).method
        assert len(re.findall("[\u3400-\u9fff]", "".join(chinese))) < MAX_SIGNS, chinese


def test_the_box_of_many_years_leaves_nothing_out(tmp_path: Path) -> None:
    years = (2013, 2015, 2016, 2018, 2019, 2021, 2022, 2024, 2026)
    found = {name: dict.fromkeys(years, 9) for name in ("tensorflow", "pytorch", "theano")}
    snapshot = read_snapshot(make_snapshot(tmp_path, dict.fromkeys(years, OUTCOMES), found))
    snapshot = with_papers(
        snapshot,
        lambda at, row: {
            "engine": f"engine{at % 9} 1.0",
            "revision": list(Revision)[row.year % 3],
        },
    )
    figures = replace(AUDIT.frameworks[0], papers_right=0.9, papers_low=0.8, papers_high=1.0)
    audit = replace(AUDIT, frameworks=tuple(replace(figures, framework=name) for name in found))
    report = make_report(replace(snapshot, audit=audit), ReportQuery(frameworks=tuple(found)))
    assert "2013, 2015–2016, 2018–2019, 2021–2022, 2024, 2026" in line(report, "Counted")
    assert "6 others" in line(report, "Text engine")
    assert "(2013, 2016, 2019, 2022)" in line(report, "Versions of the PDFs read")
    assert "precision overall 95.0 %" in line(report, "Checked by hand")
    assert line(report, "Checked by hand").count("8 corrected") == len(found)
    assert "no error of the count" in line(report, "Interval")
    assert "-f tensorflow,pytorch,theano" in line(
        report, f"Repeat in this folder (papertally {__version__})"
    )


def test_the_box_tells_what_was_counted() -> None:
    report = make_report(bundled(), ReportQuery(rule=Rule.SUBSTRING))
    text = "\n".join(make_document(report).method)
    for words in (
        "papers of ICLR 2018→2019 that contain the letters of a framework, also inside other words",
        "the PDFs' whole text",
        "substring",
        f"lexicon version {report.snapshot.lexicon.version}",
        "all submissions, listed 2017-10-29, 2018-09-28: 2,591 papers, 2,587 searched",
        "version not known",
        "imported as text",
        "2 almost empty or a placeholder, 2 not fetched",
        "no error of the count",
        f"(papertally {__version__}): papertally report iclr 2018 2019 --from . --anywhere",
    ):
        assert words in text


def test_every_reason_of_the_ledger_is_counted(tmp_path: Path) -> None:
    report = make_report(toy(tmp_path, [2018, 2019]), ReportQuery())
    said = line(report, "Not searched")
    for count in (2, 4, 6, 8, 10, 12):
        assert f" {count} " in said
    assert "lower bounds" in line(report, "Interval")


def test_nothing_unread_and_nothing_checked_is_said_plainly(tmp_path: Path) -> None:
    snapshot = read_snapshot(make_snapshot(tmp_path, {2018: {"ok": 3}}, {"keras": {2018: 1}}))
    report = make_report(snapshot, ReportQuery())
    assert line(report, "Not searched") == "Not searched: none."
    assert "lower bounds" not in line(report, "Interval")
    assert not [one for one in make_document(report).method if one.startswith("Checked by hand")]
    checked = line(make_report(replace(snapshot, audit=AUDIT), ReportQuery()), "Checked by hand")
    assert "300 mentions of keras read, precision overall 95.0 % (92.0 to 97.0 %)" in checked
    assert "recall at 93.0 to 98.0 % at most" in checked
    assert "in all papers" not in checked
    near = {"near": 70, "near_judged": 60, "recall_view": 0.9971, "recall_low": 0.9969}
    alike = replace(AUDIT, overall=replace(AUDIT.overall, **near))
    assert "Near misses (60 of 70 judged) put recall at 99.7 % at most." in line(
        make_report(replace(snapshot, audit=alike), ReportQuery()), "Checked by hand"
    )
    assert "kappa: 0.81" in checked


def test_versions_are_told_by_year_where_they_differ(tmp_path: Path) -> None:
    snapshot = toy(tmp_path, [2018, 2019, 2020])
    snapshot = with_papers(
        snapshot,
        lambda _at, row: {"revision": Revision.CURRENT} if row.year == 2019 else {},
    )
    report = make_report(snapshot, ReportQuery())
    assert line(report, "Versions of the PDFs read").endswith(
        "version not known (2018, 2020); the latest (2019)."
    )


def test_engines_come_with_their_versions_most_read_first(tmp_path: Path) -> None:
    snapshot = toy(tmp_path, [2018])
    snapshot = with_papers(
        snapshot, lambda at, _row: {"engine": "old 1" if at < 5 else "pdfium 5.15.2"}
    )
    assert (
        line(make_report(snapshot, ReportQuery()), "Text engine")
        == "Text engine: pdfium 5.15.2, old 1."
    )


def test_of_listing_entries_no_version_or_engine_is_told(tmp_path: Path) -> None:
    report = make_report(toy(tmp_path, [2018]), ReportQuery(zone=ZoneFilter.LISTING))
    labels = [one.partition(":")[0] for one in make_document(report).method]
    assert not {"Versions of the PDFs read", "Text engine"} & set(labels)


@pytest.mark.parametrize(
    ("years", "words"),
    [
        ([2018], ["2018"]),
        ([2018, 2019], ["2018", "2019"]),
        ([2017, 2018, 2019], ["2017-2019"]),
        ([2015, 2016, 2018, 2020, 2021, 2022], ["2015-2016,2018,2020-2022"]),
        ([2015, 2018, 2019], ["2015,2018-2019"]),
    ],
)
def test_the_command_names_the_years(tmp_path: Path, years: list[int], words: list[str]) -> None:
    report = make_report(toy(tmp_path, years), ReportQuery())
    assert command([report]).split() == ["papertally", "report", "toy", *words, "--from", "."]
    assert parse_years(words) == tuple(years)


def test_the_command_gives_the_same_report_again_in_its_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = ReportQuery(
        (Status.ACCEPTED,), Rule.LEXICON, ("pytorch", "keras"), counting=Counting.ONLY
    )
    report = make_report(bundled(), question)
    write_folder(make_document(report), tmp_path)
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command([report]))
    assert words[1:] == [
        "report", "iclr", "2018", "2019", "--from", ".", "--population", "accepted", "--count",
        "only", "-f",
        "pytorch,keras",
    ]  # fmt: skip
    again = run(*words[1:], "--format", "csv").out
    assert again == (tmp_path / "counts.csv").read_text("utf-8")


def test_a_term_that_is_an_expression_is_told_as_one_and_comes_back_from_its_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, details: Run
) -> None:
    (tmp_path / "a.txt").write_text(f"Our GANs.\n{FILLER}")
    assert run("add", "toy", 2018, tmp_path / "a.txt").code == 0
    printed = details(
        "toy", 2018, "--term", "GAN=/GANs?/", "--term", "Our", "--out", tmp_path / "out"
    ).out
    assert "the expression GAN = /GANs?/" in " ".join(printed.split())
    assert "“Our” as whole words" in " ".join(printed.split())
    monkeypatch.chdir(tmp_path / "out")
    [line] = [
        one
        for one in Path("method.md").read_text("utf-8").splitlines()
        if one.startswith("- Repeat")
    ]
    words = shlex.split(line.partition("): papertally ")[2])
    assert details(*words[1:]).out == printed


def test_method_md_is_a_list_with_a_heading() -> None:
    lines = as_method(make_document(make_report(bundled(), ReportQuery()))).splitlines()
    assert lines[0] == "# How this was counted"
    assert all(one.startswith("- ") for one in lines[2:])


def test_report_md_holds_the_chart_all_tables_and_the_box() -> None:
    text = as_report_md(
        make_document(make_report(bundled(), ReportQuery())),
        "chart one.png",
        "Slope [chart]\nof two years",
    )
    assert text.startswith("## ICLR 2018 → 2019: share of submitted papers")
    assert "\n\n![Slope \\[chart\\] of two years](chart%20one.png)\n\n" in text
    assert "| p adjusted | verdict |" in text
    assert "\n### How this was counted\n\n- Counted: " in text
    assert "\n\n\n" not in text


def test_the_figures_on_unseen_papers_are_those_of_the_labels() -> None:
    with (LABELS / "pmlr-2016-2025.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        labelled = Counter(row["framework"] for row in rows if row["software"] == "Y")
    frameworks = load_lexicon(DATA_FOLDER / "frameworks.toml").frameworks
    counts = {item.name: labelled.pop(item.id, 0) for item in frameworks}
    text = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    section = text.split("## Papers that the rules had not seen")[1].split("\n## ")[0]
    table = re.findall(r"^\| (.+?) \| \**(\d+)\** \| \**(\d+)", section, re.MULTILINE)
    shown = {name: int(number) for name, number, _ in table}
    frequent = {name: number for name, number in counts.items() if number >= 5}
    assert shown.items() >= frequent.items()
    assert shown["**all frameworks**"] == sum(counts.values())
    assert shown["**all libraries** (21 of the 23)"] == sum(labelled.values())
    assert len(labelled) == 21
    rare = [name for name, number in counts.items() if 0 < number < 5]
    rest = sum(counts[name] for name in rare)
    assert shown[f"{len(rare)} others, 1 to 4 papers each"] == rest
    all_found = [int(found) for _, _, found in table[:-2]]
    assert sum(all_found) == int(table[-2][2])
