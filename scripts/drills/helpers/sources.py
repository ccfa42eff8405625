"""The sources of papers that drills survey: own files, and stand-ins of OpenReview and the rest."""

import json
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from drill import Drill, run

from papertally.demo.server import Handler, Query
from tests.helpers.openreview import Server, invent_year
from tests.helpers.pdfs import FILLER, make_pdf
from tests.helpers.sites import OpenSources
from tests.helpers.source_pages import invent_papers

Words = tuple[object, ...]

ICML_2024 = 235
"""The volume of PMLR."""
ASKED = "asked"
"""The file below the folder that is served with a line for each PDF that was asked for."""
_PAUSE = 0.02
"""Seconds between the halves of an answer's body."""
NAMES = ("Keras", "PyTorch", "no library", "TensorFlow")


@contextmanager
def serve_sources(folder: Path, count: int) -> Iterator[None]:
    """Serve so many papers of each venue in a process of its own, and lead papertally there.

    Commands are forked from a drill, which would be unsafe with servers in its threads.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        _serve(folder, count, writer)
    os.close(writer)
    with os.fdopen(reader) as file:
        os.environ.update(json.load(file))
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


class _InHalves:
    """The way to a client, with a pause amid each body: runs are killed there, too."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, data: bytes) -> None:
        """Write the first half, and after a pause the rest."""
        half = len(data) // 2
        self._file.write(data[:half])
        if not data.startswith(b"HTTP/"):
            self._file.flush()
            time.sleep(_PAUSE)
        self._file.write(data[half:])

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


def _serve(folder: Path, count: int, writer: int) -> None:
    """Serve until this process is killed; write the settings that lead here to a pipe."""
    papers = invent_papers(count)

    def watch(handler: Handler, path: str, query: Query) -> bool:
        """Answer in halves, and note which PDFs are asked for."""
        if not isinstance(handler.wfile, _InHalves):
            handler.wfile = _InHalves(handler.wfile)
        if path.endswith(".pdf") or "id" in query:
            with (folder / ASKED).open("a") as file:
                file.write(f"{path} {query}\n")
        return False

    with ExitStack() as stack:
        server = stack.enter_context(Server(invent_year(folder, count, pdfs=count)))
        sources = stack.enter_context(OpenSources())
        sources.serve_proceedings("iclr", 2024, papers)
        sources.serve_programme("iclr", 2024, papers)
        sources.serve_volume(ICML_2024, papers)
        sources.serve_programme("icml", 2024, papers)
        server.faults.append(watch)
        for site in sources.sites.values():
            site.faults.append(lambda handler, request: watch(handler, request.path, {}))
        with os.fdopen(writer, "w") as file:
            json.dump(server.environment() | sources.environment(), file)
        while True:
            signal.pause()


def count_asked(folder: Path) -> int:
    """Return how many PDFs were asked for, in the folder that is served."""
    path = folder / ASKED
    return len(path.read_text().splitlines()) if path.exists() else 0


def make_own_files(folder: Path, count: int) -> Path:
    """Write own files of several kinds: texts, PDFs and a damaged one."""
    folder.mkdir()
    for number in range(count):
        words = f"Paper {number} uses {NAMES[number % len(NAMES)]}.\n{FILLER}"
        if number % 3:
            make_pdf(folder / f"{number:02}.pdf", words, words)
        else:
            (folder / f"{number:02}.txt").write_text(words, encoding="utf-8")
    (folder / "torn.pdf").write_bytes(b"%PDF-1.4\nnothing more")
    return folder


def survey_steps(papers: Path) -> dict[str, tuple[Words, ...]]:
    """Return the commands that survey each venue, up to its report; `papers` has the own files."""
    fetched = ("--min-free", 0)
    return {
        "own": (("add", "own", 2020, papers), ("report", "own", 2020)),
        "sample": (("survey", "sample", 2102, *fetched),),
        "iclr": (("survey", "iclr", 2024, *fetched),),
        "icml": (("survey", "icml", 2024, *fetched),),
    }


def in_folder(step: Words, folder: Path) -> Words:
    """Return the words of a step that keeps to a workspace and its venue's report in a folder."""
    out = ("--out", folder / "out" / str(step[1])) if step[0] in ("report", "survey") else ()
    return ("--workspace", folder / "workspace", *step, *out)


def what_is_left(folder: Path) -> dict[str, bytes]:
    """Return the files of a workspace and its reports, and what `doctor` thinks of it.

    Of the workspace only papers have their content.
    """
    left = read_files(folder)
    for name in left:
        if not name.startswith(("out/", "workspace/files/")):
            left[name] = b""
    doctor = run("--workspace", folder / "workspace", "doctor")
    left["exit code of doctor"] = b"%d" % doctor.code
    return left


def read_files(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder by their names, without the dates in them."""
    return {
        str(path.relative_to(folder)): re.sub(rb"20\d\d-\d\d-\d\d", b"DATE", path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _missing_or_double(found: bytes, expected: bytes) -> list[str]:
    """Return the papers that two ledgers do not have the same number of times."""
    counts = [
        Counter(line.split(b",")[2].decode() for line in ledger.splitlines())
        for ledger in (found, expected)
    ]
    return sorted({*(counts[0] - counts[1]), *(counts[1] - counts[0])})


def compare(drill: Drill, case: str, expected: dict[str, bytes], found: dict[str, bytes]) -> None:
    """Tell which papers and which files differ from those of an undisturbed survey."""
    for name in expected:
        if name.endswith("ledger.csv"):
            papers = _missing_or_double(found.get(name, b""), expected[name])
            if papers:
                drill.lose(f"{case}: missing or double in {name}: {', '.join(papers)}")
    names = [
        name
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]
    if names:
        drill.fail(f"{case}: otherwise: {', '.join(names)}")
