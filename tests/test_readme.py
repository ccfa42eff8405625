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


def test_the_readme_is_a_page() -> None:
    assert len(PAGES["README.md"].split()) < 700


@pytest.mark.parametrize("page", READMES)
def test_the_days_and_the_hand_check_of_the_readme_are_computed(page: str) -> None:
    text = " ".join(PAGES[page].split())
    years = re.findall(r"ICLR \d{4}\s?[(（](\d+,\d+)\D*?(\d+) (?:days|天)", text)
    assert [int(days) for _, days in years] == [
        round(int(papers.replace(",", "")) / 36 / 24) for papers, _ in years
    ]
    assert len(years) == 2
    labels = (ROOT / "data" / "labels" / "use-2018.tsv").read_text(encoding="utf-8").splitlines()
    said = [line.split("\t")[2] for line in labels[1:]]
    used, decided = str(said.count("U")), str(len(said) - said.count("?"))
    assert {used, decided} <= set(re.findall(r"\d+", text))


def test_the_chart_of_the_readme_is_fresh(tmp_path: Path, run: Run) -> None:
    run("report", "iclr", 2018, 2019, "--from", "iclr-2018-2019", "--out", tmp_path)
    fresh = (tmp_path / "chart.png").read_bytes()
    assert fresh == (ROOT / "docs" / "iclr-2018-2019.png").read_bytes(), (
        "run scripts/update_docs.py"
    )
    assert re.search(r"!\[[^]]+\]\(docs/iclr-2018-2019.png\)", PAGES["README.md"])
