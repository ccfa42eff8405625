"""Venues as the user writes them: shown like that, and stored in lower case."""

import re
import sqlite3
from pathlib import Path

from papertally.store.connection import DATABASE
from tests.helpers.command import Run
from tests.helpers.openreview import Serve
from tests.helpers.pdfs import FILLER


def test_lines_and_errors_have_the_users_spelling_and_files_the_id(
    run: Run, papers: Path, tmp_path: Path, workspace: Path
) -> None:
    assert run("add", "My-Papers", 2025, papers).err == "My-Papers 2025: 2 files added\n"
    assert "My-Papers 2025 " in run("status").out, "as it was written when papers were added"
    assert "MY-papers 2025 " in run("status", "MY-papers").out
    for words, shown in (
        (("remove", "MY-Papers", 2024), "nothing is stored for MY-Papers 2024: "),
        (("fetch", "MY-Papers", 2024), "MY-Papers cannot be fetched"),
        (("survey", "ICLR", 1999), "ICLR 1999 is not known"),
        (("search", "keras", "MY-Papers", 2025), "2 papers of MY-Papers 2025 not searched"),
    ):
        result = run(*words)
        assert shown in result.err, (words, result.err)
    assert run("report", "MY-Papers", 2025, "--out", tmp_path / "out").code == 0
    found = run("search", "keras", "MY-Papers").out
    assert "1 of 2 readable papers of MY-Papers 2025" in found
    assert "my-papers" not in found
    assert (tmp_path / "out" / "counts.csv").read_text().splitlines()[1].startswith("my-papers,")
    assert "My-Papers 2025: removed 2 papers" in run("remove", "My-Papers", 2025).err


def test_another_spelling_is_the_same_year(
    serve: Serve, run: Run, year: Path, workspace: Path
) -> None:
    server = serve(year)
    assert "SAMPLE 2102: 6 submissions listed, 6 PDFs" in run("fetch", "SAMPLE", 2102).err
    with sqlite3.connect(workspace / DATABASE) as db:
        before = {name for (name,) in db.execute("SELECT name FROM seen")}
    assert not any("SAMPLE" in name for name in before)
    server.asked.clear()
    assert "Sample 2102: 6 submissions listed, 0 PDFs" in run("fetch", "Sample", 2102).err
    assert server.asked == []
    with sqlite3.connect(workspace / DATABASE) as db:
        assert {name for (name,) in db.execute("SELECT name FROM seen")} == before
        assert db.execute("SELECT DISTINCT venue FROM listing").fetchall() == [("sample",)]


def test_a_report_and_its_folder_keep_the_spelling_and_known_venues_their_capitals(
    run: Run, papers: Path, tmp_path: Path
) -> None:
    assert run("add", "My-Papers", 2025, papers).code == 0
    out = tmp_path / "out"
    assert run("report", "my-papers", 2025, "--out", out).code == 0
    for words in (("my-papers", 2025), ("--from", out), ("my-papers", "--from", out)):
        for form in ("table", "markdown", "json"):
            shown = run("report", *words, "--details", "--format", form).out
            assert "My-Papers" in shown, (words, form)
            assert "MY-PAPERS" not in shown, (words, form)
    for file in out.iterdir():
        assert b"MY-PAPERS" not in file.read_bytes(), file.name
    assert run("report", "my-PAPERS", 2025).out.startswith("my-PAPERS 2025")
    assert re.search("^ *My-Papers +2025 +your workspace ", run("venues").out, re.MULTILINE)
    assert run("report", "Iclr", 2018, "--from", "iclr-2018-2019").out.startswith("ICLR 2018")


def test_the_commands_that_a_report_prints_have_the_users_spelling(
    run: Run, tmp_path: Path
) -> None:
    for number in range(30):
        (tmp_path / f"{number}.txt").write_text(f"Paper {number} names Keras. {FILLER}")
    assert run("add", "My-Papers", 2025, *tmp_path.glob("*.txt"), "--complete").code == 0
    printed = " ".join(run("report", "my-papers", 2024, 2025).out.split())
    assert "papertally search -f keras My-Papers 2025" in printed
    assert "papertally add My-Papers 2024 PDFS" in printed


def test_an_error_about_no_venue_in_particular_names_a_command_that_runs(run: Run) -> None:
    told = run("search", "keras").err
    assert told.startswith("papertally: nothing is stored for any venue: ")
    command = re.search("`papertally (search [^`]*)`", told)
    assert command
    assert run(*command[1].split()).code == 0
