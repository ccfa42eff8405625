"""The command line: parse, build settings, call one function, print."""

from papertally.cli.main import main

__all__ = ["main"]
