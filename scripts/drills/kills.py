#!/usr/bin/env python
"""Kill surveys at random moments, go on with them, and compare with undisturbed ones."""

import random
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from drill import Drill, Result, Running, run, run_drill
from sources import (
    Words,
    compare,
    in_folder,
    make_own_files,
    serve_sources,
    survey_steps,
    what_is_left,
)

PAPERS = 20
"""Of each venue."""
VICTIMS = ("parent", "child", "both")
_PATIENCE = 10.0
"""Seconds until the readers of a killed run have to be gone."""
_EARLIER = 0.7
"""A kill that came after the end of a run is tried again that much earlier."""


@dataclass
class Survey:
    """A survey in a workspace, and what it leaves there if nothing disturbs it."""

    steps: tuple[Words, ...]
    seconds: list[float]
    """How long each step takes."""
    left: dict[str, bytes]
    """The report's files and the workspace's, the latter without content but for papers."""


def undisturbed(steps: tuple[Words, ...], folder: Path) -> Survey:
    """Take all steps of a survey and remember what it leaves."""
    seconds = []
    for step in steps:
        began = time.monotonic()
        result = run(*in_folder(step, folder))
        if result.code:
            raise SystemExit(f"{step}: {result}")
        seconds.append(time.monotonic() - began)
    return Survey(steps, seconds, what_is_left(folder))


def kill_midway(words: Words, victim: str, seconds: float) -> tuple[Result, bool]:
    """Run a command and kill it, one of its readers or both after some time.

    If only a reader is to be killed and there is none yet, the first is waited for. Returns what
    the command did, and whether readers live on after it.
    """
    running = Running(*words)
    parent = psutil.Process(running.process)
    time.sleep(seconds)
    readers = parent.children()
    while victim == "child" and not readers and running.is_alive():
        readers = parent.children()
    with suppress(psutil.NoSuchProcess):
        if victim != "parent" and readers:
            readers[0].kill()
        if victim != "child" and running.is_alive():
            parent.kill()
    result = running.wait()
    _, alive = psutil.wait_procs(readers, timeout=_PATIENCE)
    return result, bool(alive)


def disturb(chance: random.Random, survey: Survey, folder: Path, victim: str) -> list[str]:
    """Kill one step of a survey at a random moment; return what is wrong with how it ended."""
    at = chance.randrange(len(survey.steps))
    share = chance.random()
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        for step in survey.steps[:at]:
            run(*in_folder(step, folder))
        words = in_folder(survey.steps[at], folder)
        result, alive = kill_midway(words, victim, share * survey.seconds[at])
        if victim == "child" or result.code:
            break
        share *= _EARLIER
    faults = ["readers live on"] if alive else []
    if "Traceback" in result.err or result.code != (0 if victim == "child" else -9):
        faults.append(f"the killed run ended with {result.code}: {result.err}")
    return faults


def go_on(survey: Survey, folder: Path) -> list[str]:
    """Take all steps again; return what is wrong with how they ended."""
    faults = []
    for step in survey.steps:
        result = run(*in_folder(step, folder))
        if result.code:
            faults.append(f"the next run ended with {result.code}: {result.err}")
    return faults


def kill_surveys(drill: Drill) -> None:
    """Kill surveys at random moments, go on with them, and compare with undisturbed ones."""
    papers = make_own_files(drill.folder / "papers", PAPERS)
    with serve_sources(drill.folder / "served", PAPERS):
        surveys = {
            venue: undisturbed(steps, drill.folder / "undisturbed" / venue)
            for venue, steps in survey_steps(papers).items()
        }
        folder = drill.folder / "killed"
        for chance in drill.each():
            venue, victim = chance.choice(list(surveys)), chance.choice(VICTIMS)
            survey = surveys[venue]
            faults = disturb(chance, survey, folder, victim) + go_on(survey, folder)
            for fault in faults:
                drill.fail(f"{venue}, {victim} killed: {fault}")
            compare(drill, f"{venue}, {victim} killed", survey.left, what_is_left(folder))


if __name__ == "__main__":
    run_drill("kills of parent, reader, both", kill_surveys, cases=100, short=8)
