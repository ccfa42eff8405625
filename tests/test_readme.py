"""The README, in English and Chinese: its commands work as pasted, its screen is the program's."""

import re
from pathlib import Path

import pytest

from tests.helpers.command import Run
from tests.helpers.docs import PAGES, commands, run_as_pasted
from tests.helpers.paths import ROOT

READMES = [name for name in PAGES if name.startswith("README")]


@pytest.mark.parametrize("page", READMES)
def test_the_commands_of_the_readme_work_in_their_order_as_pasted(
    page: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(commands(page)) >= 8
    assert len(run_as_pasted(page, run, tmp_path, monkeypatch)) >= 4


def test_the_chart_of_the_readme_is_fresh(tmp_path: Path, run: Run) -> None:
    run("report", "iclr", 2018, 2019, "--from", "iclr-2018-2019", "--out", tmp_path)
    fresh = (tmp_path / "chart.png").read_bytes()
    assert fresh == (ROOT / "docs" / "iclr-2018-2019.png").read_bytes(), (
        "run scripts/update_docs.py"
    )
    assert re.search(r"!\[[^]]+\]\(docs/iclr-2018-2019.png\)", PAGES["README.md"])
