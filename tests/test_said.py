"""What may be said of a report, and what must be said beside it: sentences to quote, warnings, lists, signs."""

import json
from pathlib import Path

import pytest

from tests.conftest import FILLER, Run
from tests.test_report import TWO_YEARS, squeezed
from tests.test_snapshot import BUNDLED, make_snapshot

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


def test_what_rounds_to_nothing_has_no_sign(run: Run, tmp_path: Path) -> None:
    years = {2018: {"ok": 1000}, 2019: {"ok": 1001}}
    folder = make_snapshot(tmp_path, years, {"fell": {2018: 501, 2019: 500}, "same": {2018: 90, 2019: 90}})
    table = squeezed(run("report", "--from", folder).out)
    assert "fell 501 → 500 0 % 50.1 % → 50.0 % −0.1" in table
    assert "same 90 → 90 0 % 9.0 % → 9.0 % 0.0" in table
    assert "submissions listed 1,000 1,001 0 %" in table
