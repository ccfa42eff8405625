"""The stand-in OpenReview serves a client that nobody here wrote: the official openreview-py."""

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.openreview import PASSWORD, USER, Serve, invent_year

REQUIREMENT = "openreview-py==2.9.*"
SESSION = """
import json, sys
import openreview
from openreview.api import OpenReviewClient

api, base, user, password, invitation, folder = sys.argv[1:]
make = openreview.Client if api == "v1" else OpenReviewClient
client = make(baseurl=base, username=user, password=password)
notes = client.get_all_notes(invitation=invitation)
with_pdf = [note.id for note in notes if "pdf" in note.content]
# the client of API v1 has no method for zips
newer = client if api == "v2" else OpenReviewClient(baseurl=base, token=client.token)
for name, data in {
    "five.zip": newer.get_attachment("pdf", ids=with_pdf[:5]),
    "bare.pdf": newer.get_attachment("pdf", ids=with_pdf[5:]),
    "attachment.pdf": client.get_attachment(id=with_pdf[0], field_name="pdf"),
    "current.pdf": client.get_pdf(with_pdf[0]),
}.items():
    with open(f"{folder}/{name}", "wb") as file:
        file.write(data)
try:
    client.get_note("nothing0000")
    error = {}
except openreview.OpenReviewException as found:
    error = found.args[0]
print(json.dumps({"listed": [note.id for note in notes], "with_pdf": with_pdf, "error": error}))
"""


@pytest.fixture(scope="module")
def client_python(request: pytest.FixtureRequest) -> Path:
    """Return the Python of an environment with the official client, made once and kept."""
    cache = request.config.cache
    assert cache is not None
    folder = cache.mkdir("openreview-py") / f"environment-{sys.version_info.minor}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        steps = (
            ["venv", "--without-pip", folder],
            ["pip", "--python", python, "install", "--no-compile", "--retries", "1", REQUIREMENT],
        )
        for step in steps:
            words = [sys.executable, "-m", *map(str, step)]
            ended = subprocess.run(words, capture_output=True, text=True, check=False)
            if ended.returncode:
                last = ended.stderr.strip().splitlines()[-1:]
                pytest.skip(f"{REQUIREMENT} cannot be installed: {''.join(last)}")
        (folder / "complete").touch()
    return python


def to_v1(note: dict[str, Any]) -> dict[str, Any]:
    """Return a note of API v2 as API v1 has it."""
    fields = {name: field["value"] for name, field in note["content"].items()}
    (invitation,) = note["invitations"]
    rest = {name: value for name, value in note.items() if name != "invitations"}
    return rest | {"invitation": invitation, "content": fields, "ddate": None, "replyto": None}


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_the_official_client_logs_in_lists_all_and_gets_pdfs(
    serve: Serve, client_python: Path, tmp_path: Path, api: str
) -> None:
    folder = invent_year(tmp_path / "served", 2100, pdfs=6) / "2102"
    notes = json.loads((folder / "notes.json").read_text("utf-8"))["notes"]
    for note in notes[6:]:
        del note["content"]["pdf"]
    if api == "v1":
        notes = list(map(to_v1, notes))
    (folder / "notes.json").write_text(json.dumps({"notes": notes}), encoding="utf-8")
    server = serve(folder.parent)
    server.offers_zips = True
    server.tokens.add("nobody's")
    base = server.v1 if api == "v1" else server.v2
    words = (api, base, USER, PASSWORD, "sample/2102/Conference/-/Submission", tmp_path)
    ended = subprocess.run(
        [client_python, "-I", "-c", SESSION, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["listed"] == sorted(note["id"] for note in notes)
    assert found["error"]["name"] == "NotFoundError"
    pdfs = {note["id"]: (folder / f"{note['number']:02d}.pdf").read_bytes() for note in notes[:6]}
    assert set(found["with_pdf"]) == set(pdfs)
    with zipfile.ZipFile(io.BytesIO((tmp_path / "five.zip").read_bytes())) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    five = [note for note in notes[:6] if note["id"] in found["with_pdf"][:5]]
    assert members == {
        f"{note['number']}_Invented_paper_{note['number']}.pdf": pdfs[note["id"]] for note in five
    }
    for name, number in (("bare", 5), ("attachment", 0), ("current", 0)):
        assert (tmp_path / f"{name}.pdf").read_bytes() == pdfs[found["with_pdf"][number]]
    pages = [query for path, query in server.asked if path.endswith("/notes") and "id" not in query]
    assert all(query["sort"] == "id" for query in pages)
    assert ["after" in query for query in pages] == [False, True, True, True]
    counts = ["true", "false", "false", "false"] if api == "v2" else [None] * 4
    assert [query.get("count") for query in pages] == counts
    assert len(server.logins) == 1
