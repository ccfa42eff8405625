"""Surveys in shards on one machine: `scale run` and `scale collect` over folders and archives."""

import errno
import os
import subprocess
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from papertally.report.schema import Column
from tests.helpers.command import Result, Run, is_error_line
from tests.helpers.processes import until
from tests.helpers.scale import ONE_SHARD, collected, make_documents, parts, rows, write

pa = pytest.importorskip("pyarrow", reason="papertally[cluster] is not installed")
parquet = pytest.importorskip("pyarrow.parquet")
pytest.importorskip("fsspec", reason="papertally[cluster] is not installed")


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """Return a folder with five documents in two years, one of them a PDF."""
    return make_documents(tmp_path / "papers")


def test_the_counts_are_those_of_the_workspace(
    run: Run, scale: Callable[..., Result], papers: Path, tmp_path: Path
) -> None:
    for name in ("._a.pdf", "._b.tar"):  # as macOS leaves them
        (papers / "iclr" / "2019" / name).write_bytes(b"\0\5\26\7")
    done = scale("--input", papers, "--venue", "my-papers")
    assert done.code == 0, done.err
    assert "2 files left out" in done.err
    assert "5 documents in 3 shards" in done.err
    assert "did 3 shards: 5 ok" in done.err
    ended, found = collected(run, tmp_path)
    assert ended == dict.fromkeys("abcde", "ok")
    assert found == {"keras": 2, "pytorch": 1, "jax": 1}

    assert run("add", "my-papers", papers / "iclr").code == 0
    asked = ("report", "my-papers", "2019-2020")
    assert run(*asked, "--out", tmp_path / "report").code == 0
    into = tmp_path / "collected"
    assert rows(into / "findings.csv") == rows(tmp_path / "report" / "findings.csv")
    own = ("venue", "year", "paper", "pdf_sha256", "engine", "pages", "letters", "ledger")
    both = (rows(folder / "ledger.csv") for folder in (into, tmp_path / "report"))
    ours, theirs = ([[row[name] for name in own] for row in ledger] for ledger in both)
    assert ours == theirs
    shown = run("report", "--from", into)
    assert shown.code == 0, shown.err
    assert shown.out == run(*asked).out
    assert run("diff", into, tmp_path / "report").code == 0

    assert "not to compare" in shown.out
    left = into / ".papertally-of-a-killed-run"
    left.touch()
    os.utime(left, (0, 0))
    whole = ("scale", "collect", "--out", tmp_path / "out", "--into", into, "--complete")
    assert "1 document with the same content as another one of the year" in run(*whole).err
    assert {path.name for path in into.iterdir()} == {
        "datapackage.json", "findings.csv", "ledger.csv"
    }  # fmt: skip
    assert "not to compare" not in run("report", "--from", into).out


def test_a_workspace_gets_the_documents_as_files_are_added_to_it(
    run: Run, scale: Callable[..., Result], papers: Path, tmp_path: Path
) -> None:
    workspace, year = tmp_path / "workspace", papers / "iclr" / "2019"  # it is that of the tests
    (year / "gone.txt").symlink_to(write(tmp_path / "gone.txt", "Caffe"))
    (year / "empty.pdf").touch()
    packed = tmp_path / "more" / "iclr" / "2019" / "some.tar"
    packed.parent.mkdir(parents=True)
    with tarfile.open(packed, "w") as tar:
        for name, framework in (("b", "Theano"), ("f", "MXNet")):  # of `b` there is another one
            tar.add(write(tmp_path / f"{name}.txt", framework), f"{name}.txt")
    into = ("scale", "collect", "--out", tmp_path / "out", "--into", workspace)

    def collect(*more: object) -> str:
        done = run(*into, *more)
        assert done.code == 0, done.err
        return done.err

    def assert_refused(reason: str) -> None:
        refused = run(*into)
        assert (refused.code, is_error_line(refused.err)) == (2, True), refused
        assert reason in refused.err

    def counts(*more: object) -> str:
        return run("report", "iclr", "2019-2020", *more).out

    inputs = ("--input", papers, "--input", packed)
    assert scale(*inputs, "--shard", "0/1", "--shard-size", 6).code == 0
    (tmp_path / "gone.txt").unlink()
    assert scale("--shard", "1/2").code == 0
    assert_refused("no texts of 4 documents")
    assert not workspace.exists()
    assert scale("--keep-texts", "--again", "ok").code == 0

    first, second = sorted((tmp_path / "out" / "texts").iterdir())
    good = second.read_bytes()
    for bad in (good[:-9], b"", first.read_bytes()):
        second.write_bytes(bad)  # what is in the other shard is added
        assert_refused("shard-00001")
    second.write_bytes(good)
    manifest = tmp_path / "out" / "manifest.parquet"
    good, table = manifest.read_bytes(), parquet.read_table(manifest)
    for name, value in (("venue", "../x"), ("year", 12345), ("id", "a\n")):
        number = table.schema.get_field_index(name)
        column = pa.repeat(pa.scalar(value, table.schema.types[number]), len(table))
        parquet.write_table(table.set_column(number, name, column), manifest)
        assert_refused("is damaged")
    manifest.write_bytes(good)
    ledger = tmp_path / "out" / "ledger" / first.name
    aside = ledger.rename(tmp_path / "aside")
    assert "6 of them have not been read yet" in collect()
    assert run("match").code == 0
    aside.rename(ledger)
    collect()
    assert "9 documents, 0 new" in collect()

    collected(run, tmp_path)
    assert "0 of 6" in counts("--details")  # without the damaged and the lost one
    assert counts("--details") == counts("--details", "--from", tmp_path / "collected")
    assert "iclr 2019: could not be downloaded: nothing is there (1)\n" in run("status").out

    write(tmp_path / "gone.txt", "Caffe")
    assert scale("--again", "not-fetched").code == 0
    assert "9 documents, 1 new" in collect("--complete")
    collected(run, tmp_path, "--complete")
    complete = counts()
    assert complete == counts("--from", tmp_path / "collected")
    assert "gone" in run("search", "We use Caffe", "--format", "csv").out

    for more in ((), ("--workspace", tmp_path / "other")):
        assert run("add", "iclr", 2019, packed, *more).code == 0
        assert run("add", "iclr", papers / "iclr", "--complete", *more).code == 0
        assert counts(*more) == complete
    assert "9 documents, 0 new and 0 changed" in collect()


def test_what_is_done_is_not_done_again_and_new_documents_get_new_shards(
    run: Run, scale: Callable[..., Result], papers: Path, tmp_path: Path
) -> None:
    plan = scale("--input", papers, "--dry-run")
    assert "missing: 5 documents in shards 0-2" in plan.out
    assert not (tmp_path / "out").exists()
    assert scale("--input", papers).code == 0
    first = parts(tmp_path)
    again = scale("--input", papers)
    assert "nothing to do" in again.err
    assert "another venue" not in again.err
    moved = scale("--input", papers, "--year", 2019)  # of which one was in 2020 before
    assert "1 document listed in another venue or year than before" in moved.err

    write(papers / "iclr" / "2018" / "new.txt", "Theano")  # would be the first of all
    assert "6 documents in 4 shards, 1 new" in scale("--input", papers, "--dry-run").out
    assert scale("--input", papers).code == 0
    second = parts(tmp_path)
    assert second.keys() - first.keys() == {"shard-00003.parquet"}
    assert first.items() <= second.items()

    (tmp_path / "out" / "ledger" / "shard-00001.parquet").unlink()
    plan = scale("--dry-run", "--again", "ok,crashed")
    assert "missing: 2 documents in shard 1\n" in plan.out
    assert "to read again: 4 documents in shards 0, 2-3\n" in plan.out
    assert "ok: 4 documents in shards 0, 2-3\n" in plan.out
    assert (
        "2 of them have not been read yet"
        in run("scale", "collect", "--out", tmp_path / "out", "--into", tmp_path / "collected").err
    )
    assert Counter(row["ledger"] for row in rows(tmp_path / "collected" / "ledger.csv")) == {
        "ok": 4, "not-fetched": 2
    }  # fmt: skip
    assert scale().code == 0
    assert parts(tmp_path).keys() == second.keys()
    assert collected(run, tmp_path)[0].keys() == {"a", "b", "c", "d", "e", "new"}


def test_shares_of_a_run_do_all_shards_once(
    run: Run, scale: Callable[..., Result], papers: Path, tmp_path: Path
) -> None:
    early = scale("--input", papers, "--shard", "2/2")
    assert early.code == 7
    assert "share 1 makes" in early.err
    assert scale("--input", papers, "--shard", "0/2").code == 0
    assert not (tmp_path / "out" / "ledger").exists()
    manifest = (tmp_path / "out" / "manifest.parquet").read_bytes()
    assert scale("--input", papers, "--shard", "2/2").code == 0
    assert parts(tmp_path).keys() == {"shard-00001.parquet"}
    assert scale("--input", papers, "--shard", "1/2").code == 0
    assert (tmp_path / "out" / "manifest.parquet").read_bytes() == manifest
    assert collected(run, tmp_path)[1] == {"keras": 2, "pytorch": 1, "jax": 1}
    for share in ("3/2", "1/0", "x", "-1/2", "1/1/1"):
        assert scale("--shard", share).code == 2


def test_what_is_read_again_is_replaced(
    run: Run, scale: Callable[..., Result], papers: Path, tmp_path: Path
) -> None:
    assert scale("--input", papers, "--keep-texts", *ONE_SHARD).code == 0
    write(papers / "iclr" / "2019" / "b.txt", "Theano")
    assert "nothing to do" in scale("--input", papers).err
    assert scale("--again", "ok").code == 0
    assert collected(run, tmp_path)[1] == {"keras": 1, "theano": 1, "pytorch": 1, "jax": 1}
    texts = pa.concat_tables(
        parquet.read_table(path) for path in (tmp_path / "out" / "texts").iterdir()
    ).to_pylist()
    assert sorted(row["paper"] for row in texts) == list("abcde")
    assert sum("Theano" in row["text"] for row in texts) == 1
    assert scale("--again", "read").code == 2


def test_texts_are_kept_of_all_documents_of_a_shard_or_of_none(
    scale: Callable[..., Result], papers: Path, tmp_path: Path
) -> None:
    write(papers / "iclr" / "2019" / "b.txt", "").write_text("")
    assert scale("--input", papers, *ONE_SHARD).code == 0
    texts = tmp_path / "out" / "texts"
    for words in ((), ("--dry-run",), ("--again", "empty")):
        asked = scale("--keep-texts", *words)
        assert asked.code == 0
        assert "1 shard done before without texts: --again ok reads and keeps them" in asked.err
        assert not texts.exists()
    assert "texts" not in scale("--keep-texts", "--again", "ok").err
    kept = parquet.read_table(texts / "shard-00000.parquet").to_pylist()
    assert sorted(row["paper"] for row in kept) == list("acde")
    assert "texts" not in scale("--keep-texts").err


def test_other_rules_are_refused(
    scale: Callable[..., Result], papers: Path, tmp_path: Path
) -> None:
    assert scale("--input", papers, "--shard", "0/1").code == 0
    lexicon = tmp_path / "mine.toml"
    lexicon.write_text('[jittor]\nname = "Jittor"\naliases = [{ text = "Jittor" }]\n')
    refused = scale("--input", papers, "--lexicon", lexicon)
    assert refused.code == 2
    assert "other rules" in refused.err
    assert is_error_line(refused.err)


def test_two_first_runs_at_once_have_one_manifest(
    papers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from papertally.errors import TemporaryError
    from papertally.scale.documents import GivenYear
    from papertally.scale.listing import DocumentLister
    from papertally.scale.manifest import ShardManifest
    from papertally.scale.storage import Store

    store = Store(str(tmp_path / "out"))
    found = {}
    for year in ("2019", "2020"):
        folder = str(papers / "iclr" / year)
        found[year] = ShardManifest.empty("f", {}).extended(
            DocumentLister([folder], GivenYear()), 2
        )
    ended = []

    def freeze(manifest: ShardManifest) -> None:
        try:
            manifest.write(store)
        except TemporaryError:
            ended.append("refused")
        else:
            ended.append("written")

    threads = [Thread(target=freeze, args=(found[year],)) for year in ("2019", "2020")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["refused", "written"]
    stored = ShardManifest.read(store)
    assert stored
    assert len(stored.table) in {len(manifest.table) for manifest in found.values()}
    # one that was read before another run added to it may not be written either
    stored.extended(DocumentLister([str(papers)], GivenYear()), 2).write(store)
    freeze(stored)
    assert ended[-1] == "refused"


def test_damaged_parts_are_named_in_one_line(
    run: Run, scale: Callable[..., Result], papers: Path, tmp_path: Path
) -> None:
    assert scale("--input", papers, "--shard-size", 3).code == 0
    into, out = tmp_path / "collected", tmp_path / "out"
    collect = ("scale", "collect", "--out", out, "--into", into)
    assert run(*collect).code == 0
    ledger = (out / "ledger" / "shard-00000.parquet").rename(tmp_path / "aside")
    os.mkfifo(out / "ledger" / "shard-00000.parquet")  # that never ends
    assert run(*collect).code == 2
    ledger.replace(out / "ledger" / "shard-00000.parquet")
    before = {path.name: path.read_bytes() for path in into.iterdir()}
    for name in ("ledger/shard-00001.parquet", "findings/shard-00001.parquet"):
        good = (out / name).read_bytes()
        other = (out / name.replace("00001", "00000")).read_bytes()
        for bad in (good[:-9], b"", other):
            (out / name).write_bytes(bad)
            refused = run(*collect)
            assert (refused.code, is_error_line(refused.err)) == (2, True), (name, refused)
            assert "shard" in refused.err
        (out / name).write_bytes(good)
    assert {path.name: path.read_bytes() for path in into.iterdir()} == before
    manifest = (out / "manifest.parquet").read_bytes()
    for bad in (manifest[:-9], manifest[:200], (out / "ledger/shard-00000.parquet").read_bytes()):
        (out / "manifest.parquet").write_bytes(bad)
        for refused in (run(*collect), scale("--input", papers)):
            assert (refused.code, is_error_line(refused.err)) == (2, True), refused
            assert "manifest.parquet" in refused.err
    (out / "manifest.parquet").write_bytes(manifest)
    table = parquet.read_table(out / "manifest.parquet")
    wrong = {"id": "b", "url": "/etc/passwd", "venue": "../x", "year": 1 << 60, "offset": -1}
    for name, cell in wrong.items():
        changed = [table.to_pylist()[0] | {name: cell}, *table.to_pylist()[1:]]
        parquet.write_table(
            pa.Table.from_pylist(changed, schema=table.schema), out / "manifest.parquet"
        )
        refused = scale()
        assert (refused.code, is_error_line(refused.err)) == (2, True), (name, refused)


def test_a_run_that_is_stopped_or_killed_goes_on(
    run: Run,
    scale: Callable[..., Result],
    start: Callable[..., subprocess.Popen[str]],
    papers: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (temporary := tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    words = ("scale", "run", "--input", papers, "--out", tmp_path / "out", "--shard-size", 1,
             "--jobs", 1)  # fmt: skip
    for number, code in ((2, 130), (9, -9)):
        process = start(*words)
        count = len(list((tmp_path / "out").glob("ledger/shard*")))
        until(lambda count=count: len(list((tmp_path / "out").glob("ledger/shard*"))) > count)
        for reader in psutil.Process(process.pid).children():
            reader.suspend()
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        assert process.returncode == code
        assert "Traceback" not in err
    before = parts(tmp_path)
    assert 2 <= len(before) < 5
    (temporary / "papertally-scale-killed").mkdir()  # a run that is killed leaves such a folder
    from papertally.scale.scratch import scratch_folder

    with scratch_folder() as another:
        assert list(temporary.iterdir()) == [another]
        assert scale().code == 0
        assert list(temporary.iterdir()) == [another]
    assert before.items() <= parts(tmp_path).items()
    assert collected(run, tmp_path)[1] == {"keras": 2, "pytorch": 1, "jax": 1}


def test_a_full_disk_stops_the_run_and_keeps_what_is_done(
    run: Run,
    scale: Callable[..., Result],
    papers: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, written = Path.replace, []

    def replace(path: Path, target: Path) -> Path:
        written.append(path)
        if len(written) > 3:
            raise OSError(errno.ENOSPC, "No space left on device", str(target))
        return real(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        full = scale("--input", papers, "--shard-size", 3)
    assert (full.code, is_error_line(full.err.splitlines()[-1] + "\n")) == (6, True), full.err
    assert scale().code == 0
    assert collected(run, tmp_path)[1] == {"keras": 2, "pytorch": 1, "jax": 1}


def test_without_its_packages_the_command_says_what_to_install(
    run: Run, scale: Callable[..., Result], papers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("-q", "scale", "run", "--input", papers, "--out", papers / "out").err == ""
    monkeypatch.setattr("papertally.cli.scale.find_spec", lambda _module: None)
    lacking = scale("--input", papers)
    assert (lacking.code, is_error_line(lacking.err)) == (2, True)
    assert "papertally[cluster]" in lacking.err


_CELL = st.none() | st.text("ab=+-@\t\r\n;,\"' é\u2028", max_size=8)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(_CELL, st.none() | st.integers(-9, 9), st.none() | st.booleans()), max_size=8
    )
)
def test_tables_are_written_as_those_of_reports_are(
    values: list[tuple[str | None, int | None, bool | None]],
) -> None:
    from papertally.report.csv_io import to_csv
    from papertally.scale.tables import csv_pieces

    columns = {"a": Column("string", ""), "b": Column("integer", ""), "c": Column("boolean", "")}
    types = (pa.string(), pa.int64(), pa.bool_())
    arrays = [pa.array([row[number] for row in values], kind) for number, kind in enumerate(types)]
    written = b"".join(csv_pieces(pa.table(arrays, names=list(columns)), columns))
    assert written.decode() == to_csv(values, columns).removeprefix("a,b,c\n")
