#!/usr/bin/env python
"""Kill surveys at random moments, go on with them, and compare with undisturbed ones."""

import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from drill import Drill, Result, Running, run, run_drill
from helpers.sources import (
    Words,
    compare,
    count_asked,
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
_ANSWER = 0.04
"""Seconds that the answer with a PDF may take."""
_EARLIER = 0.7
"""A kill that came after the end of a run is tried again that much earlier."""
Wait = Callable[[Running], None]
"""Waits for the moment at which a command that runs is killed."""


@dataclass
class Survey:
    """A survey in a workspace, and what it leaves there if nothing disturbs it."""

    steps: tuple[Words, ...]
    seconds: list[float]
    """How long each step takes."""
    left: dict[str, bytes]
    """The report's files and the workspace's, the latter without content but for papers."""

    @property
    def is_fetched(self) -> bool:
        """Whether its papers come from a server."""
        return self.steps[0][0] == "survey"


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


def kill_midway(words: Words, victim: str, wait: Wait) -> tuple[Result, bool]:
    """Run a command and kill it, one of its readers or both after a wait.

    If only a reader is to be killed and there is none yet, the first is waited for. Returns what
    the command did, and whether readers live on after it.
    """
    running = Running(*words)
    parent = psutil.Process(running.process)
    wait(running)
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


def wait_for_time(chance: random.Random, seconds: float) -> Wait:
    """Return a wait for a random part of the time that a command takes."""
    pause = chance.random() * seconds
    return lambda _running: time.sleep(pause)


def wait_for_download(chance: random.Random, served: Path) -> Wait:
    """Return a wait until a random PDF is asked for, and for as long as its answer may take."""
    downloads, pause = chance.randint(1, PAPERS), chance.random() * _ANSWER

    def wait(running: Running) -> None:
        goal = count_asked(served) + downloads
        while running.is_alive() and count_asked(served) < goal:
            time.sleep(_ANSWER / 10)
        time.sleep(pause)

    return wait


def disturb(
    chance: random.Random, survey: Survey, folder: Path, victim: str, served: Path
) -> list[str]:
    """Kill one step of a survey at a random moment; return what is wrong with how it ended."""
    at = chance.randrange(len(survey.steps))
    seconds = survey.seconds[at]
    by_download = survey.is_fetched and victim != "child" and chance.random() < 0.5
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        for step in survey.steps[:at]:
            run(*in_folder(step, folder))
        wait = wait_for_download(chance, served) if by_download else wait_for_time(chance, seconds)
        result, alive = kill_midway(in_folder(survey.steps[at], folder), victim, wait)
        if victim == "child" or result.code:
            break  # it was not too late
        seconds *= _EARLIER
    faults = ["readers live on"] if alive else []
    if "Traceback" in result.err or result.code != (0 if victim == "child" else -signal.SIGKILL):
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


def asked_again(survey: Survey, folder: Path, served: Path) -> Iterator[str]:
    """Go on with a survey; yield what is wrong: errors, and PDFs here that it asks for again."""
    here = len(list((folder / "workspace").rglob("*.pdf")))
    before = count_asked(served)
    yield from go_on(survey, folder)
    asked = count_asked(served) - before
    if asked and asked + here > PAPERS:
        yield f"{here} PDFs were here and {asked} were asked for"


def kill_surveys(drill: Drill) -> None:
    """Kill surveys at random moments, go on with them, and compare with undisturbed ones."""
    papers, served = make_own_files(drill.folder / "papers", PAPERS), drill.folder / "served"
    with serve_sources(served, PAPERS):
        surveys = {
            venue: undisturbed(steps, drill.folder / "undisturbed" / venue)
            for venue, steps in survey_steps(papers).items()
        }
        folder = drill.folder / "killed"
        for chance in drill.each():
            venue, victim = chance.choice(list(surveys)), chance.choice(VICTIMS)
            survey = surveys[venue]
            faults = disturb(chance, survey, folder, victim, served)
            faults += asked_again(survey, folder, served)
            for fault in faults:
                drill.fail(f"{venue}, {victim} killed: {fault}")
            compare(drill, f"{venue}, {victim} killed", survey.left, what_is_left(folder))


if __name__ == "__main__":
    run_drill("kills of parent, reader, both", kill_surveys, cases=100, short=10)
