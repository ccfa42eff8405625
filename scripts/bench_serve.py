#!/usr/bin/env python3
"""Measure how `papertally serve` answers: the first page, and 20 different queries a second.

usage: bench_serve.py WORKSPACE [SECONDS]

The queries are words of the papers' titles and pairs of them, each asked once, at fixed times: a
slow answer keeps no other one waiting. Its time counts from the moment when it was due.
"""

import csv
import http.client
import io
import random
import re
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psutil

PER_SECOND = 20
SEED = 1
WARM_UP = ("optimal", "transfer")
"""Words that are asked for before, so that the index is open; those of the titles come after."""


def main() -> None:
    """Serve the workspace, ask, and print the times."""
    workspace = Path(sys.argv[1])
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    command = ["papertally", "serve", "--workspace", workspace, "--port", "0"]
    start = time.perf_counter()
    program = Path(sys.executable).with_name(command[0])
    server = subprocess.Popen([program, *command[1:]], stdout=subprocess.PIPE, text=True)
    try:
        address = re.search(r"http://\S+", server.stdout.readline())[0]
        ask(address, "/")
        print(f"first page after {time.perf_counter() - start:.2f} s")
        for word in WARM_UP:
            ask(address, f"/search?q={word}")
        queries = choose_queries(address, seconds * PER_SECOND)
        before = cpu_seconds(server.pid)
        times, errors = ask_all(address, queries)
        busy = cpu_seconds(server.pid) - before
    finally:
        server.terminate()
        server.wait()
    times.sort()
    parts = {f"p{part}": times[len(times) * part // 100] for part in (50, 90, 95, 99)}
    shown = ", ".join(f"{name} {1000 * value:.0f} ms" for name, value in parts.items())
    print(f"{len(times)} queries in {seconds} s: {shown}, longest {1000 * times[-1]:.0f} ms")
    print(f"processor time of the server: {1000 * busy / len(times):.0f} ms a query")
    print(f"errors: {len(errors)} {errors[:3] or ''}")


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has taken."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def ask(address: str, path: str) -> str:
    """Return an answer. Raises `ValueError` if it is no page."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    connection.request("GET", path)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    if response.status != http.HTTPStatus.OK:
        raise ValueError(f"{response.status} for {path}")
    return text


def choose_queries(address: str, count: int) -> list[str]:
    """Return different words and pairs of words from the papers' titles."""
    rows = csv.DictReader(io.StringIO(ask(address, "/search.csv")))
    words, pairs = set(), set()
    for row in rows:
        found = re.findall(r"[A-Za-z]{4,}", row["title"])
        words |= {word.lower() for word in found}
        pairs |= {f"{first} {second}".lower() for first, second in pairwise(found)}
    chance = random.Random(SEED)  # noqa: S311 - the same queries each time
    chosen = chance.sample(sorted(words), 2 * count // 3)
    chosen += chance.sample(sorted(pairs), count - len(chosen))
    chance.shuffle(chosen)
    return chosen


def ask_all(address: str, queries: list[str]) -> tuple[list[float], list[str]]:
    """Ask for each query when it is due; return the times and the errors."""
    times: list[float] = []
    errors: list[str] = []

    def measure(query: str, due: float) -> None:
        try:
            ask(address, f"/search?{urlencode({'q': query})}")
        except (OSError, ValueError, http.client.HTTPException) as error:
            errors.append(str(error))
        times.append(time.perf_counter() - due)

    start, threads = time.perf_counter(), []
    for number, query in enumerate(queries):
        due = start + number / PER_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        thread = threading.Thread(target=measure, args=(query, due))
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    return times, errors


if __name__ == "__main__":
    main()
