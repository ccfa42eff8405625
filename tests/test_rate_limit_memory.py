"""Rate limits are remembered between runs, reported, and give the time to come back."""

import subprocess
from pathlib import Path

import pytest

from papertally.demo.server import Handler, Query
from tests.helpers.command import Run
from tests.helpers.openreview import Clock, Fault, Serve, Server, invent_year

FETCH = ("fetch", "sample", "2102")


def hourly(server: Server, files: int) -> Fault:
    """Serve this many PDFs after `asked` was cleared, then refuse for an hour."""

    def fault(handler: Handler, path: str, query: Query) -> bool:
        if not path.endswith("/attachment"):
            return False
        if "ids" in query:
            handler.send_json(400, {"name": "ValidationError", "message": "no zips"})
        elif len(server.downloads()) > files:
            document = {"name": "RateLimitError", "details": {"limit": files if files > 0 else 36}}
            handler.send_json(429, document, {"Retry-After": "3433"})
        else:
            return False
        return True

    return fault


@pytest.fixture
def server(serve: Serve, tmp_path: Path) -> Server:
    server = serve(invent_year(tmp_path / "served", 30, pdfs=30))
    server.faults.append(hourly(server, 4))
    return server


def test_a_stated_wait_is_kept_to_by_later_runs(server: Server, run: Run, clock: Clock) -> None:
    first = run(*FETCH)
    assert first.code == 6
    asked = len(server.asked)
    clock.sleep(600)
    again = run(*FETCH)
    assert (again.code, len(server.asked)) == (6, asked)
    assert "47 min" in again.err
    clock.sleep(3000)
    server.asked.clear()
    assert run(*FETCH).code == 6
    assert len(server.downloads()) == 5


def test_a_stated_wait_is_sat_out_where_the_user_says_so(
    server: Server, run: Run, clock: Clock
) -> None:
    assert run(*FETCH).code == 6
    server.faults.clear()
    before = clock.now
    assert run(*FETCH, "--wait").code == 0
    assert clock.now - before == pytest.approx(3433, abs=5)


def test_a_moment_too_far_in_the_future_is_of_a_wrong_clock(
    server: Server, run: Run, clock: Clock
) -> None:
    assert run(*FETCH).code == 6
    server.faults.clear()
    clock.sleep(-30 * 86_400)
    assert run(*FETCH).code == 0


def test_a_quota_tells_what_came_and_when_the_whole_will_be_here(server: Server, run: Run) -> None:
    result = run(*FETCH)
    assert "30 submissions listed, 4 PDFs fetched" in result.err
    assert (
        "the last of 26 missing PDFs of sample 2102 comes in about 6.5 hours at this quota"
        in result.err
    )
    assert result.err.count("the last of 26") == 1


def test_a_quota_that_counts_the_files_of_refused_zips_too_lets_the_year_come(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path, clock: Clock
) -> None:
    server = serve(invent_year(tmp_path / "served", 30, pdfs=30))
    used: list[float] = []

    def meter(handler: Handler, path: str, query: Query) -> bool:
        if not path.endswith("/attachment"):
            return False
        if used and clock.now >= used[0] + 3433:
            used.clear()
        used.extend([clock.now] * len(query.get("ids", "one").split(",")))
        if len(used) > 12:
            handler.send_json(429, {"name": "RateLimitError"}, {"Retry-After": "3433"})
        elif "ids" in query:
            handler.send(200, "application/zip", b"not asked for: it never has room")
        return len(used) > 12 or "ids" in query

    server.faults.append(meter)
    codes, notes = [], ""
    while len(codes) < 6 and codes[-1:] != [0]:
        result = run(*FETCH)
        codes, notes = [*codes, result.code], notes + result.err
        clock.sleep(3600)
    assert codes[-1] == 0
    assert len(list(workspace.rglob("*.pdf"))) == 30
    assert "counts each file" in notes


@pytest.mark.parametrize("words", [(), ("--sample", "12")])
def test_a_dry_run_says_how_long_a_sample_takes_and_what_does_the_rest(
    server: Server, run: Run, words: tuple[str, ...]
) -> None:
    told = run(*FETCH, "--dry-run", *words).out
    n = words[1] if words else None
    if n:
        assert "papertally survey sample 2102 --sample" in told
        assert " --sample 12` takes about 1 minute and gives a share of 20%" in told
    assert told.splitlines()[-1].endswith(' --cron --max-time 50m --out "$HOME"/sample-2102')
    assert (
        "OPENREVIEW_USERNAME and OPENREVIEW_PASSWORD_FILE must be set in the crontab"
        in told.splitlines()[-2]
    )
    assert (server.downloads(), server.bulks()) == ([], [])


def test_a_sample_is_not_foretold_at_once_while_the_quota_is_used_up(
    server: Server, run: Run
) -> None:
    server.faults[:] = [hourly(server, -1)]
    assert "3 minutes and gives" not in run(*FETCH, "--dry-run", "--sample", "20").out
    assert run(*FETCH).code == 6
    assert " --sample 20` takes about 33 minutes" in run(*FETCH, "--dry-run", "--sample", "20").out


def test_a_sample_of_more_than_there_is_takes_all(server: Server, run: Run) -> None:
    told = run(*FETCH, "--dry-run", "--sample", "100").out
    assert "--sample 100` takes all 30 papers" in told
    assert "± 0.0" not in told


def test_a_dry_run_of_a_population_is_about_that(server: Server, run: Run, tmp_path: Path) -> None:
    run(*FETCH)
    ids = sorted(server.downloads()[:3])
    accepted = [*ids, *(f"{name}" for name in _others(server, ids)[:7])]
    (tmp_path / "s.csv").write_text(
        "id,status\n" + "".join(f"{paper},Poster\n" for paper in accepted)
    )
    assert run("add", "sample", "2102", "--statuses", tmp_path / "s.csv").code == 0
    told = run(*FETCH, "--dry-run", "--population", "accepted", "--sample", "8").out
    assert "10 accepted of 30 submissions listed, 3 PDFs here, 5 to fetch" in told
    assert "papertally survey sample 2102 --population accepted --sample 8` takes" in told
    assert "± 13.1 points" in told
    assert told.endswith("/sample-2102-accepted\n")


def test_the_line_for_the_crontab_runs_from_there_with_the_options_that_were_given(
    serve: Serve, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(invent_year(tmp_path / "served", 6, pdfs=6))
    server.faults.append(
        lambda handler, path, _: (
            path.endswith("/edits")
            and (
                handler.send_json(200, {"edits": [{"id": "e", "note": {"content": {"pdf": "x"}}}]})
                or True
            )
        )
    )
    pdf = (tmp_path / "served" / "2102" / "01.pdf").read_bytes()
    server.faults.append(
        lambda handler, path, _: (
            path.endswith("/edits/attachment")
            and (handler.send(200, "application/pdf", pdf) or True)
        )
    )
    entry = '2102 = { api = "v2", invitations = ["sample/2102/Conference/-/Submission"] }'
    (tmp_path / "my venues").mkdir()
    (tmp_path / "my venues" / "v.toml").write_text(f"[mine]\n{entry}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    options = (
        "--venues",
        "my venues/v.toml",
        "--revision",
        "original",
        "--workspace",
        "w s",
        "--min-free",
        "1M",
    )
    told = run("fetch", "mine", "2102", "--dry-run", *options).out
    words = told.splitlines()[-1].partition("15 * * * *  ")[2]
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    known = [
        f"HOME={home}",
        "PATH=/usr/bin:/bin",
        *(f"{name}={url}" for name, url in server.environment().items()),
    ]
    ended = subprocess.run(
        ["env", "-i", *known, "sh", "-c", words], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    counts = (home / "mine-2102" / "counts.csv").read_text("utf-8")
    assert ",original," in counts
    assert (tmp_path / "w s" / "papertally.db").is_file()


def test_a_dry_run_counts_apart_what_could_not_be_had(
    serve: Serve, run: Run, tmp_path: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 6, pdfs=4))
    run(*FETCH)
    server.asked.clear()
    told = run(*FETCH, "--dry-run").out
    assert (
        "4 PDFs here, 0 to fetch, 2 could not be downloaded and are tried again once a day" in told
    )
    assert "crontab" not in told


def _others(server: Server, ids: list[str]) -> list[str]:
    notes = server._routes["/v2/notes"]({"invitation": "sample/2102/Conference/-/Submission"})[
        "notes"
    ]
    return sorted(note["id"] for note in notes if note["id"] not in {*ids, *server.downloads()})


def test_years_after_the_last_known_mean_are_as_that(
    serve: Serve, run: Run, tmp_path: Path
) -> None:
    serve(invent_year(tmp_path / "served", 1000))
    assert "about 6.1 GB" in run(*FETCH, "--dry-run").out
