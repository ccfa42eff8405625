#!/usr/bin/env python3
"""Count the functions and files of papertally that one command enters.

usage: trace_run.py [--calls PATTERN] [COMMAND ...]

Without a command: `survey sample 2101 2102 --out DIR` against the demo's server on this machine, in
a new workspace. Prints the number of functions and files entered (`sys.setprofile`; the bodies of
modules and classes, comprehensions and lambdas are left out), and with `--calls` how often the
functions run whose name or file holds PATTERN. Worker processes are not seen.
"""

import argparse
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import CodeType, FrameType

import papertally
from papertally.cli import main
from papertally.demo.server import StandInServer

SOURCE = Path(papertally.__file__).parent
SAMPLE = Path(__file__).parents[1] / "data" / "sample"
COMMAND = ("survey", "sample", "2101", "2102", "--out", "{folder}/report")


def trace(command: Sequence[str]) -> Counter[CodeType]:
    """Run a command in this process and count the calls of each first-party function."""
    calls: Counter[CodeType] = Counter()
    source = f"{SOURCE}{os.sep}"

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        is_ours = code.co_filename.startswith(source) and code.co_filename.endswith(".py")
        if event == "call" and is_ours:
            calls[code] += 1

    sys.argv = ["papertally", *command]
    sys.setprofile(note)
    try:
        with suppress(SystemExit):
            main()
    finally:
        sys.setprofile(None)
    return Counter({code: count for code, count in calls.items() if is_function(code)})


def is_function(code: CodeType) -> bool:
    """Return whether a code object is a named function, not the body of a module or class."""
    is_class_body = code.co_name == code.co_qualname.rpartition(".")[2] and not code.co_flags & 1
    return not code.co_name.startswith("<") and not is_class_body


def run(command: Sequence[str]) -> Counter[CodeType]:
    """Trace a command, or the survey of the sample, in a workspace of its own."""
    with tempfile.TemporaryDirectory() as folder, StandInServer(SAMPLE) as server:
        os.environ |= {
            "PAPERTALLY_OPENREVIEW_V1": server.v1,
            "PAPERTALLY_OPENREVIEW_V2": server.v2,
            "PAPERTALLY_OPENREVIEW_SITE": server.site,
            "PAPERTALLY_WORKSPACE": f"{folder}/workspace",
        }
        return trace([word.format(folder=folder) for word in command])


def place(code: CodeType) -> str:
    """Format where a function stands."""
    return f"{Path(code.co_filename).relative_to(SOURCE)}:{code.co_qualname}"


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--calls", metavar="PATTERN", help="also print the calls of these functions"
    )
    parser.add_argument("command", nargs=argparse.REMAINDER)
    return parser.parse_args()


if __name__ == "__main__":
    arguments = parse_arguments()
    entered = run(arguments.command or COMMAND)
    files = {code.co_filename for code in entered}
    print(
        f"functions entered: {len(entered)}; files: {len(files)}; calls: {sum(entered.values()):,}"
    )
    if arguments.calls:
        for code, count in entered.most_common():
            if re.search(arguments.calls, place(code)):
                print(f"{count:8,}  {place(code)}")
