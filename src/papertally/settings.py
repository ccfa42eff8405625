"""Settings from options, environment and defaults, as frozen records; parsers of their values."""

import os
import re
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from papertally import __version__
from papertally.errors import UsageError
from papertally.models import FIRST_YEAR, LAST_YEAR, Revision, Status

_WEB_ADDRESS = re.compile(
    r"https://[^/\s@\\?#]+(/|\Z)|http://(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?(/|\Z)",
    re.ASCII,
)
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_MIN_SIZE, _MAX_SIZE = 1 << 20, 1 << 50
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
MAX_JOBS = 4
"""More processes gain little: the one database and the disk then limit the speed."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """Base URLs of the sources; they may have a path, to which the routes are appended."""

    v1: str = "https://api.openreview.net"
    v2: str = "https://api2.openreview.net"
    site: str = "https://openreview.net"
    iclr_proceedings: str = "https://proceedings.iclr.cc"
    neurips_proceedings: str = "https://proceedings.neurips.cc"
    iclr_virtual: str = "https://iclr.cc"
    neurips_virtual: str = "https://neurips.cc"
    icml_virtual: str = "https://icml.cc"
    pmlr: str = "https://proceedings.mlr.press"
    pmlr_files: str = "https://raw.githubusercontent.com"
    """Where PMLR has its PDFs since 2024."""

    def replace_site(self, url: str) -> str:
        """Return the address at which a page of a source is asked for: that of a mirror, if set.

        >>> Hosts(pmlr="https://mirror.example/x").replace_site("https://proceedings.mlr.press/v48/")
        'https://mirror.example/x/v48/'
        """
        for name, site in asdict(Hosts()).items():
            if url.startswith(f"{site}/"):
                return f"{getattr(self, name)}{url.removeprefix(site)}"
        return url


VIRTUAL_CONFERENCES = frozenset(
    urlsplit(site).netloc
    for site in (Hosts().iclr_virtual, Hosts().neurips_virtual, Hosts().icml_virtual)
)
"""The sources of listings without PDFs: the programmes of virtual conferences."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """How documents are extracted."""

    jobs: int = 1
    timeout: float = 60.0
    """Seconds per document."""
    memory: int = 2 << 30
    """Bytes per worker process."""
    engine: str = ""
    """`pdfium` or `pdfminer`; empty for the first one that finds text."""


@dataclass(frozen=True, slots=True)
class Fetching:
    """What is fetched, and the requests, time and disk space that a run may use."""

    statuses: tuple[Status, ...] | None = None
    """Only papers with these statuses are fetched; empty means all submissions, and None what the
    source has."""
    source: str = ""
    """`openreview` or `proceedings`: where alone papers are asked for; empty for what is best."""
    pace: float = 1.0
    """Seconds between two requests to a host without a login; never less than one."""
    sample: int | None = None
    """The number of papers of each year that are fetched in all runs; None means all."""
    max_requests: int | None = None
    max_time: float | None = None
    """Seconds."""
    wait: bool = False
    """Whether to wait for quotas to reset, however long."""
    min_free: int = 5 << 30
    """Bytes to leave free on the workspace's disk."""
    relist_after: float | None = None
    """Seconds after which a year is listed again. None: a week, and never for a finished year."""
    revision: Revision = Revision.CURRENT
    contact: str = ""
    """The user's address for the User-Agent header."""
    keep_pdf: bool = True
    """Whether PDFs are kept after extraction."""

    @property
    def user_agent(self) -> str:
        """Return what requests say of who sends them, with the user's address if it is given."""
        return f"papertally/{__version__}" + (f" ({self.contact})" if self.contact else "")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that all commands share."""

    workspace: Path
    lexicons: tuple[Path, ...] = ()
    """The user's lexicon files, added to the bundled one."""
    venues: tuple[Path, ...] = ()
    """The user's venue files, added to the bundled one."""
    extraction: Extraction = field(default_factory=Extraction)
    hosts: Hosts = field(default_factory=Hosts)
    fetching: Fetching = field(default_factory=Fetching)
    max_failures: float = 0.05
    """With a larger share of failed papers, `extract` and `survey` end with exit code 3."""


def default_workspace() -> Path:
    """Return the folder used if no workspace is named. Raises `UsageError`."""
    return user_folder("data")


def user_folder(kind: str) -> Path:
    """Return the user's folder of a kind: `data`, `config` or `cache`.

    Raises `UsageError` for a user without a home folder.
    """
    # imported late: `papertally --help` needs no folder
    import platformdirs

    try:
        folder: Path = getattr(platformdirs, f"user_{kind}_path")("papertally", appauthor=False)
    except RuntimeError:
        raise UsageError(
            "this user has no home folder, where papertally keeps its files: set HOME"
        ) from None
    return folder


def default_jobs() -> int:
    """Count the cores that this process may use, up to `MAX_JOBS`."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        usable = len(os.sched_getaffinity(0))
    else:
        usable = os.cpu_count() or 1
    return min(MAX_JOBS, usable)


def hosts_from_environment() -> Hosts:
    """Read `PAPERTALLY_OPENREVIEW_V1`, `_V2` and `_SITE`, `PAPERTALLY_PMLR` and the like.

    Raises `UsageError` for a URL that is neither https nor http on loopback, because requests carry
    a login.
    """
    urls = {}
    for name, default in asdict(Hosts()).items():
        of_openreview = "" if "_" in name or name == "pmlr" else "OPENREVIEW_"
        variable = f"PAPERTALLY_{of_openreview}{name.upper()}"
        url = os.environ.get(variable) or default
        if "@" in url or not is_web_address(url):
            # Before an "@" there may be a password.
            shown = f"...@{url.rpartition('@')[2]}" if "@" in url else url
            raise UsageError(
                f"{variable}={shown} is not a base URL: use https:// (http:// only on this machine)"
            )
        urls[name] = url.rstrip("/")
    return Hosts(**urls)


def is_web_address(url: str) -> bool:
    """Return whether a URL is https, or http on this machine, and has no user name.

    >>> is_web_address("https://example.org/a"), is_web_address("http://example.org/a")
    (True, False)
    """
    return bool(_WEB_ADDRESS.match(url)) and _has_host(url)


def _has_host(url: str) -> bool:
    """Return whether a URL has a host and port that can be asked: others are a bug of libraries."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
        if not host.isascii():
            host = host.encode("idna").decode()
    except ValueError:
        return False
    is_host = ":" in host or all(0 < len(label) < 64 for label in host.removesuffix(".").split("."))
    return is_host and port != 0


def parse_statuses(text: str) -> tuple[Status, ...]:
    """Parse `all`, which is the empty tuple, or statuses with commas. Raises `UsageError`.

    >>> [str(status) for status in parse_statuses("Rejected, accepted")]
    ['accepted', 'rejected']
    """
    words = [word.strip() for word in text.lower().split(",") if word.strip()] or [""]
    if words == ["all"]:
        return ()
    known = {str(status): status for status in Status}
    for word in words:
        if word not in known:
            raise UsageError(f"{word!r} is not a population: use all, {', '.join(known)}")
    return tuple(sorted({known[word] for word in words}))


def parse_years(words: tuple[str, ...] | list[str]) -> tuple[int, ...]:
    """Parse years such as `2018 2019`, `2018,2019` or `2017-2026`; sorted, without duplicates.

    Raises `UsageError` for anything else.

    >>> parse_years(["2019,2018", "2021-2023"])
    (2018, 2019, 2021, 2022, 2023)
    """
    years: set[int] = set()
    for word in ",".join(words).split(","):
        match = re.fullmatch(r"\s*(\d{4})(?:\s*[-–]\s*(\d{4}))?\s*", word, re.ASCII)
        first = last = 0
        if match:
            first, last = int(match[1]), int(match[2] or match[1])
        if not FIRST_YEAR <= first <= last <= LAST_YEAR:
            meant = _range_meant(word)
            hint = "write years as 2018 2019, 2018,2019 or 2017-2026"
            raise UsageError(f"{word!r} is not a year: {meant or hint}")
        years.update(range(first, last + 1))
    return tuple(sorted(years))


def _range_meant(word: str) -> str:
    """Return the question whether `2018-19` or `2019-2018` means 2018-2019; empty if neither."""
    match = re.fullmatch(r"\s*(\d\d)(\d\d)\s*[-–/]\s*(\d\d)?(\d\d)\s*", word, re.ASCII)
    if not match:
        return ""
    century, first, other_century, last = match.groups()
    ends = sorted((int(century + first), int((other_century or century) + last)))
    are_years = FIRST_YEAR <= ends[0] < ends[1] <= LAST_YEAR
    return f"did you mean {ends[0]}-{ends[1]}?" if are_years else ""


def parse_date(text: str) -> str:
    """Parse an ISO date. Raises `UsageError`."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"{text!r} is not a date: write 2018-10-31") from None


def parse_venue(word: str) -> str:
    """Parse a venue's name: letters, digits and `-` in any case; ids are lower case.

    >>> parse_venue("ICLR")
    'iclr'
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}", word, re.ASCII):
        raise UsageError(
            f"{word!r} is not a venue's name: use letters, digits and '-', "
            "such as iclr or my-papers"
        )
    return word.lower()


def parse_bytes(word: str, *, may_be_zero: bool = False) -> int:
    """Parse a size such as `2G`, `500M` or `1048576`, from 1 MiB to 1,024 TiB, in bytes.

    >>> parse_bytes("2GiB") == 2 * 1024**3
    True
    """
    match = re.fullmatch(
        r"(\d{1,15}(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", word.strip(), re.ASCII | re.IGNORECASE
    )
    size = int(float(match[1]) * _UNITS[match[2].upper()]) if match else 0
    if match and may_be_zero and not size:
        return 0
    if not _MIN_SIZE <= size <= _MAX_SIZE:
        raise UsageError(f"{word!r} is not a size from 1M to 1024T: write 2G or 500M")
    return size


def parse_duration(word: str) -> float:
    """Parse a time such as `50m`, `7d` or `90` (seconds), in seconds.

    >>> parse_duration("50m")
    3000.0
    """
    match = re.fullmatch(r"(\d{1,9}(?:\.\d+)?)\s*([smhd]?)", word.strip(), re.ASCII | re.IGNORECASE)
    if not match:
        raise UsageError(f"{word!r} is not a time: write 90s, 50m, 12h or 7d")
    return float(match[1]) * _SECONDS[match[2].lower()]


def parse_share(word: str) -> float:
    """Parse a share such as `5%` or `0.05`.

    >>> parse_share("5%")
    0.05
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(%?)", word.strip(), re.ASCII)
    if match:
        share = float(match[1]) / (100 if match[2] else 1)
        if share <= 1:
            return share
    raise UsageError(f"{word!r} is not a share: write 5% or 0.05")
