"""Downloading: no paper is lost or stored twice, and only real PDFs are stored."""

import json
import resource
import shutil
import signal
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import Popen
from threading import Event, Thread
from types import SimpleNamespace

import pytest

from papertally import pipeline
from papertally.demo.server import Handler, Query
from papertally.errors import DiskFullError
from papertally.fetch.venues import find_years
from papertally.models import Scope
from papertally.settings import Fetching, Settings, hosts_from_environment
from tests.helpers.command import Run
from tests.helpers.downloads import listed_pdfs, pdf_contents, serve_bulk
from tests.helpers.openreview import Clock, Fault, Serve, Server, invent_year, make_zip, only_once

Start = Callable[..., "Popen[str]"]
CHALLENGE = b"<!DOCTYPE html><title>Verifying your browser</title>"


def on_files(answer: Callable[[Handler], None], paper: str = "") -> Fault:
    def fault(handler: Handler, path: str, query: Query) -> bool:
        mine = path.endswith("/attachment") and paper in ("", query.get("id"))
        if mine:
            answer(handler)
        return mine

    return fault


@pytest.fixture
def year(tmp_path: Path) -> Path:
    return invent_year(tmp_path / "served", 6, pdfs=6)


@pytest.mark.parametrize(
    "name",
    ["{id}", "{number}_Invented_paper_{number}", "{number:05d}_Invented_paper",
     "{number}-Invented paper {number}"],
)  # fmt: skip
def test_members_of_a_zip_are_told_by_their_names_never_by_order(
    serve: Serve, run: Run, year: Path, workspace: Path, name: str
) -> None:
    server, files = serve(year), listed_pdfs(year)
    serve_bulk(
        server,
        lambda ids: make_zip(
            {f"x/{name.format(id=i, number=int(i[8:]))}.pdf": files[i] for i in ids[::-1]}
        ),
    )
    assert "6 PDFs fetched" in run("fetch", "sample", "2102").err
    assert (len(server.bulks()), server.downloads()) == (1, [])
    stored = {path.name[2:14]: path.read_bytes() for path in workspace.rglob("*.pdf")}
    assert stored == files


def test_a_year_of_more_papers_than_a_zip_may_have_comes_in_several(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 60, pdfs=60))
    files = listed_pdfs(tmp_path / "served")
    serve_bulk(server, lambda ids: make_zip({f"{i}.pdf": files[i] for i in ids[::-1]}))
    assert "60 PDFs fetched" in run("fetch", "sample", "2102").err
    assert (len(server.bulks()), server.downloads()) == (2, [])
    assert {path.name[2:14]: path.read_bytes() for path in workspace.rglob("*.pdf")} == files


def test_what_a_zip_lacks_or_tells_unclearly_is_fetched_singly(
    serve: Serve, run: Run, year: Path, workspace: Path
) -> None:
    server, files = serve(year), listed_pdfs(year)

    def pack(ids: list[str]) -> bytes:
        members = {f"{i}.pdf": files[i] for i in ids[1:4]} | {f"{ids[1]}.pdf": b"<html>no PDF"}
        doubled = {
            f"{int(ids[4][8:])}_Invented_paper.pdf": b"%PDF-1.4 a %%EOF",
            f"{int(ids[4][8:])}_Invented_pape.pdf": b"%PDF-1.4 b %%EOF",
        }
        return make_zip(
            members
            | doubled
            | {"unknown.pdf": b"%PDF-1.4", "../../out.txt": b""}
            | {"readme": b"x"}
        )

    serve_bulk(server, lambda ids: pack(ids).replace(b"../../out.txt", b"aa/bb/out.txt"))
    assert "6 PDFs fetched" in run("fetch", "sample", "2102").err
    assert pdf_contents(workspace) == sorted(files.values())
    assert len(server.downloads()) == 4


def _break_sum(packed: bytes) -> bytes:
    place = packed.index(b"PK\x01\x02") + 16  # the sum of the first member
    return (
        packed[:place] + bytes(byte ^ 1 for byte in packed[place : place + 4]) + packed[place + 4 :]
    )


def _call_encrypted(packed: bytes) -> bytes:
    place = packed.index(b"PK\x01\x02") + 8  # the flags of the first member
    return packed[:place] + b"\x01" + packed[place + 1 :]


@pytest.mark.parametrize("spoil", [_break_sum, _call_encrypted])
def test_a_damaged_member_of_a_zip_costs_no_other_paper_its_place_in_it(
    serve: Serve, run: Run, year: Path, workspace: Path, spoil: Callable[[bytes], bytes]
) -> None:
    server, files = serve(year), listed_pdfs(year)
    serve_bulk(server, lambda ids: spoil(make_zip({f"{paper}.pdf": files[paper] for paper in ids})))
    result = run("fetch", "sample", "2102")
    assert "6 PDFs fetched" in result.err
    assert "downloading singly" not in result.err
    assert server.downloads() == server.bulks()[0][:1]
    assert pdf_contents(workspace) == sorted(files.values())


@pytest.mark.parametrize(
    "pack",
    [
        lambda files: b"no zip",
        lambda files: make_zip({"../../../evil.pdf": b"%PDF-1.4"}),
        lambda files: make_zip(
            {f"{paper}.pdf": b"%PDF-" + bytes(70 << 20) for paper in list(files)[:1]}
        ),
        lambda files: make_zip({}),
    ],
    ids=["no zip", "leads out", "bomb", "empty"],
)
def test_a_zip_that_is_none_or_hostile_is_left_and_not_asked_for_again(
    serve: Serve,
    run: Run,
    year: Path,
    workspace: Path,
    tmp_path: Path,
    pack: Callable[[dict[str, bytes]], bytes],
) -> None:
    server, files = serve(year), listed_pdfs(year)
    serve_bulk(server, lambda _: pack(files))
    result = run("fetch", "sample", "2102", "--sample", "4")
    assert result.code == 0
    assert "downloading singly" in result.err
    assert "6 submissions listed, 2 PDFs fetched" in run("fetch", "sample", "2102").err
    assert pdf_contents(workspace) == sorted(files.values())
    assert len(server.bulks()) == 1
    assert not list(tmp_path.rglob("evil.pdf"))
    assert not [
        path for path in workspace.rglob(".*") if path.is_file() and "lock" not in path.name
    ]


@pytest.mark.parametrize(("cut", "bulks", "singly"), [(1, 2, 0), (9, 3, 6)])
def test_a_zip_without_its_end_is_asked_for_again(
    serve: Serve, run: Run, year: Path, workspace: Path, cut: int, bulks: int, singly: int
) -> None:
    server, files = serve(year), listed_pdfs(year)
    serve_bulk(
        server,
        lambda ids: make_zip({i: files[i] for i in ids})[
            : -40 if len(server.bulks()) <= cut else None
        ],
    )
    assert "6 PDFs fetched" in run("fetch", "sample", "2102").err
    assert pdf_contents(workspace) == sorted(files.values())
    assert (len(server.bulks()), len(server.downloads())) == (bulks, singly)


def test_a_bulk_download_whose_quota_counts_files_is_given_up_and_singles_go_on(
    serve: Serve, run: Run, year: Path, workspace: Path
) -> None:
    server = serve(year)

    def meter(handler: Handler, _path: str, query: Query) -> bool:
        if "ids" in query:
            handler.send_json(429, {"name": "RateLimitError"}, {"Retry-After": "3600"})
        return "ids" in query

    server.faults.append(meter)
    result = run("fetch", "sample", "2102")
    assert result.code == 0
    assert "its quota counts each file" in result.err
    assert pdf_contents(workspace) == sorted(listed_pdfs(year).values())
    assert len(server.bulks()) == 1


@pytest.mark.parametrize("busy", [0, 1])
def test_a_bulk_download_refused_for_long_ends_no_run_while_single_files_come(
    serve: Serve, run: Run, year: Path, workspace: Path, busy: int
) -> None:
    server = serve(year)
    short = [
        only_once(on_files(lambda handler: handler.send_json(429, {}, {"Retry-After": "0"})))
        for _ in range(busy)
    ]

    def refuse(handler: Handler, path: str, query: Query) -> bool:
        if "ids" in query:
            handler.send_json(429, {"name": "RateLimitError"}, {"Retry-After": "3000"})
        return "ids" in query or any(fault(handler, path, query) for fault in short)

    server.faults.append(refuse)
    assert run("fetch", "sample", "2102", "--max-requests", "2").code == 6
    assert run("fetch", "sample", "2102").code == 0
    assert pdf_contents(workspace) == sorted(listed_pdfs(year).values())
    assert len(server.bulks()) == 1


def test_a_bulk_download_is_asked_for_again_when_the_quota_is_back(
    serve: Serve, run: Run, year: Path, clock: Clock
) -> None:
    server, files = serve(year), listed_pdfs(year)
    quota = on_files(lambda handler: handler.send_json(429, {}, {"Retry-After": "3600"}))
    server.faults.append(quota)
    assert run("fetch", "sample", "2102").code == 6
    server.faults.clear()
    clock.sleep(3700)
    serve_bulk(server, lambda ids: make_zip({f"{paper}.pdf": files[paper] for paper in ids}))
    assert "6 PDFs fetched" in run("fetch", "sample", "2102").err
    assert len(server.downloads()) == 1


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/pdf"])
def test_a_challenge_page_is_a_missing_login_however_it_is_labelled(
    serve: Serve, run: Run, year: Path, workspace: Path, kind: str
) -> None:
    server = serve(year)
    challenged = on_files(lambda handler: handler.send(200, kind, CHALLENGE))
    server.faults.append(
        lambda handler, path, query: "id" in query and challenged(handler, path, query)
    )
    result = run("fetch", "sample", "2102", "-q")
    assert (result.code, result.err.count("\n")) == (4, 1)
    assert "papertally login" in result.err
    assert pdf_contents(workspace) == []
    server.faults.clear()
    assert "6 PDFs fetched" in run("fetch", "sample", "2102").err


@pytest.mark.parametrize(
    ("kind", "bulk_too"), [("text/html", False), ("application/json; charset=utf-8", True)]
)
def test_a_file_under_a_wrong_type_is_one(
    serve: Serve, run: Run, year: Path, kind: str, bulk_too: bool
) -> None:
    server, files = serve(year), listed_pdfs(year)

    def mislabel(handler: Handler, _path: str, query: Query) -> bool:
        if "ids" in query and bulk_too:
            handler.send(
                200,
                kind,
                make_zip({f"{paper}.pdf": files[paper] for paper in query["ids"].split(",")}),
            )
        elif "id" in query:
            handler.send(200, kind, files[query["id"]])
        return bulk_too if "ids" in query else "id" in query

    server.faults.append(mislabel)
    assert "6 PDFs fetched" in run("fetch", "sample", "2102").err
    assert len(server.downloads()) == (0 if bulk_too else 6)


def test_a_redirect_to_a_challenge_is_a_missing_login(serve: Serve, run: Run, year: Path) -> None:
    server = serve(year)
    server.faults.append(
        on_files(
            lambda handler: handler.send(307, "text/html", b"", {"Location": "/challenge?a=b"})
        )
    )
    assert run("fetch", "sample", "2102").code == 4


@pytest.mark.parametrize(
    "place", ["http://[", "http://127.0.0.1:9/x", "//example.org/x", "file:///etc/passwd", ""]
)
def test_a_redirect_elsewhere_is_refused(serve: Serve, run: Run, year: Path, place: str) -> None:
    server = serve(year)
    first = next(iter(listed_pdfs(year)))
    server.faults.append(
        only_once(
            on_files(lambda handler: handler.send(302, "a/b", b"", {"Location": place}), first)
        )
    )
    assert run("fetch", "sample", "2102").code == 0
    run("fetch", "sample", "2102", "--relist-after", "0s")
    assert "6 PDFs here, 0 to fetch" in run("fetch", "sample", "2102", "--dry-run").out


def test_a_paper_whose_fault_does_not_pass_keeps_no_other_away_but_a_storm_ends_the_run(
    serve: Serve, run: Run, year: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    server = serve(year)
    storm = on_files(lambda handler: handler.send_json(503, {}))
    server.faults.append(storm)
    stormy = run("fetch", "sample", "2102")
    assert stormy.code == 4
    assert (
        "none of 3 PDFs could be had (a fault that did not pass: 3): run again later" in stormy.err
    )
    assert "your account" not in stormy.err
    server.faults[:] = [
        on_files(lambda handler: handler.send_json(500, {}), next(iter(listed_pdfs(year))))
    ]
    assert "5 PDFs fetched, 1 could not be had" in run("fetch", "sample", "2102").err
    server.faults.clear()
    assert "1 PDF fetched" in run("fetch", "sample", "2102").err
    assert pdf_contents(workspace) == sorted(listed_pdfs(year).values())


def test_a_listing_asked_for_by_the_user_is_made_once_though_files_are_let_go_in_parts(
    serve: Serve, run: Run, tmp_path: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 60, pdfs=60))
    assert run("survey", "sample", "2102", "--keep-pdf", "no", "--relist-after", "0s").code == 0
    assert sum(path.endswith("/notes") for path, _ in server.asked) == 1
    assert len(server.downloads()) == 60


def unavailable(status: int) -> Fault:
    """Refuse zips and the PDFs of the first four papers of the fixed order."""

    def fault(handler: Handler, path: str, query: Query) -> bool:
        refused = path.endswith("/attachment") and int(query.get("id", "x0000")[8:]) <= 4
        if "ids" in query or refused:
            handler.send_json(
                status, {"name": "NotFoundError", "message": "The Attachment was not found"}
            )
        return "ids" in query or refused

    return fault


def test_parts_that_are_let_go_say_how_many_could_not_be_had(
    serve: Serve, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr("papertally.fetch.run._BATCH", 5)
    serve(invent_year(tmp_path / "served", 12, pdfs=12)).faults.append(unavailable(404))
    told = run("survey", "sample", "2102", "--keep-pdf", "no").err
    assert (
        "12 submissions listed, 8 PDFs fetched, read and let go, 4 could not be had (the server "
        "answered 404" in told
    )


def hourly(server: Server, files: int) -> Fault:
    """Refuse downloads past so many; clearing the server's list of requests begins a new hour."""

    def fault(handler: Handler, path: str, query: Query) -> bool:
        over = path.endswith("/attachment") and len(server.downloads()) > files
        if over:
            handler.send_json(429, {"name": "RateLimitError"}, {"Retry-After": "3600"})
        return over

    return fault


@pytest.mark.parametrize("status", [404, 403, 500])
def test_papers_that_cannot_be_had_keep_no_new_ones_away_however_small_the_quota(
    serve: Serve, run: Run, tmp_path: Path, clock: Clock, status: int
) -> None:
    server = serve(invent_year(tmp_path / "served", 12, pdfs=12))
    server.faults[:] = [hourly(server, 2 if status != 500 else 14), unavailable(status)]
    here = []
    for _ in range(12):
        server.asked.clear()
        run("fetch", "sample", "2102")
        here.append(
            json.loads(run("status", "sample", 2102, "--format", "json").out)["years"][0][
                "to_extract"
            ]
        )
        clock.sleep(3600)
    assert here[-1] == 8


def test_what_is_not_to_be_had_is_asked_for_once_a_day_and_after_a_newer_listing(
    serve: Serve, run: Run, year: Path, clock: Clock
) -> None:
    server = serve(year)
    server.faults.append(unavailable(404))

    def asked(*words: str) -> int:
        server.asked.clear()
        assert run("fetch", "sample", "2102", *words).code == 0
        return len(server.downloads())

    assert [asked(), asked()] == [6, 0]
    clock.sleep(86_000)
    assert asked() == 0
    clock.sleep(1000)
    assert [asked(), asked()] == [4, 0]
    assert [asked("--relist-after", "0s"), asked()] == [4, 0]
    server.faults.clear()
    assert [asked("--relist-after", "0s"), asked()] == [4, 0]
    assert "6 PDFs here, 0 to fetch" in run("fetch", "sample", "2102", "--dry-run").out


@pytest.mark.usefixtures("clock")
def test_that_nothing_could_be_had_is_told_where_no_line_is_read(
    serve: Serve, run: Run, year: Path
) -> None:
    serve(year).faults.append(
        on_files(lambda handler: handler.send_json(403, {"message": "not for you"}))
    )
    result = run("fetch", "sample", "2102", "-q")
    assert result.err.count("\n") == 1
    assert "warning: sample 2102: none of 6 PDFs could be had" in result.err


@pytest.mark.usefixtures("clock")
def test_an_empty_file_is_asked_for_again(serve: Serve, run: Run, year: Path) -> None:
    server = serve(year)
    paper = next(iter(listed_pdfs(year)))
    server.faults.append(
        only_once(on_files(lambda handler: handler.send(200, "application/pdf", b""), paper))
    )
    assert "6 PDFs fetched\n" in run("fetch", "sample", "2102").err
    assert server.downloads().count(paper) == 2


def test_the_commonest_reason_stands_in_the_summary(
    serve: Serve, run: Run, year: Path, clock: Clock
) -> None:
    server = serve(year)
    gone = only_once(on_files(lambda handler: handler.send(200, "application/pdf", b"no PDF")))
    server.faults += [
        unavailable(404),
        lambda handler, path, query: "id" in query and gone(handler, path, query),
    ]
    assert "5 could not be had (the server answered 404: 4)" in run("fetch", "sample", "2102").err


@pytest.mark.parametrize(
    "kind", ["application/octet-stream", "application/pdf", "application/zip", "text/plain"]
)
@pytest.mark.parametrize("start", ["", "\ufeff", "\n "])
@pytest.mark.parametrize("route", ["id", "ids"])
def test_a_refusal_in_words_is_one_however_it_is_labelled(
    serve: Serve,
    run: Run,
    year: Path,
    workspace: Path,
    clock: Clock,
    kind: str,
    start: str,
    route: str,
) -> None:
    words = {
        "name": "RateLimitError",
        "message": "Too many requests: Please try again in 60 minutes",
        "status": 429,
    }
    body = (start + json.dumps(words)).encode()
    server = serve(year)
    server.faults.append(
        lambda handler, _path, query: route in query and handler.send(200, kind, body) is None
    )
    result = run("fetch", "sample", "2102")
    if route == "id":
        assert result.code == 6
        assert "60 min" in result.err
        assert len(server.downloads()) == 1
    else:
        assert "its quota counts each file" in result.err
    server.faults.clear()
    clock.sleep(3700)
    assert run("fetch", "sample", "2102").code == 0
    assert pdf_contents(workspace) == sorted(listed_pdfs(year).values())


@pytest.mark.parametrize("status", [520, 522, 530])
def test_a_fault_of_a_network_before_the_server_passes(
    serve: Serve, run: Run, year: Path, clock: Clock, status: int
) -> None:
    server = serve(year)
    first = next(iter(listed_pdfs(year)))
    server.faults.append(
        only_once(on_files(lambda handler: handler.send(status, "text/plain", b"error"), first))
    )
    assert "6 PDFs fetched\n" in run("fetch", "sample", "2102").err


def test_a_sample_is_the_first_of_the_fixed_order(serve: Serve, run: Run, year: Path) -> None:
    server = serve(year)
    run("fetch", "sample", "2102", "--sample", "2")
    two = server.downloads()
    run("fetch", "sample", "2102", "--sample", "4")
    four = server.downloads()
    run("fetch", "sample", "2102")
    assert (len(two), len(four), len(set(server.downloads()))) == (2, 4, 6)
    assert len(server.downloads()) == 6


def test_a_dry_run_and_a_full_disk_download_nothing(
    serve: Serve, run: Run, year: Path, workspace: Path
) -> None:
    server = serve(year)
    assert "6 to fetch" in run("fetch", "sample", "2102", "--dry-run").out
    assert (server.downloads(), server.bulks()) == ([], [])
    result = run("fetch", "sample", "2102", "--min-free", "1024G", "-q")
    assert (result.code, result.err.count("\n")) == (6, 1)
    assert "--min-free" in result.err
    assert pdf_contents(workspace) == []
    settings = Settings(
        workspace, hosts=hosts_from_environment(), fetching=Fetching(min_free=1 << 60)
    )
    with pipeline.writing(settings, "fetch") as opened:
        years, _ = find_years(settings, Scope("sample", (2102,)))
        lines: list[str] = []
        stopped = pipeline.run_fetch(opened, settings, years, lines.append, lines.append)
    assert isinstance(stopped, DiskFullError)
    assert lines[0].startswith("sample 2102: 6 submissions listed, 0 PDFs fetched")


def heavy(files: dict[str, bytes]) -> Callable[[list[str]], bytes]:
    """Pack PDFs that are 20 MiB each when unpacked, and far less on their way."""
    return lambda ids: make_zip(
        {f"{paper}.pdf": files[paper] + bytes(20 << 20) + b"%%EOF" for paper in ids[:3]}
    )


def test_the_disk_is_watched_between_the_members_of_a_zip(
    serve: Serve, run: Run, year: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def usage(_place: object) -> SimpleNamespace:
        return SimpleNamespace(free=(100 << 20) - sum(map(len, pdf_contents(workspace))))

    monkeypatch.setattr(shutil, "disk_usage", usage)
    server = serve(year)
    serve_bulk(server, heavy(listed_pdfs(year)))
    result = run("fetch", "sample", "2102", "--min-free", "50M", "-q")
    assert (result.code, result.err.count("\n")) == (6, 1)
    assert "--min-free" in result.err
    assert len(pdf_contents(workspace)) == 2
    assert leftovers(workspace) == []


def test_a_body_that_the_disk_has_no_room_for_is_not_begun(
    serve: Serve, run: Run, year: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100 << 20))
    stated = {"Content-Length": str(60 << 20)}
    serve(year).faults.append(
        on_files(lambda handler: handler.send(200, "a/b", b"%PDF-1.4", stated))
    )
    assert run("fetch", "sample", "2102", "--min-free", "50M").code == 6
    assert leftovers(workspace) == []


@pytest.mark.parametrize("singly", [False, True])
def test_a_disk_that_takes_no_more_stops_cleanly_and_speaks_against_no_zip(
    serve: Serve, run: Run, year: Path, workspace: Path, singly: bool
) -> None:
    server, files = serve(year), listed_pdfs(year)
    if singly:
        server.faults.append(
            on_files(lambda handler: handler.send(200, "a/b", b"%PDF-1.4" + bytes(20 << 20)))
        )
        server.faults.insert(
            0, lambda handler, _, query: "ids" in query and not handler.send_json(404, {})
        )
    else:
        serve_bulk(server, heavy(files))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, hard))
        result = run("fetch", "sample", "2102", "-q")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (result.code, result.err.count("\n")) == (6, 1)
    assert "the disk refused more" in result.err
    assert (pdf_contents(workspace), leftovers(workspace)) == ([], [])
    server.faults.clear()
    serve_bulk(server, lambda ids: make_zip({f"{paper}.pdf": files[paper] for paper in ids}))
    assert "6 PDFs fetched" in run("fetch", "sample", "2102").err
    assert pdf_contents(workspace) == sorted(files.values())
    assert len(server.bulks()) == (1 if singly else 2)


def leftovers(workspace: Path) -> list[Path]:
    return [path for path in workspace.rglob("*") if path.suffix in (".part", ".zip")]


def test_files_that_are_let_go_leave_their_texts_and_come_all_though_many_are_missing(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 60, pdfs=30))
    result = run("survey", "sample", "2102", "--keep-pdf", "no", "--format", "json")
    assert json.loads(result.out)["years"][0]["ledger"] == {"ok": 30, "not-fetched": 30}
    assert len(server.downloads()) == len(set(server.downloads())) == 60
    assert pdf_contents(workspace) == []
    assert "gone" in run("extract", "--again", "all").err
    assert (
        json.loads(run("report", "sample", "2102", "--format", "json").out)["years"][0]["ledger"][
            "ok"
        ]
        == 30
    )


def test_a_changed_pdf_is_fetched_again_and_the_old_one_kept(
    serve: Serve, run: Run, year: Path, workspace: Path
) -> None:
    serve(year)
    run("fetch", "sample", "2102")
    notes = json.loads((year / "2102" / "notes.json").read_text("utf-8"))
    notes["notes"][0]["content"]["pdf"]["value"] = "/pdf/new.pdf"
    (year / "2102" / "notes.json").write_text(json.dumps(notes), encoding="utf-8")
    server = serve(year)
    assert "1 PDF fetched" in run("fetch", "sample", "2102", "--relist-after", "0s").err
    assert server.downloads() == [notes["notes"][0]["id"]]
    assert len(pdf_contents(workspace)) == 7


def test_the_first_submitted_pdf_is_that_of_the_earliest_edit_with_one(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 1, pdfs=1))
    pdf = {"note": {"content": {"pdf": {"value": "/pdf/a.pdf"}}}}
    edits = [
        {"id": "late", "tcdate": 9, **pdf},
        {"id": "bare", "tcdate": 1},
        {"id": "first", "tcdate": 2, **pdf},
    ]
    edits += [{"id": "odd", "tcdate": "x", **pdf}, "odd", {"id": 5, **pdf}]  # type: ignore[list-item]

    def edited(handler: Handler, path: str, query: Query) -> bool:
        if path.endswith("/notes/edits"):
            handler.send_json(200, {"edits": edits})
        elif path.endswith("/notes/edits/attachment"):
            handler.send(200, "application/pdf", b"%PDF-1.4 " + query["id"].encode() + b" %%EOF")
        return "/edits" in path

    server.faults.append(edited)
    assert "1 PDF fetched" in run("fetch", "sample", "2102", "--revision", "original").err
    assert pdf_contents(workspace) == [b"%PDF-1.4 first %%EOF"]
    assert "0 PDFs fetched" in run("fetch", "sample", "2102", "--revision", "original").err
    assert "1 PDF fetched" in run("fetch", "sample", "2102").err


def test_requests_go_through_the_proxy_of_the_environment(
    serve: Serve, run: Run, year: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        Thread(target=proxy.serve_forever, daemon=True).start()
        server = serve(year)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        for name in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.server_port}")
        monkeypatch.setattr("papertally.fetch.http._TRIES", 1)
        run("fetch", "sample", "2102")
        proxy.shutdown()
    assert asked[0].startswith(f"{server.v2}/notes?")
    assert server.asked == []


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_in_the_middle_of_a_file_leaves_no_part_of_it(
    serve: Serve, run: Run, start: Start, year: Path, workspace: Path, sign: signal.Signals
) -> None:
    server = serve(year)

    def drip(handler: Handler) -> None:
        handler.send(200, "application/pdf", b"%PDF-1.4 begins", {"Content-Length": "100000"})
        handler.wfile.flush()
        time.sleep(6)

    dripping = only_once(on_files(drip))
    server.faults.append(
        lambda handler, path, query: "id" in query and dripping(handler, path, query)
    )
    process = start("fetch", "sample", "2102")
    while not list(workspace.rglob("*.part")) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(sign)
    process.communicate(timeout=5)
    assert process.returncode == 130
    assert not list(workspace.rglob("*.part"))
    server.faults.clear()
    assert "6 PDFs fetched" in run("fetch", "sample", "2102").err


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("times", [1, 2])
def test_the_first_signal_lets_a_file_arrive_and_the_second_drops_it(
    serve: Serve,
    run: Run,
    start: Start,
    year: Path,
    workspace: Path,
    sign: signal.Signals,
    times: int,
) -> None:
    server, files, sent = serve(year), listed_pdfs(year), Event()

    def halting(handler: Handler) -> None:
        body = files[server.downloads()[-1]]
        handler.send(200, "application/pdf", body[:500], {"Content-Length": str(len(body))})
        handler.wfile.flush()
        sent.wait(20)
        handler.wfile.write(body[500:])

    waiting = only_once(on_files(halting))
    server.faults.append(
        lambda handler, path, query: "id" in query and waiting(handler, path, query)
    )
    process = start("fetch", "sample", "2102")
    while not list(workspace.rglob("*.part")) and process.poll() is None:
        time.sleep(0.01)
    for _ in range(times):
        process.send_signal(sign)
        time.sleep(0.3)
    if times == 1:
        assert process.poll() is None
    else:
        process.wait(timeout=10)  # while the server still holds the rest of the file back
    sent.set()
    process.communicate(timeout=5)
    assert process.returncode == 130
    assert len(pdf_contents(workspace)) == (1 if times == 1 else 0)
    assert not list(workspace.rglob("*.part"))
    server.faults.clear()
    server.asked.clear()
    assert run("fetch", "sample", "2102").code == 0
    assert len(server.downloads()) == (5 if times == 1 else 6)
    assert pdf_contents(workspace) == sorted(files.values())


@pytest.mark.parametrize(("sign", "seconds"), [(signal.SIGINT, 1.5), (signal.SIGTERM, 30)])
def test_a_file_that_was_asked_for_is_waited_for_though_not_a_byte_of_it_has_come(
    serve: Serve, start: Start, year: Path, workspace: Path, sign: signal.Signals, seconds: float
) -> None:
    server, over = serve(year), Event()
    server.faults.append(
        lambda _handler, path, query: (
            path.endswith("/attachment") and "id" in query and over.wait(seconds) and False
        )
    )
    process = start("fetch", "sample", "2102")
    while not server.downloads() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(sign)
    process.communicate(timeout=20)  # the server holds the longer one back for longer
    over.set()
    assert process.returncode == 130
    assert len(pdf_contents(workspace)) == (1 if seconds < 5 else 0)
    assert len(server.downloads()) == 1


def test_a_wait_for_a_quota_is_not_waited_for(serve: Serve, start: Start, year: Path) -> None:
    server = serve(year)
    server.faults.append(
        on_files(lambda handler: handler.send_json(429, {}, {"Retry-After": "60"}))
    )
    process = start("fetch", "sample", "2102")
    while not (server.bulks() or server.downloads()) and process.poll() is None:
        time.sleep(0.01)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)  # which is less than the wait
    assert process.returncode == 130


def test_the_old_api_gives_the_first_submitted_pdf_by_its_field_or_by_references(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path
) -> None:
    year = tmp_path / "served" / "2101"
    year.mkdir(parents=True)
    common = {"invitation": "sample/2101/Conference/-/Blind_Submission", "readers": ["everyone"]}
    notes = [
        {
            "id": "withfield",
            "number": 1,
            "content": {"title": "A", "pdf": "/pdf/a.pdf", "original_pdf": "/b"},
        },
        {
            "id": "blindcopy",
            "number": 2,
            "original": "realnote",
            "content": {"title": "B", "pdf": "/pdf/b.pdf"},
        },
    ]
    (year / "notes.json").write_text(
        json.dumps({"notes": [common | note for note in notes]}), encoding="utf-8"
    )
    server = serve(tmp_path / "served")

    def old(handler: Handler, path: str, query: Query) -> bool:
        if path.endswith("/references"):
            pdf = {"content": {"pdf": "/pdf/x.pdf"}}
            found = [{"id": "second", "tcdate": 8, **pdf}, {"id": "first", "tcdate": 3, **pdf}]
            handler.send_json(200, {"references": found if query["referent"] == "realnote" else []})
        elif path.endswith("/attachment"):
            handler.send(
                200, "application/pdf", f"%PDF-1.4 {query['id']} {query['name']} %%EOF".encode()
            )
        return path.endswith(("/references", "/attachment"))

    server.faults.append(old)
    assert "2 PDFs fetched" in run("fetch", "sample", "2101", "--revision", "original").err
    assert pdf_contents(workspace) == [
        b"%PDF-1.4 first pdf %%EOF",
        b"%PDF-1.4 withfield original_pdf %%EOF",
    ]


def test_a_first_submitted_pdf_is_asked_for_by_the_other_route_where_one_is_not_there(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path
) -> None:
    for year, kind in (("2101", "invitation"), ("2102", "invitations")):
        (tmp_path / "served" / year).mkdir(parents=True)
        place = f"sample/{year}/Conference/-/{'Blind_' if year == '2101' else ''}Submission"
        content = {"title": "A", "pdf": "/pdf/a.pdf", "original_pdf": "/attachment/b.pdf"}
        note = {
            "id": f"paper{year}",
            "number": 1,
            "readers": ["everyone"],
            kind: place if year == "2101" else [place],
        }
        listing = {"notes": [note | {"content": content}]}
        (tmp_path / "served" / year / "notes.json").write_text(
            json.dumps(listing), encoding="utf-8"
        )
    server = serve(tmp_path / "served")

    def short_of_routes(handler: Handler, path: str, query: Query) -> bool:
        first = {
            "id": "first",
            "tcdate": 1,
            "content": {"pdf": "/a"},
            "note": {"content": {"pdf": {"value": "/a"}}},
        }
        if path.endswith(("/references", "/notes/edits")):
            handler.send_json(200, {"references": [first], "edits": [first]})
        elif path.endswith(("/references/pdf", "/notes/edits/pdf")):
            handler.send(
                200, "application/pdf", f"%PDF-1.4 {query['id']} {path[-14:]} %%EOF".encode()
            )
        elif path.endswith("/attachment"):
            handler.send_json(404, {"name": "NotFoundError", "message": "no such attachment"})
        return not path.endswith("/notes")

    server.faults.append(short_of_routes)
    assert (
        run("fetch", "sample", "2101,2102", "--revision", "original").err.count("1 PDF fetched")
        == 2
    )
    assert len(pdf_contents(workspace)) == 2
