"""Checks of the machine: folder and disk, login, fonts, engines, and the cage of the reader."""

import hashlib
import os
import platform
import re
import shlex
import shutil
import stat
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, version

from papertally import __version__
from papertally.care.checks import Finding, note, well, wrong
from papertally.care.leftovers import closed_files, is_shared
from papertally.extract.cage import missing_walls
from papertally.extract.engines import READERS
from papertally.extract.pool import Job, WorkerPool
from papertally.fetch.openreview.auth import password_file_warning
from papertally.fetch.openreview.tokens import token_path
from papertally.models import ExtractedText, Outcome, SourceFile
from papertally.report.chart import installed_fonts
from papertally.report.chart.fonts import LATIN
from papertally.resources import DATA_FOLDER
from papertally.settings import Extraction, Fetching, Settings
from papertally.status import describe_login, login_status
from papertally.store.connection import DATABASE, SQLITE_VERSION, disk_warning
from papertally.store.disk import mount_point, no_room, try_to_write

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_SAMPLE = DATA_FOLDER / "sample" / "2101" / "01.pdf"
_LABELLED = re.compile(r"\(extra (.+)\)")
"""The extra in the label of a package."""
_EXTRA = re.compile(r"""extra\s*==\s*['"]([\w-]+)['"]""")
_ENGINES = ("lxml", "google-re2", "SQLite")
"""What else reads and searches for papertally."""
_NOT_FOR_USERS = ("test",)


def check_folder(settings: Settings) -> Iterator[Finding]:
    """Look whether the workspace is the user's alone, on a disk that serves and has room."""
    folder = settings.workspace
    if not folder.is_dir():
        if os.path.lexists(folder):
            yield wrong(f"{folder} is not a folder: name another one with --workspace")
        else:
            yield well(f"{folder} is not made yet: `papertally demo` shows how to begin")
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & _OTHERS and is_shared(folder):
        yield note(
            f"other users of this machine may look into {folder} (mode {mode:o}), which is left so "
            "as it is not a workspace alone: name a folder of its own with --workspace"
        )
    elif mode & _OTHERS and os.geteuid() not in (0, folder.stat().st_uid):
        yield note(f"{folder} is another user's, who lets others look into it")
    elif mode & _OTHERS:
        yield wrong(
            f"other users of this machine may look into {folder} (mode {mode:o}): `papertally "
            "doctor --repair` makes it yours alone"
        )
    else:
        yield well(f"{folder}, for its owner alone")
    if os.path.lexists(folder / DATABASE) and not (folder / DATABASE).is_file():
        yield wrong(f"{DATABASE} there is not a file: move it away")
    if os.access(folder, os.W_OK) and (names := closed_files(folder)):
        place = shlex.quote(str(folder))
        yield wrong(
            f"{', '.join(names)} there cannot be changed by you, as after a run with sudo: `sudo "
            f"chown -R {os.geteuid()} {place} && chmod -R u+rwX {place}` makes all of it yours"
        )


def check_disk(settings: Settings) -> Iterator[Finding]:
    """Look whether the disk of the workspace can be written and has room."""
    folder = settings.workspace
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    disk, free = mount_point(folder), shutil.disk_usage(folder).free
    if warning := disk_warning(settings.workspace):
        yield note(warning)
    if not os.access(folder, os.W_OK):
        yield note(
            f"{folder} can be read and not written here: reports and searches work, and runs need "
            "another folder, with --workspace"
        )
    elif number := try_to_write(folder):
        yield wrong(str(no_room(folder, number)))
    elif free < Fetching().min_free:
        yield note(
            f"only {free / 1e9:,.1f} GB are free on {disk}: `fetch` and `survey` stop if less than "
            f"{Fetching().min_free / 1e9:.1f} GB are free: free room there, or lower --min-free"
        )
    else:
        yield well(f"{free / 1e9:,.1f} GB are free on {disk}")


def check_login(settings: Settings) -> Iterator[Finding]:
    """Look at the login's settings and who may read them; OpenReview is not asked."""
    login = login_status(settings)
    line = describe_login(login)
    if login.problem:
        yield wrong(line)
    elif login.expired and not login.renewable:
        yield note(line)
    else:
        yield well(line)
    path = token_path()
    if path.is_file() and path.stat().st_mode & _OTHERS:
        yield wrong(
            f"other users of this machine can read the token of your login: `chmod 600 "
            f"{shlex.quote(str(path))}` protects it, and so does `papertally doctor --repair`"
        )
    if warning := password_file_warning():
        yield wrong(warning)


def check_fonts() -> Iterator[Finding]:
    """Look whether charts have their fonts."""
    latin, chinese = installed_fonts()
    if not latin:
        yield wrong(f"matplotlib lacks its font {LATIN}: install matplotlib again")
    elif not chinese:
        yield note(
            f"{LATIN} is here, and no font with Chinese characters, so charts in Chinese are drawn "
            "in English: `apt install fonts-noto-cjk` (Debian, Ubuntu) or `brew install "
            "font-noto-sans-cjk` (macOS)"
        )
    else:
        yield well(f"{LATIN}, and {chinese[0]} for Chinese")


def check_engines() -> Iterator[Finding]:
    """Read a bundled PDF with each engine, as runs do, and look whether all packages are here."""
    versions = list_versions()
    missing = [name for name, found in versions.items() if not found]
    needed = [name for name in missing if "extra" not in name]
    if needed:
        yield wrong(f"not installed: {', '.join(needed)}; install papertally again")
    read = []
    for engine in READERS:
        result = _read_sample(engine)
        if result.ledger == Outcome.OK:
            read.append(result.engine)
        else:
            yield wrong(
                f"{engine} does not read a PDF that it should ({result.ledger}: {result.reason}): "
                "install papertally again"
            )
    if read:
        others = ", ".join(f"{name} {versions[name]}" for name in _ENGINES)
        absent = sorted({extra[1] for name in missing if (extra := _LABELLED.search(name))})
        told = f"; not installed: the extra {' and '.join(absent)}" if absent else ""
        yield well(f"{' and '.join(read)} read a PDF; {others}{told}")


def _read_sample(engine: str) -> ExtractedText:
    data = _SAMPLE.read_bytes()
    file = SourceFile("pdf", _SAMPLE, hashlib.sha256(data).hexdigest(), len(data))
    with WorkerPool(Extraction(jobs=1, engine=engine)) as pool:
        ((_, result),) = pool.read([Job(1, file)])
    return result


def check_cage() -> Iterator[Finding]:
    """Look what the reader of PDFs is kept from."""
    missing = missing_walls()
    for wall in missing:
        yield note(f"{wall}; Linux from 5.13 on, on x86-64 and 64-bit ARM, keeps it from that")
    if not missing:
        yield well("a PDF that takes over the reader reaches no file, network, program or process")


def list_versions() -> dict[str, str]:
    """Return the versions of papertally, Python, SQLite and the packages that are needed.

    Those of packages that are not here are empty. Packages of extras are named with the extra.
    """
    found = {
        "papertally": __version__,
        "Python": platform.python_version(),
        "SQLite": SQLITE_VERSION,
    }
    for requirement in distribution("papertally").requires or []:
        extra = _EXTRA.search(requirement)
        if extra and extra[1] in _NOT_FOR_USERS:
            continue
        name = re.split(r"[^\w.-]", requirement)[0]
        label = f"{name} (extra {extra[1]})" if extra else name
        try:
            found[label] = version(name)
        except PackageNotFoundError:
            found[label] = ""
    return found
