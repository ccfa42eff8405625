"""The commands that go on with a year, to paste into a shell or a crontab."""

import os
import shlex
import shutil
import sys
from pathlib import Path

from papertally.fetch.venues import VenueYear
from papertally.models import Revision
from papertally.settings import Fetching, Settings, default_workspace

_MEBIBYTE = 1 << 20


def survey_command(settings: Settings, year: VenueYear) -> str:
    """Write the survey of a year for the user's shell, with the options that were given."""
    whole = _program()
    bare = shutil.which("papertally")
    return f"{'papertally' if bare and _quoted(bare) == whole else whole} {_words(settings, year)}"


def crontab_line(settings: Settings, year: VenueYear) -> str:
    """Write the same for a crontab, which knows neither the user's folder nor variables."""
    parts = (year.venue, str(year.year), *map(str, settings.fetching.statuses))
    out = '"$HOME"/' + "-".join(parts)
    line = f"{_program()} {_words(settings, year)} --cron --max-time 50m --out {out}"
    return "15 * * * *  " + line.replace("%", r"\%")  # a bare one is an end of line to cron


def _program() -> str:
    """Name this program so that it is found from anywhere."""
    called = Path(sys.argv[0]).name == "papertally" and shutil.which(sys.argv[0])
    beside = Path(sys.executable).with_name("papertally")
    if called or beside.is_file():
        return _quoted(called or beside)
    return f"{_quoted(sys.executable)} -m papertally"


def _words(settings: Settings, year: VenueYear) -> str:
    """Write what follows the program's name."""
    fetching, usual = settings.fetching, Fetching()
    words = ["survey", year.venue, str(year.year)]
    words += ["--population", ",".join(fetching.statuses)] if fetching.statuses else []
    words += ["--revision", str(fetching.revision)] if fetching.revision != Revision.CURRENT else []
    words += ["--contact", fetching.contact] if fetching.contact else []
    words += ["--min-free", f"{fetching.min_free / _MEBIBYTE:g}M"] if fetching.min_free != usual.min_free else []
    for path in settings.venues:
        words += ["--venues", str(path.absolute())]
    for path in settings.lexicons:
        words += ["--lexicon", str(path.absolute())]
    if settings.workspace != default_workspace() or os.environ.get("XDG_DATA_HOME"):  # which cron does not know
        words += ["--workspace", str(settings.workspace)]
    return shlex.join(words)


def _quoted(path: str | Path) -> str:
    return shlex.quote(str(Path(path).absolute()))
