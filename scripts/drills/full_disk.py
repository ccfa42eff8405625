#!/usr/bin/env python
"""Run each command on a disk that gets full, then again with room; compare with enough room."""

from pathlib import Path

import pytest
from drill import Drill, Result, SkipDrill, run, run_drill, succeed
from helpers.sources import (
    Words,
    compare,
    in_folder,
    make_own_files,
    read_files,
    serve_sources,
    what_is_left,
)

from tests.helpers.disks import SmallDisk, small_disk

PAPERS = 12
"""Of each venue."""
SIZE = "40m"
SLACK = 200_000
"""Bytes that a command may need beside what it leaves: the database's log."""
FULL = 6
"""The exit code of a run that a full disk stopped."""
READING = ("search",)
"""It makes no more than an index, without which it does."""


def list_steps(papers: Path) -> tuple[Words, ...]:
    """Return the commands, one of each kind that writes."""
    return (
        ("add", "own", 2020, papers),
        ("fetch", "iclr", 2024, "--min-free", 0),
        ("extract",),
        ("match",),
        ("search", "Keras", "own", "--format", "csv"),
        ("report", "own", 2020),
        ("report", "iclr", 2024),
        ("survey", "sample", 2102, "--min-free", 0),
    )


def need(steps: tuple[Words, ...], disk: SmallDisk) -> tuple[list[int], list[str]]:
    """Take the steps with enough room; return what each needs, in bytes, and prints."""
    needs, outputs = [], []
    for step in steps:
        before = disk.used()
        outputs.append(succeed(*in_folder(step, disk.path)))
        needs.append(disk.used() - before)
    return needs, outputs


def fault_of(step: Words, result: Result, expected: str, disk: SmallDisk) -> str:
    """Return what is wrong with a command on a full disk; empty if nothing is."""
    cure = f"what was done before is kept: free room on {disk.path}\n"
    if result.code == FULL and step[0] not in READING:
        is_right = result.err.endswith(cure) and not result.is_bug
    else:
        is_right = result.code == 0 and result.out == expected
    return "" if is_right else f"{step[0]}: {result}"


def fill_disk(drill: Drill) -> None:
    """Run each command on a disk that gets full, then again with room; compare."""
    papers = make_own_files(drill.folder / "papers", PAPERS)
    steps = list_steps(papers)
    try:
        with serve_sources(drill.folder / "served", PAPERS):
            with small_disk(drill.folder / "disk", SIZE) as disk:
                needs, outputs = need(steps, disk)
                left = what_is_left(disk.path)
            for chance in drill.each():
                with small_disk(drill.folder / "disk", SIZE) as disk:
                    rooms = [chance.randint(0, 2 * needed + SLACK) for needed in needs]
                    take_steps(drill, disk, steps, rooms, outputs)
                    compare(drill, "then with room", left, what_is_left(disk.path))
    except pytest.skip.Exception as reason:
        raise SkipDrill(str(reason)) from None


def take_steps(
    drill: Drill, disk: SmallDisk, steps: tuple[Words, ...], rooms: list[int], outputs: list[str]
) -> None:
    """Take each step with a room of its own on the disk, and then with enough."""
    for step, room, expected in zip(steps, rooms, outputs, strict=True):
        words = in_folder(step, disk.path)
        disk.leave(room)
        before = read_files(disk.path / "out")
        result = run(*words)
        fault = fault_of(step, result, expected, disk)
        if fault:
            drill.fail(f"with {room} bytes: {fault}")
        if result.code == FULL and read_files(disk.path / "out") != before:
            drill.fail(f"with {room} bytes: {step[0]}: a part of a report is left")
        disk.free()
        again = run(*words)
        if again.code:
            drill.fail(f"with room after {room} bytes: {step[0]}: {again}")


if __name__ == "__main__":
    run_drill("full disk", fill_disk, cases=20, short=2)
