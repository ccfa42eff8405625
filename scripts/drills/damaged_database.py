#!/usr/bin/env python
"""Damage a small workspace's database in many ways, and compare what is counted from it.

    python scripts/drills/damaged_database.py [CASES]

Prints how often a damaged database gave the same counts, an error, other counts and a bug. The
damage is the same in each run; each case is a command in a process of its own, forked from this.
"""

import contextlib
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from papertally.cli.main import main

PAPERS = 40
PAGE = 4096
COMMANDS = (
    ("report", "toy", "2018", "--format", "csv"),
    ("search", "keras", "toy", "--format", "csv"),
)
"""The first has the counts; the second reads the texts."""
Damage = Callable[[random.Random, bytearray], None]


def flip(chance: random.Random, data: bytearray) -> None:
    """Flip a bit."""
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def scribble(chance: random.Random, data: bytearray) -> None:
    """Write random bytes somewhere."""
    start = chance.randrange(len(data) - 64)
    data[start : start + 64] = chance.randbytes(64)


def blank(chance: random.Random, data: bytearray) -> None:
    """Blank a sector of the disk."""
    start = chance.randrange(len(data) // 512) * 512
    data[start : start + 512] = bytes(512)


def mix_up(chance: random.Random, data: bytearray) -> None:
    """Write a page in place of another, but for the first."""
    pages = len(data) // PAGE
    old, new = (chance.randrange(1, pages) * PAGE for _ in range(2))
    data[old : old + PAGE] = data[new : new + PAGE]


def cut(chance: random.Random, data: bytearray) -> None:
    """Cut the end off."""
    del data[chance.randrange(len(data)) :]


def misspell(chance: random.Random, data: bytearray) -> None:
    """Change a letter of a stored name."""
    name = chance.choice((b"ok", b"keras", b"pytorch", b"unknown", b"body", b"name", b"toy"))
    places = [at for at in range(len(data)) if data.startswith(name, at)]
    data[chance.choice(places) + chance.randrange(len(name))] ^= 1


WAYS: tuple[Damage, ...] = (flip, scribble, blank, mix_up, cut, misspell)


def run(workspace: Path, *words: str) -> tuple[int, str, str]:
    """Run a command in a child; return its exit code, stdout and stderr."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if not child:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            sys.argv = ["papertally", "--workspace", str(workspace), *words]
            try:
                main()
            except SystemExit as end:
                with contextlib.suppress(OSError):
                    sys.stdout.flush()
                os._exit(end.code if isinstance(end.code, int) else 1)
        _, status = os.waitpid(child, 0)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    return os.waitstatus_to_exitcode(status), texts[0], texts[1]


def make_workspace(folder: Path) -> Path:
    """Make a workspace of small texts, extracted and matched."""
    papers = folder / "papers"
    papers.mkdir()
    for number in range(PAPERS):
        name = ("Keras", "PyTorch", "a model")[number % 3]
        text = f"Paper {number}\n\nWe use {name}. " + "Plain words of a paper follow. " * 40
        (papers / f"paper{number:02d}.txt").write_text(text, encoding="utf-8")
    workspace = folder / "workspace"
    for words in (("add", "toy", "2018", str(papers), "--complete"), ("extract",), ("match",)):
        code, _, err = run(workspace, *words)
        if code:
            raise SystemExit(err)
    return workspace


def classify(found: list[tuple[int, str, str]], right: list[str]) -> str:
    """Return what a damaged database led to."""
    if any(code == 1 or code < 0 or "Traceback" in err for code, _, err in found):
        return "a bug"
    results = [
        (code, out == expected, bool(err))
        for (code, out, err), expected in zip(found, right, strict=True)
    ]
    if any(not code and not same and not told for code, same, told in results):
        return "other counts"
    if any(code for code, _, _ in results):
        return "an error"
    return "the same counts" if all(same for _, same, _ in results) else "a warning"


def drill(cases: int) -> Counter[str]:
    """Damage the database in so many ways and return the outcomes."""
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        workspace = make_workspace(folder)
        right = [run(workspace, *words)[1] for words in COMMANDS]
        sound = (workspace / "papertally.db").read_bytes()
        damaged = folder / "damaged"
        for case in range(cases):
            chance = random.Random(case)  # noqa: S311 - the same damage in each run
            data = bytearray(sound)
            way = WAYS[case % len(WAYS)]
            way(chance, data)
            shutil.rmtree(damaged, ignore_errors=True)
            damaged.mkdir()
            (damaged / "papertally.db").write_bytes(data)
            outcome = classify([run(damaged, *words) for words in COMMANDS], right)
            outcomes[outcome] += 1
            if "-v" in sys.argv and outcome in ("other counts", "a bug"):
                print(case, way.__name__, outcome, run(damaged, *COMMANDS[0])[2].strip())
    return outcomes


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    count = numbers[0] if numbers else 300
    for outcome, times in drill(count).most_common():
        print(f"{times:>5}  {outcome}")
