"""Downloads of single PDFs: only real PDFs from the right server are stored, and once."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from papertally.demo.server import Handler, Query
from tests.helpers.command import Run
from tests.helpers.downloads import listed_pdfs, on_files, pdf_contents
from tests.helpers.openreview import Serve, invent_year, make_zip, only_once

CHALLENGE = b"<!DOCTYPE html><title>Verifying your browser</title>"


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


def test_a_listing_asked_for_by_the_user_is_made_once_though_files_are_let_go_in_parts(
    serve: Serve, run: Run, tmp_path: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 60, pdfs=60))
    assert run("survey", "sample", "2102", "--keep-pdf", "no", "--relist-after", "0s").code == 0
    assert sum(path.endswith("/notes") for path, _ in server.asked) == 1
    assert len(server.downloads()) == 60


def test_a_sample_is_the_first_of_the_fixed_order(serve: Serve, run: Run, year: Path) -> None:
    server = serve(year)
    run("fetch", "sample", "2102", "--sample", "2")
    two = server.downloads()
    run("fetch", "sample", "2102", "--sample", "4")
    four = server.downloads()
    run("fetch", "sample", "2102")
    assert (len(two), len(four), len(set(server.downloads()))) == (2, 4, 6)
    assert len(server.downloads()) == 6


def test_files_that_are_let_go_leave_their_texts_and_come_all_though_many_are_missing(
    serve: Serve, run: Run, tmp_path: Path, workspace: Path
) -> None:
    server = serve(invent_year(tmp_path / "served", 60, pdfs=30))
    run("survey", "sample", "2102", "--keep-pdf", "no")
    result = run("report", "sample", "2102", "--format", "json")
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
