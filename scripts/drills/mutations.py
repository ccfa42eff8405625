#!/usr/bin/env python
"""Change inputs by chance: notes, lists, archives, lexicons, venues, snapshots, pages, texts.

    python scripts/drills/mutations.py [--short] [--cases N] [--seed N]

Each input goes through its command, or through the parser that the command gives it to. It may be
read rightly, or refused in one line. Whatever it holds that is as it was must be found in it.
"""

import random
from functools import cache
from pathlib import Path

from drill import Drill, run_drill, succeed
from helpers.children import Commands, run_cases
from helpers.inputs import INPUTS, NOTE_FILES, PAPERS, TEXT, dump
from helpers.pages import Texts, mutate_pages
from helpers.place import Place

from papertally.match.matcher import Matcher
from papertally.pipeline import read_lexicon
from papertally.settings import Settings
from tests.helpers.diff import write_report_folder


def drill(at_work: Drill) -> None:
    """Change inputs of eight kinds in turn."""
    make_seeds(at_work.folder)
    lexicon = read_lexicon(Settings(at_work.folder))
    kinds = (*INPUTS, mutate_pages, Texts(Matcher(lexicon.frameworks)))

    @cache
    def place() -> Place:
        return Place(at_work.folder, Commands())

    def work(seed: int) -> str:
        chance = random.Random(seed)  # noqa: S311 - chance, not secrets
        return kinds[seed % len(kinds)](chance, place())

    for seed, fault in run_cases(at_work.seeds, work):
        at_work.judge(seed, fault)


def make_seeds(folder: Path) -> None:
    """Make the workspace and the report folder that cases begin with."""
    texts = folder / "texts"
    texts.mkdir()
    for number, paper in enumerate(PAPERS):
        text = TEXT if number % 2 else TEXT.replace("Keras", "a model")
        (texts / f"{paper}.txt").write_text(text, "utf-8")
    (folder / "notes.json").write_bytes(dump(NOTE_FILES[2]))
    place = ("--workspace", folder / "seed")
    succeed("add", "toy", 2018, texts, "--notes", folder / "notes.json", *place)
    succeed("report", "toy", 2018, *place)
    write_report_folder(folder / "made", folder / "report")


if __name__ == "__main__":
    run_drill("mutations", drill, cases=10_000, short=600)
