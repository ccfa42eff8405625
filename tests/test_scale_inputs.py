"""What `scale run` reads: archives, lists, the web, and what is wrong with them."""

import gzip
import io
import os
import re
import signal
import subprocess
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from tests.helpers.command import Result, Run, is_error_line
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.published import StaticHandler, StaticHost
from tests.helpers.scale import ONE_SHARD, collected, make_documents, rows, write
from tests.helpers.taken_over import DEADLY, SIGN, put_in_place

pa = pytest.importorskip("pyarrow", reason="papertally[cluster] is not installed")
parquet = pytest.importorskip("pyarrow.parquet", reason="papertally[cluster] is not installed")
pytest.importorskip("fsspec", reason="papertally[cluster] is not installed")


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """Return a folder with five documents in two years, one of them a PDF."""
    return make_documents(tmp_path / "papers")


def test_archives_and_lists_are_read_as_folders_are(
    run: Run, scale: Callable[..., Result], papers: Path, tmp_path: Path
) -> None:
    names = sorted(path for path in papers.rglob("*.*"))
    with tarfile.open(tmp_path / "some.tar", "w") as tar:
        for path in names[:2]:
            tar.add(path, f"{'long-' * 30}/{path.name}")
        tar.add(papers / "iclr", "iclr", recursive=False)
    with zipfile.ZipFile(tmp_path / "others.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for path in names[2:4]:
            packed.write(path, path.name)
        packed.writestr("readme.md", "no document")
    with (tmp_path / "list.csv").open("w") as stream:
        stream.write("url,venue,year,id\n")
        stream.write(f"{tmp_path / 'some.tar'},iclr,2019,\n{tmp_path / 'others.zip'},ICLR,2019,\n")
        stream.write(f"file://{names[4]},iclr,2020,by-hand\n")
        stream.write(f"{names[4].parent}/../{names[4].parent.name}/./{names[4].name},iclr,2020,\n")
        stream.write(f"{tmp_path / 'pipe'},iclr,2020,\n")
    os.mkfifo(tmp_path / "pipe")  # that nobody writes to
    assert scale("--input", tmp_path / "some.tar").code == 2  # nothing tells the year
    done = scale("--input", tmp_path / "list.csv", *ONE_SHARD)
    assert done.code == 0, done.err
    assert "1 file left out, no PDF, text, tar or zip: " in done.err
    ended, found = collected(run, tmp_path)
    assert ended.pop("pipe") == "not-fetched"
    assert ended == dict.fromkeys(("a", "b", "c", "e", "by-hand"), "ok")
    assert found == {"keras": 2, "pytorch": 1, "jax": 1}

    listed = parquet.read_table(tmp_path / "out" / "manifest.parquet")
    parquet.write_table(listed.drop(["shard"]), tmp_path / "list.parquet")
    again = scale("--input", tmp_path / "list.parquet", "--dry-run")
    assert "0 new" in again.out, again.err


def test_an_archive_that_is_made_anew_is_not_counted_twice_or_read_at_wrong_places(
    run: Run, scale: Callable[..., Result], papers: Path, tmp_path: Path
) -> None:
    def pack(*names: str) -> None:
        with tarfile.open(tmp_path / "some.tar", "w") as tar:
            for name in names:
                tar.add(papers / "iclr" / "2019" / name, f"iclr/2019/{name}")

    survey = ("--input", tmp_path / "some.tar", *ONE_SHARD)
    pack("b.txt", "c.txt")
    assert scale(*survey, "--shard", "0/1").code == 0
    pack("e.txt", "a.pdf", "b.txt", "b.txt", "c.txt")
    assert scale(*survey).code == 0
    ended, found = collected(run, tmp_path)
    assert ended == {"b": "unreadable", "c": "unreadable", "e": "ok", "a": "ok"}
    assert found == {"pytorch": 1}


def test_each_document_ends_in_one_row_whatever_is_wrong_with_it(
    run: Run,
    scale: Callable[..., Result],
    papers: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put_in_place(monkeypatch, tmp_path / "reader", DEADLY)
    year = papers / "iclr" / "2019"
    for deed in ("die", "loop", "eat"):
        (year / f"{deed}.pdf").write_bytes(f"{SIGN} {deed} ".encode())
    (year / "empty.pdf").touch()
    (year / "gone.txt").symlink_to(write(tmp_path / "gone.txt", "Caffe"))
    (year / "notes.docx").touch()
    with (year / "large.pdf").open("wb") as sparse:
        sparse.truncate((256 << 20) + 1)
    monkeypatch.setattr("papertally.scale.fetching.MAX_BYTES", 1 << 20)  # quicker
    assert scale("--input", papers, "--shard", "0/1", *ONE_SHARD).code == 0
    (tmp_path / "gone.txt").unlink()
    done = scale("--timeout", 8, "--memory", "120M")
    assert done.code == 0, done.err
    assert "1 document not fetched: try again with --again not-fetched" in done.err
    ended, found = collected(run, tmp_path)
    wrong = {name: ended.pop(name) for name in set(ended) - set("abcde")}
    assert wrong == {
        "die": "crashed", "loop": "timeout", "eat": "crashed", "empty": "unreadable",
        "gone": "not-fetched", "large": "unreadable",
    }  # fmt: skip
    assert ended == dict.fromkeys("abcde", "ok")
    assert found == {"keras": 2, "pytorch": 1, "jax": 1}
    reasons = {row["paper"]: row["reason"] for row in rows(tmp_path / "collected" / "ledger.csv")}
    assert reasons["die"] == "the reader died of SIGSEGV"
    assert "memory" in reasons["eat"]
    assert "crashed: 2 documents in shard 0\n" in scale("--dry-run").out

    monkeypatch.delenv("PYTHONPATH")
    for deed in ("die", "loop", "eat"):  # the readers are mended
        make_pdf(year / f"{deed}.pdf", f"{FILLER}\nWe use Theano.")
    write(tmp_path / "gone.txt", "Caffe")
    assert scale("--again", "timeout,crashed,not-fetched").code == 0
    ended, found = collected(run, tmp_path)
    assert [paper for paper in ended if ended[paper] != "ok"] == ["empty", "large"]
    assert found == {"keras": 2, "pytorch": 1, "jax": 1, "theano": 3, "caffe": 1}


def test_damaged_inputs_are_named_in_one_line(
    scale: Callable[..., Result], papers: Path, tmp_path: Path
) -> None:
    names = sorted(path for path in papers.rglob("*.*"))
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        for path in names:
            tar.add(path, path.name)
    data = whole.getvalue()
    second = data.index(b"a.pdf")  # a header
    with tarfile.open(tmp_path / "link.tar", "w") as tar:
        tar.addfile(link := tarfile.TarInfo("a.pdf"))
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with zipfile.ZipFile(many := io.BytesIO(), "w") as archive:
        for number in range(600):  # some 40 MB of the list of its members
            member = zipfile.ZipInfo(f"{number}.pdf")
            member.comment = b"x" * 65535
            archive.writestr(member, b"")
    tars = {
        "many.zip": many.getvalue(),
        "cut.tar": data[: len(data) // 2],
        "middle.tar": data[:second] + b"\1" * 512 + data[second + 512 :],
        "noise.tar": b"\x93" * 5000,
        "noise.zip": b"PK\3\4" + bytes(3000),
        "noise.parquet": b"PAR1" + bytes(3000) + b"PAR1",
        "empty.csv": b"",
        "columns.csv": b"a,b\n1,2\n",
        "numbers.csv": b"url,venue,year,size\n/x.pdf,iclr,2019," + b"9" * 6000 + b"\n",
        "venue.csv": b"url,venue,year\n/x.pdf,../..,2019\n",
        "year.csv": b"url,venue,year\n/x.pdf,iclr,20190\n",
        "bytes.csv": b"url,venue,year\n/\xff.pdf,iclr,2019\n",
        "scheme.csv": b"url,venue,year\nsimplecache::s3://a/b.pdf,iclr,2019\n",
        "secret.csv": b"url,venue,year\nhttp://me:hunter2@10.0.0.1/b.pdf,iclr,2019\n",
        "offset.csv": b"url,venue,year,member\n/x.tar,iclr,2019,a.pdf\n",
    }
    for name, content in tars.items():
        (tmp_path / name).write_bytes(content)
    said = {"columns.csv": "row 1 has no url", "offset.csv": "name the tar alone"}
    for name in [*tars, "link.tar"]:
        refused = scale("--input", tmp_path / name, "--venue", "own", "--year", 2020)
        assert refused.code == 2, (name, refused)
        assert is_error_line(refused.err), (name, refused.err)
        assert name in refused.err
        assert said.get(name, "") in refused.err
        assert "hunter2" not in refused.err
    assert not (tmp_path / "out").exists()
    urls = ("/nowhere", "ftp://a/b", "http://example.org/a.pdf", "https://u:hunter2@a.org/",
            "s3://key:hunter2@b/c", "s3://key:a/hunter2+b@b/c")  # fmt: skip
    for words in [*(("--input", url) for url in ("", *urls)), ("--out", urls[-1]), ("--out", "")]:
        refused = scale(*words)
        assert (refused.code, is_error_line(refused.err)) == (2, True), refused
        assert "hunter2" not in refused.err
    assert scale("--input", papers / "iclr" / "2019" / "x.docx").code == 2


def test_lists_and_archives_without_an_end_are_refused(
    scale: Callable[..., Result], papers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (member := tarfile.TarInfo("a.pdf")).size = -512  # the next member would be this one again
    (tmp_path / "endless.tar").write_bytes(member.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    row = b"/x.pdf,iclr,2019," + b'x,"\n"' * (1 << 18)
    (tmp_path / "row.csv").write_bytes(b"url,venue,year,title\n" + row)
    (tmp_path / "twice.csv").write_bytes(b"url,url,venue,year\n/x.pdf,/y.pdf,iclr,2019\n")
    good = pa.table({"url": ["/x" * 99] * 100, "venue": ["iclr"] * 100})
    for name, years in (("long", pa.array([2020] * 100)), ("kind", pa.array([b""] * 100))):
        parquet.write_table(good.append_column("year", years), tmp_path / f"{name}.parquet")
    assert scale("--input", papers, "--shard", "0/1").code == 0
    monkeypatch.setattr("papertally.scale.tables._MAX_BYTES", 1 << 9)
    for name in ("endless.tar", "row.csv", "twice.csv", "long.parquet", "kind.parquet"):
        out = ("--out", tmp_path / "other", "--venue", "own", "--year", 2020)
        refused = scale("--input", tmp_path / name, *out)
        assert (refused.code, is_error_line(refused.err)) == (2, True), (name, refused)
        assert name in refused.err
    refused = scale("--dry-run")
    assert (refused.code, is_error_line(refused.err)) == (2, True), refused
    assert "manifest.parquet" in refused.err


def test_hostile_names_are_only_names(
    run: Run, scale: Callable[..., Result], tmp_path: Path
) -> None:
    names = [
        "../../../etc/a.txt", "/b\x1b[31m\n.txt", "=cmd()|'x'.txt", "c.txt", "x/c.txt", "c-2.txt",
        "n" * 5000 + ".txt", "a,b\"c;=1.txt",
    ]  # fmt: skip
    with tarfile.open(tmp_path / "names.tar", "w") as tar:
        for name in [*names, "c.txt"]:
            data = f"{FILLER}\nWe use Keras.".encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    done = scale("--input", tmp_path / "names.tar", "--venue", "own", "--year", 2020, *ONE_SHARD)
    assert done.code == 0, done.err
    ended, found = collected(run, tmp_path)
    assert len(ended) == len(names) + 1
    assert set(ended.values()) == {"ok"}
    assert found == {"keras": len(ended)}
    assert all(paper.isprintable() and len(paper) <= 210 for paper in ended)
    assert run("report", "--from", tmp_path / "collected", "own", 2020).code == 0


def test_documents_on_the_web_are_read_and_a_host_that_is_away_stops_the_run(
    run: Run, scale: Callable[..., Result], host: StaticHost, papers: Path, tmp_path: Path
) -> None:
    year = papers / "iclr" / "2019"
    with tarfile.open(tmp_path / "some.tar", "w") as tar:
        for name in ("b", "c"):
            tar.add(year / f"{name}.txt", f"iclr/2019/{name}.txt")
    packed = (tmp_path / "some.tar").read_bytes()

    def send_range(handler: StaticHandler) -> None:
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", handler.headers.get("Range", ""))
        if found:
            first, last = int(found[1]), min(int(found[2]), len(packed) - 1)
            of = f"bytes {first}-{last}/{len(packed)}"
            handler.send(packed[first : last + 1], 206, Content_Range=of)
        else:
            handler.send(packed, Accept_Ranges="bytes")

    listed = [
        ("pdf/2301.00001", (year / "a.pdf").read_bytes()),
        ("some.tar", send_range),
        ("signed-.txt?token=x.y/hunter2", (year / "c.txt").read_bytes()),
    ]
    host.files |= {f"/{name}": content for name, content in listed}
    lines = [f"{host.url}/{name},iclr,2019" for name, _ in listed]
    lines.append(f"{host.url}/gone-?hunter2,iclr,2020")
    text = "\n".join(["url,venue,year", *lines])
    host.files["/list.csv"] = text.encode()
    host.files["/local.csv"] = f"url,venue,year\nfile://{year}/b.txt,iclr,2019".encode()
    refused = scale("--input", f"{host.url}/local.csv")
    assert (refused.code, is_error_line(refused.err)) == (2, True), refused
    assert scale("--input", f"{host.url}/list.csv", "--shard", "0/1", *ONE_SHARD).code == 0

    for name, _ in listed:
        del host.files[f"/{name}"]
    host.files |= {f"/{name}": lambda handler: handler.send(b"", 503) for name, _ in listed}
    away = scale()
    assert (away.code, is_error_line(away.err.partition("\n")[2])) == (7, True), away
    assert not list((tmp_path / "out").glob("ledger/*"))
    host.files |= {f"/{name}": content for name, content in listed}
    done = scale()
    assert done.code == 0, done.err
    ended, found = collected(run, tmp_path)
    ends = {"2301.00001": "ok", "b": "ok", "c": "ok", "signed-": "ok", "gone-": "not-fetched"}
    assert ended == ends
    assert found == {"pytorch": 1, "keras": 3}
    for path in (*(tmp_path / "out" / "ledger").iterdir(), *(tmp_path / "collected").iterdir()):
        assert b"hunter2" not in path.read_bytes()


def test_hosts_that_send_too_much_or_only_a_part_cost_only_their_documents(
    run: Run,
    scale: Callable[..., Result],
    host: StaticHost,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("papertally.scale.fetching.MAX_BYTES", 1 << 20)
    text = f"{FILLER * 99}\nWe use Keras.".encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("a.txt"), io.BytesIO())

    def send_endlessly(handler: StaticHandler) -> None:
        handler.send(b"", Content_Length=None)
        while True:
            handler.wfile.write(bytes(1 << 20))

    def send_bomb(handler: StaticHandler) -> None:
        handler.send(gzip.compress(bytes(1 << 25)), Content_Encoding="gzip")

    host.files |= {
        "/long.txt": lambda handler: handler.send(text, Content_Length=None),
        "/part.txt": lambda handler: handler.send(text, 206, Content_Range="bytes 0-9/999999"),
        "/endless.txt": send_endlessly,
        "/bomb.txt": send_bomb,
        "/away.txt": lambda handler: handler.send(b"", 302, Location="http://10.0.0.1/"),
        "/whole.tar": packed.getvalue(),
        "/endless.csv": send_endlessly,
    }
    ends = {"long": "ok", "part": "not-fetched", "endless": "unreadable", "bomb": "unreadable",
            "away": "not-fetched"}  # fmt: skip
    lines = [f"{host.url}/{name}.txt,own,2020" for name in ends]
    host.files["/list.csv"] = "\n".join(["url,venue,year", *lines]).encode()
    done = scale("--input", f"{host.url}/list.csv", *ONE_SHARD)
    assert done.code == 0, done.err
    assert collected(run, tmp_path) == (ends, {"keras": 1})
    monkeypatch.setattr("papertally.scale.listing._MAX_LIST", 1 << 20)
    for name in ("whole.tar", "endless.csv"):
        refused = scale("--input", f"{host.url}/{name}", "--venue", "own", "--year", 2020)
        assert (refused.code, is_error_line(refused.err)) == (2, True), refused


def test_a_host_that_is_slow_does_not_hold_up_a_run_that_is_stopped(
    start: Callable[..., subprocess.Popen[str]], host: StaticHost, tmp_path: Path
) -> None:
    (asked, is_over) = Event(), Event()

    def send_slowly(handler: StaticHandler) -> None:
        handler.send(b"x", Content_Length=9)
        asked.set()
        is_over.wait()

    host.files |= {f"/{name}.pdf": send_slowly for name in "ab"}
    lines = [f"{host.url}/{name}.pdf,own,2020" for name in "ab"]
    (tmp_path / "list.csv").write_text("\n".join(["url,venue,year", *lines]))
    process = start("scale", "run", "--input", tmp_path / "list.csv", "--out", tmp_path / "out")
    assert asked.wait(60)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    is_over.set()
    assert process.returncode == 130, err
    assert "Traceback" not in err


def test_a_document_that_is_long_in_coming_makes_no_other_one_late(
    run: Run,
    scale: Callable[..., Result],
    host: StaticHost,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put_in_place(monkeypatch, tmp_path / "reader", "def rest(document): time.sleep(0.2)")

    def send_late(handler: StaticHandler) -> None:
        time.sleep(1.5)
        handler.send(b"No PDF.")

    host.files |= {"/a.pdf": b"No PDF.", "/b.pdf": f"{SIGN} rest ".encode(), "/c.pdf": send_late}
    lines = [f"{host.url}/{name}.pdf,own,2020" for name in "abc"]
    host.files["/list.csv"] = "\n".join(["url,venue,year", *lines]).encode()
    done = scale("--input", f"{host.url}/list.csv", *ONE_SHARD, "--jobs", 2, "--timeout", 1)
    assert done.code == 0, done.err
    assert collected(run, tmp_path)[0] == dict.fromkeys("abc", "unreadable")
