#!/usr/bin/env python
"""Start ten commands at once on one workspace; each works or names the run that holds it."""

import shutil
from pathlib import Path

from drill import Drill, Result, Running, run_drill, succeed
from helpers.sources import (
    Words,
    compare,
    in_folder,
    make_own_files,
    serve_sources,
    survey_steps,
    what_is_left,
)

PAPERS = 20
"""Of each venue; so many that one damaged file is a small share of them."""
AT_ONCE = 10
SEARCH = ("search", "Keras", "--format", "csv")
HELD = 5
"""The exit code of a command whose workspace another run holds."""
NOTHING_THERE = ("there is no workspace in ", "nothing is stored", "is stored of")
"""What commands that only read may say before another has stored something."""


def list_commands(papers: Path) -> list[Words]:
    """Return the commands from which ten are drawn, those that write and those that read."""
    steps = [step for venue in survey_steps(papers).values() for step in venue]
    return [*steps, ("extract",), ("match",), ("status",), ("doctor",), SEARCH]


def fault_of(words: Words, result: Result) -> str:
    """Return what is wrong with how a command ended; empty if nothing is."""
    held = "another run holds the workspace" in result.err
    nothing = any(said in result.err for said in NOTHING_THERE)
    is_right = result.code == 0 or (result.code == HELD and held) or (result.code == 2 and nothing)
    return "" if is_right and not result.is_bug else f"{words}: {result}"


def survey_all(papers: Path, folder: Path) -> dict[str, bytes]:
    """Survey all venues one after the other, search them, and return what is left."""
    for steps in survey_steps(papers).values():
        for step in steps:
            succeed(*in_folder(step, folder))
    succeed(*in_folder(SEARCH, folder))
    return what_is_left(folder)


def start_at_once(drill: Drill) -> None:
    """Start ten commands at once on one workspace; each works or names the run that holds it."""
    papers = make_own_files(drill.folder / "papers", PAPERS)
    commands = list_commands(papers)
    with serve_sources(drill.folder / "served", PAPERS):
        folder = drill.folder / "shared"
        left = survey_all(papers, folder)
        for chance in drill.each():
            shutil.rmtree(folder)
            drawn = chance.choices(commands, k=AT_ONCE)
            running = [Running(*in_folder(words, folder)) for words in drawn]
            for words, command in zip(drawn, running, strict=True):
                fault = fault_of(words, command.wait())
                if fault:
                    drill.fail(fault)
            compare(drill, "run again", left, survey_all(papers, folder))


if __name__ == "__main__":
    run_drill("ten processes at once", start_at_once, cases=20, short=2)
