#!/usr/bin/env python
"""Damage a small workspace's database in many ways, and compare what is counted from it.

An error is right, and so are the same counts; other counts without a word are lost papers.
"""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

from drill import Drill, Result, run, run_drill, succeed

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
        succeed("--workspace", workspace, *words)
    return workspace


def compare(found: Result, right: str) -> str:
    """Return what is wrong with a command that read a damaged database; empty if nothing is."""
    if found.is_bug:
        return "a bug"
    if not found.code and found.out != right and not found.err:
        return "other counts"
    return ""


def damage_database(drill: Drill) -> None:
    """Damage a small workspace's database in many ways, and compare what is counted from it."""
    workspace = make_workspace(drill.folder)
    right = {words: succeed("--workspace", workspace, *words) for words in COMMANDS}
    sound = (workspace / "papertally.db").read_bytes()
    damaged = drill.folder / "damaged"
    for chance in drill.each():
        data = bytearray(sound)
        way = chance.choice(WAYS)
        way(chance, data)
        shutil.rmtree(damaged, ignore_errors=True)
        damaged.mkdir()
        (damaged / "papertally.db").write_bytes(data)
        for words in COMMANDS:
            found = run("--workspace", damaged, *words)
            fault = compare(found, right[words])
            if fault:
                tell = drill.lose if fault == "other counts" else drill.fail
                tell(f"{way.__name__}: {words[0]}: {fault} {found.err.strip()}")


if __name__ == "__main__":
    run_drill("damaged database", damage_database, cases=300, short=30)
