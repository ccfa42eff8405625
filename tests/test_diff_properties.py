"""Invented pairs of report folders: what holds of every comparison."""

import csv
import shutil
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from papertally.report.diff import ChangeReason, Move, compare_folders
from papertally.report.query import ReportQuery
from papertally.report.snapshot_folder import read_snapshot
from tests.helpers.diff import (
    set_lexicon,
)

PAPER = st.fixed_dictionaries(
    {
        "listed": st.booleans(),
        "ledger": st.sampled_from(["ok", "ok", "ok", "empty", "not-fetched"]),
        "status": st.sampled_from(["accepted", "rejected"]),
        "revision": st.sampled_from(["original", "current"]),
        "engine": st.sampled_from(["pdfium 5", "text"]),
        "letters": st.integers(300, 301),
        "mentions": st.integers(0, 2),
    }
)
SIDE = st.lists(PAPER, min_size=6, max_size=6)


def _invent(written: Path, folder: Path, papers: list[dict[str, Any]], version: str) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(written, folder)
    years = [*("2018", "2019") * 3]
    rows = [
        {"venue": "toy", "year": year, "paper": f"p{number}"}
        | {name: str(cell) for name, cell in paper.items()}
        for number, (year, paper) in enumerate(zip(years, papers, strict=True))
        if paper["listed"]
    ]
    heads = {
        name: (folder / name).open().readline().strip().split(",")
        for name in ("ledger.csv", "findings.csv")
    }
    tables = {
        "ledger.csv": rows,
        "findings.csv": [
            row | {"framework": "keras", "substring": "0"}
            for row in rows
            if row["ledger"] == "ok" and row["mentions"] != "0"
        ],
    }
    for name, lines in tables.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(
                stream, heads[name], restval="", extrasaction="ignore", lineterminator="\n"
            )
            writer.writeheader()
            writer.writerows(lines)
    set_lexicon(folder, version)
    return folder


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(SIDE, SIDE, st.sampled_from(["abc", "other"]), st.sampled_from([(), ("accepted",)]))
def test_sums_add_up_and_the_other_way_round_is_the_mirror(
    written: Path,
    tmp_path: Path,
    one: list[dict[str, Any]],
    other: list[dict[str, Any]],
    version: str,
    statuses: Any,
) -> None:
    for papers in (one, other):  # so that both hold both years, and the population is not empty
        papers[0] |= {"listed": True, "status": "accepted"}
        papers[1] |= {"listed": True}
    a = read_snapshot(_invent(written, tmp_path / "a", one, "abc"))
    b = read_snapshot(_invent(written, tmp_path / "b", other, version))
    question = ReportQuery(statuses=statuses, frameworks=("keras",))
    there, back = compare_folders(a, b, question), compare_folders(b, a, question)
    (keras,), (mirror,) = there.frameworks, back.frameworks
    assert keras.total[1] - keras.total[0] == keras.count(Move.CAME) - keras.count(Move.WENT)
    for year in there.years:
        assert year.listed[1] - year.listed[0] == year.came - year.left
    assert keras.total == mirror.total[::-1]
    assert keras.count(Move.CAME) == mirror.count(Move.WENT)
    assert there.same == back.same
    reasons = [
        sorted((change.paper, change.reason) for change in item.changes) for item in (keras, mirror)
    ]
    assert reasons[0] == reasons[1]
    assert compare_folders(a, a, question).same
    expected = {
        f"p{number}"
        for number, (before, after) in enumerate(zip(one, other, strict=True))
        if _counted(before, statuses) != _counted(after, statuses)
    }
    assert {change.paper for change in keras.changes} == expected
    if version == "abc":
        assert ChangeReason.LEXICON not in {change.reason for change in keras.changes}


def _counted(paper: dict[str, Any], statuses: tuple[str, ...]) -> int:
    counts = (
        paper["listed"]
        and paper["ledger"] == "ok"
        and (not statuses or paper["status"] in statuses)
    )
    return int(paper["mentions"]) if counts else 0
