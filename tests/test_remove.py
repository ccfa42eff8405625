"""Removing what was fetched: it is asked for first, and said what fetching it again takes."""

import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.helpers.command import Run
from tests.helpers.downloads import listed_pdfs, pdf_contents
from tests.helpers.openreview import Serve


def test_fetched_papers_are_removed_only_if_the_user_says_so(
    serve: Serve, run: Run, year: Path, workspace: Path
) -> None:
    serve(year)
    assert run("fetch", "sample", "2102").code == 0
    first = sorted(listed_pdfs(year))[0]
    for count, words in (
        ("6 fetched PDFs", ()),
        ("6 fetched PDFs", ("--pdfs-only",)),
        ("1 fetched PDF ", ("--paper", first)),
    ):
        refused = run("remove", "sample", "2102", *words)
        assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1), words
        assert count in refused.err, words
        assert "(36 files an hour): add --yes to remove them" in refused.err, words
    assert "takes about 10 minutes" in run("remove", "sample", "2102").err
    assert len(pdf_contents(workspace)) == 6

    assert answer("n", "remove", "sample", "2102") == 0
    assert len(pdf_contents(workspace)) == 6
    assert answer("y", "remove", "sample", "2102", "--paper", first) == 0
    assert len(pdf_contents(workspace)) == 5
    assert run("remove", "sample", "2102", "--pdfs-only", "--yes").code == 0
    assert pdf_contents(workspace) == []
    # nothing more is lost by that, and everything by the next
    assert run("remove", "sample", "2102", "--pdfs-only").code == 0
    assert run("remove", "sample", "2102").code == 2
    assert "removed 6 papers" in run("remove", "sample", "2102", "--yes").err


def answer(typed: str, *words: str) -> int:
    """Run a command with a terminal as stdin, type an answer and return the exit code."""
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "papertally", *words]
    process = subprocess.Popen(command, stdin=child, stderr=subprocess.PIPE, text=True)
    os.write(parent, f"{typed}\n".encode())
    assert "Remove them? [y/N]" in process.communicate()[1]
    os.close(child)
    os.close(parent)
    return process.returncode
