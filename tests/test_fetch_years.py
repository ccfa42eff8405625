"""Several years, one of which fails: the others are fetched, and the failure is reported."""

from pathlib import Path

import pytest

from papertally.demo.server import Handler, Query
from tests.helpers.command import Run
from tests.helpers.listing import Toy, note_v2, serve_pdfs
from tests.helpers.openreview import Clock, make_token

TEXTS = {f"p{number}": "We use Keras." for number in range(6)}


@pytest.fixture
def toy(toy: Toy, tmp_path: Path) -> Toy:
    """List the papers of 2190 and serve their PDFs."""
    server, catalogue = toy
    catalogue.notes = [note_v2(name, 2190, pdf=f"/pdf/{name}.pdf") for name in TEXTS]
    server.faults[:] = [serve_pdfs(tmp_path / "p", TEXTS), catalogue]
    return toy


def refuses_2024(status: int, handler: Handler, path: str, query: Query) -> bool:
    mine = path.endswith("/notes") and "2024" in query.get("invitation", "")
    if mine:
        handler.send_json(status, {"name": "Error", "message": "not for you"})
    return mine


@pytest.mark.parametrize("status", [None, 403, 404])
@pytest.mark.parametrize("words", [(), ("--cron",), ("--keep-pdf", "no")])
def test_a_year_that_cannot_be_listed_keeps_no_other_away(
    toy: Toy, run: Run, status: int | None, words: tuple[str, ...]
) -> None:
    server, _ = toy
    if status:
        server.faults.insert(0, lambda *asked: refuses_2024(status, *asked))
    result = run("survey", "toy", 2024, 2190, *words)
    assert result.code == 4
    assert "papertally: " in result.err.splitlines()[-1]
    assert (
        "toy 2190: 6 of 6 papers read" in result.out if "--cron" in words else "Keras" in result.out
    )
    assert server.downloads()


def test_fetch_and_its_dry_run_go_on_too(toy: Toy, run: Run) -> None:
    server, _ = toy
    planned = run("fetch", "toy", 2024, 2190, "--dry-run")
    assert (planned.code, "6 to fetch" in planned.out) == (4, True)
    fetched = run("fetch", "toy", 2024, 2190)
    assert (fetched.code, "6 PDFs fetched" in fetched.err) == (4, True)
    assert "lists no submission of toy 2024" in fetched.err.splitlines()[-1]
    assert len(server.downloads()) == 6


def test_an_address_stands_once_in_the_message_about_several_years(
    toy: Toy, run: Run, tmp_path: Path, clock: Clock
) -> None:
    server, catalogue = toy
    years = (2031, 2032, 2033)
    lines = [f'{year} = {{ api = "v2", invitations = ["toy/{year}/-/S"] }}' for year in years]
    (tmp_path / "venues.toml").write_text("[toy]\n" + "\n".join(lines), encoding="utf-8")
    server.faults[:] = [catalogue]
    answers: list[tuple[int, object, str]] = [
        (400, {"message": "bad"}, "refused the listing of"),
        (200, {"notes": [], "count": 0}, "lists no submission of"),
        (200, {"notes": [], "count": 5}, "gave no consistent listing of"),
        (200, {}, "gave no consistent listing of"),
    ]
    for status, document, problem in answers:
        server.faults[:] = [lambda handler, *_: handler.send_json(status, document) is None]  # noqa: B023
        told = run("fetch", "toy", *years, "-q").err
        assert told.count("http") == 1, told
        assert told.startswith(f"papertally: {server.v2} {problem} toy 2031"), told
        for year in years[1:]:
            assert f"; it {problem} toy {year}" in told


@pytest.mark.parametrize("words", [(), ("--keep-pdf", "no"), ("--cron",)])
def test_a_token_that_dies_midway_leaves_a_report_of_what_is_there(
    toy: Toy, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...]
) -> None:
    server, _ = toy
    token = make_token()
    monkeypatch.setenv("OPENREVIEW_TOKEN", token)
    server.tokens.add(token)

    def die(_handler: Handler, _path: str, _query: Query) -> bool:
        if len(server.downloads()) == 3:
            server.tokens.add("another")
            server.tokens.discard(token)
        return False

    server.faults.insert(0, die)
    result = run("survey", "toy", 2190, "--out", tmp_path / "out", *words)
    assert result.code == 4
    assert "OPENREVIEW_TOKEN" in result.err.splitlines()[-1]
    assert "keras,3,6,3,6,3,false" in (tmp_path / "out" / "counts.csv").read_text()
