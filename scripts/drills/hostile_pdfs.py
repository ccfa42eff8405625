#!/usr/bin/env python
"""Read PDFs that were made to harm: each ends with one status, and no other paper is touched.

    python scripts/drills/hostile_pdfs.py [--short] [--cases N] [--seed N]

Half of them are PDFs from the test suites of other projects, if ../shared/hostile beside this
project has any; all others are PDFs made here or the demo's, changed by chance. They are read
between good ones, whose texts must be those that they have alone. No document may take longer than
its deadline, and no reader more memory than it may.
"""

import os
import random
import resource
import shutil
import signal
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from drill import ROOT, Drill, Running, run_drill, succeed
from helpers.mutators import mutate_bytes

from papertally.models import Outcome, VenueYear
from papertally.store.workspace import Workspace
from tests.helpers.paths import SHARED
from tests.helpers.pdfs import FILLER, draw_pdf, make_pdf, outlines, pack_catalog, stream

YEAR = VenueYear("toy", 2018)
TIMEOUT, MEMORY, JOBS = 10, 512 << 20, 2
"""Seconds of a document, bytes of a reader, and readers."""
WORDS = (
    b"/Kids", b"/Parent", b"/Prev", b"/Length 999999999", b" obj", b"endobj", b"stream\n",
    b"endstream", b"<<", b">>", b"[", b"]", b"(", b")", b"<", b"1 0 R", b"2 0 R", b"3 0 R",
    b"4 0 R", b"5 0 R", b"/Filter/FlateDecode", b"/Filter[/FlateDecode/FlateDecode]",
    b"/Type/ObjStm", b"/Type/XRef", b"/Extends 4 0 R", b"/Contents", b"/Resources", b"/Font",
    b"/XObject", b"/Im Do ", b"BT ", b"ET ", b" Tj ", b" TJ ", b" T* ", b" Tf ", b" Td ",
    b"q " * 5000, b"[" * 5000, b"<<" * 5000, b"(" * 5000, b"/MediaBox[0 0 1e9 1e9]",
    b"/Count 2147483647", b"/Rotate 7",
    b"/DecodeParms<</Predictor 15/Columns 2147483647>>", b"/Encrypt 5 0 R", b"/JS(app.alert(1))",
    b"/ToUnicode 4 0 R", b"/Encoding/Identity-H", b"beginbfrange <0000><ffff><0000> endbfrange ",
    b"trailer", b"startxref", b"%%EOF", b"\x80" * 99,
)  # fmt: skip
IS_FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"
FORM = stream(b"/Im Do BT /F1 10 Tf 72 400 Td (inside) Tj ET", IS_FORM)
PACKED = stream(zlib.compress(b"BT (packed) Tj ET\n" * 99), b"/Filter/FlateDecode")
EACH_BOMB = 50


def nest_forms(depth: int) -> list[bytes]:
    """Return forms that draw the next one ten times each, so that the last is drawn endlessly."""
    forms = []
    for number in range(11, 11 + depth):
        inner = IS_FORM + b"/Resources<</XObject<</Im %d 0 R>>>>" % number
        forms.append(stream(b"/Im Do " * 10, inner))
    return [*forms, stream(b"BT /F1 9 Tf (a) Tj ET", IS_FORM)]


def scatter(chance: random.Random, letters: int) -> str:
    """Return the operators of letters anywhere on a page, many of them at one place."""
    drawn = []
    for _ in range(letters):
        place = f"{chance.randrange(600)} {chance.choice((7, chance.randrange(790)))}"
        drawn.append(f"1 0 0 1 {place} Tm ({chance.choice('abcff-.')}) Tj")
    return "\n".join(["BT /F1 10 Tf", *drawn, "ET"])


def make_bomb(folder: Path, number: int) -> bytes:
    """Return one of the PDFs that are built to take all time or memory."""
    letters = random.Random(number)  # noqa: S311 - chance, not secrets
    packed = zlib.compress(b"BT (x) Tj ET\n" * 10_000_000)
    forms = "/XObject<</Im 10 0 R>>"
    again = IS_FORM + b"/Resources<</XObject<</Im 10 0 R>>>>"
    loop = b"/Kids[2 0 R 3 0 R]"
    make: tuple[Callable[[Path], Path], ...] = (
        lambda path: draw_pdf(path, "/Im Do", resources=forms, objects=nest_forms(12)),
        lambda path: draw_pdf(
            path, "/Im Do", resources=forms, objects=[stream(b"/Im Do " * 99, again)]
        ),
        lambda path: draw_pdf(
            path,
            "/Im Do",
            resources=forms,
            objects=[stream(packed, IS_FORM + b"/Filter/FlateDecode")],
        ),
        lambda path: draw_pdf(path, outlines(500_000)),
        lambda path: draw_pdf(path, "BT /F1 9 Tf " + "(a) Tj " * 1_000_000 + "ET"),
        lambda path: draw_pdf(path, "BT " + "[" * 1_000_000 + "] TJ ET"),
        lambda path: draw_pdf(path, scatter(letters, 60_000)),
        lambda path: draw_pdf(path, "BT /F1 9 Tf " + "(ab-) Tj T* " * 200_000 + "ET"),
        lambda path: draw_pdf(path, "q " * 2_000_000),
    )
    path = make[number % len(make)](folder / "bomb.pdf")
    return path.read_bytes().replace(b"/Kids[3 0 R]", loop if number % 5 == 4 else b"/Kids[3 0 R]")


def make_seeds(folder: Path) -> list[bytes]:
    """Make PDFs of several forms, which cases change."""
    paths = sorted((ROOT / "data" / "sample").rglob("*.pdf"))[::7]
    paths.append(make_pdf(folder / "plain.pdf", FILLER, f"{FILLER}\nWe use Keras."))
    paths.append(pack_catalog(draw_pdf(folder / "packed.pdf", "BT /F1 9 Tf (Torch) Tj ET")))
    forms = "/XObject<</Im 10 0 R>>"
    drawing = "q /Im Do Q BT /F1 10 Tf 72 300 Td [(Py)-20(Torch)] TJ ET"
    paths.append(draw_pdf(folder / "forms.pdf", drawing, resources=forms, objects=[FORM, PACKED]))
    return [path.read_bytes() for path in paths]


def make_good(folder: Path) -> None:
    """Make PDFs that harm nobody."""
    for number in range(6):
        name = ("Keras", "PyTorch", "a model")[number % 3]
        pages = (f"{FILLER}\nWe use {name}, {number}.", FILLER)
        make_pdf(folder / f"good{number}.pdf", *pages[: 1 + number % 2])


def make_hostile(folder: Path, seeds: Sequence[int], sources: Sequence[bytes]) -> None:
    """Write the hostile PDF of each case."""
    suites = sorted((SHARED / "hostile").rglob("*.pdf")) if SHARED.is_dir() else []
    for seed in seeds:
        path = folder / f"case{seed}.pdf"
        chance = random.Random(seed)  # noqa: S311 - chance, not secrets
        if seed % EACH_BOMB == EACH_BOMB - 1:
            path.write_bytes(make_bomb(folder.parent / "made", seed // EACH_BOMB))
        elif suites and seed % 2:
            shutil.copy(suites[seed // 2 % len(suites)], path)
        else:
            path.write_bytes(mutate_bytes(chance, chance.choice(sources), WORDS, 8))


def texts_of(workspace: Path) -> dict[str, bytes]:
    """Return the texts of the readable papers."""
    with Workspace(workspace) as opened:
        papers = opened.ledger.read(YEAR).readable
        return {papers[key]: zlib.decompress(body) for key, body in opened.texts.bodies(papers)}


def read_all(at_work: Drill, folder: Path, documents: int) -> str:
    """Read the papers of a folder; return what is wrong with the commands."""
    place = ("--workspace", at_work.folder / f"workspace-{folder.name}")
    succeed("add", "toy", 2018, folder, *place)
    limits = ("--timeout", TIMEOUT, "--memory", f"{MEMORY >> 20}M", "--jobs", JOBS)
    reading = Running("extract", *limits, "--max-failures", "100%", *place)
    end = time.monotonic() + 60 + documents * (TIMEOUT + 3) / JOBS
    while reading.is_alive():
        if time.monotonic() > end:
            os.killpg(reading.process, signal.SIGKILL)
        time.sleep(0.1)
    if (result := reading.wait()).code:
        return f"extract ended with {result.code}: {result.err[-1000:]}"
    succeed("match", *place)
    succeed("report", "toy", 2018, *place)
    return ""


def fault_of(ended: Sequence[tuple[Outcome, str]]) -> str:
    """Return what is wrong with how a document ended."""
    if len(ended) != 1:
        return f"lost: it stands {len(ended)} times in the ledger"
    ((outcome, reason),) = ended
    if outcome in (Outcome.NOT_FETCHED, Outcome.NO_PDF):
        return f"lost: it is {outcome}, {reason}"
    if (outcome != Outcome.OK and not reason) or not reason.isprintable() or len(reason) > 300:
        return f"it is {outcome} for {reason[:300]!r}"
    return ""


def drill(at_work: Drill) -> None:
    """Read hostile PDFs between good ones."""
    alone, among = at_work.folder / "alone", at_work.folder / "among"
    for folder in (alone, among):
        make_good(folder)
    made = at_work.folder / "made"
    made.mkdir()
    make_hostile(among, at_work.seeds, make_seeds(made))
    fault = read_all(at_work, alone, 6) or read_all(at_work, among, len(at_work.seeds) + 6)
    workspace = at_work.folder / "workspace-among"
    with Workspace(workspace) as opened:
        rows = opened.ledger.read(YEAR).rows
    for seed in at_work.seeds:
        ended = [(row.ledger, row.reason) for row in rows if row.paper == f"case{seed}"]
        at_work.judge(seed, fault_of(ended))
    before, after = texts_of(at_work.folder / "workspace-alone"), texts_of(workspace)
    if len(before) != 6 or any(after.get(paper) != text for paper, text in before.items()):
        at_work.lose("good papers beside hostile ones have other texts")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    if peak > 2 * MEMORY:
        fault = fault or f"a process takes {peak >> 20} MiB"
    if fault:
        at_work.fail(fault)


if __name__ == "__main__":
    run_drill("hostile PDFs", drill, cases=1100, short=60)
