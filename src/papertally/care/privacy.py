"""Take out of a text what a bug report must not tell: secrets, names, places and private papers."""

import getpass
import json
import os
import platform
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from papertally.errors import UsageError
from papertally.fetch.openreview.auth import cut_password, password_from_environment
from papertally.fetch.openreview.tokens import token_path
from papertally.models import OPENREVIEW
from papertally.settings import Hosts, Settings

_SECRET_VARIABLE = re.compile(
    "PASS|SECRET|TOKEN|KEY|CRED|AUTH|HOOK|CONTACT|PROXY|USERNAME|MAIL", re.IGNORECASE
)
_MIN_SECRET = 4
"""Letters of a value that is a secret: shorter ones stand in too many words."""
_PUBLIC_HOSTS = frozenset(urlsplit(site).netloc for site in asdict(Hosts()).values())
PUBLIC_SOURCES = _PUBLIC_HOSTS | {OPENREVIEW}
"""The sources whose listings everybody can read."""
_PACKAGE = Path(__file__).parents[1]
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>`]+", re.IGNORECASE)
_GENERAL = (
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?"), "[token]"),
    (re.compile(r"\b(bearer|basic)[ \t]+\S+", re.IGNORECASE), r"\1 [secret]"),
    (
        re.compile(r"\b(\w*(?:password|token|secret|key)[ \t]*[=:][ \t]*)[^\s,;]+", re.IGNORECASE),
        r"\1[secret]",
    ),
    (re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)+"), "[mail]"),
    (re.compile(r"(?<![\w.\]/])~?/[^\s:'\"`,;()]+"), "[path]"),
)
"""What is a secret or a place whatever it is, and what stands there instead."""


class Scrubber:
    """Takes out of texts what is known to be private here, and what looks like it."""

    def __init__(self, settings: Settings, private: Mapping[str, str]) -> None:
        """Take the settings, and private names with what stands in their place."""
        self._secrets = sorted(_secrets(), key=len, reverse=True)
        self._names = sorted(private.items(), key=lambda item: len(item[0]), reverse=True)
        places = [item for item in self._names if item[0].startswith("/")]
        self._folders = [*places, *_folders(settings)]
        """Before what looks like a path, which ends at a blank."""
        self._people = [re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE) for name in _people()]

    def clean(self, text: str) -> str:
        """Return a text without what is private, and without what steers a terminal."""
        text = "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)
        for secret in self._secrets:
            text = cut_password(text, secret)
        for folder, instead in self._folders:
            text = text.replace(folder, instead)
        text = _ADDRESS.sub(lambda found: _public_part(found[0]), text)
        for pattern, instead in _GENERAL:
            text = pattern.sub(instead, text)
        lowered = text.lower()
        for name, instead in self._names:
            if name.lower() in lowered:
                text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", instead, text, flags=re.I)
                lowered = text.lower()
        for person in self._people:
            text = person.sub("[name]", text)
        return text


def _public_part(address: str) -> str:
    """Return an address of a source without what follows `?`; any other is private."""
    with suppress(ValueError):
        parts = urlsplit(address)
        if parts.netloc in _PUBLIC_HOSTS:
            return f"{parts.netloc}{parts.path}"
    return "[address]"


def _secrets() -> set[str]:
    """Return the values of variables that may be secrets, the password and the tokens."""
    found = {value for name, value in os.environ.items() if _SECRET_VARIABLE.search(name)}
    with suppress(UsageError):
        found |= set(password_from_environment() or ())
    with suppress(OSError, ValueError, UsageError, AttributeError):
        found.add(str(json.loads(token_path().read_text(encoding="utf-8")).get("token")))
    found |= {part for value in found for part in _parts_of_address(value)}
    return {value for value in found if len(value) >= _MIN_SECRET}


def _parts_of_address(value: str) -> Iterable[str]:
    """Return user and password of an address, such as that of a proxy."""
    with suppress(ValueError):
        parts = urlsplit(value)
        return [part for part in (parts.username, parts.password) if part]
    return []


def _folders(settings: Settings) -> Iterable[tuple[str, str]]:
    """Return folders that tell who and where the user is, with what stands in their place."""
    places = {str(settings.workspace): "WORKSPACE", str(_PACKAGE): "papertally"}
    places |= {sys.prefix: "PYTHON", sys.base_prefix: "PYTHON"}
    return sorted(places.items(), key=lambda place: -len(place[0]))


def _people() -> Iterable[str]:
    """Return the names of user and machine."""
    names = {platform.node(), platform.node().partition(".")[0], Path.home().name}
    with suppress(OSError, KeyError):
        names.add(getpass.getuser())
    with suppress(ImportError, KeyError):
        import pwd

        person = pwd.getpwuid(os.getuid())
        names |= {person.pw_name, person.pw_gecos.partition(",")[0]}
    return sorted(name for name in names if len(name) > 1 and name != "papertally")
