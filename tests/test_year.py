"""Parts of a year that are no sample: their shares are not those of the whole listing."""

import json
from pathlib import Path

import pytest

from papertally.models import NOT_EXTRACTED, SAME_SUBMISSION
from papertally.report.year import chance
from tests.helpers.command import Run
from tests.helpers.listing import Toy, note_v2, serve_pdfs
from tests.helpers.snapshots import make_snapshot

WARNING = (
    "Warning: 2024: the papers read are no random part of the listing "
    "(accepted 5 of 5, rejected 0 of 15)"
)
FORMS = ["table", "markdown", "json"]


@pytest.fixture
def decided(toy: Toy, tmp_path: Path) -> None:
    """List five accepted and fifteen rejected papers."""
    server, catalogue = toy
    accepted, rejected = (
        [f"a{number}" for number in range(5)],
        [f"r{number}" for number in range(15)],
    )
    catalogue.notes = [
        note_v2(name, pdf=f"/pdf/{name}.pdf", venue="ICLR 2024 poster", venueid="toy/2024")
        for name in accepted
    ] + [
        note_v2(
            name,
            pdf=f"/pdf/{name}.pdf",
            venue="Submitted to ICLR 2024",
            venueid="toy/2024/Rejected_Submission",
        )
        for name in rejected
    ]
    server.faults[:] = [
        serve_pdfs(tmp_path / "p", dict.fromkeys(accepted + rejected, "We use Keras.")),
        catalogue,
    ]


def shown(run: Run, form: str, *words: object) -> str:
    result = run("report", "toy", 2024, "--details", "--format", form, *words)
    assert result.code == 0, result
    return " ".join(result.out.replace("\\", "").split())


@pytest.mark.usefixtures("decided")
def test_accepted_papers_alone_are_no_sample_of_all(run: Run, tmp_path: Path) -> None:
    assert run("fetch", "toy", 2024, "--population", "accepted").code == 0
    for form in FORMS:
        words = shown(run, form)
        assert WARNING in words
        assert "5 of 5 readable, 100.0 %; 5 to 20 papers" in words
        assert "whole listing" not in words
    (row,) = json.loads(run("report", "toy", 2024, "--format", "json").out)["incomplete"]
    assert "low" in row
    assert "listing_low" not in row
    assert run("report", "toy", 2024, "--out", tmp_path / "out").code == 0
    for path in (tmp_path / "out").glob("*.[hm]*"):
        words = " ".join(path.read_text(encoding="utf-8").split())
        assert "whole listing 1" not in words, path.name
        assert "no random part" in words or path.name == "method.md"
    assert "不是" in shown(run, "table", "--lang", "zh")
    assert "no random part" in run("report", "--from", tmp_path / "out", "--format", "json").out


@pytest.mark.usefixtures("decided")
def test_the_population_that_was_fetched_is_complete(run: Run) -> None:
    assert run("fetch", "toy", 2024, "--population", "accepted").code == 0
    for form in FORMS:
        assert "no random part" not in shown(run, form, "--population", "accepted")


@pytest.mark.usefixtures("decided")
@pytest.mark.parametrize("sample", [1, 5, 10, 15, 19])
def test_a_sample_in_the_fixed_order_is_given_as_one(run: Run, sample: int) -> None:
    assert run("fetch", "toy", 2024, "--sample", sample).code == 0
    words = shown(run, "markdown")
    assert "no random part" not in words
    assert "for the whole listing" in words


@pytest.mark.parametrize(
    ("taken", "drawn", "marked", "total", "expected"),
    [
        (5, 5, 5, 20, 1 / 15504),
        (0, 0, 5, 20, 1.0),
        (1, 1, 5, 20, 0.25),
        (0, 15, 5, 20, 1 / 15504),
        (2, 4, 5, 10, 1.0),
    ],
)
def test_the_chance_of_so_uneven_a_part_is_the_smaller_tail(
    taken: int, drawn: int, marked: int, total: int, expected: float
) -> None:
    assert chance(taken, drawn, marked, total) == pytest.approx(
        expected, abs=0.5 if expected == 1.0 else 1e-9
    )


def test_a_paper_listed_again_under_a_new_id_is_not_one_that_failed(
    run: Run, tmp_path: Path
) -> None:
    folder = make_snapshot(tmp_path, {2018: {"ok": 60, "not-fetched": 40}}, {"keras": {2018: 30}})
    ledger = folder / "ledger.csv"
    table = ledger.read_text()
    for reason, failed in {
        "the server has no such PDF": True,
        f"{SAME_SUBMISSION} old, which left the listing": False,
        f"{NOT_EXTRACTED}; {SAME_SUBMISSION} old, which left the listing": False,
    }.items():
        ledger.write_text(
            table.replace(",not-fetched,", f",not-fetched,{reason.replace(',', ' ')}")
        )
        printed = " ".join(run("report", "--from", folder, "--details").out.split())
        assert ("40 of 100 papers cannot be had" in printed) == failed, printed
        assert ("papers are to read" in printed) == (NOT_EXTRACTED in reason), printed
