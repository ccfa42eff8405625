"""The stand-in OpenReview over real HTTP on loopback, and the invented sample that it serves."""

import io
import json
import re
import socket
import struct
import subprocess
import sys
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import requests
from pdfminer.high_level import extract_text
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfminer.pdfparser import PDFSyntaxError

from papertally.demo.server import StandInServer

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "data" / "sample"
EXPECTED = json.loads((SAMPLE / "expected.json").read_text("utf-8"))
YEARS = {"2101": "v1", "2102": "v2"}
LISTINGS = {
    "sample/2101/Conference/-/Blind_Submission": "v1",
    "sample/2101/Conference/-/Withdrawn_Submission": "v1",
    "sample/2102/Conference/-/Submission": "v2",
}


def notes_of(year: str) -> list[dict[str, Any]]:
    return json.loads((SAMPLE / year / "notes.json").read_text("utf-8"))["notes"]


def pdf_of(year: str, note: dict[str, Any]) -> Path:
    return SAMPLE / year / f"{note['number']:02d}.pdf"


def with_pdf(year: str) -> list[dict[str, Any]]:
    return [note for note in notes_of(year) if "pdf" in note["content"]]


@pytest.fixture(scope="module")
def server() -> Iterator[StandInServer]:
    with StandInServer(SAMPLE) as running:
        yield running


@pytest.fixture(scope="module")
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def base(server: StandInServer, version: str) -> str:
    return {"v1": server.v1, "v2": server.v2, "site": server.site}[version]


def other(version: str) -> str:
    return {"v1": "v2", "v2": "v1"}[version]


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_paging_with_after_gives_each_note_once(
    server: StandInServer, http: requests.Session, limit: int
) -> None:
    for year, version in YEARS.items():
        ids = []
        for invitation in (name for name in LISTINGS if f"/{year}/" in name):
            query = {"invitation": invitation, "sort": "id", "limit": limit, "count": "true"}
            listed: list[str] = []
            while True:
                page = http.get(f"{base(server, version)}/notes", params=query).json()
                listed += [note["id"] for note in page["notes"]]
                if len(page["notes"]) < limit:
                    break
                query["after"] = listed[-1]
            assert page["count"] == len(listed)
            assert listed == sorted(listed)
            ids += listed
        assert sorted(ids) == sorted(note["id"] for note in notes_of(year))


def test_paging_with_offset_gives_each_note_once(
    server: StandInServer, http: requests.Session
) -> None:
    query = {"invitation": "sample/2102/Conference/-/Submission", "sort": "id", "limit": "5"}
    pages = [
        http.get(f"{server.v2}/notes", params={**query, "offset": n}).json()
        for n in range(0, 30, 5)
    ]
    ids = [note["id"] for page in pages for note in page["notes"]]
    assert ids == sorted(note["id"] for note in notes_of("2102"))


def test_notes_are_served_as_they_stand_in_the_file(
    server: StandInServer, http: requests.Session
) -> None:
    for year, version in YEARS.items():
        for note in notes_of(year):
            answer = http.get(f"{base(server, version)}/notes", params={"id": note["id"]})
            assert answer.json()["notes"] == [note]


def test_v1_always_counts_and_v2_only_when_asked(
    server: StandInServer, http: requests.Session
) -> None:
    v1 = {"invitation": "sample/2101/Conference/-/Blind_Submission", "limit": "2"}
    assert http.get(f"{server.v1}/notes", params=v1).json()["count"] == 16
    v2 = {"invitation": "sample/2102/Conference/-/Submission", "limit": "2"}
    assert "count" not in http.get(f"{server.v2}/notes", params=v2).json()
    for extra in ({"offset": "0"}, {"count": "true"}):
        assert http.get(f"{server.v2}/notes", params=v2 | extra).json()["count"] == 24


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("query", [{"limit": "1001"}, {"limit": "ten"}, {"offset": "-1"}])
def test_a_bad_number_is_a_validation_error(
    server: StandInServer, http: requests.Session, version: str, query: dict[str, str]
) -> None:
    answer = http.get(f"{base(server, version)}/notes", params={"invitation": "any", **query})
    assert answer.status_code == 400
    error = answer.json()
    assert (error["name"], error["status"]) == ("ValidationError", 400)
    assert error["details"]["reqId"]


def test_the_wrong_host_lists_nothing_and_knows_no_note(
    server: StandInServer, http: requests.Session
) -> None:
    for invitation, version in LISTINGS.items():
        query = {"invitation": invitation, "count": "true"}
        answer = http.get(f"{base(server, other(version))}/notes", params=query)
        assert (answer.status_code, answer.json()) == (200, {"notes": [], "count": 0})
    for year, version in YEARS.items():
        wrong, note_id = base(server, other(version)), notes_of(year)[0]["id"]
        for path in ("notes", "attachment", "pdf"):
            answer = http.get(f"{wrong}/{path}", params={"id": note_id, "name": "pdf"})
            assert (answer.status_code, answer.json()["name"]) == (404, "NotFoundError")


def test_every_pdf_served_equals_its_file(server: StandInServer, http: requests.Session) -> None:
    for year, version in YEARS.items():
        for note in with_pdf(year):
            data = pdf_of(year, note).read_bytes()
            query = {"id": note["id"], "name": "pdf"}
            attachment = http.get(f"{base(server, version)}/attachment", params=query)
            assert attachment.headers["Content-Type"] == "application/pdf"
            assert attachment.headers["Content-Length"] == str(len(data))
            for where in (version, "site"):
                assert (
                    http.get(f"{base(server, where)}/pdf", params={"id": note["id"]}).content
                    == data
                )
            assert attachment.content == data


def test_several_pdfs_come_as_one_zip(server: StandInServer, http: requests.Session) -> None:
    ids = ",".join(note["id"] for note in notes_of("2102"))
    answer = http.get(f"{server.v2}/attachment", params={"ids": ids, "name": "pdf"})
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    assert sorted(held.values()) == sorted(
        pdf_of("2102", note).read_bytes() for note in with_pdf("2102")
    )
    numbers = sorted(int(name.partition("_")[0]) for name in held)
    assert numbers == sorted(note["number"] for note in with_pdf("2102"))
    too_many = ",".join(map(str, range(51)))
    assert http.get(f"{server.v2}/attachment", params={"ids": too_many}).status_code == 400


def test_a_note_without_pdf_and_an_unknown_path_are_404(
    server: StandInServer, http: requests.Session
) -> None:
    (bare,) = (note for note in notes_of("2102") if "pdf" not in note["content"])
    for url in (
        f"{server.v2}/attachment?id={bare['id']}&name=pdf",
        f"{server.v2}/pdf?id={bare['id']}",
    ):
        assert http.get(url).json()["name"] == "NotFoundError"
    wrong_name = {"id": notes_of("2102")[0]["id"], "name": "supplementary_material"}
    assert http.get(f"{server.v2}/attachment", params=wrong_name).status_code == 404
    assert http.get(f"{server.v2}/nothing").json()["status"] == 404


def test_groups_tell_the_api_version(server: StandInServer, http: requests.Session) -> None:
    (new,) = http.get(f"{server.v2}/groups", params={"id": "sample/2102/Conference"}).json()[
        "groups"
    ]
    assert new["domain"] == new["id"] == "sample/2102/Conference"
    assert new["content"]["submission_id"] == {"value": "sample/2102/Conference/-/Submission"}
    for url in (server.v1, server.v2):
        (old,) = http.get(f"{url}/groups", params={"id": "sample/2101/Conference"}).json()["groups"]
        assert old["domain"] is None
        assert "content" not in old
    assert (
        http.get(f"{server.v2}/groups", params={"id": "sample/2103/Conference"}).status_code == 404
    )


def test_one_connection_serves_many_requests(server: StandInServer) -> None:
    port = int(server.v1.split(":")[2].split("/")[0])
    request = b"GET /v1/notes?id=none HTTP/1.1\r\nHost: x\r\n\r\n"
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as client,
        client.makefile("rb") as reply,
    ):
        for _ in range(3):
            client.sendall(request)
            assert reply.readline().startswith(b"HTTP/1.1 404")
            headers = dict(line.split(b": ", 1) for line in iter(reply.readline, b"\r\n"))
            reply.read(int(headers[b"Content-Length"]))


def test_clients_that_hang_up_leave_no_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    with StandInServer(SAMPLE) as server:
        port = int(server.v1.split(":")[2].split("/")[0])
        for part in (
            b"",
            b"GET /v2/no",
            b"GET /v2/notes?invitation=x HTTP/1.1\r\n\r\n",
            b"\x16\x03 nonsense\r\n\r\n",
        ) * 5:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.sendall(part)
        assert requests.get(
            f"{server.v2}/groups", params={"id": "sample/2102/Conference"}, timeout=5
        ).ok
    assert capfd.readouterr().err == ""


def test_the_server_is_gone_after_the_block() -> None:
    with StandInServer(SAMPLE) as server:
        url = f"{server.v1}/notes?id=none"
        assert requests.get(url, timeout=5).status_code == 404
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def pages_of(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def test_ids_are_as_troublesome_as_real_ones() -> None:
    ids = [note["id"] for year in YEARS for note in notes_of(year)]
    assert len(set(ids)) == len(ids) == 42
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{9,11}", word) for word in ids)
    assert {"-", "_"} <= {word[0] for word in ids}
    assert max(Counter(word.lower() for word in ids).values()) == 2


def test_the_sample_is_small_and_complete() -> None:
    pdfs = sorted(SAMPLE.glob("*/*.pdf"))
    assert pdfs == sorted(pdf_of(year, note) for year in YEARS for note in with_pdf(year))
    assert all(path.read_bytes().startswith(b"%PDF-") for path in pdfs)
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*")) < 2_000_000


@pytest.mark.parametrize("year", YEARS)
def test_the_pdfs_hold_what_expected_json_says(year: str) -> None:
    ledger: Counter[str] = Counter()
    substrings: Counter[str] = Counter()
    for note in notes_of(year):
        if "pdf" not in note["content"]:
            ledger["no-pdf"] += 1
            continue
        try:
            pages = pages_of(pdf_of(year, note))
        except pypdfium2.PdfiumError:
            ledger["unreadable"] += 1
            continue
        letters = sum(letter.isalpha() for letter in "".join(pages))
        ledger["ok" if letters else "empty"] += 1
        if not letters:
            continue
        assert letters > 1500
        assert 2 <= len(pages) <= 4
        assert all("Invented sample paper - not a real submission" in page for page in pages)
        text = unicodedata.normalize("NFKC", "".join(pages)).lower()
        text = re.sub(
            r"[-\ufffe\x02]\s*[\r\n]+|\ufffe", "", text
        )  # joins words broken at a line end
        substrings.update(name for name in EXPECTED[year]["substring"] if name in text)
    expected = EXPECTED[year]
    assert {state: ledger[state] for state in expected["ledger"]} == expected["ledger"]
    assert ledger.total() == expected["listed"]
    assert {name: substrings[name] for name in expected["substring"]} == expected["substring"]


def test_the_faulty_pdfs_defeat_both_engines() -> None:
    encrypted, damaged, empty = (
        SAMPLE / "2101/12.pdf",
        SAMPLE / "2102/08.pdf",
        SAMPLE / "2102/14.pdf",
    )
    with pytest.raises(pypdfium2.PdfiumError, match="password"):
        pages_of(encrypted)
    with pytest.raises(pypdfium2.PdfiumError, match="format"):
        pages_of(damaged)
    assert "".join(pages_of(empty)) == ""
    with pytest.raises(PDFPasswordIncorrect):
        extract_text(encrypted)
    with pytest.raises(PDFSyntaxError):
        extract_text(damaged)
    assert extract_text(empty).strip() == ""


def test_the_sample_is_what_its_script_makes(tmp_path: Path) -> None:
    pytest.importorskip("reportlab", reason="reportlab makes the sample and is not installed")
    subprocess.run(
        [sys.executable, ROOT / "scripts" / "make_sample.py", tmp_path], check=True, timeout=120
    )
    for year in YEARS:
        assert (tmp_path / year / "notes.json").read_bytes() == (
            SAMPLE / year / "notes.json"
        ).read_bytes()
    made = json.loads((tmp_path / "expected.json").read_text("utf-8"))
    assert {**made, "made_with": None} == {**EXPECTED, "made_with": None}
    if made["made_with"] != EXPECTED["made_with"]:
        pytest.skip(
            f"the committed PDFs were made with {EXPECTED['made_with']}, here is "
            f"{made['made_with']}"
        )
    for path in SAMPLE.glob("*/*.pdf"):
        assert path.read_bytes() == (tmp_path / path.relative_to(SAMPLE)).read_bytes()
    assert len(list(tmp_path.glob("*/*.pdf"))) == len(list(SAMPLE.glob("*/*.pdf")))
