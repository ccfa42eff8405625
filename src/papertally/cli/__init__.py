"""The command line: read the options, build the settings, call one function, print.

`papertally --help` and `papertally COMMAND --help` have to answer at once. So a command's module is
imported when the command is called, and modules of commands import the store, the stages and
everything slow inside the functions that need them.
"""

from papertally.cli.main import main

__all__ = ["main"]
