"""Venues and years: bundled ones, later ones by their group, and the user's own."""

import re
from pathlib import Path

import pytest

from papertally.demo.server import Handler, Query
from tests.helpers.command import Run
from tests.helpers.listing import (
    JsonNote,
    Toy,
    check_refused,
    listed_by_year,
    make_notes,
    note_v1,
    note_v2,
)


def read_venues(run: Run, *files: Path) -> dict[str, dict[str, list[str]]]:
    """Return years, what they are, login and papers in the table of venues, by venue and source."""
    result = run("venues", *(word for file in files for word in ("--venues", file)))
    assert result.code == 0, result.err
    header, *lines = result.out.splitlines()
    starts = [match.start() for match in re.finditer(r"\S+( has)?", header)]
    # numbers are written to the right, below the end of their header
    starts[-1] = starts[-2] + len("login")
    found: dict[str, dict[str, list[str]]] = {}
    for line in lines[: next(at for at, line in enumerate(lines) if ": " in line)]:
        cells = [line[i:j].strip() for i, j in zip(starts, [*starts[1:], None], strict=True)]
        if cells[0]:
            venue = found.setdefault(cells[0], {})
        if cells[2]:
            row = venue[cells[2]] = [cells[1], *cells[3:]]
        else:  # a cell of the row before goes on
            row[0] = f"{row[0]} {cells[1]}"
    return found


def test_the_year_2015_was_not_on_openreview(run: Run) -> None:
    refused = check_refused(run("fetch", "iclr", 2015))
    assert "ICLR 2015 was not on OpenReview: `papertally add iclr 2015 PATH`" in refused
    refused = check_refused(run("survey", "neurips", 1986))
    assert "neurips 1986 is not known; known years are 1987-2025" in refused
    assert "did you mean neurips?" in check_refused(run("survey", "nips", 2024))


@pytest.mark.parametrize(
    "command", [("fetch",), ("fetch", "--dry-run"), ("survey",), ("survey", "--keep-pdf", "no")]
)
def test_a_range_over_a_year_that_was_not_on_openreview_leaves_it_out(
    toy: Toy, run: Run, command: tuple[str, ...]
) -> None:
    _, catalogue = toy
    catalogue.notes = [
        note_v1("a", "ICLR.cc/2014/conference/-/submission"), note_v1("b",
        "ICLR.cc/2016/workshop/-/submission"),
    ]  # fmt: skip
    result = run(command[0], "iclr", "2014-2016", *command[1:])
    assert result.code == 0
    assert "iclr 2015 is left out: ICLR 2015 was not on OpenReview" in result.err + result.out
    assert listed_by_year(run, "iclr") == {2014: 1, 2016: 1}
    workshops = "ICLR 2016: OpenReview lists papers of the workshop track alone"
    assert workshops in result.err + result.out
    assert workshops in run("report", "iclr", 2016).out
    assert workshops in run("venues").out


@pytest.mark.parametrize("year", [2012, 1999])
def test_a_year_before_the_first_is_not_known(run: Run, year: int) -> None:
    assert "not known" in check_refused(run("fetch", "iclr", year))


@pytest.mark.parametrize(
    "answer",
    [
        {"groups": []},
        {"groups": [{"id": "x", "domain": None}]},
        {"groups": [{"content": {"submission_id": {"value": None}}}]},
        {"groups": [{"content": {"submission_id": {"value": ""}}}]},
        {"groups": None},
        {},
    ],
)
def test_a_group_that_names_no_invitation_is_told_as_a_year_not_open_yet(
    toy: Toy, run: Run, answer: JsonNote
) -> None:
    server, _ = toy
    server.faults.insert(
        0,
        lambda handler, path, _: (
            path.endswith("/groups") and (handler.send_json(200, answer) or True)
        ),
    )
    assert "may not be open yet" in check_refused(run("fetch", "iclr", 2031), 4)
    assert not any(path.endswith("/notes") for path, _ in server.asked)


def test_a_later_year_is_listed_by_the_invitation_that_its_group_names(toy: Toy, run: Run) -> None:
    server, catalogue = toy
    catalogue.notes = [note_v2("one") | {"invitations": ["ICLR.cc/2031/Conference/-/Renamed"]}]
    answer = {
        "groups": [{"content": {"submission_id": {"value": "ICLR.cc/2031/Conference/-/Renamed"}}}]
    }

    def group(handler: Handler, path: str, query: Query) -> bool:
        asked = path.endswith("/v2/groups") and query["id"] == "ICLR.cc/2031/Conference"
        if asked:
            handler.send_json(200, answer)
        return asked

    server.faults.insert(0, group)
    assert run("fetch", "iclr", 2031).code == 0
    assert listed_by_year(run, "iclr") == {2031: 1}
    assert read_venues(run)["ICLR"]["your workspace"] == ["2031", "fetched or added", "no", "0"]


def test_a_venue_of_own_files_is_known(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("text")
    assert run("add", "My-Papers", 2019, tmp_path / "one.txt").code == 0
    for command in ("report", "search -f keras", "status", "extract", "fetch", "audit", "remove"):
        line = check_refused(run(*command.split(), "my-paper", 2019))
        assert "did you mean my-papers?" in line, command
    assert "your own files" in check_refused(run("fetch", "my-papers", 2019))


def test_every_fault_of_a_venue_file_is_told_in_a_line(
    run: Run, tmp_path: Path, workspace: Path
) -> None:
    for words in [
        "not toml",
        "toy = 5",
        "[toy]\n2018 = 7",
        "[toy]\nyears = {}",
        "[toy]\n2018 = {}",
        '[toy]\n2018 = { api = "v3", invitations = ["a"] }',
        '[toy]\n2018 = { api = ["v1"], invitations = ["a"] }',
        '[toy]\n2018 = { api = "v1" }',
        '[toy]\n2018 = { api = "v1", invitations = [] }',
        '[toy]\n2018 = { api = "v1", invitations = "a" }',
        '[toy]\n2018 = { api = "v1", invitations = [5] }',
        '[toy]\n2018 = { api = "v1", invitations = [""] }',
        '[toy]\n2018 = { api = "v1", group = 5 }',
        '[toy]\n2018 = { api = "v1", invitations = ["a"], decisions = "guess" }',
        '[toy]\n2018 = { api = "v1", invitations = ["a"], decisions = ["venue"] }',
        '[toy]\n2018 = { api = "v1", invitations = ["a"], hots = "v1" }',
        '[toy]\n2018 = { api = "v1", invitations = ["a"], key = "x" }',
        '[toy]\n2018 = { api = "v1\\n", invitations = ["a"] }',
        '[toy]\n2018 = { api = "v1", invitations = ["a"], decisions = "venue\\n" }',
        "[toy]\n2018 = { unavailable = true }",
        '[toy]\nfinished = "June"',
        "[toy]\nfinished = 6",
        '[toy]\n2018 = { api = "v1", invitations = ["a"], finished = "13-01" }',
        '[toy]\n2018 = { api = "v1", invitations = ["a"], finished = ["06-01"] }',
        "[toy]\ngroup = 5",
        '[toy]\n"²" = { api = "v1", invitations = ["a"] }',
        '[toy]\n"٢٠١٨" = { api = "v1", invitations = ["a"] }',
        f'[toy]\n{"1" * 5000} = {{ api = "v1", invitations = ["a"] }}',
        '[toy]\n20180 = { api = "v1", invitations = ["a"] }',
        '["my venue"]\n2018 = { api = "v1", invitations = ["a"] }',
        '["a\\u001b[31m\\nb"]\n2018 = { api = "v1", invitations = ["a"] }',
        '[""]\n2018 = { api = "v1", invitations = ["a"] }',
        "a = " + "[" * 5000,
        "\ud800",
    ]:
        file = tmp_path / "mine.toml"
        file.write_bytes(words.encode("utf-8", "surrogatepass"))
        line = check_refused(run("fetch", "toy", 2018, "--venues", file))
        assert "mine.toml" in line, words
        assert len(line) < 500, words
        assert "\x1b" not in line, words
        assert not workspace.exists(), words


def test_the_last_year_there_is_keeps_no_other_year_away(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        '[toy]\n9999 = { api = "v2", group = "g" }\n2018 = { api = "v2", group = "g" }\n'
    )
    assert read_venues(run, file)["toy"]["OpenReview"][0] == "2018, 9999"


@pytest.mark.parametrize("kind", ["absent", "folder"])
def test_a_venue_file_that_cannot_be_read_is_told_in_a_line(
    run: Run, tmp_path: Path, kind: str
) -> None:
    assert "cannot be read" in check_refused(
        run("venues", "--venues", tmp_path if kind == "folder" else tmp_path / "no")
    )


def test_a_venue_of_the_users_is_fetched_and_listed_beside_the_bundled_ones(
    toy: Toy, run: Run, tmp_path: Path
) -> None:
    _, catalogue = toy
    catalogue.notes = make_notes(3)
    on_openreview = ["2018, 2024, 2190", "all submissions", "yes", ""]
    assert read_venues(run)["toy"] == {"OpenReview": on_openreview}
    assert run("fetch", "TOY", 2024).code == 0
    (tmp_path / "one.txt").write_text("text")
    assert run("add", "My-Papers", 2019, tmp_path / "one.txt").code == 0
    assert run("add", "iclr", 2021, tmp_path / "one.txt").code == 0
    found = read_venues(run)
    here = {"your workspace": ["2019", "fetched or added", "no", "1"]}
    assert found["My-Papers"] == here
    here = {"your workspace": ["2024", "fetched or added", "no", "0"]}
    assert found["TOY"] == {"OpenReview": on_openreview} | here
    assert found["ICLR"]["your workspace"] == ["2021", "fetched or added", "no", "1"]
    assert "ICLR 2015 was not on OpenReview" in run("venues").out


def test_the_table_of_venues_fits_80_columns_whatever_is_in_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    years = "\n".join(f'{year} = {{ api = "v2", group = "g" }}' for year in range(1900, 2190, 2))
    host = "proceedings.a-very-long-name-of-an-institution.example.org"
    page = f'2190 = {{ proceedings = "https://{host}/2190" }}'
    file.write_text(f"[{'x' * 64}]\n{years}\n{page}\n")
    shown = run("venues", "--venues", file).out
    assert "…" not in shown
    assert "g-name-of-an-instituti" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "1900" in shown
    assert "2188" in shown


def test_the_table_of_venues_shows_each_source_and_what_it_has(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        '[colm]\nname = "COLM"\n2024 = { api = "v2", submissions = 5, invitations = ["a"] }\n'
        '2025 = { pmlr = 999 }\n2026 = { proceedings = "https://a.example/2026", papers = 7 }\n'
        "[icml]\n2026 = { pmlr = 306, papers = 10 }\n"
    )
    found = read_venues(run, file)
    assert found["ICLR"] == {
        "proceedings.iclr.cc": ["2024-2026", "accepted papers", "no", "11,314"],
        "iclr.cc": ["2020-2026", "accepted, no PDFs", "no", "15,530"],
        # nobody knows yet how many there are in 2027
        "OpenReview": ["2013-2014, 2016-2027 and later", "all submissions", "yes", "56,242+"],
        "comes with papertally": ["2018-2019", "all, counts only", "no", "2,591"],
    }
    assert next(iter(found["ICLR"])) == "proceedings.iclr.cc"  # what a stranger can have now
    assert found["COLM"] == {
        "a.example": ["2026", "accepted papers", "no", "7"],
        "proceedings.mlr.press": ["2025", "accepted papers", "no", ""],
        "OpenReview": ["2024", "all submissions", "yes", "5"],
    }
    assert found["ICML"]["proceedings.mlr.press"] == [
        "2013-2026",
        "accepted papers",
        "no",
        "14,291",
    ]
    assert found["NeurIPS"]["proceedings.neurips.cc"][::3] == ["1987-2025", "24,301+"]
