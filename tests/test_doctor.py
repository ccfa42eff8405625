"""The command `doctor`: what it finds, what it mends, what it never loses or tells."""

import json
import os
import shutil
import sqlite3
import stat
import time
from pathlib import Path

import pytest

from papertally.store.connection import DATABASE
from papertally.store.lock import RunLock
from papertally.store.search_index import INDEX_FILE
from tests.helpers.command import Prepare, Run, Start, is_error_line
from tests.helpers.pdfs import FILLER, make_pdf

COUNTS = ("report", "own", "2018", "--format", "csv")
SOUND = {
    "folder", "disk", "runs", "database", "ledger", "texts", "files", "index", "login", "fonts",
    "engines", "cage",
}  # fmt: skip


@pytest.fixture
def stored(prepare: Prepare, tmp_path: Path, workspace: Path) -> Path:
    """Return a workspace of two papers that are copied into it, read, matched and indexed."""

    def build(folder: Path, succeed: Run) -> None:
        for name in ("Keras", "PyTorch"):
            make_pdf(folder / "own" / f"my {name} draft.pdf", f"{FILLER}\nWe use {name}.")
        succeed("add", "own", 2018, folder / "own", "--copy", "--complete", "-q")
        for words in (("extract", "-q"), ("match", "-q"), ("search", "keras", "-q")):
            succeed(*words)

    prepare(tmp_path, build)
    return workspace


def change(workspace: Path, *statements: str) -> None:
    with sqlite3.connect(workspace / DATABASE) as db:
        for statement in statements:
            assert db.execute(statement).rowcount, statement
    db.close()


def examine(run: Run, *words: object, code: int) -> dict[str, list[tuple[str, str]]]:
    """Return what doctor prints as JSON: health and text by check."""
    result = run("doctor", *words, "--format", "json")
    assert result.code == code, result
    found: dict[str, list[tuple[str, str]]] = {}
    for check in json.loads(result.out):
        assert "\n" not in check["text"]
        found.setdefault(check["name"], []).append((check["health"], check["text"]))
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(("papertally.", "run.", "search-index"))
    }


def test_all_is_well(stored: Path, run: Run) -> None:
    found = examine(run, code=0)
    assert found.keys() == SOUND
    assert {found[name][0][0] for name in found} <= {"ok", "note"}
    assert found["ledger"] == [("ok", "1 year, 2 papers, each with a status: 2 ok")]
    assert "made of all 2 texts" in found["index"][0][1]


def test_without_a_workspace_all_that_is_not_in_it_is_checked(workspace: Path, run: Run) -> None:
    found = examine(run, "--repair", code=0)
    assert found.keys() == {"folder", "disk", "login", "fonts", "engines", "cage"}
    assert not workspace.exists()
    workspace.write_text("a file")
    assert "name another one with --workspace" in dict(examine(run, code=2)["folder"])["wrong"]


def test_what_waits_and_how_a_run_failed_is_told(stored: Path, run: Run, tmp_path: Path) -> None:
    make_pdf(tmp_path / "later.pdf", FILLER)
    assert run("add", "own", 2019, tmp_path / "later.pdf").code == 0
    change(stored, "UPDATE run SET exit_code = 7, outcome = 'a.org cannot be reached'")
    found = examine(run, code=0)
    assert found["ledger"][0][1].endswith("3 papers, each with a status: 2 ok, 1 to read")
    assert "1 file not read yet: `papertally report`" in dict(found["files"])["note"]
    health, text = found["runs"][0]
    assert (health, "`papertally add own 2019`" in text) == ("note", True)
    assert "exit code 7: a.org cannot be reached" in text


def test_an_empty_database_is_no_fault_and_is_told(workspace: Path, run: Run) -> None:
    """As of a first run that was killed at once, or of a copy or recovery that failed."""
    workspace.mkdir(mode=0o700)
    (workspace / DATABASE).touch()
    health, text = examine(run, code=0)["database"][0]
    assert (health, text.startswith(f"{DATABASE} is empty")) == ("note", True)
    assert examine(run, "--repair", code=0)["database"][0][0] == "ok"


def test_what_killed_runs_leave_is_found_and_mended(stored: Path, run: Run) -> None:
    """Everything at once: one repair mends it, and nothing that counts is lost."""
    counted = run(*COUNTS).out
    year = stored / "files" / "own" / "2018"
    kept = sorted(year.iterdir())
    (year / f".{kept[0].name}.part").write_bytes(b"%PDF-")
    (year / ".bulk.zip").write_bytes(b"PK")
    shutil.copy(kept[0], year / "p-copy-0123456789abcdef.pdf")
    (year / "p-stray-0123456789abcdef.pdf").write_bytes(b"%PDF-stray")
    (year / "notes of mine.txt").write_text("mine")
    other = stored / "files" / "iclr" / "2024"
    other.mkdir(parents=True)
    (other / "p-waits-0123456789abcdef.pdf").write_bytes(b"%PDF-waits")
    old = stored / ".told-0123456789abcdef"
    old.touch()
    os.utime(old, (0, time.time() - 100_000))
    stored.chmod(0o755)
    change(stored, "DELETE FROM mention WHERE framework = 'keras'")
    (stored / INDEX_FILE).write_bytes(b"no index")
    before = contents(stored)
    found = examine(run, code=2)
    assert {name for name, lines in found.items() if ("wrong" in dict(lines))} == {
        "folder", "texts", "files", "index",
    }  # fmt: skip
    assert contents(stored) == before
    files = " ".join(text for _, text in found["files"])
    for words in ("4 files of killed runs or stored twice", "1 document that no paper", "1 PDF"):
        assert words in files
    result = run("doctor", "--repair", "--format", "json")
    assert result.code == 0, result
    assert stat.S_IMODE(stored.stat().st_mode) == 0o700
    left = contents(stored)
    moved = "orphans/files/own/2018/p-stray-0123456789abcdef.pdf"
    assert left.pop(moved) == before["files/own/2018/p-stray-0123456789abcdef.pdf"]
    gone = before.keys() - left.keys()
    assert left.items() <= before.items()
    assert {Path(name).name for name in gone} == {
        f".{kept[0].name}.part", ".bulk.zip", "p-copy-0123456789abcdef.pdf",
        "p-stray-0123456789abcdef.pdf", old.name,
    }  # fmt: skip
    assert run(*COUNTS).out == counted
    assert "made of all 2 texts" in examine(run, code=0)["index"][0][1]


def test_a_repair_changes_nothing_but_what_is_its_own(
    stored: Path, run: Run, tmp_path: Path
) -> None:
    year = stored / "files" / "own" / "2018"
    stray = year / "p-stray-0123456789abcdef.pdf"
    for content in (b"one", b"two", b"two"):
        stray.write_bytes(content)
        assert run("doctor", "--repair").code == 0
    set_aside = [path.read_bytes() for path in (stored / "orphans").rglob("*.pdf")]
    assert sorted(set_aside) == [b"one", b"two"]

    recorded = min(year.iterdir())
    copy = year / "p-copy-0123456789abcdef.pdf"
    shutil.copy(recorded, copy)
    recorded.write_bytes(b"damaged")
    os.mkfifo(year / "p-pipe-0123456789abcdef.pdf")
    (year / "p-link-0123456789abcdef.pdf").symlink_to(copy)
    mark = stored / ".told-0123456789abcdef"
    mark.mkdir()
    os.utime(mark, (0, time.time() - 100_000))
    (stored / "mine.txt").write_text("mine")
    stored.chmod(0o755)
    assert run("doctor", "--repair").code == 0
    kept = [path.read_bytes() for path in (stored / "orphans").rglob("*copy*")]
    assert kept[0].startswith(b"%PDF-")
    assert stat.S_IMODE(stored.stat().st_mode) == 0o755

    stray.write_bytes(b"three")
    shutil.rmtree(stored / "orphans")
    (stored / "orphans").symlink_to(tmp_path / "own")
    result = run("doctor", "--repair")
    assert (result.code, is_error_line(result.err)) == (2, True)
    assert stray.exists()

    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    assert run("doctor", "--repair", "--workspace", shared).code == 0
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755


def test_links_in_a_workspace_lead_nowhere(stored: Path, run: Run, tmp_path: Path) -> None:
    """A workspace may come from others; what they link to is the user's."""
    mine, bundle = tmp_path / "mine", tmp_path / "bundle.txt"
    mine.write_text("precious")
    (tmp_path / ".bundle.txt.part").symlink_to(mine)
    log = stored / "papertally.log"
    log.rename(stored / "papertally.log.1")
    log.symlink_to(mine)
    (stored / "run.json").symlink_to(mine)
    assert run("doctor", "--bundle", bundle).code == 0
    assert "exit code 0" in bundle.read_text(encoding="utf-8")
    assert "precious" not in bundle.read_text(encoding="utf-8")
    for link in (stored / "run.json", log):
        result = run("match")
        assert (result.code, is_error_line(result.err)) == (2, True)
        link.unlink()
    assert run("match").code == 0
    assert mine.read_text() == "precious"
    (stored / "files" / "link").symlink_to(tmp_path)
    change(stored, "UPDATE file SET path = CAST('files/link/mine' AS BLOB) WHERE id = 1")
    assert "1 kept file" in run("remove", "own", 2018, "--yes").err
    assert mine.read_text() == "precious"
    for name in ("run.json", f"{DATABASE}.checked"):
        (stored / name).unlink(missing_ok=True)
        os.mkfifo(stored / name)  # which nobody writes to
    assert run("status").code == 0
    result = run("match")
    assert (result.code, is_error_line(result.err)) == (2, True)


def test_files_of_another_user_are_named_with_what_makes_them_ones_own(
    stored: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a run with sudo; root may change everything, so modes are asked for it."""

    def may_change(path: Path, mode: int) -> bool:
        return not mode & os.W_OK or bool(Path(path).stat().st_mode & stat.S_IWUSR)

    monkeypatch.setattr(os, "access", may_change)
    assert examine(run, code=0)["folder"][0][0] == "ok"
    (stored / "papertally.log").chmod(0o400)
    (stored / "files" / "own" / "2018").chmod(0o500)
    text = dict(examine(run, code=2)["folder"])["wrong"]
    (stored / "files" / "own" / "2018").chmod(0o700)
    assert text.startswith("papertally.log, files/own/2018 there cannot be changed by you")
    assert f"`sudo chown -R {os.geteuid()} {stored} && chmod -R u+rwX {stored}`" in text


def test_a_damaged_database_is_left_and_what_can_be_had_again_is_told(
    stored: Path, run: Run, tmp_path: Path
) -> None:
    sound = (stored / DATABASE).read_bytes()
    with sqlite3.connect(stored / DATABASE) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'mention'").fetchone()
    damaged = bytearray(sound)
    damaged[(page - 1) * 4096 : page * 4096] = b"\x0d\0\0\xff" + bytes(4092)
    for bytes_ in (damaged, sound[: len(sound) // 2], b"SQLite format 3\0" + bytes(4096)):
        (stored / DATABASE).write_bytes(bytes_)
        bundle = tmp_path / f"{len(bytes_)}.txt"
        result = run("doctor", "--repair", "--bundle", bundle)
        assert result.code == 2, result
        told = result.out[result.out.index("wrong  database") :]
        for word in ("is damaged", "2 files of own 2018", "add VENUE YEAR", "log", ".recover"):
            assert word in told, (word, result)
        assert "Traceback" not in result.err
        assert "[venue 1] 2018" in bundle.read_text(encoding="utf-8")
        assert (stored / DATABASE).read_bytes() == bytes_
    (stored / DATABASE).write_bytes(sound)
    assert examine(run, code=0)["database"][0][0] == "ok"


def test_a_text_that_is_damaged_is_read_again_and_no_count_is_made_of_it(
    stored: Path, run: Run
) -> None:
    counted = run(*COUNTS).out
    change(stored, "UPDATE body SET text = substr(text, 1, 9) WHERE file = 1")
    assert "1 of 2 texts cannot be read" in dict(examine(run, code=2)["texts"])["wrong"]
    assert run("doctor", "--repair").code == 0
    assert "its stored text is damaged" in run("status", "own", "-v").out
    assert run("extract").code == run("match").code == 0
    assert run(*COUNTS).out == counted


SECRETS = {
    "OPENREVIEW_USERNAME": "ada.lovelace@example.org",
    "OPENREVIEW_PASSWORD": "pass&word 1",
    "OPENREVIEW_TOKEN": "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjk5OTk5OTk5OTl9.c2lnbmF0dXJl",
    "HTTPS_PROXY": "http://proxyuser:proxysecret@proxy.example.org:3128",
    "MY_WEBHOOK": "https://hooks.example.org/services/T0/B0/hooksecret",
    "PAPERTALLY_FETCH_CONTACT": "ada@lovelace.example",
}


def test_the_bundle_tells_no_secret_name_place_or_private_paper(
    stored: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PAPERTALLY_SURVEY_MAX_TIME", "50m")
    monkeypatch.setenv("HOME", "/home/lovelace")
    run("add", "my-acme", 2018, stored / "files", "-q")
    assert run("remove", "my-acme", 2018, "--yes").code == 0
    change(
        stored,
        "UPDATE paper SET venue = 'secretvenue'",
        "UPDATE listing SET venue = 'secretvenue'",
        "UPDATE note SET title = 'A Secret Title'",
        "UPDATE text SET reason = 'My Keras draft.pdf, by lovelace' WHERE file = 1",
    )
    with (stored / "papertally.log").open("a", encoding="utf-8") as log:
        for line in (
            *SECRETS.values(),
            "pass%26word%201 and pass&amp;word 1, Bearer abc.def, token=tok-123",
            "/home/lovelace/clients/acme/x.pdf, A Secret Title, my PyTorch draft.pdf, secretvenue",
            f"{stored}/files, https://proceedings.mlr.press/v48/?key=querysecret",
            "https://intern.example.org/hidden, ~/clients/acme, \033[2J\u202e",
        ):
            log.write(f"2026-11-30 10:00:00,000 ERROR papertally.fetch: {line}\n")
    file = tmp_path / "bundle.txt"
    result = run("doctor", "--bundle", file)
    assert "Traceback" not in result.err
    told = file.read_text(encoding="utf-8")
    for secret in (
        "lovelace", "pass&", "pass%26", "word 1", "eyJ", "proxysecret", "proxyuser", "hooksecret",
        "hooks.example", "Secret", "draft", "secretvenue", "acme", "intern.", "hidden", "tok-123",
        "querysecret", "abc.def", str(tmp_path), FILLER[:20], "\033", "\u202e",
    ):  # fmt: skip
        assert secret not in told, (secret, told)
    for word in (
        "PAPERTALLY_SURVEY_MAX_TIME: 50m", "MAX_TIME", "pdfium", "SQLite", "exit code 0, done",
        "proceedings.mlr.press/v48/", "WORKSPACE/files", "[venue 3],2018,[paper 1]", "== ledger",
    ):  # fmt: skip
        assert word in told, (word, told)
    again = run("doctor", "--bundle", file)
    assert (again.code, again.out, is_error_line(again.err)) == (2, "", True)
    assert file.read_text(encoding="utf-8") == told
    assert [path.name for path in tmp_path.glob(".*.part")] == []


def test_wrong_settings_of_the_login_and_open_tokens_are_told_and_closed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tmp_path / "config" / "papertally" / "token.json"
    token.parent.mkdir(parents=True)
    token.write_text("{}")
    token.chmod(0o644)
    monkeypatch.setenv("OPENREVIEW_USERNAME", "ada")
    texts = [text for _, text in examine(run, code=2)["login"]]
    assert "OPENREVIEW_USERNAME is set without OPENREVIEW_PASSWORD" in texts[0]
    assert f"chmod 600 {token}" in texts[1]
    monkeypatch.delenv("OPENREVIEW_USERNAME")
    assert "not logged in" in examine(run, "--repair", code=0)["login"][0][1]
    assert stat.S_IMODE(token.stat().st_mode) == 0o600


def test_beside_a_run_it_looks_and_does_not_repair(stored: Path, run: Run) -> None:
    part = stored / "files" / "own" / "2018" / ".p-x-0123456789abcdef.pdf.part"
    part.write_bytes(b"%PDF-")
    with RunLock(stored, "fetch own 2018"):
        found = examine(run, code=0)
        assert "`papertally fetch own 2018`" in found["runs"][0][1]
        result = run("doctor", "--repair")
        assert (result.code, is_error_line(result.err)) == (5, True)
        assert part.exists()
    result = run("doctor", "-q")
    assert (result.code, is_error_line(result.err)) == (2, True)
    assert "\nwrong  files     1 file of killed runs" in result.out
    assert all(line.startswith(("ok ", "note ", "wrong ")) for line in result.out.splitlines())


def test_a_repair_that_is_killed_loses_nothing(stored: Path, run: Run, start: Start) -> None:
    counted, before = run(*COUNTS).out, contents(stored)
    with sqlite3.connect(stored / DATABASE) as db, start("doctor", "--repair") as repair:
        while not db.execute("SELECT 1 FROM text WHERE ruleset IS NULL").fetchone():
            assert repair.poll() is None
        repair.kill()
    db.close()
    assert contents(stored) == before
    assert run("match").code == 0
    assert run(*COUNTS).out == counted
