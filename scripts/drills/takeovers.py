#!/usr/bin/env python
"""Let documents take over the reader of PDFs, attack from there, and send replies of every kind.

    python scripts/drills/takeovers.py [--short] [--cases N] [--seed N]

Each case is a document that tries to reach files, secrets, processes and the network from within
the cage, makes system calls by chance, and then dies, hangs, floods or sends what is no reply. Only
that document may be lost: all others have their texts, and nothing outside has changed. As root,
who may do more than others anyway, a second run is as another user.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from drill import Drill, SkipDrill, run, run_drill
from helpers.deeds import DEEDS

from papertally.extract import cage
from papertally.models import Outcome, VenueYear
from papertally.store.workspace import Workspace
from tests.helpers.taken_over import SIGN, put_in_place

OTHER_USER = 65534
SECRET = "nobody-may-know-this"  # noqa: S105 - no secret
GOOD_TEXT = "A good paper, number {}. " + "Plain words of a paper follow. " * 20
EXTRACT = ("extract", "--timeout", 4, "--memory", "512M", "--jobs", 6, "--max-failures", "100%")
PATIENT = ("extract", "--again", "timeout", "--timeout", 40, "--max-failures", "100%")
"""For good documents that a busy machine did not read in time."""


def drill(at_work: Drill) -> None:
    """Take the reader over as this user, and as another one."""
    if walls := cage.missing_walls():
        raise SkipDrill("; ".join(walls))
    half = len(at_work.seeds) // 2 if os.getuid() == 0 and can_be_other() else 0
    for seed, fault in attack(at_work.folder / "own", at_work.seeds[half:]):
        at_work.judge(seed, fault)
    if half:
        for seed, fault in attack_as_other(at_work.folder / "other", at_work.seeds[:half]):
            at_work.judge(seed, fault)
    elif os.getuid() == 0:
        raise SkipDrill("another user cannot start this Python")


def can_be_other() -> bool:
    """Return whether another user can start this Python."""
    command = [sys.executable, "-c", "import papertally.extract.worker"]
    other = {"user": OTHER_USER, "group": OTHER_USER, "extra_groups": []}
    try:
        subprocess.run(command, capture_output=True, check=True, **other)  # type: ignore[call-overload]
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def attack_as_other(folder: Path, seeds: range) -> list[tuple[int, str]]:
    """Attack as another user, from a child of this process."""
    folder.mkdir()
    for place in (folder, *folder.parents[:2]):
        place.chmod(0o711)
    os.chown(folder, OTHER_USER, OTHER_USER)
    child = os.fork()
    if not child:
        os.setgroups([])
        os.setresgid(OTHER_USER, OTHER_USER, OTHER_USER)
        os.setresuid(OTHER_USER, OTHER_USER, OTHER_USER)
        cage.guard_memory(False)  # it was closed by that
        try:
            (folder / "faults.json").write_text(json.dumps(list(attack(folder / "in", seeds))))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    return [(seed, fault) for seed, fault in json.loads((folder / "faults.json").read_text())]


def attack(folder: Path, seeds: range) -> Iterator[tuple[int, str]]:
    """Yield each case with what was wrong; of all of them together with the last one."""
    folder.mkdir()
    papers, treasure = folder / "papers", folder / "treasure"
    for place in (papers, treasure, folder / "home"):
        place.mkdir()
    for name in ("secret", "emptied", "removed", "token.json"):
        (treasure / name).write_text(SECRET)
    for seed in seeds:
        (papers / f"hostile{seed}.txt").write_text(f"{SIGN} take_over {seed}\n{GOOD_TEXT}")
        (papers / f"good{seed}.txt").write_text(GOOD_TEXT.format(seed))
    before = {path.name: path.stat() for path in treasure.iterdir()}
    with listener() as heard, surroundings(folder):
        words = json.dumps({"folder": str(treasure), "port": heard.getsockname()[1]})
        with pytest.MonkeyPatch.context() as patch:
            put_in_place(patch, folder / "reader", DEEDS.replace("{{told}}", repr(words)))
            fault = work()
        fault = fault or reached(heard, treasure, before)
        ends = read_ends()
    for seed in seeds:
        is_last = seed == seeds[-1]
        yield seed, fault if fault and is_last else fault_of(ends, seed)


@contextmanager
def surroundings(folder: Path) -> Iterator[None]:
    """Lead commands to a folder, with a secret in the environment and a token file."""
    token = folder / "home" / "papertally" / "token.json"
    token.parent.mkdir()
    shutil.copy(folder / "treasure" / "token.json", token)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            patch.setenv(name, str(folder / "home"))
        patch.setenv("PAPERTALLY_WORKSPACE", str(folder / "workspace"))
        patch.setenv("OPENREVIEW_PASSWORD", SECRET)
        patch.chdir(folder)
        yield


@contextmanager
def listener() -> Iterator[socket.socket]:
    """Listen on this machine for readers that reach the network."""
    with socket.create_server(("127.0.0.1", 0)) as heard:
        heard.setblocking(False)
        yield heard


def work() -> str:
    """Read the papers, and return what is wrong with the commands."""
    for words in (("add", "toy", 2018, "papers"), EXTRACT, PATIENT, ("match",), ("status",)):
        if words == PATIENT and not are_good_late():
            continue
        result = run(*words)
        if result.code or result.is_bug:
            return f"{words[0]} ended with {result.code}: {result.err[-1000:]}"
        if SECRET in result.out + result.err:
            return f"{words[0]} printed the secret"
    return ""


def are_good_late() -> bool:
    """Return whether any good document was not read in time."""
    ends = read_ends()
    return any(ends[paper][0] == Outcome.TIMEOUT for paper in ends if paper.startswith("good"))


def reached(heard: socket.socket, treasure: Path, before: dict[str, os.stat_result]) -> str:
    """Return what outside of the cage has changed."""
    try:
        heard.accept()
        return "a reader reached the network"
    except BlockingIOError:
        pass
    now = {path.name: path.stat() for path in treasure.iterdir()}
    for name in now.keys() | before.keys():
        kept, found = before.get(name), now.get(name)
        same = ("st_ino", "st_mode", "st_size", "st_mtime_ns", "st_ctime_ns", "st_nlink", "st_uid")
        if not (kept and found) or any(getattr(kept, x) != getattr(found, x) for x in same):
            return f"a reader changed {name}"
    return ""


def read_ends() -> dict[str, tuple[Outcome, str, int | None]]:
    """Return for each paper its outcome, the reason and how many letters it has."""
    with Workspace(Path(os.environ["PAPERTALLY_WORKSPACE"])) as workspace:
        rows = workspace.ledger.read(VenueYear("toy", 2018)).rows
    return {row.paper: (row.ledger, row.reason, row.letters) for row in rows}


def fault_of(ends: dict[str, tuple[Outcome, str, int | None]], seed: int) -> str:
    """Return what is wrong with the ends of a hostile document and of the good one beside it."""
    good, hostile = ends.get(f"good{seed}"), ends.get(f"hostile{seed}")
    letters = sum(map(str.isalpha, GOOD_TEXT.format(seed)))
    if good != (Outcome.OK, "", letters):
        return f"lost: a good document beside a hostile one is {good}"
    if not hostile or hostile[0] not in Outcome:
        return f"lost: the hostile document is {hostile}"
    if "reached" in hostile[1] or SECRET in hostile[1]:
        return f"the hostile document {hostile[1]}"
    return ""


if __name__ == "__main__":
    if sys.platform != "linux":
        print("| takeovers (skipped: the cage is of Linux alone) | 0 | 0 | 0 | 0 s |")
        sys.exit()
    run_drill("takeovers of the reader", drill, cases=150, short=16)
